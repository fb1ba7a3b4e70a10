/*
 * Subcommands. Each is one file that ends in a constant entry; command.c lists the entries. What
 * help, the man page and the completions say about a command is in its entry.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "command/options.h"
#include "sockettool/option.h"
#include "sockettool/protocol.h"

struct error;
struct invocation;

/* Options under one heading. A group may be shared by commands. */
struct option_group {
	const char *title;
	const struct option *options;
	size_t offset; /* of the structure they fill in the command's own */
};

struct command {
	const char *name;
	const char *arguments; /* as in "serve PROTOCOL[:PORT]..." */
	const char *summary;   /* a line, without a full stop */
	const char
		*details; /* paragraphs of help; lines that begin with a space stay as they are */
	const struct option_group *groups; /* ends with an entry whose title is NULL */
	size_t options_size;               /* bytes of the structure that the groups fill */
	unsigned side; /* enum option_side: the protocols' options that it takes; 0: none */
	/* Returns an exit status, or a negative errno with the error filled. */
	int (*run)(struct invocation *, struct error *);
};

/* All commands; the array ends with NULL. */
extern const struct command *const commands[];

extern const struct command serve_command, connect_command, bench_command, list_command;
extern const struct command timeline_command, resolve_command;
extern const struct command help_command, version_command, completion_command;

/* The option that every command has. */
extern const struct option_group general_group;

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* The protocol of that name or that has it as its client's alias, or NULL. */
const struct protocol *command_protocol(const char *name);

/* The same; without one, a sentence that suggests the nearest name. */
const struct protocol *command_named_protocol(const char *name, struct error *);

/* Says that there is no such command or protocol, and which is the nearest. */
int command_unknown(const char *name, struct error *);

/* One run of a command. */
struct invocation {
	const struct command *command;
	struct arguments arguments;
	void *options; /* options_size bytes, filled by invocation_apply */
	bool help;     /* --help was given */
	struct option_tables tables;
	struct option_table *of_protocols; /* the tables of protocols[], in its order; or NULL */
};

/* Splits the arguments (without the command's name). Returns 0 or a negative errno with the error
 * filled; invocation_end is due in any case. */
int invocation_begin(struct invocation *, const struct command *, int argc, char **argv,
		     struct error *);
void invocation_end(struct invocation *);

/* Has the options of a protocol count, for a command that takes protocols' options. Returns the
 * memory they fill, which lasts as long as the invocation and is the same when asked for again, or
 * NULL with the error filled. */
const void *invocation_take(struct invocation *, const struct protocol *, struct error *);

/* Fills the options of the command and of the protocols taken. Returns 0 or a negative errno with
 * the error filled. */
int invocation_apply(struct invocation *, struct error *);

/* Runs what the words after the program's name ask for. Returns an exit status, or a negative errno
 * with the error filled. */
int command_main(int argc, char **argv, struct error *);

#endif
