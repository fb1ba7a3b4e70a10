/*
 * What a plan counts, and when a result is what was planned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result.h"
#include "support/measurement.h"

static void units_follow_the_workload(void **state)
{
	static const char *const units[] = {
		[WORKLOAD_ECHO] = "messages",
		[WORKLOAD_EXCHANGE] = "messages",
		[WORKLOAD_VISIT] = "connections",
		[WORKLOAD_ROOM] = "deliveries",
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct plan plan = {.protocol = &sample_protocols[i]};

		assert_string_equal(plan_unit(&plan), units[i]);
		plan.datagrams = true;
		assert_string_equal(plan_unit(&plan), "datagrams");
	}
}

static void every_fault_has_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < FAULTS; i++) {
		assert_non_null(fault_names[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(fault_names[i], fault_names[k]);
	}
}

static struct plan echo_plan(void)
{
	return (struct plan){.protocol = &sample_protocols[WORKLOAD_ECHO], .connections = 5000};
}

static struct result good_result(void)
{
	return (struct result){
		.connected = 5000, .messages = 10, .elapsed = 1000000000, .achieved = 990};
}

static void assert_falls_short(const struct plan *plan, const struct result *result,
			       const char *expected)
{
	char sentence[256];

	assert_false(result_holds(plan, result, sentence, sizeof(sentence)));
	assert_string_equal(sentence, expected);
}

static void what_was_planned_holds(void **state)
{
	struct plan plan = echo_plan();
	struct result result = good_result();
	char sentence[256] = "?";

	(void)state;
	assert_true(result_holds(&plan, &result, sentence, sizeof(sentence)));
	assert_string_equal(sentence, "");
	plan.rate = 1000;
	assert_true(result_holds(&plan, &result, sentence, sizeof(sentence)));
}

static void each_shortfall_is_told(void **state)
{
	struct plan plan = echo_plan();
	struct result result = good_result();

	(void)state;
	result.connected = 4999;
	assert_falls_short(&plan, &result, "4,999 of 5,000 connections were made");
	result = good_result();
	result.faults[FAULT_LATE] = 1;
	assert_falls_short(&plan, &result, "late 1");
	result.faults[FAULT_WRONG] = 2000;
	strcpy(result.complaint, "an answer was wrong");
	assert_falls_short(&plan, &result, "wrong 2,000, late 1: an answer was wrong");
	result = good_result();
	plan.rate = 1010;
	assert_falls_short(&plan, &result, "990 of 1,010 messages a second were achieved");
	result.connected = 0;
	result.messages = 0;
	assert_falls_short(&plan, &result,
			   "0 of 5,000 connections were made; 990 of 1,010 messages a second were "
			   "achieved; nothing was measured");
}

static void a_round_that_could_not_be_run_has_only_its_complaint(void **state)
{
	struct plan plan = echo_plan();
	struct result result = {.complaint = "the server did not start"};

	(void)state;
	plan.rate = 1000;
	assert_falls_short(&plan, &result, "the server did not start");
}

static void in_a_room_all_others_are_to_hear(void **state)
{
	struct plan plan = {.protocol = &sample_protocols[WORKLOAD_ROOM],
			    .connections = 101,
			    .speakers = 1,
			    .rate = 10};
	struct result result = {
		.connected = 101, .messages = 1, .elapsed = 1000000000, .achieved = 995};
	char sentence[256];

	(void)state;
	assert_true(result_holds(&plan, &result, sentence, sizeof(sentence)));
	result.achieved = 500;
	assert_falls_short(&plan, &result, "500 of 1,000 deliveries a second were achieved");
}

static void a_message_that_just_misses_the_time_is_no_shortfall(void **state)
{
	struct plan plan = {.protocol = &sample_protocols[WORKLOAD_ECHO], .rate = 1};
	struct result result = {.messages = 2, .elapsed = 2500000000, .achieved = 0.8};
	char sentence[256];

	(void)state;
	assert_true(result_holds(&plan, &result, sentence, sizeof(sentence)));
	result.elapsed = 10000000000;
	result.messages = 8;
	assert_false(result_holds(&plan, &result, sentence, sizeof(sentence)));
	assert_string_equal(sentence, "0.800 of 1.00 messages a second were achieved");
}

static void a_small_place_cuts_the_sentence(void **state)
{
	struct plan plan = echo_plan();
	struct result result = {.connected = 3};
	char sentence[16];

	(void)state;
	memset(sentence, 'x', sizeof(sentence));
	assert_false(result_holds(&plan, &result, sentence, 6));
	assert_string_equal(sentence, "3 of ");
	assert_int_equal(sentence[6], 'x');
	assert_false(result_holds(&plan, &result, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_follow_the_workload),
		cmocka_unit_test(every_fault_has_a_name),
		cmocka_unit_test(what_was_planned_holds),
		cmocka_unit_test(each_shortfall_is_told),
		cmocka_unit_test(a_round_that_could_not_be_run_has_only_its_complaint),
		cmocka_unit_test(in_a_room_all_others_are_to_hear),
		cmocka_unit_test(a_message_that_just_misses_the_time_is_no_shortfall),
		cmocka_unit_test(a_small_place_cuts_the_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
