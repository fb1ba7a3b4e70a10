/*
 * Time: the system's clock, poll's timeouts, and durations in words.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void system_clock_tells_both_times(void **state)
{
	struct timespec real;
	int64_t before = clock_monotonic();
	int64_t through_pointer = system_clock.monotonic(&system_clock);

	(void)state;
	assert_true(before > 0);
	assert_true(through_pointer >= before);
	assert_true(through_pointer - before < 60 * NANOSECONDS_PER_SECOND);
	clock_gettime(CLOCK_REALTIME, &real);
	assert_in_range(system_clock.wall(&system_clock) + 1, real.tv_sec, real.tv_sec + 2);
}

static void timeout_is_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(clock_poll_timeout(0, 1), 1);
	assert_int_equal(clock_poll_timeout(0, 999999), 1);
	assert_int_equal(clock_poll_timeout(0, 1000000), 1);
	assert_int_equal(clock_poll_timeout(0, 1000001), 2);
	assert_int_equal(clock_poll_timeout(500, 250000500), 250);
}

static void timeout_of_a_passed_deadline_is_zero(void **state)
{
	(void)state;
	assert_int_equal(clock_poll_timeout(5, 5), 0);
	assert_int_equal(clock_poll_timeout(5, 4), 0);
	assert_int_equal(clock_poll_timeout(INT64_MAX - 1, 0), 0);
	assert_int_equal(clock_poll_timeout(5, INT64_MIN), 0);
}

static void timeout_of_a_far_deadline_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(clock_poll_timeout(0, NEVER), CLOCK_POLL_FOREVER);
	assert_int_equal(clock_poll_timeout(0, NEVER - 1), INT_MAX);
	assert_int_equal(clock_poll_timeout(INT64_MIN, NEVER - 1), INT_MAX);
	assert_int_equal(clock_poll_timeout(0, INT_MAX * NANOSECONDS_PER_MILLISECOND), INT_MAX);
	assert_int_equal(clock_poll_timeout(0, (INT_MAX - 1) * NANOSECONDS_PER_MILLISECOND),
			 INT_MAX - 1);
}

static void durations_in_words(void **state)
{
	static const struct {
		int64_t nanoseconds;
		const char *text;
	} cases[] = {
		{0, "0 s"},
		{250 * NANOSECONDS_PER_MILLISECOND, "250 ms"},
		{1500 * NANOSECONDS_PER_MILLISECOND, "1500 ms"},
		{5 * NANOSECONDS_PER_SECOND, "5 s"},
		{90 * NANOSECONDS_PER_SECOND, "90 s"},
		{120 * NANOSECONDS_PER_SECOND, "2 m"},
		{3600 * NANOSECONDS_PER_SECOND, "1 h"},
		{NANOSECONDS_PER_MILLISECOND / 2, "0.0005 s"},
		{-NANOSECONDS_PER_SECOND, "-1 s"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(clock_text(text, cases[i].nanoseconds), cases[i].text);
	assert_ptr_equal(clock_text(text, INT64_MIN), text);
	assert_ptr_equal(clock_text(text, INT64_MAX), text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_clock_tells_both_times),
		cmocka_unit_test(timeout_is_rounded_up),
		cmocka_unit_test(timeout_of_a_passed_deadline_is_zero),
		cmocka_unit_test(timeout_of_a_far_deadline_is_bounded),
		cmocka_unit_test(durations_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
