/*
 * The histogram: three digits at every magnitude, percentiles as a sorted array has them, merging,
 * and the file that plotters read.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/histogram.h"

static struct histogram *new_histogram(void)
{
	struct histogram *histogram = histogram_new();

	assert_non_null(histogram);
	return histogram;
}

/* A value among larger ones, so that its own maximum does not make it exact. */
static int64_t as_reported(struct histogram *histogram, int64_t value)
{
	histogram_clear(histogram);
	histogram_record(histogram, value, 1);
	histogram_record(histogram, HISTOGRAM_MAX, 1);
	return histogram_percentile(histogram, 50);
}

static void three_digits_at_every_magnitude(void **state)
{
	struct histogram *histogram = new_histogram();

	(void)state;
	for (int64_t value = 1; value < HISTOGRAM_MAX; value += 1 + value / 97) {
		int64_t reported = as_reported(histogram, value);

		assert_true(reported >= value);
		assert_true((double)(reported - value) <= 0.001 * (double)value);
		if (value < 2048)
			assert_int_equal(reported, value);
	}
	histogram_free(histogram);
}

static void edges_of_counters_are_kept_apart(void **state)
{
	struct histogram *histogram = new_histogram();

	(void)state;
	for (int bit = 11; bit < 36; bit++) {
		int64_t edge = INT64_C(1) << bit;

		if (edge > HISTOGRAM_MAX)
			break;
		assert_int_equal(as_reported(histogram, edge - 1), edge - 1);
		assert_true(as_reported(histogram, edge) >= edge);
		assert_true(histogram_index((uint64_t)edge) ==
			    histogram_index((uint64_t)edge - 1) + 1);
	}
	assert_true(histogram_index(HISTOGRAM_MAX) < HISTOGRAM_COUNTERS);
	histogram_free(histogram);
}

static void extremes_are_counted_at_the_ends(void **state)
{
	struct histogram *histogram = new_histogram();

	(void)state;
	histogram_record(histogram, -5, 1);
	histogram_record(histogram, INT64_MAX, 1);
	assert_int_equal(histogram->min, 0);
	assert_int_equal(histogram->max, HISTOGRAM_MAX);
	assert_int_equal(histogram_percentile(histogram, 50), 0);
	assert_int_equal(histogram_percentile(histogram, 100), HISTOGRAM_MAX);
	histogram_free(histogram);
}

static void an_empty_one_is_all_zero(void **state)
{
	struct histogram *histogram = new_histogram();
	struct latency latency = histogram_latency(histogram);
	static const struct latency zero;

	(void)state;
	assert_memory_equal(&latency, &zero, sizeof(latency));
	assert_int_equal(histogram_percentile(histogram, 99), 0);
	histogram_free(histogram);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* Of all magnitudes, the same in each run. */
static int64_t next_value(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)exp((double)(*seed >> 40) / (double)(1 << 24) * log(5e9));
}

static void percentiles_are_those_of_a_sorted_array(void **state)
{
	static const double percents[] = {0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100};
	enum { COUNT = 10000 };
	struct histogram *histogram = new_histogram();
	int64_t *values = calloc(COUNT, sizeof(*values));
	uint64_t seed = 1;

	(void)state;
	assert_non_null(values);
	for (size_t i = 0; i < COUNT; i++) {
		values[i] = next_value(&seed);
		histogram_record(histogram, values[i], 1);
	}
	qsort(values, COUNT, sizeof(*values), compare);
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		/* 10,000 times a hundredth of these percents is whole but for rounding. */
		int64_t rank = llround(percents[i] * COUNT / 100);
		int64_t exact = values[rank > 0 ? rank - 1 : 0];
		int64_t reported = histogram_percentile(histogram, percents[i]);

		assert_true(reported >= exact);
		assert_true((double)(reported - exact) <= 0.001 * (double)exact);
	}
	free(values);
	histogram_free(histogram);
}

static void a_percentile_counts_whole_values(void **state)
{
	struct histogram *histogram = new_histogram();

	(void)state;
	histogram_record(histogram, 10, 999);
	histogram_record(histogram, 20, 1);
	assert_int_equal(histogram_percentile(histogram, 99.9), 10);
	assert_int_equal(histogram_percentile(histogram, 99.91), 20);
	histogram_clear(histogram);
	histogram_record(histogram, 10, UINT64_C(9999000000));
	histogram_record(histogram, 20, UINT64_C(1000000));
	assert_int_equal(histogram_percentile(histogram, 99.99), 10);
	assert_int_equal(histogram_percentile(histogram, 99.9900001), 20);
	histogram_free(histogram);
}

