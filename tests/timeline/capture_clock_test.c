/*
 * Time stamps on the monotonic clock, with the other clock slewed and set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "timeline/capture_clock.h"

#define SECOND NANOSECONDS_PER_SECOND
#define SLACK (SECOND / 10)

static const int64_t epoch = 1795215420 * SECOND;

static struct capture_clock begin(void)
{
	struct capture_clock clock = {
		.offset = epoch, .old_offset = epoch, .measured = 10 * SECOND};

	clock.earliest = clock.measured;
	return clock;
}

static void stamps_are_converted(void **state)
{
	struct capture_clock clock = begin();

	(void)state;
	capture_clock_set(&clock, 11 * SECOND, epoch, SLACK);
	assert_true(capture_clock_time(&clock, epoch + 10 * SECOND + 7) == 10 * SECOND + 7);
	/* A slewed clock drifts a little: the newest difference counts. */
	capture_clock_set(&clock, 12 * SECOND, epoch + 500, SLACK);
	assert_true(capture_clock_time(&clock, epoch + 12 * SECOND) == 12 * SECOND - 500);
}

/* A packet stamped before the step, and taken after it, as well as one stamped after it. */
static void a_step_moves_no_packet(void **state)
{
	static const int64_t steps[] = {3600 * SECOND, -3600 * SECOND, 5 * SECOND, -5 * SECOND};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct capture_clock clock = begin();
		int64_t before = epoch + 11 * SECOND + SECOND / 10;
		int64_t after = epoch + steps[i] + 11 * SECOND + SECOND / 5;

		capture_clock_set(&clock, 11 * SECOND, epoch, SLACK);
		capture_clock_set(&clock, 11 * SECOND + SECOND / 4, epoch + steps[i], SLACK);
		assert_true(capture_clock_time(&clock, before) == 11 * SECOND + SECOND / 10);
		assert_true(capture_clock_time(&clock, after) == 11 * SECOND + SECOND / 5);
		/* Later ones have the new difference only. */
		capture_clock_set(&clock, 60 * SECOND, epoch + steps[i], SLACK);
		assert_true(capture_clock_time(&clock, epoch + steps[i] + 59 * SECOND) ==
			    59 * SECOND);
	}
}

static void the_machine_s_clocks_are_measured(void **state)
{
	struct capture_clock clock;
	struct timespec real;

	(void)state;
	capture_clock_begin(&clock);
	int64_t before = clock_monotonic();
	clock_gettime(CLOCK_REALTIME, &real);
	int64_t after = clock_monotonic();
	capture_clock_measure(&clock, SLACK);
	int64_t when = capture_clock_time(&clock, real.tv_sec * SECOND + real.tv_nsec);
	/* As exact as two readings can lie apart on a busy machine. */
	assert_true(when > before - SECOND / 100 && when < after + SECOND / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_are_converted),
		cmocka_unit_test(a_step_moves_no_packet),
		cmocka_unit_test(the_machine_s_clocks_are_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
