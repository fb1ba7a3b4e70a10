/*
 * From the options to a plan, and what does not go together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "bench/planning.h"

static struct plan plan;
static int levels[PLAN_LEVELS_MAX];
static size_t level_count;
static struct error error;

static int make(const char *protocol, struct bench_options options)
{
	options.pipeline = options.pipeline ? options.pipeline : 1;
	options.threads = options.threads ? options.threads : 1;
	options.size = options.size ? options.size : 64;
	return plan_make(&plan, levels, &level_count, protocol_find(protocol), &options, &error);
}

static void assert_refused(const char *protocol, struct bench_options options, const char *why)
{
	assert_true(make(protocol, options) < 0);
	assert_int_equal(error.status, STATUS_USAGE);
	if (!strstr(error.text, why))
		fail_msg("\"%s\" is not in: %s", why, error.text);
}

static void test_levels(void **state)
{
	(void)state;
	assert_int_equal(make("echo", (struct bench_options){0}), 0);
	assert_int_equal(level_count, 1);
	assert_int_equal(levels[0], 50);
	assert_int_equal(make("echo", (struct bench_options){.connections = "1,10,1000"}), 0);
	assert_int_equal(level_count, 3);
	assert_int_equal(levels[2], 1000);
}

static void test_wrong_levels(void **state)
{
	static const char *const texts[] = {
		"",    "0",    "-1", "1,",    ",1",
		"1;2", "1, 2", "+5", "70000", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused("echo", (struct bench_options){.connections = texts[i]},
			       "--connections");
}

static void test_room(void **state)
{
	(void)state;
	assert_int_equal(make("chat", (struct bench_options){.members = 20, .speakers = 3}), 0);
	assert_int_equal(levels[0], 23);
	assert_int_equal(plan.speakers, 3);
	assert_int_equal(make("chat", (struct bench_options){.connections = "4", .speakers = 3}),
			 0);
	assert_int_equal(levels[0], 4);
	assert_refused("chat", (struct bench_options){.connections = "9,3", .speakers = 3},
		       "3 are too few");
	assert_refused("chat", (struct bench_options){.threads = 2}, "one thread");
	assert_refused("chat", (struct bench_options){.members = 5, .connections = "5"},
		       "--connections");
	assert_refused("chat", (struct bench_options){.size = 16}, "--size");
	assert_refused("echo", (struct bench_options){.members = 5}, "for chat");
}

static void test_what_does_not_go_together(void **state)
{
	(void)state;
	assert_refused("talk", (struct bench_options){0}, "echo");
	assert_refused("echo", (struct bench_options){.count = 5, .duration = 5}, "not both");
	assert_refused("echo", (struct bench_options){.connections = "2", .threads = 3},
		       "3 threads");
	assert_refused("echo", (struct bench_options){.connections = "60000", .pipeline = 1000},
		       "in flight");
	assert_refused("echo", (struct bench_options){.udp = true, .size = 65508}, "65507");
}

static void test_datagrams(void **state)
{
	(void)state;
	assert_int_equal(make("udp-date", (struct bench_options){0}), 0);
	assert_true(plan.datagrams);
	assert_int_equal(make("echo", (struct bench_options){0}), 0);
	assert_false(plan.datagrams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),    cmocka_unit_test(test_wrong_levels),
		cmocka_unit_test(test_room),      cmocka_unit_test(test_what_does_not_go_together),
		cmocka_unit_test(test_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
