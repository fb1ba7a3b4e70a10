/*
 * Shell completions, made of the same tables as help.
 */
#ifndef COMMAND_COMPLETION_H
#define COMMAND_COMPLETION_H

#include <stdbool.h>

#include "command/command.h"

/* Print a shell's script on standard output. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

/* Where an option can be given: after the command and, unless protocol is NULL, where that protocol
 * is among the operands. */
struct completion_place {
	const struct command *command;
	const struct protocol *protocol;
};

/* Calls visit for every option of a place: the command's own, or the protocol's for the command. */
void completion_options(const struct completion_place *,
			void (*visit)(const struct completion_place *, const struct option *));

/* Calls visit for every place that has options, the commands alone first. */
void completion_places(void (*visit)(const struct completion_place *));

/* Calls visit for every option, once for each name. */
void completion_names(void (*visit)(const struct option *));

/* Whether an option's value is a file's path. */
bool completion_is_path(const struct option *);

/* Print names with a separator between them. */
void completion_print_commands(const char *separator);
void completion_print_protocols(const char *separator);
void completion_print_choices(const struct option *, const char *separator);

/* What a command's operands may be, by its arguments. */
bool completion_takes_commands(const struct command *);
bool completion_takes_protocols(const struct command *);
bool completion_takes_hosts(const struct command *);

/* Prints the words that stand in the arguments themselves, if any: "bash zsh fish". */
void completion_print_words(const struct command *, const char *separator);

#endif
