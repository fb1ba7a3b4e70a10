/*
 * The client's side of the screen: data on standard output, remarks and errors on standard error.
 *
 * Where standard output is a terminal, control characters are escaped except for line ends and
 * tabs; elsewhere bytes leave as they are. Data gathers until screen_flush, which the client calls
 * before it waits; nothing that is shown waits for more. One thread.
 */
#ifndef ENDPOINT_SCREEN_H
#define ENDPOINT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SCREEN_BUFFER = 64 * 1024,
	SCREEN_CARRY = 4, /* the beginning of a character whose rest has not come */
};

struct screen {
	bool terminal;        /* standard output is one */
	bool errors_terminal; /* standard error is one */
	bool colour;          /* both may be coloured, as far as they are terminals */
	bool quiet, verbose;
	int failure;    /* the errno that ended standard output, or 0 */
	bool mid_line;  /* what was written last did not end its line */
	bool progress;  /* a line of screen_progress is on the terminal */
	bool uncovered; /* the typed line is off the screen at this moment */

	/* Takes the line being typed off the terminal, and puts it back. NULL: none is typed. */
	void (*hide)(void *line);
	void (*reveal)(void *line);
	void *line;

	size_t length, carried;
	char carry[SCREEN_CARRY];
	char buffer[SCREEN_BUFFER];
};

/* Looks at what standard output and error are. */
void screen_open(struct screen *, bool quiet, bool verbose);

/* Takes the line being typed off the screen until the next screen_flush: before its prompt changes;
 * what is shown does it by itself. */
void screen_uncover(struct screen *);

/* Shows bytes as they are, or a message as a line of its own. */
void screen_data(struct screen *, const char *bytes, size_t n, bool is_line);

/* Shows a formatted line of at most 255 bytes as data. */
void screen_line(struct screen *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Shows a line as data: the bytes in quotes, with line ends and tabs escaped, too, wherever
 * standard output leads, between two texts. */
void screen_quote(struct screen *, const char *before, const char *bytes, size_t n,
		  const char *after);

/* Shows a remark, a line on standard error; a detail only with -v, neither with --quiet. */
void screen_remark(struct screen *, const char *text, bool detail);

/* Shows a line that the next one replaces, on standard error if it is a terminal. */
void screen_progress(struct screen *, const char *text);

/* Writes what went wrong to standard error: "sockettool: TEXT". */
void screen_error(struct screen *, const char *text);

/* Hands what has been shown to the kernel, waiting for slow readers, and puts the typed line back.
 * A signal that ends the client ends the waiting, and what is left is lost. */
void screen_flush(struct screen *);

/* Ends the last line on a terminal, so that whatever comes next begins at its left side. */
void screen_close(struct screen *);

#endif
