/*
 * Help as text: about a command, about a protocol.
 */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "command/command.h"

/* What every exit status means, one entry a status, ending with a NULL meaning. */
struct exit_meaning {
	const char *status, *meaning;
};
extern const struct exit_meaning exit_meanings[];

/* What the program is, a paragraph. */
extern const char help_about[];

/* Prints a command's page on standard output, and the options of the protocols that are among its
 * operands (NULL: none). */
void help_print_command(const struct command *, const struct arguments *);

/* Prints a protocol's page. */
void help_print_protocol(const struct protocol *);

#endif
