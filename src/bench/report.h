/*
 * What `bench` tells of a measurement: tables for people, JSON for programs, pictures for slides.
 * Each function writes one thing whole and returns 0, -EIO if the file took it not all, or -ENOMEM.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "bench/result.h"

/* One run. target: "127.0.0.1:7007". */
struct run {
	const struct plan *plan;
	const char *target;
	const struct machine *machine;
	const struct result *result;
	const struct histogram *latency;     /* of the result */
	const struct histogram *uncorrected; /* NULL in a closed loop */
	const char *command; /* that repeats it, see command_line(); NULL: not known */
};

int report_text(const struct run *, FILE *);
int report_json(const struct run *, FILE *);
/* The latency by percentile: one curve, or two in an open loop. */
int report_svg(const struct run *, FILE *);
int report_html(const struct run *, FILE *);

/* The same of several servers: medians over the rounds, with ratios to one of them. The
 * picture shows messages a second and server time a message over the number of connections. */
int comparison_text(const struct comparison *, FILE *);
int comparison_json(const struct comparison *, FILE *);
int comparison_svg(const struct comparison *, FILE *);
int comparison_html(const struct comparison *, FILE *);

#endif
