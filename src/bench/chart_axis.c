/*
 * Axes: round numbers in steps of 1, 2 and 5, and places on paper.
 */
#include "bench/chart_axis.h"

#include <math.h>

/* Logarithmic axes of more decades than that have ticks at powers of ten only. */
static const double fine_decades = 3;

static const double steps[] = {1, 2, 5};

/* The number of that rank in ..., 0.5, 1, 2, 5, 10, 20, ... where 1 has rank 0. */
static double round_number(int rank)
{
	int decade = (int)floor(rank / 3.0);

	return steps[rank - 3 * decade] * pow(10, decade);
}

/* The rank of the largest round number that is at most the value. */
static int rank_below(double value)
{
	int rank = 3 * (int)floor(log10(value));

	while (round_number(rank + 1) <= value)
		rank++;
	while (round_number(rank) > value)
		rank--;
	return rank;
}

static struct axis logarithmic_axis(double least, double most)
{
	int low, high;

	if (!(least > 0) || !isfinite(least))
		least = 1;
	if (!(most >= least) || !isfinite(most))
		most = least;
	low = rank_below(least);
	high = rank_below(most);
	if (round_number(high) < most || high == low)
		high++;
	return (struct axis){
		.logarithmic = true, .least = round_number(low), .most = round_number(high)};
}

/* The least of 1, 2, 2.5 and 5 times a power of ten of which five reach the value. */
static double linear_step(double most)
{
	double decade = pow(10, floor(log10(most / 5)));
	double rest = most / 5 / decade;

	if (rest <= 1)
		return decade;
	if (rest <= 2)
		return 2 * decade;
	if (rest <= 2.5)
		return 2.5 * decade;
	return rest <= 5 ? 5 * decade : 10 * decade;
}

struct axis axis_round(bool logarithmic, double least, double most)
{
	double step;

	if (logarithmic)
		return logarithmic_axis(least, most);
	if (!(most > 0) || !isfinite(most))
		most = 1;
	step = linear_step(most);
	return (struct axis){.most = step * ceil(most / step * (1 - 1e-9))};
}

struct axis axis_exact(double least, double most)
{
	if (!(least > 0) || !isfinite(least))
		least = 1;
	/* A single value stands in the middle. */
	if (!(most > least) || !isfinite(most))
		return (struct axis){true, least / 2, least * 2, 0, 0};
	return (struct axis){.logarithmic = true, .least = least, .most = most};
}

double axis_at(const struct axis *axis, double value)
{
	double share;

	value = fmin(fmax(value, axis->least), axis->most);
	if (axis->logarithmic)
		share = log(value / axis->least) / log(axis->most / axis->least);
	else
		share = (value - axis->least) / (axis->most - axis->least);
	return axis->from + share * (axis->to - axis->from);
}

static size_t logarithmic_ticks(const struct axis *axis, double ticks[AXIS_TICKS])
{
	double decades = log10(axis->most / axis->least);
	int low = rank_below(axis->least * (1 + 1e-9)), high = rank_below(axis->most * (1 + 1e-9));
	int stride = decades > fine_decades ? 3 : 1;
	size_t count = 0;

	while ((high - low) / stride >= AXIS_TICKS)
		stride += 3;
	for (int rank = low; rank <= high && count < AXIS_TICKS; rank++) {
		if (rank % stride == 0)
			ticks[count++] = round_number(rank);
	}
	return count;
}

size_t axis_ticks(const struct axis *axis, double ticks[AXIS_TICKS])
{
	size_t count = 0;
	double step;

	if (axis->logarithmic)
		return logarithmic_ticks(axis, ticks);
	step = linear_step(axis->most);
	while (count < AXIS_TICKS && (double)count * step <= axis->most * (1 + 1e-9)) {
		ticks[count] = (double)count * step;
		count++;
	}
	return count;
}

/* Places that touch move as one block, whose middle is the mean of where its places would be:
 * going through the places, a block that touches the one before it is joined to it. */
void axis_spread(double *places, size_t count, double gap, double top, double bottom)
{
	double last = bottom - gap * (double)(count - 1);

	for (size_t i = 0; i < count; i++)
		places[i] -= gap * (double)i;
	for (size_t i = 1; i < count; i++) {
		size_t first = i;
		double sum = places[i];

		/* Places of one block are equal now. */
		while (first > 0 && places[first - 1] > sum / (double)(i - first + 1))
			sum += places[--first];
		for (size_t k = first; k <= i; k++)
			places[k] = sum / (double)(i - first + 1);
	}
	for (size_t i = 0; i < count; i++)
		places[i] = fmax(top, fmin(places[i], last)) + gap * (double)i;
}
