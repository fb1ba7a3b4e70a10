/*
 * Pieces of sentences: what the user typed, made safe to show, and lists of names.
 */
#ifndef COMMAND_PHRASE_H
#define COMMAND_PHRASE_H

#include <stddef.h>

enum { PHRASE_QUOTE = 72 }; /* room for any phrase_quote, its NUL included */

/* Writes the text in double quotes, its control characters escaped and a long one cut. Returns
 * out. */
char *phrase_quote(char out[PHRASE_QUOTE], const char *text);

/* Names to be listed in a sentence; those past the last place are left out. */
struct phrase_list {
	const char *names[32];
	size_t count;
};

void phrase_add(struct phrase_list *, const char *name);

/* Writes "iterative, fork or threads", the conjunction before the last name. What does not fit is
 * cut. Returns out. */
char *phrase_join(char *out, size_t size, const struct phrase_list *, const char *conjunction);

/* Appends formatted text at *length of a text of size bytes; what does not fit is cut. */
void phrase_append(char *out, size_t size, size_t *length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
