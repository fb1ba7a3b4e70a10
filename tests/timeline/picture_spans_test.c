/*
 * Which spans reach into which rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "timeline/picture_spans.h"

static void assert_met(struct spans *spans, int first, int end, const int *expected, size_t count)
{
	spans_meet(spans, first, end);
	assert_int_equal(spans->met_count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(spans->met[i].index, expected[i]);
}

static void each_band_meets_what_reaches_into_it(void **state)
{
	struct spans spans;

	(void)state;
	assert_true(spans_init(&spans, 5));
	spans_add(&spans, 9, 10, 4);
	spans_add(&spans, 0, 3, 0);
	spans_add(&spans, 1, 20, 1);
	spans_add(&spans, 3, 4, 2);
	spans_add(&spans, 4, 4, 3);
	spans_sort(&spans);
	assert_met(&spans, 0, 4, (const int[]){0, 1, 2}, 3);
	assert_met(&spans, 4, 8, (const int[]){1, 2, 3}, 3);
	assert_met(&spans, 8, 12, (const int[]){1, 4}, 2);
	assert_met(&spans, 12, 20, (const int[]){1}, 1);
	assert_met(&spans, 21, 30, NULL, 0);
	spans_free(&spans);
}

static void rows_may_be_left_out(void **state)
{
	struct spans spans;

	(void)state;
	assert_true(spans_init(&spans, 2));
	spans_add(&spans, 0, 1, 0);
	spans_add(&spans, 0, 8, 1);
	spans_sort(&spans);
	assert_met(&spans, 5, 6, (const int[]){1}, 1);
	spans_free(&spans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_band_meets_what_reaches_into_it),
		cmocka_unit_test(rows_may_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
