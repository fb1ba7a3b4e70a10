/*
 * The parts of a chart: what is drawn within one panel's box.
 */
#ifndef BENCH_CHART_PANEL_H
#define BENCH_CHART_PANEL_H

#include <stdio.h>

#include "bench/chart.h"

enum {
	CHART_FONT = 18,   /* pixels, of ticks and labels */
	CHART_COLOURS = 8, /* classes c0 to c7 of lines and f0 to f7 of areas */
	CHART_ROW = 24,    /* least distance of two lines of labels */
};

/* Pixels; the plot and all that belongs to it, the panel's title excepted. */
struct chart_box {
	double left, top, right, bottom;
};

/* How wide a text is at most, in pixels. */
double chart_width(const char *text);

/* The widest of the series' names, each shortened to so many columns. */
double chart_names_width(const struct chart_panel *, size_t columns);

/* Writes a text at a place; anchor is "start", "middle" or "end", y that of its middle. */
void chart_label(FILE *, double x, double y, const char *anchor, const char *text);

/* Writes a line of a class. */
void chart_line(FILE *, const char *class, double x1, double y1, double x2, double y2);

/* A whisker's ends: small strokes across a line to or from a place. */
void chart_cap(FILE *, const char *class, double x, double y, bool upright);

/* The marker that stands for a series. */
void chart_marker(FILE *, size_t series, double x, double y);

/* Draws the axes and the series. Returns 0 or -ENOMEM. */
int chart_lines(const struct chart_panel *, struct chart_box, FILE *);
void chart_bars(const struct chart_panel *, struct chart_box, FILE *);

#endif
