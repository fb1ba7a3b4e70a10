/*
 * What can be known to fail before any socket is opened.
 */
#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H

#include "sockettool/endpoint.h"

struct error;

/* Returns 0, or a negative errno with a sentence about what does not go together. A serving's port
 * is -1 where none was given with its name, and its transports are 0 where the options choose
 * them. */
int check_serve(const struct serve_options *, const struct serving *, size_t count, struct error *);

/* The same for ports that two protocols would have to share, once ports and transports are
 * known. */
int check_ports(const struct serving *, size_t count, struct error *);

/* Checks the path of a Unix socket that a protocol is to be spoken on, by either end. */
int check_unix(const struct protocol *, const char *path, struct error *);

/* Checks that an I/O model, an index into models, can serve the protocol here. */
int check_model(const struct protocol *, int index, struct error *);

/* Fails with "udp-date speaks UDP only, not TCP" if the protocol does not speak the transport. */
int check_transport(const struct protocol *, enum transport, struct error *);

#endif