static void merging_is_recording_into_one(void **state)
{
	struct histogram *both = new_histogram(), *one = new_histogram(), *other = new_histogram();
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t value = next_value(&seed);

		histogram_record(i % 3 ? one : other, value, (uint64_t)i);
		histogram_record(both, value, (uint64_t)i);
	}
	histogram_add(one, other);
	assert_int_equal(one->count, both->count);
	assert_int_equal(one->min, both->min);
	assert_int_equal(one->max, both->max);
	assert_true(fabs(one->sum - both->sum) < 1e-9 * both->sum);
	assert_memory_equal(one->counters, both->counters, sizeof(one->counters));
	histogram_clear(other);
	histogram_add(one, other);
	assert_int_equal(one->min, both->min);
	histogram_add(other, both);
	assert_int_equal(other->min, both->min);
	histogram_free(both);
	histogram_free(one);
	histogram_free(other);
}

static char *written(const struct histogram *histogram)
{
	char *text;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	assert_non_null(file);
	assert_int_equal(histogram_write(histogram, file), 0);
	fclose(file);
	return text;
}

static void the_file_is_that_of_hdrhistogram(void **state)
{
	struct histogram *histogram = new_histogram();
	char *text;

	(void)state;
	histogram_record(histogram, 1500, 3);
	histogram_record(histogram, 2000, 1);
	text = written(histogram);
	assert_string_equal(text, "       Value     Percentile TotalCount 1/(1-Percentile)\n"
				  "\n"
				  "       1.500 0.000000000000          3           1.00\n"
				  "       1.500 0.100000000000          3           1.11\n"
				  "       1.500 0.200000000000          3           1.25\n"
				  "       1.500 0.300000000000          3           1.43\n"
				  "       1.500 0.400000000000          3           1.67\n"
				  "       1.500 0.500000000000          3           2.00\n"
				  "       1.500 0.550000000000          3           2.22\n"
				  "       1.500 0.600000000000          3           2.50\n"
				  "       1.500 0.650000000000          3           2.86\n"
				  "       1.500 0.700000000000          3           3.33\n"
				  "       1.500 0.750000000000          3           4.00\n"
				  "       2.000 1.000000000000          4\n"
				  "#[Mean    =        1.625, StdDeviation   =        0.217]\n"
				  "#[Max     =        2.000, Total count    =            4]\n"
				  "#[Buckets =           26, SubBuckets     =         2048]\n");
	free(text);
	histogram_free(histogram);
}

/* Percentiles, counts and values only grow, and the last line counts all. */
static void a_long_file_is_in_order(void **state)
{
	struct histogram *histogram = new_histogram();
	double percentile = -1, value = -1, next_percentile, next;
	uint64_t seed = 3, count = 0, next_count;
	char *text, *line, *rest;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		histogram_record(histogram, next_value(&seed), 1000);
	text = written(histogram);
	line = strtok_r(text, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest)) && *line != '#') {
		assert_int_equal(
			sscanf(line, "%lf %lf %" SCNu64, &next, &next_percentile, &next_count), 3);
		assert_true(next >= value && next_percentile > percentile && next_count >= count);
		assert_true(next_percentile <= (double)next_count / 1e8 + 1e-9);
		value = next;
		percentile = next_percentile;
		count = next_count;
		lines++;
	}
	assert_int_equal(count, 100000000);
	assert_true(percentile == 1);
	assert_in_range(lines, 50, 300);
	free(text);
	histogram_free(histogram);
}

static void an_empty_file_has_no_lines(void **state)
{
	struct histogram *histogram = new_histogram();
	char *text = written(histogram);

	(void)state;
	assert_non_null(strstr(text, "1/(1-Percentile)\n\n#[Mean"));
	free(text);
	histogram_free(histogram);
}

static void a_full_disk_is_noticed(void **state)
{
	struct histogram *histogram = new_histogram();
	FILE *file = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(file);
	assert_int_equal(histogram_write(histogram, file), -EIO);
	fclose(file);
	histogram_free(histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_digits_at_every_magnitude),
		cmocka_unit_test(edges_of_counters_are_kept_apart),
		cmocka_unit_test(extremes_are_counted_at_the_ends),
		cmocka_unit_test(an_empty_one_is_all_zero),
		cmocka_unit_test(percentiles_are_those_of_a_sorted_array),
		cmocka_unit_test(a_percentile_counts_whole_values),
		cmocka_unit_test(merging_is_recording_into_one),
		cmocka_unit_test(the_file_is_that_of_hdrhistogram),
		cmocka_unit_test(a_long_file_is_in_order),
		cmocka_unit_test(an_empty_file_has_no_lines),
		cmocka_unit_test(a_full_disk_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
