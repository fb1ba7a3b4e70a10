/*
 * Values of options: from the user's text to what the program computes with.
 */
#ifndef COMMAND_VALUE_H
#define COMMAND_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "sockettool/option.h"

struct error;

/* Each reads the whole text. Returns 0, -EINVAL for what is no such value, or -ERANGE for one that
 * no int64_t holds. */
int value_number(const char *text, int64_t *out);           /* an optional minus sign and digits */
int value_size(const char *text, int64_t *bytes);           /* digits, then K, M, G or nothing */
int value_duration(const char *text, int64_t *nanoseconds); /* 5, 1.5s, 250ms, 2m, 1h */

/* Stores the text's value where an option's value lives. A list's array grows by the text, which is
 * borrowed. Returns 0, -ENOMEM, or -EINVAL with a sentence that says what the option takes. */
int value_store(const struct option *, const char *text, void *value, struct error *);

/* Writes what an option takes: "a number from 0 to 65535". Returns out. */
char *value_expected(char *out, size_t size, const struct option *);

#endif
