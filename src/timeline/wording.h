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

/* Adds bytes in quotation marks, so that different bytes never look the same: with \n, \r, \t, \0,
 * \" and \\ as in C, other control characters and what is no UTF-8 as \x1b, and characters that
 * turn the text around them as \u202e. more: there are others that are not shown, which three dots
 * say; a character of which a part is among those is left out. */
void wording_quote(struct wording *, const char *bytes, size_t n, bool more);

/* The bytes of room that a quoted text of n bytes takes at most. */
size_t wording_quote_bound(size_t n);

#endif
