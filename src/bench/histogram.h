/*
 * A log-linear histogram of latencies: three significant digits from 1 ns to 60 s, in memory that
 * does not grow. Below 2,048 ns each nanosecond has its own counter; above, each doubling of the
 * value has 1,024. Longer latencies are counted as 60 s.
 *
 * A histogram belongs to one thread at a time.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

enum {
	HISTOGRAM_HALF_BITS = 10,
	HISTOGRAM_HALF = 1 << HISTOGRAM_HALF_BITS, /* counters to a doubling */
	/* 60 s is below 2^36 ns: doublings 2^11 to 2^36, after the first 2,048 values. */
	HISTOGRAM_COUNTERS = (36 - HISTOGRAM_HALF_BITS + 1) * HISTOGRAM_HALF,
};

#define HISTOGRAM_MAX INT64_C(60000000000)

struct histogram {
	uint64_t count;
	int64_t min, max; /* as recorded, not rounded; 0 while it is empty */
	double sum;       /* of the values, nanoseconds */
	uint64_t counters[HISTOGRAM_COUNTERS];
};

/* The summary that reports show; nanoseconds, all 0 if nothing was recorded. */
struct latency {
	int64_t mean, p50, p90, p99, p999, p9999, max;
};

/* An empty one, or NULL for want of memory. */
struct histogram *histogram_new(void);
void histogram_free(struct histogram *);
void histogram_clear(struct histogram *);

/* The counter of a value from 0 to HISTOGRAM_MAX. */
static inline unsigned histogram_index(uint64_t value)
{
	unsigned shift = 0;

	if (value >= UINT64_C(2) * HISTOGRAM_HALF)
		shift = 63U - HISTOGRAM_HALF_BITS - (unsigned)__builtin_clzll(value);
	return shift * HISTOGRAM_HALF + (unsigned)(value >> shift);
}

/* Counts a latency `times` times; nanoseconds, a negative one as 0. */
static inline void histogram_record(struct histogram *histogram, int64_t value, uint64_t times)
{
	if (value < 0)
		value = 0;
	if (value > HISTOGRAM_MAX)
		value = HISTOGRAM_MAX;
	if (value > histogram->max)
		histogram->max = value;
	if (value < histogram->min || histogram->count == 0)
		histogram->min = value;
	histogram->count += times;
	histogram->sum += (double)value * (double)times;
	histogram->counters[histogram_index((uint64_t)value)] += times;
}

/* Adds what the other one counted. */
void histogram_add(struct histogram *, const struct histogram *other);

/* The least value that so many of a hundred recorded ones do not exceed, to three digits (the
 * highest value that its counter stands for, at most max). 0 if it is empty. */
int64_t histogram_percentile(const struct histogram *, double percent);

struct latency histogram_latency(const struct histogram *);

/* Writes the percentile distribution in the text form of HdrHistogram (.hgrm), in microseconds,
 * which its plotters read. Returns 0 or -EIO. */
int histogram_write(const struct histogram *, FILE *);

#endif
