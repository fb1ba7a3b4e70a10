/*
 * Medians over rounds, ratios within rounds, and rounds that did not take place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/summary.h"
#include "support/measurement.h"

static int setup(void **state)
{
	*state = sample_new();
	return 0;
}

static int teardown(void **state)
{
	sample_free(*state);
	return 0;
}

static void assert_spread(const struct spread *spread, size_t rounds, double median, double min,
			  double max)
{
	assert_int_equal(spread->rounds, rounds);
	assert_true(spread->median == median);
	assert_true(spread->min == min);
	assert_true(spread->max == max);
}

static void the_median_is_the_middle(void **state)
{
	struct sample *sample = *state;
	struct summary summary = summary_of(&sample->comparison, 1, 1);

	assert_spread(&summary.metrics[METRIC_RATE], 3, 40000, 20000, 60000);
	assert_spread(&summary.metrics[METRIC_RATIO], 3, 2, 2, 2);
	assert_spread(&summary.metrics[METRIC_P50], 3, 10000, 10000, 10000);
	assert_spread(&summary.metrics[METRIC_P99], 3, 12000, 12000, 12000);
	assert_spread(&summary.metrics[METRIC_P999], 3, 13000, 13000, 13000);
	assert_spread(&summary.metrics[METRIC_SERVER], 3, 5000, 5000, 5000);
	assert_spread(&summary.metrics[METRIC_GENERATOR], 3, 1000, 1000, 1000);
}

static void a_failed_round_counts_nowhere(void **state)
{
	struct sample *sample = *state;
	struct result *failed = sample_result(sample, 1, 0, 0);
	struct summary summary;

	memset(failed, 0, sizeof(*failed));
	strcpy(failed->complaint, "it did not start");
	summary = summary_of(&sample->comparison, 1, 0);
	/* Of two rounds the median is between them. */
	assert_spread(&summary.metrics[METRIC_RATE], 2, 5000, 4000, 6000);
	assert_spread(&summary.metrics[METRIC_RATIO], 2, 2, 2, 2);
}

static void without_the_first_there_is_no_ratio(void **state)
{
	struct sample *sample = *state;
	struct summary summary;

	sample_result(sample, 0, 0, 1)->elapsed = 0;
	sample_result(sample, 0, 0, 2)->achieved = 0;
	summary = summary_of(&sample->comparison, 2, 0);
	assert_spread(&summary.metrics[METRIC_RATIO], 1, 3, 3, 3);
	sample_result(sample, 0, 0, 0)->elapsed = 0;
	summary = summary_of(&sample->comparison, 2, 0);
	assert_spread(&summary.metrics[METRIC_RATIO], 0, 0, 0, 0);
}

static void what_was_not_measured_is_not_known(void **state)
{
	struct sample *sample = *state;
	size_t count = sizeof(sample->results) / sizeof(sample->results[0]);
	struct result *result = sample_result(sample, 0, 0, 0);
	struct summary summary;

	result->messages = 0;
	result->achieved = 0;
	summary = summary_of(&sample->comparison, 0, 0);
	assert_spread(&summary.metrics[METRIC_RATE], 3, 2000, 0, 3000);
	assert_int_equal(summary.metrics[METRIC_P99].rounds, 2);
	assert_int_equal(summary.metrics[METRIC_SERVER].rounds, 2);
	assert_true(comparison_knows(&sample->comparison, METRIC_SERVER));
	for (size_t i = 0; i < count; i++)
		sample->results[i].server_time = -1;
	assert_false(comparison_knows(&sample->comparison, METRIC_SERVER));
	assert_true(comparison_knows(&sample->comparison, METRIC_RATIO));
}

static void faults_add_up_and_the_first_is_told(void **state)
{
	struct sample *sample = *state;
	struct summary summary;
	char sentence[256];

	sample_result(sample, 1, 0, 1)->faults[FAULT_CLOSED] = 3;
	sample_result(sample, 1, 0, 2)->faults[FAULT_CLOSED] = 4;
	summary = summary_of(&sample->comparison, 1, 0);
	assert_int_equal(summary.faults[FAULT_CLOSED], 7);
	assert_int_equal(summary.faults[FAULT_LOST], 0);
	assert_true(summary_holds(&sample->comparison, 0, 0, sentence, sizeof(sentence)));
	assert_false(summary_holds(&sample->comparison, 1, 0, sentence, sizeof(sentence)));
	assert_string_equal(sentence, "closed 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_median_is_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_round_counts_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(without_the_first_there_is_no_ratio, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_was_not_measured_is_not_known, setup,
						teardown),
		cmocka_unit_test_setup_teardown(faults_add_up_and_the_first_is_told, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
