/*
 * The rows of a timeline: what is shown at which time and in which column, before anything is
 * drawn. Every view draws the same rows.
 *
 * A call that returned at once is one cell. A call that waited opens in one row and returns in a
 * later one; a view draws a line between them. What belongs together and happened at once shares a
 * row: a send and its first segment, a connect and its SYN, the last segment and the return that it
 * brought about.
 */
#ifndef TIMELINE_ROWS_H
#define TIMELINE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timeline/hosts.h"
#include "timeline/join.h"
#include "timeline/recording.h"
#include "timeline/view.h"

enum cell_kind {
	CELL_CALL,    /* all of a call that returned at once, or another event of a program */
	CELL_OPENS,   /* a call that waits begins */
	CELL_RETURNS, /* it has returned */
	CELL_WAITS,   /* it had not returned when its process or the recording ended */
	CELL_PACKET,
};

enum { COLUMN_WIRE = -1 };

struct cell {
	enum cell_kind kind;
	int column;       /* the program's index, or COLUMN_WIRE */
	int call, packet; /* index, or -1 */
	int row;          /* OPENS: where it returns or ends; RETURNS, WAITS: where it opened; -1 */
	bool waits;       /* OPENS: for a millisecond or more, or to the end */
	int lane;         /* of a waiting call: the lowest number no other in its column has */
	int conversation; /* index into the join's, or -1 */
	bool leftward;    /* a packet on its way to the server's side */
	bool lost;        /* a datagram that the other end, which was traced, did not receive */
	char *text;       /* UTF-8 with control characters escaped; no brackets, no arrows */
};

struct row {
	int64_t when;
	size_t first, count; /* its cells: at most one in each column */
};

struct rows {
	struct row *rows;
	size_t row_count;
	struct cell *cells;
	size_t cell_count;
	/* The row in which each call is entered and returns (the same for one that returned at
	 * once), and each packet stands; -1 if it is not shown. A folded wait's rows are those of
	 * its fold. */
	int *row_of_entry, *row_of_return, *row_of_packet;
	int64_t end; /* the latest time in the recording */
	struct hosts hosts;
	size_t row_capacity, cell_capacity;
};

/* Builds the rows. Of the options only fold_waits, source and bytes matter. NULL for want of
 * memory. Recording and join may be freed before the rows are. */
struct rows *rows_make(const struct recording *, const struct join *, const struct view_options *);
void rows_free(struct rows *);

#endif
