/*
 * What text views write on: lines whose columns are counted and whose trailing spaces are never
 * written, in UTF-8 or plain ASCII, with colours or without.
 */
#ifndef TIMELINE_VIEW_PAPER_H
#define TIMELINE_VIEW_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The characters that make the drawing. */
struct glyphs {
	const char *opens, *goes_on, *returns; /* of a call that waits: ┐ │ ┘ */
	const char *dots;
	/* What stands before and behind a packet: where there is room and where there is little;
	 * that arrived and that got lost; to the right and to the left. */
	struct {
		const char *before, *after;
	} arrows[2][2][2];
};

const struct glyphs *glyphs_of(bool ascii);

enum { PAPER_PLAIN = -1, PAPER_DIM = -2, PAPER_BOLD = -3, PAPER_ALARM = -4 };

struct paper {
	FILE *file;
	const struct glyphs *glyphs;
	bool ascii, colour;
	size_t at;      /* columns written of this line */
	size_t pending; /* spaces to be written before the next text */
};

/* Goes on at a column; nothing happens if the line is past it. */
void paper_go(struct paper *, size_t column);

/* Writes a text in a colour: a connection's number, or one of PAPER_PLAIN and so on. */
void paper_put(struct paper *, int colour, const char *text, size_t n);
void paper_line_end(struct paper *);

/* A copy of a text as it will be written: control characters escaped and, in plain ASCII, arrows
 * as -> and what has no such form as \xe6. The caller frees it; NULL for want of memory. */
char *paper_text(const struct paper *, const char *text);

size_t paper_columns(const char *text);

/* How many bytes of the text fit so many columns, at least one character: all, or up to a space, or
 * as many as fit. */
size_t paper_fitting(const char *text, size_t columns);

/* The same, but that words are cut. */
size_t paper_cut(const char *text, size_t columns);

/* Writes a text from a column on, in lines of so many columns in all, the later ones indented, and
 * ends the last one. */
void paper_wrapped(struct paper *, int colour, size_t column, size_t width, const char *text);

#endif
