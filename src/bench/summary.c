/*
 * Medians over the rounds of a comparison. Rounds that could not be run count nowhere.
 */
#include "bench/summary.h"

const enum quantity metric_quantities[METRICS] = {
	[METRIC_RATE] = QUANTITY_COUNT,     [METRIC_RATIO] = QUANTITY_RATIO,
	[METRIC_P50] = QUANTITY_TIME,       [METRIC_P99] = QUANTITY_TIME,
	[METRIC_P999] = QUANTITY_TIME,      [METRIC_SERVER] = QUANTITY_TIME,
	[METRIC_GENERATOR] = QUANTITY_TIME,
};

static bool per_message(const struct result *result, int64_t time, double *value)
{
	if (time < 0 || result->messages == 0)
		return false;
	*value = (double)time / (double)result->messages;
	return true;
}

bool result_metric(const struct result *result, enum metric metric, double *value)
{
	if (result->elapsed <= 0)
		return false;
	switch (metric) {
	case METRIC_RATE:
		*value = result->achieved;
		return true;
	case METRIC_P50:
		*value = (double)result->latency.p50;
		return result->messages > 0;
	case METRIC_P99:
		*value = (double)result->latency.p99;
		return result->messages > 0;
	case METRIC_P999:
		*value = (double)result->latency.p999;
		return result->messages > 0;
	case METRIC_SERVER:
		return per_message(result, result->server_time, value);
	case METRIC_GENERATOR:
		return per_message(result, result->generator_time, value);
	default:
		return false;
	}
}

static bool round_metric(const struct comparison *comparison, size_t subject, size_t level,
			 size_t round, enum metric metric, double *value)
{
	const struct result *result = comparison_result(comparison, subject, level, round);
	double base;

	if (metric != METRIC_RATIO)
		return result_metric(result, metric, value);
	if (!result_metric(comparison_result(comparison, comparison->base, level, round),
			   METRIC_RATE, &base) ||
	    base <= 0 || !result_metric(result, METRIC_RATE, value))
		return false;
	*value /= base;
	return true;
}

/* The value that so many known ones precede, rounds being few; ties by the round. */
static double ranked(const struct comparison *comparison, size_t subject, size_t level,
		     enum metric metric, size_t rank)
{
	double candidate, other;

	for (size_t i = 0; i < comparison->rounds; i++) {
		size_t before = 0;

		if (!round_metric(comparison, subject, level, i, metric, &candidate))
			continue;
		for (size_t k = 0; k < comparison->rounds; k++) {
			if (round_metric(comparison, subject, level, k, metric, &other) &&
			    (other < candidate || (other == candidate && k < i)))
				before++;
		}
		if (before == rank)
			return candidate;
	}
	return 0;
}

static struct spread spread_of(const struct comparison *comparison, size_t subject, size_t level,
			       enum metric metric)
{
	struct spread spread = {0};
	double value;

	for (size_t i = 0; i < comparison->rounds; i++)
		spread.rounds += round_metric(comparison, subject, level, i, metric, &value);
	if (spread.rounds == 0)
		return spread;
	spread.min = ranked(comparison, subject, level, metric, 0);
	spread.max = ranked(comparison, subject, level, metric, spread.rounds - 1);
	spread.median = (ranked(comparison, subject, level, metric, (spread.rounds - 1) / 2) +
			 ranked(comparison, subject, level, metric, spread.rounds / 2)) /
			2;
	return spread;
}

struct summary summary_of(const struct comparison *comparison, size_t subject, size_t level)
{
	struct summary summary = {0};

	for (size_t i = 0; i < METRICS; i++)
		summary.metrics[i] = spread_of(comparison, subject, level, (enum metric)i);
	for (size_t round = 0; round < comparison->rounds; round++) {
		const struct result *result = comparison_result(comparison, subject, level, round);

		for (size_t i = 0; i < FAULTS; i++)
			summary.faults[i] += result->faults[i];
	}
	return summary;
}

bool summary_holds(const struct comparison *comparison, size_t subject, size_t level,
		   char *sentence, size_t size)
{
	struct plan plan = *comparison->plan;

	plan.connections = comparison->levels[level];
	for (size_t round = 0; round < comparison->rounds; round++) {
		if (!result_holds(&plan, comparison_result(comparison, subject, level, round),
				  sentence, size))
			return false;
	}
	return true;
}

bool comparison_knows(const struct comparison *comparison, enum metric metric)
{
	size_t count = comparison->subject_count * comparison->level_count * comparison->rounds;
	double value;

	if (metric == METRIC_RATIO)
		metric = METRIC_RATE;
	for (size_t i = 0; i < count; i++) {
		if (result_metric(&comparison->results[i], metric, &value))
			return true;
	}
	return false;
}
