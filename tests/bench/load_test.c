/*
 * What a share of the load counts, and from when: the arithmetic of closed and open loops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "bench/load.h"

static struct load make(double interval)
{
	struct load load = {
		.phase = PHASE_MEASURE, .interval = interval, .begin = 1000, .end = 2000};

	load.latency = histogram_new();
	load.uncorrected = histogram_new();
	assert_non_null(load.latency);
	assert_non_null(load.uncorrected);
	return load;
}

static void release(struct load *load)
{
	histogram_free(load->latency);
	histogram_free(load->uncorrected);
}

static void test_closed_loop(void **state)
{
	struct load load = make(0);

	(void)state;
	load_answered(&load, 1100, 1100, 1200, 3);
	assert_int_equal(load.messages, 3);
	assert_int_equal(load.latency->count, 3);
	assert_int_equal(load.latency->max, 100);
	load.phase = PHASE_DRAIN;
	load_answered(&load, 1900, 1900, 2100, 1);
	assert_int_equal(load.messages, 3);
	load.phase = PHASE_WARMUP;
	load_answered(&load, 900, 900, 950, 1);
	assert_int_equal(load.messages, 3);
	release(&load);
}

/* What was answered or due in the time measured has a latency, from when it was due; the messages
 * are those answered in it, as the rate is. */
static void test_open_loop(void **state)
{
	struct load load = make(10);

	(void)state;
	load_answered(&load, 1500, 1700, 1800, 1);
	assert_int_equal(load.latency->max, 300);
	assert_int_equal(load.uncorrected->max, 100);
	/* Due in the warm-up: under overload there is nothing else to measure. */
	load_answered(&load, 500, 1000, 1100, 1);
	assert_int_equal(load.latency->max, 600);
	assert_int_equal(load.messages, 2);
	load.phase = PHASE_DRAIN;
	load_answered(&load, 1999, 2000, 5000, 1);
	assert_int_equal(load.latency->max, 3001);
	load_answered(&load, 900, 2000, 9000, 1);
	assert_int_equal(load.latency->max, 3001);
	assert_int_equal(load.latency->count, 3);
	assert_int_equal(load.messages, 2);
	release(&load);
}

static void test_quota(void **state)
{
	struct load load = make(0);

	(void)state;
	load.quota = 10;
	load.messages = 6;
	load.outstanding = 3;
	assert_true(load_sends(&load));
	load.outstanding = 4;
	assert_false(load_sends(&load));
	load_answered(&load, 1100, 1100, 1200, 7);
	assert_int_equal(load.messages, 10);
	/* What comes when the count is full is in no figure. */
	load_answered(&load, 1100, 1100, 1900, 1);
	assert_int_equal(load.messages, 10);
	assert_int_equal(load.latency->max, 100);
	release(&load);
}

static void test_schedule(void **state)
{
	struct load load = make(2.5);

	(void)state;
	load.start = 1000;
	assert_int_equal(load_due(&load, 0), 1000);
	assert_int_equal(load_due(&load, 4), 1010);
	load.now = 1010;
	assert_true(load_is_due(&load, 4));
	assert_false(load_is_due(&load, 5));
	load.now = 5000;
	assert_true(load_is_due(&load, 399));
	assert_false(load_is_due(&load, 400)); /* it is due after the end */
	release(&load);
}

static int64_t asked;

static int64_t ask(void *whom)
{
	(void)whom;
	asked = clock_monotonic();
	return 7;
}

/* The time for asking after the server's processor time is not measured. */
static void test_server_time(void **state)
{
	struct load load = make(0);
	struct plan plan = {.duration = INT64_MAX};
	struct target target = {.processor_time = ask};
	atomic_bool stop = false;
	struct conductor conductor = {.plan = &plan, .connecting = 1, .stop = &stop};

	(void)state;
	load.conductor = &conductor;
	load.plan = &plan;
	load.target = &target;
	load_begin(&load);
	assert_true(load.end == NEVER);
	assert_int_equal(load_turn(&load), PHASE_MEASURE);
	assert_int_equal(conductor.server_before, 7);
	assert_true(load.begin >= asked);
	release(&load);
}

static void test_faults(void **state)
{
	struct load load = make(0);

	(void)state;
	load_fault(&load, FAULT_WRONG, "said \"%s\"", load_quote("a\x1b[2J\n", 6));
	load_faults(&load, FAULT_LOST, 5, "second");
	load_faults(&load, FAULT_LATE, 0, "none");
	assert_int_equal(load.faults[FAULT_WRONG], 1);
	assert_int_equal(load.faults[FAULT_LOST], 5);
	assert_int_equal(load.faults[FAULT_LATE], 0);
	assert_string_equal(load.complaint, "said \"a\\x1b[2J\\x0a\"");
	release(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_loop), cmocka_unit_test(test_open_loop),
		cmocka_unit_test(test_quota),       cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_server_time), cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
