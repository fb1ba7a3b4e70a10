/*
 * The option parser: from argv and tables of options to operands and filled structures.
 *
 * It works in two steps, because the operands may decide which tables count: `serve` must have seen
 * the protocols' names before it knows whose options to fill. arguments_split tells options from
 * operands with every table there is; arguments_apply fills the structures of those that count.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "sockettool/option.h"

struct error;

/* A table of options and whose it is. An option whose name is in several tables must take a value
 * in all of them or in none; given once, it fills them all. */
struct option_table {
	const struct option *options;
	void *values; /* the structure the table fills; NULL: these options do not count */
	const char
		*owner; /* a command or protocol, to say whose an option is that does not count */
	bool foreign;   /* another command's table, known only to tell the user so */
};

struct option_tables {
	struct option_table *tables;
	size_t count;
	unsigned side;       /* enum option_side: the end that is being parsed for */
	const char *command; /* whose help lists the options */
};

/* One option as it was given. */
struct option_use {
	const struct option *option; /* in the first table that knows the name */
	const char *value;           /* NULL for a flag */
};

struct arguments {
	const char **operands;
	size_t operand_count;
	struct option_use *uses;
	size_t use_count, use_room;
};

/* Splits argv (without the command's name). Understood are --name value, --name=value, -x value,
 * -xvalue, -xyz for flags, and -- after which all are operands. The texts of argv are borrowed.
 * Returns 0 or a negative errno with the error filled; arguments_free is due in any case. */
int arguments_split(struct arguments *, int argc, char **argv, const struct option_tables *,
		    struct error *);

/* Fills the structures of the tables that count: first the initial values, then what was given, the
 * last one winning. Returns 0 or a negative errno with a sentence about the first wrong one;
 * options_release is due in any case. */
int arguments_apply(const struct arguments *, const struct option_tables *, struct error *);

/* Whether the option was given. */
bool arguments_given(const struct arguments *, const char *name);

void arguments_free(struct arguments *);

/* Frees the arrays of the OPTION_LIST values in the structures. */
void options_release(const struct option_tables *);

#endif
