/*
 * Axes: round ends, few ticks, places within the axis, and labels that do not overlap.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/chart_axis.h"

static void linear_axes_begin_with_zero(void **state)
{
	static const struct {
		double most, end;
		size_t ticks;
	} cases[] = {
		{231000, 250000, 6}, {1000, 1000, 6}, {33.7, 40, 5}, {6.1, 8, 5}, {0.3, 0.3, 7}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct axis axis = axis_round(false, 0, cases[i].most);
		double ticks[AXIS_TICKS];
		size_t count = axis_ticks(&axis, ticks);

		assert_true(axis.least == 0);
		assert_true(fabs(axis.most - cases[i].end) < 1e-9 * cases[i].end);
		assert_in_range(count, 4, 7);
		assert_true(ticks[0] == 0);
		assert_true(fabs(ticks[count - 1] - axis.most) < 1e-9 * axis.most);
	}
}

static void logarithmic_axes_end_with_round_numbers(void **state)
{
	struct axis axis = axis_round(true, 41, 46);
	double ticks[AXIS_TICKS];

	(void)state;
	assert_true(axis.least == 20 && axis.most == 50);
	axis = axis_round(true, 1, 1000);
	assert_true(axis.least == 1 && axis.most == 1000);
	assert_int_equal(axis_ticks(&axis, ticks), 10);
	axis = axis_round(true, 0.9e-3, 3e6);
	assert_true(fabs(axis.least - 0.5e-3) < 1e-12 && axis.most == 5e6);
	assert_int_equal(axis_ticks(&axis, ticks), 10);
	assert_true(fabs(ticks[0] - 1e-3) < 1e-12 && ticks[9] == 1e6);
	axis = axis_round(true, 100, 100);
	assert_true(axis.least == 100 && axis.most == 200);
}

/* Whatever the ends: ticks within the axis, in order, no more than there is room for. */
static void any_ends_can_be_drawn(void **state)
{
	static const double ends[] = {-INFINITY, -1,  0,    1e-9,     0.999, 1,
				      2.5,       1e6, 1e18, INFINITY, NAN};
	enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

	(void)state;
	for (size_t i = 0; i < 2 * ENDS * ENDS; i++) {
		struct axis axis = axis_round(i % 2, ends[i / 2 % ENDS], ends[i / 2 / ENDS]);
		double ticks[AXIS_TICKS];
		size_t count = axis_ticks(&axis, ticks);

		axis.from = 100;
		axis.to = 20;
		assert_true(axis.least < axis.most);
		assert_in_range(count, 1, AXIS_TICKS);
		for (size_t k = 0; k < count; k++) {
			assert_true(k == 0 || ticks[k] > ticks[k - 1]);
			assert_true(axis_at(&axis, ticks[k]) <= 100 &&
				    axis_at(&axis, ticks[k]) >= 20);
		}
		assert_true(axis_at(&axis, NAN) >= 20 && axis_at(&axis, NAN) <= 100);
	}
}

static void values_have_their_place(void **state)
{
	struct axis axis = axis_round(false, 0, 100);

	(void)state;
	axis.from = 500;
	axis.to = 100;
	assert_true(fabs(axis_at(&axis, 25) - 400) < 1e-9);
	assert_true(axis_at(&axis, -7) == 500 && axis_at(&axis, 1e9) == 100);
	axis = axis_exact(1, 10000);
	axis.from = 0;
	axis.to = 400;
	assert_true(fabs(axis_at(&axis, 100) - 200) < 1e-9);
	axis = axis_exact(7, 7);
	axis.to = 400;
	assert_true(fabs(axis_at(&axis, 7) - 200) < 1e-9);
	axis = axis_exact(INFINITY, -INFINITY);
	assert_true(axis.least < axis.most);
}

static void assert_spread(double *places, size_t count, double gap, double top, double bottom)
{
	axis_spread(places, count, gap, top, bottom);
	for (size_t i = 0; i < count; i++) {
		assert_true(places[i] >= top - 1e-9 && places[i] <= bottom + 1e-9);
		assert_true(i == 0 || places[i] - places[i - 1] >= gap - 1e-9);
	}
}

static void labels_are_pushed_apart(void **state)
{
	double apart[] = {10, 50, 90}, pair[] = {50, 50}, all[] = {100, 100, 100, 100};
	double high[] = {0, 1, 2}, mixed[] = {10, 50, 52, 54, 90};

	(void)state;
	assert_spread(apart, 3, 20, 0, 100);
	assert_true(apart[0] == 10 && apart[1] == 50 && apart[2] == 90);
	assert_spread(pair, 2, 20, 0, 100);
	assert_true(pair[0] == 40 && pair[1] == 60);
	assert_spread(all, 4, 20, 0, 100);
	assert_true(all[0] == 40 && all[3] == 100);
	assert_spread(high, 3, 20, 0, 100);
	assert_true(high[0] == 0 && high[2] == 40);
	assert_spread(mixed, 5, 20, 0, 100);
	assert_true(fabs(mixed[2] - 51.2) < 5);
	axis_spread(NULL, 0, 20, 0, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_axes_begin_with_zero),
		cmocka_unit_test(logarithmic_axes_end_with_round_numbers),
		cmocka_unit_test(any_ends_can_be_drawn),
		cmocka_unit_test(values_have_their_place),
		cmocka_unit_test(labels_are_pushed_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
