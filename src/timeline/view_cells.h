/*
 * One column of a text view, line by line: texts, the corners where a call that waits opens and
 * returns, and the lines between them.
 */
#ifndef TIMELINE_VIEW_CELLS_H
#define TIMELINE_VIEW_CELLS_H

#include "timeline/rows.h"
#include "timeline/view_columns.h"
#include "timeline/view_paper.h"

/* The line below a call that waits. */
struct beam {
	int call;
	size_t x; /* within its column */
	int colour;
};

/* A column while it is drawn; zeroed it is ready. */
struct track {
	struct beam *beams; /* by x */
	size_t beam_count, beam_capacity;
	/* The row's cell, or NULL; and what of its text is still to be written. */
	const struct cell *cell;
	char *text;
	const char *rest;
	size_t indent; /* of the lines after the first */
};

/* The colour of a cell's text, as paper_put wants it. */
int cell_colour(const struct cell *);

/* Writes the next line of a program's column: of its cell's text, as long as there is some left,
 * and of the calls that wait. Returns false for want of memory. */
bool cell_put_line(struct paper *, struct track *, const struct view_column *);

/* Writes a packet in the middle of its column: with long arrows, with short ones, or cut. */
void cell_put_packet(struct paper *, struct track *, const struct view_column *);

#endif
