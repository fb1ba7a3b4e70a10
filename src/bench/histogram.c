/*
 * Reading and writing of a histogram; recording is in its header, to be compiled into the loops
 * that record.
 */
#include "bench/histogram.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS_PER_HALF = 5 }; /* lines of a file each time the distance to 100 % halves */

struct histogram *histogram_new(void)
{
	return calloc(1, sizeof(struct histogram));
}

void histogram_free(struct histogram *histogram)
{
	free(histogram);
}

void histogram_clear(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
}

void histogram_add(struct histogram *histogram, const struct histogram *other)
{
	if (other->count == 0)
		return;
	if (histogram->count == 0 || other->min < histogram->min)
		histogram->min = other->min;
	if (other->max > histogram->max)
		histogram->max = other->max;
	histogram->count += other->count;
	histogram->sum += other->sum;
	for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++)
		histogram->counters[i] += other->counters[i];
}

static unsigned counter_shift(size_t index)
{
	return index < 2 * (size_t)HISTOGRAM_HALF ? 0 : (unsigned)(index / HISTOGRAM_HALF - 1);
}

/* The lowest value that a counter stands for. */
static int64_t counter_lowest(size_t index)
{
	unsigned shift = counter_shift(index);

	return (int64_t)(index - (size_t)shift * HISTOGRAM_HALF) << shift;
}

/* What a counter's values are reported as: the highest of them that can have been recorded. */
static int64_t counter_value(const struct histogram *histogram, size_t index)
{
	int64_t highest = counter_lowest(index) + (INT64_C(1) << counter_shift(index)) - 1;

	return highest < histogram->max ? highest : histogram->max;
}

int64_t histogram_percentile(const struct histogram *histogram, double percent)
{
	/* A product just above a whole number is that number, rounded: 99.9 % of 1,000 is 999. */
	double product = percent / 100 * (double)histogram->count;
	double rank = fmax(1, ceil(product * (1 - 4 * DBL_EPSILON)));
	uint64_t seen = 0;

	for (size_t i = 0; i < HISTOGRAM_COUNTERS && seen < histogram->count; i++) {
		seen += histogram->counters[i];
		if (histogram->counters[i] && (double)seen >= rank)
			return counter_value(histogram, i);
	}
	return histogram->max;
}

static double mean(const struct histogram *histogram)
{
	return histogram->count ? histogram->sum / (double)histogram->count : 0;
}

struct latency histogram_latency(const struct histogram *histogram)
{
	return (struct latency){
		.mean = llround(mean(histogram)),
		.p50 = histogram_percentile(histogram, 50),
		.p90 = histogram_percentile(histogram, 90),
		.p99 = histogram_percentile(histogram, 99),
		.p999 = histogram_percentile(histogram, 99.9),
		.p9999 = histogram_percentile(histogram, 99.99),
		.max = histogram->max,
	};
}

/* Of the values as the counters know them. */
static double deviation(const struct histogram *histogram)
{
	double centre = mean(histogram), sum = 0;

	for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++) {
		double middle = (double)(counter_lowest(i) + counter_value(histogram, i)) / 2;

		if (histogram->counters[i])
			sum += (middle - centre) * (middle - centre) *
			       (double)histogram->counters[i];
	}
	return histogram->count ? sqrt(sum / (double)histogram->count) : 0;
}

/* The next percentile to write after that one. */
static double next_level(double level)
{
	return level + 100 / (TICKS_PER_HALF * exp2(floor(log2(100 / (100 - level))) + 1));
}

static void write_lines(const struct histogram *histogram, FILE *file)
{
	double level = 0, total = (double)histogram->count;
	uint64_t seen = 0;

	for (size_t i = 0; i < HISTOGRAM_COUNTERS && seen < histogram->count; i++) {
		double value = (double)counter_value(histogram, i) / 1000;

		seen += histogram->counters[i];
		if (histogram->counters[i] == 0)
			continue;
		while (level < 100 && level <= 100 * (double)seen / total) {
			/* The greatest value has its own line. */
			if (seen == histogram->count && level > 0)
				break;
			fprintf(file, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", value, level / 100,
				seen, 100 / (100 - level));
			level = next_level(level);
		}
	}
	if (histogram->count)
		fprintf(file, "%12.3f %2.12f %10" PRIu64 "\n", (double)histogram->max / 1000, 1.0,
			histogram->count);
}

int histogram_write(const struct histogram *histogram, FILE *file)
{
	fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	write_lines(histogram, file);
	fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean(histogram) / 1000,
		deviation(histogram) / 1000);
	fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n",
		(double)histogram->max / 1000, histogram->count);
	fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n",
		HISTOGRAM_COUNTERS / HISTOGRAM_HALF - 1, 2 * HISTOGRAM_HALF);
	return fflush(file) || ferror(file) ? -EIO : 0;
}
