/*
 * The keyboard, or whatever standard input is: lines, or bytes as they come. It is polled and then
 * read, and never made nonblocking, because it may be shared with the shell. One thread.
 */
#ifndef ENDPOINT_KEYBOARD_H
#define ENDPOINT_KEYBOARD_H

#include <stdbool.h>
#include <stddef.h>

enum { KEYBOARD_READ = 16 * 1024 };

struct keyboard {
	/* Called with each line, without its end, or in verbatim mode with bytes as they came. */
	void (*give)(void *context, const char *bytes, size_t n);
	/* Called once for a line of more than max_line bytes, which is left out. */
	void (*refuse)(void *context);
	void *context;
	size_t max_line;
	bool verbatim;
	/* Whether another line is wanted; asked before each one. What has been read waits. */
	bool (*wants)(void *context);

	bool skipping; /* within a line that is too long */
	char *line;    /* the beginning of a line, max_line bytes and a CR long; NULL at first */
	size_t length;

	size_t start, end; /* what has been read and not been given yet */
	char bytes[KEYBOARD_READ];
};

/* Whether something has been read that waits to be wanted. */
static inline bool keyboard_holds(const struct keyboard *keyboard)
{
	return keyboard->start < keyboard->end;
}

/* Gives on what waits; or, if nothing does, reads once from standard input, which must be ready,
 * and gives that on. Returns false at the end of the input or if it cannot be read; *code is then
 * 0 or an errno. */
bool keyboard_read(struct keyboard *, int *code);

/* Frees the memory it holds, not the structure. */
void keyboard_close(struct keyboard *);

#endif
