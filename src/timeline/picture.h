/*
 * The sequence diagram that the picture and the page share: where everything stands, and how it is
 * drawn.
 *
 * Columns stand side by side: the server, the wire, the clients. A program's column has its
 * lifeline on the side of the wire, room for arrows to bend before it, and texts behind it. Rows
 * stand below each other, a little farther apart where time has passed. Lengths are CSS pixels.
 */
#ifndef TIMELINE_PICTURE_H
#define TIMELINE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "timeline/picture_spans.h"
#include "timeline/rows.h"

enum {
	PICTURE_ROW = 20,
	PICTURE_TIMES = 92, /* the width of the column of times */
	PICTURE_HEADS = 48, /* the height of the columns' heads */
	PICTURE_BEND = 34,  /* room for arrows to bend, between the wire and a lifeline */
	PICTURE_COLOURS = 8,
};

#define PICTURE_LETTER 7.25 /* the width of a column of text, at most */

/* What a column is, if it is no program's. */
enum { PICTURE_WIRE = -1, PICTURE_LEFT_HOSTS = -2, PICTURE_RIGHT_HOSTS = -3 };

struct picture_column {
	int program;        /* index, or what it is else; hosts are those that were not traced */
	bool leftward;      /* its texts stand left of its lifeline */
	double left, width; /* of all that belongs to it */
	double line;        /* the lifeline; of the wire its middle */
	double lane;        /* the distance of calls that wait at the same time */
	int lanes;
	size_t text;     /* so many columns of text are shown */
	int first, last; /* the rows between which it has a lifeline; -1: none */
};

/* An arrow of the join as it is drawn; or one for a packet that has none there, because its bytes
 * had been sent before. */
struct picture_arrow {
	struct arrow of;
	int from, to;  /* columns, by their numbers */
	int rows[3];   /* where it leaves, crosses the wire and arrives; -1: not shown at all */
	bool leads;    /* the first one of its packet, or of its send where no packet was seen */
	bool lost;     /* a datagram that was not received */
	bool unread;   /* its bytes arrived, and no call took them */
	bool unpacked; /* no packet was seen: the arrow has a text of its own */
	bool again;    /* a retransmission */
	bool quiet;    /* neither data nor SYN, FIN or RST */
};

struct picture {
	const struct recording *recording;
	const struct join *join;
	const struct view_options *options;
	struct rows *rows;
	struct picture_column *columns;
	size_t column_count;
	int *column_of_program;
	int wire;                     /* its column's number */
	int hosts[2];                 /* of the left and right hosts' columns, or -1 */
	double *y;                    /* the middle of each row */
	double width;                 /* of all columns, that of the times apart */
	double height;                /* of all rows */
	struct picture_arrow *arrows; /* the join's in their order, and others behind them */
	size_t arrow_count;
	struct spans bars, ways; /* calls that wait, by their opening cell; arrows */
};

/* Lays out the diagram. The options must live as long as it does, as must recording and join. NULL
 * for want of memory. */
struct picture *picture_make(const struct recording *, const struct join *,
			     const struct view_options *);
void picture_free(struct picture *);

/* Where a row begins; that of row row_count is the height of all. */
double picture_top(const struct picture *, int row);

/* Draws parts of it, each as the inside of an svg element. The heads are PICTURE_HEADS high. Bands
 * of rows, from first up to but not including end, must be drawn in order; what spans several bands
 * is in each of them. */
void picture_heads(const struct picture *, FILE *);
void picture_times(const struct picture *, int first, int end, FILE *);
void picture_band(struct picture *, int first, int end, FILE *);

/* The class names of a connection: its colour. conversation -1: of none. */
void picture_put_colour(int conversation, FILE *);

/* The shape that stands for a connection beside its colour, as a path's data around 0, 0. */
const char *picture_mark(int conversation);

/* How wide a text is that is shown with so many columns at most. */
double picture_text_width(const char *text, size_t columns);

/* Writes a text with so many columns at most: of a longer one the middle is left out. Returns
 * whether it was. */
bool picture_put_text(const char *text, size_t columns, FILE *);

/* A time as it stands beside its row: milliseconds, to the microsecond. Returns out. */
enum { PICTURE_TIME = 40 };
char *picture_time(char out[PICTURE_TIME], int64_t when);

#endif
