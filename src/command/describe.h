/*
 * What tables of options look like to readers: the parts of help, the man page and completions.
 */
#ifndef COMMAND_DESCRIBE_H
#define COMMAND_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

#include "sockettool/option.h"
#include "sockettool/protocol.h"

/* Whether an end takes the option; side 0 takes all. */
bool describe_on_side(const struct option *, unsigned side);

/* Whether any option of the table (or NULL) is for the end. */
bool describe_any(const struct option *, unsigned side);

/* Writes the option's help with its choices and default: "the I/O model: select or poll [default:
 * poll]". Returns out. */
char *describe_help(char *out, size_t size, const struct option *);

/* Prints the options that an end takes, two columns wrapped to OUTPUT_WIDTH. */
void describe_options(const struct option *, unsigned side);

/* Writes the transports: "TCP, UDP and Unix sockets". Returns out. */
char *describe_transports(char *out, size_t size, unsigned transports);

/* The abilities of which a model needs at least one to serve the protocol; 0: any model does. */
unsigned describe_needs(const struct protocol *);

/* Writes the models that have an ability: "threads, select or poll". Returns out. */
char *describe_models(char *out, size_t size, unsigned ability);

/* What follows the protocol's summary in its page: facts in rows of a label and a text, calling row
 * for each. */
void describe_protocol(const struct protocol *, void (*row)(const char *label, const char *text));

#endif
