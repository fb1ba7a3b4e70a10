/*
 * The operands that name a server: HOST PORT, HOST:PORT, [ADDRESS]:PORT or HOST alone.
 */
#ifndef COMMAND_OPERANDS_H
#define COMMAND_OPERANDS_H

#include "command/options.h"
#include "sockettool/protocol.h"

struct error;

/* What is not in the operands themselves is in the buffers. */
struct operand_target {
	const char *host, *port;
	char host_buffer[256], port_buffer[32];
};

/* Reads the operands behind the protocol's; without a port it is the protocol's own. command: whose
 * operands they are. Returns 0 or a negative errno with the error filled. */
int operand_target(struct operand_target *, const struct arguments *, const char *command,
		   const struct protocol *, struct error *);

#endif
