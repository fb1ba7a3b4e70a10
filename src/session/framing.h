/*
 * Lines out of a stream of bytes, however it was cut.
 */
#ifndef SESSION_FRAMING_H
#define SESSION_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "sockettool/protocol.h"

/* What has come of a line whose end has not. */
struct line_buffer {
	char *partial;
	size_t length, capacity;
	bool skipping; /* the line is too long: its rest is passed over */
};

enum frame {
	FRAME_NONE,      /* all was taken in; no line is complete */
	FRAME_LINE,      /* a line, without LF or CR LF */
	FRAME_TOO_LONG,  /* a line longer than the limit begins, or began and ended, here */
	FRAME_NO_MEMORY, /* there was no memory to keep a part of a line */
};

/* Takes the next line from the bytes at *at and before end, and moves *at past what it took. The
 * line's bytes are those of the input or of the framing itself, until the next call. */
enum frame framing_next(struct line_buffer *, const char **at, const char *end, size_t max,
			struct slice *line);

/* The last line of a stream that ended without LF; false: there is none. */
bool framing_last(struct line_buffer *, struct slice *line);

/* Frees the memory if no part of a line is kept. */
void framing_trim(struct line_buffer *);
void framing_free(struct line_buffer *);

/* A message without one LF or CR LF at its end. */
struct slice framing_without_end(const char *bytes, size_t n);

#endif
