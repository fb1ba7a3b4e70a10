/*
 * Where a value lies on an axis, and which values get a tick.
 */
#ifndef BENCH_CHART_AXIS_H
#define BENCH_CHART_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum { AXIS_TICKS = 12 }; /* axis_ticks makes no more */

struct axis {
	bool logarithmic;
	double least, most; /* least < most; above 0 if logarithmic */
	double from, to;    /* where they are drawn */
};

/* An axis from about least to about most that begins and ends with round numbers; a linear one
 * begins with 0. Whatever the values are, it can be drawn. */
struct axis axis_round(bool logarithmic, double least, double most);

/* A logarithmic axis of just those limits. */
struct axis axis_exact(double least, double most);

/* Values beyond the ends of the axis are drawn at its ends. */
double axis_at(const struct axis *, double value);

/* Writes the round values on an axis. Returns how many. */
size_t axis_ticks(const struct axis *, double ticks[AXIS_TICKS]);

/* Moves places apart that are less than gap from the next one, no farther than needed, between top
 * and bottom if they have room there. places must be ordered. */
void axis_spread(double *places, size_t count, double gap, double top, double bottom);

#endif
