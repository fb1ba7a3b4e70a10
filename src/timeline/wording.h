/*
 * Texts put together piece by piece, in room that is used again and again.
 */
#ifndef TIMELINE_WORDING_H
#define TIMELINE_WORDING_H

#include <stdbool.h>
#include <stddef.h>

/* A text in the making. What does not fit is left out; the text always ends in a NUL. */
struct wording {
	char *text;
	size_t length, size;
};

/* Makes room for so many bytes. Returns false for want of memory. */
bool wording_init(struct wording *, size_t size);
void wording_free(struct wording *);

void wording_clear(struct wording *);
void wording_add(struct wording *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds bytes in quotation marks, escaped, with line ends as \n. more: there are others that are not
 * shown, which three dots say. */
void wording_quote(struct wording *, const char *bytes, size_t n, bool more);

/* The bytes of room that a quoted text of n bytes takes at most. */
size_t wording_quote_bound(size_t n);

#endif
