/*
 * Deadlines: the protocol's timer, idle peers, half lines, and peers that do not close.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/probe.h"
#include "support/stage.h"

#define SECOND NANOSECONDS_PER_SECOND

static struct stage *stage;
static struct actor *actor;

static void open_stage(const struct stage_settings *settings)
{
	memset(&probe_record, 0, sizeof(probe_record));
	stage = stage_new(&probe_protocol, settings);
	actor = actor_join(stage);
}

static int server(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){0});
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_free(stage);
	return 0;
}

static void without_deadlines_nothing_is_waited_for(void **state)
{
	(void)state;
	actor_say(actor, "hello\n");
	assert_true(loop_deadline(stage->loop) == NEVER);
	assert_true(connection_deadline(actor->connection) == NEVER);
}

static void a_timer_comes_once(void **state)
{
	(void)state;
	actor_say(actor, "timer 1000\n");
	assert_true(loop_deadline(stage->loop) == stage->now + 1000);
	stage_pass(stage, 999);
	assert_int_equal(probe_record.timers, 0);
	stage_pass(stage, 1);
	assert_int_equal(probe_record.timers, 1);
	stage_pass(stage, 100 * SECOND);
	assert_int_equal(probe_record.timers, 1);
}

static void a_new_time_replaces_the_old_one(void **state)
{
	(void)state;
	actor_say(actor, "timer 1000\ntimer 5000\n");
	stage_pass(stage, 4999);
	assert_int_equal(probe_record.timers, 0);
	actor_say(actor, "timer 100\n");
	stage_pass(stage, 100);
	assert_int_equal(probe_record.timers, 1);
	actor_say(actor, "timer 100\ntimer -1\n");
	stage_pass(stage, 1000);
	assert_int_equal(probe_record.timers, 1);
	actor_say(actor, "timer 9223372036854775807\n");
	stage_pass(stage, 1000);
	assert_int_equal(probe_record.timers, 1);
}

/* A timer that sets itself without a delay does not keep the loop from its other work. */
static void a_timer_without_delay_comes_once_a_turn(void **state)
{
	(void)state;
	actor_say(actor, "again\n");
	for (int i = 1; i <= 5; i++) {
		stage_pass(stage, 1);
		assert_int_equal(probe_record.timers, i);
	}
}

static void many_deadlines_come_in_order(void **state)
{
	enum { MANY = 60 };
	struct actor *many[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		char line[32] = "timer ";
		many[i] = actor_join(stage);
		line[6] = (char)('1' + i * 7 % 9);
		strcat(line, "000\n");
		actor_say(many[i], line);
	}
	int before = 0;
	for (int i = 1; i <= 9; i++) {
		int due = 0;
		for (int j = 0; j < MANY; j++)
			due += j * 7 % 9 + 1 == i;
		stage_pass(stage, 1000);
		assert_int_equal(probe_record.timers - before, due);
		before = probe_record.timers;
	}
}

static void idle_peers_are_let_go(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){.idle_timeout = 10 * SECOND});
	stage_pass(stage, 9 * SECOND);
	actor_say(actor, "hello\n");
	actor_expect(actor, "[hello]\n");
	stage_pass(stage, 10 * SECOND - 1);
	assert_int_equal(probe_record.closes[0], 0);
	stage_pass(stage, 1);
	actor_expect_closed(actor, CLOSE_IDLE);
	assert_int_equal(probe_record.reasons[0], CLOSE_IDLE);
	assert_int_equal(probe_record.closes[0], 1);
	stage_free(stage);
	open_stage(&(struct stage_settings){.idle_timeout = INT64_MAX});
	stage_pass(stage, 1000000 * SECOND);
	assert_int_equal(probe_record.closes[0], 0);
	stage_free(stage);
}

#define REMARK "sent 4 bytes without a newline and waits; a textbook program wants --framing raw"

static void a_half_line_is_remarked_on_once(void **state)
{
	(void)state;
	actor_say(actor, "ha");
	stage_pass(stage, SECOND - 1);
	actor_say(actor, "lf");
	stage_pass(stage, SECOND - 1);
	assert_int_equal(text_occurrences(stage_log.bytes, "without a newline"), 0);
	stage_pass(stage, 1);
	assert_int_equal(text_occurrences(stage_log.bytes, "peer 127.0.0.1:40000 " REMARK), 1);
	stage_pass(stage, 10 * SECOND);
	actor_say(actor, " line\nhalf");
	stage_pass(stage, 10 * SECOND);
	assert_int_equal(text_occurrences(stage_log.bytes, "without a newline"), 1);
	actor_say(actor, "\n");
	actor_expect(actor, "[half line]\n[half]\n");
	/* A line that ended in time is nothing to remark on. */
	struct actor *other = actor_join(stage);
	actor_say(other, "half");
	stage_pass(stage, SECOND / 2);
	actor_say(other, "\n");
	stage_pass(stage, 10 * SECOND);
	assert_int_equal(text_occurrences(stage_log.bytes, "without a newline"), 1);
}

static void raw_framing_needs_no_newline(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){.raw = true});
	actor_say(actor, "half");
	actor_expect(actor, "[half]");
	stage_pass(stage, 10 * SECOND);
	assert_int_equal(text_occurrences(stage_log.bytes, "without a newline"), 0);
	stage_free(stage);
}

static void a_peer_that_does_not_close_is_drained_briefly(void **state)
{
	(void)state;
	actor_say(actor, "end\n");
	assert_true(actor->shut);
	/* What it goes on sending buys it no time. */
	for (int i = 0; i < 9; i++) {
		stage_pass(stage, SECOND / 10);
		actor_say(actor, "more\n");
		assert_non_null(actor->connection);
	}
	stage_pass(stage, SECOND / 10);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
}

static void timers_end_with_the_session(void **state)
{
	(void)state;
	actor_say(actor, "timer 100\nend\n");
	stage_pass(stage, 1000);
	assert_int_equal(probe_record.timers, 0);
	struct actor *other = actor_join(stage);
	actor_say(other, "timer 100\n");
	actor_break(other);
	stage_pass(stage, 2 * SECOND);
	assert_int_equal(probe_record.timers, 0);
	assert_true(loop_deadline(stage->loop) == NEVER);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, server, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(without_deadlines_nothing_is_waited_for),
		SERVED(a_timer_comes_once),
		SERVED(a_new_time_replaces_the_old_one),
		SERVED(a_timer_without_delay_comes_once_a_turn),
		SERVED(many_deadlines_come_in_order),
		cmocka_unit_test(idle_peers_are_let_go),
		SERVED(a_half_line_is_remarked_on_once),
		cmocka_unit_test(raw_framing_needs_no_newline),
		SERVED(a_peer_that_does_not_close_is_drained_briefly),
		SERVED(timers_end_with_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
