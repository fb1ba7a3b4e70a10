/*
 * Charts for slides, as one standalone SVG 1.1 file: panels side by side with lines over two axes,
 * or with horizontal bars. Each series is told apart by colour, marker, dashes and a label at its
 * end, so that it survives colour blindness and grey printing. Dark where the viewer is dark;
 * on paper always light.
 */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/quantity.h"

struct chart_point {
	double x, y;
	double low, high; /* a whisker between them, if low < high */
	bool marked;      /* shown by a marker */
};

struct chart_series {
	const char *name; /* a long one is shortened; "" has no label */
	const struct chart_point *points;
	size_t count; /* ordered by x; may be 0 */
};

struct chart_tick {
	double value;
	const char *text;
};

struct chart_panel {
	const char *title; /* what y is, and which way is better */
	bool bars;         /* a bar for each series: its first point's y; x is not used */
	/* The horizontal axis is logarithmic; its ticks, in order, are the caller's, and those that
	 * have no room are left out. */
	const char *x_title;
	const struct chart_tick *ticks;
	size_t tick_count;
	enum quantity quantity; /* of y */
	bool logarithmic;       /* y; values that are not positive are left out. Else from 0 */
	const struct chart_series *series;
	size_t series_count;
};

struct chart {
	const char *title;
	const char *subtitle; /* as long as it likes; lines are broken */
	const struct chart_panel *panels;
	size_t panel_count;
};

/* Writes the svg element whole, with its own style. Returns 0, -EIO, or -ENOMEM. */
int chart_write(const struct chart *, FILE *);

#endif
