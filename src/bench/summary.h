/*
 * The rounds of a comparison in one number each: medians, and what they lie between.
 */
#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

#include "bench/quantity.h"
#include "bench/result.h"

enum metric {
	METRIC_RATE,  /* a second */
	METRIC_RATIO, /* to the base's rate in the same round, since both had the same
		       * weather */
	METRIC_P50,   /* nanoseconds from here on */
	METRIC_P99,
	METRIC_P999,
	METRIC_SERVER,    /* the server's processor time a message */
	METRIC_GENERATOR, /* the generator's */
	METRICS,
};

/* How a metric's values are written. */
extern const enum quantity metric_quantities[METRICS];

struct spread {
	size_t rounds; /* in which the value is known; 0: it is not, and the others are 0 */
	double median, min, max;
};

/* One subject at one level. */
struct summary {
	struct spread metrics[METRICS];
	uint64_t faults[FAULTS]; /* of all rounds */
};

/* A value of one result that took place. Returns whether it is known. */
bool result_metric(const struct result *, enum metric, double *value);

struct summary summary_of(const struct comparison *, size_t subject, size_t level);

/* Whether all rounds went as planned; if not, the first one's sentence as from result_holds. */
bool summary_holds(const struct comparison *, size_t subject, size_t level, char *sentence,
		   size_t size);

/* Whether any summary knows the metric. */
bool comparison_knows(const struct comparison *, enum metric);

#endif
