/*
 * The columns of a text view: which programs have one, and how wide each is.
 */
#ifndef TIMELINE_VIEW_COLUMNS_H
#define TIMELINE_VIEW_COLUMNS_H

#include "timeline/rows.h"

enum column_kind {
	VIEW_PROGRAM,
	VIEW_CLIENTS, /* several programs, each cell with its program's name */
	VIEW_WIRE,
	VIEW_LEFT_HOST, /* of a capture without programs: whose packets these are */
	VIEW_RIGHT_HOST,
};

struct view_column {
	enum column_kind kind;
	int program;     /* of VIEW_PROGRAM */
	size_t x, width; /* where it begins, in columns of the terminal */
};

struct view_columns {
	struct view_column *columns;
	size_t count;
	int *of_program; /* for each program its column's number */
	int wire;        /* the wire's number, or -1 */
	size_t time;     /* how wide the time is */
	size_t width;    /* of all */
};

enum {
	VIEW_GAP = 2,        /* between columns */
	VIEW_NARROWEST = 40, /* narrower terminals count as so wide */
};

/* Chooses the columns for a terminal; width 0: as wide as it takes. Returns false for want of
 * memory; free it in any case. */
bool view_columns_make(struct view_columns *, const struct recording *, const struct rows *,
		       const struct view_options *);
void view_columns_free(struct view_columns *);

/* What stands over a column that is not one program's. */
const char *view_title(const struct rows *, enum column_kind);

/* The address that a host's column shows beside a packet's cell; out has room for ADDRESS_TEXT. */
void view_host(char *out, const struct recording *, const struct cell *cell, enum column_kind);

#endif
