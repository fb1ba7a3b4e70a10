/*
 * Backpressure: a peer that reads slowly is asked for less, one that does not read is dropped, and
 * what it said meanwhile is neither lost nor put out of order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/probe.h"
#include "support/stage.h"

enum { HIGH = 64 * 1024, LOW = 16 * 1024 };

static struct stage *stage;
static struct actor *actor;

static void open_stage(const struct protocol *protocol, const struct stage_settings *settings)
{
	memset(&probe_record, 0, sizeof(probe_record));
	stage = stage_new(protocol, settings);
	actor = actor_join(stage);
	actor->room = 0;
}

static int server(void **state)
{
	(void)state;
	open_stage(&probe_protocol, &(struct stage_settings){0});
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_free(stage);
	for (int i = 0; i < probe_record.opens; i++)
		assert_int_equal(probe_record.closes[i], 1);
	return 0;
}

static bool receives(void)
{
	return connection_wants(actor->connection) & WANT_RECEIVE;
}

static void receiving_stops_and_goes_on(void **state)
{
	char say[32];

	(void)state;
	snprintf(say, sizeof(say), "send %d\n", HIGH - 1);
	actor_say(actor, say);
	assert_true(receives());
	actor_say(actor, "send 1\n");
	assert_int_equal(connection_queued(actor->connection), HIGH);
	assert_false(receives());
	assert_int_equal(probe_record.rooms, 0);
	actor_read(actor, HIGH - LOW);
	assert_int_equal(connection_queued(actor->connection), LOW);
	assert_false(receives());
	assert_int_equal(probe_record.rooms, 0);
	actor_read(actor, 1);
	assert_true(receives());
	assert_int_equal(probe_record.rooms, 1);
	actor_read(actor, SIZE_MAX);
	assert_int_equal(probe_record.rooms, 1);
	assert_int_equal(actor->got.n, HIGH);
}

/* Lines that came with the one that filled the queue wait, in order, and so do those behind. */
static void what_was_said_meanwhile_is_held(void **state)
{
	(void)state;
	actor_say(actor, "send 70000\nfirst\nsec");
	actor_say(actor, "ond\n");
	actor_say(actor, "send 70000\nthird\nfour");
	actor_end(actor);
	assert_int_equal(probe_record.bytes, 10);
	assert_int_equal(probe_record.closes[0], 0);
	actor_read(actor, 60000);
	actor_forget(actor);
	assert_int_equal(probe_record.closes[0], 0);
	actor_read(actor, SIZE_MAX);
	actor->seen += 10000;
	actor_expect(actor, "[first]\n[second]\n");
	actor->seen += 70000;
	actor_expect(actor, "[third]\n[four]\n");
	actor_expect_closed(actor, CLOSE_ENDED);
	assert_null(actor->connection);
}

static void everything_is_answered_at_any_pace(void **state)
{
	enum { LINES = 20000 };
	char expected[16], said[16];

	(void)state;
	actor->largest = 1777;
	for (int i = 0; i < LINES; i++) {
		actor_send(actor, said, (size_t)snprintf(said, sizeof(said), "%d\n", i));
		if (i % 500 == 0)
			actor_read(actor, (size_t)stage_random(stage, 8000));
	}
	actor_end(actor);
	actor_read(actor, SIZE_MAX);
	for (int i = 0; i < LINES; i++) {
		snprintf(expected, sizeof(expected), "[%d]\n", i);
		actor_expect(actor, expected);
	}
	actor_expect_closed(actor, CLOSE_ENDED);
}

static void a_break_while_input_is_held(void **state)
{
	(void)state;
	actor_say(actor, "send 70000\nheld\n");
	actor_say(actor, "and more\n");
	actor_break(actor);
	assert_null(actor->connection);
	assert_int_equal(probe_record.bytes, 10);
	assert_int_equal(probe_record.reasons[0], CLOSE_FAILED);
}

static void an_end_among_held_lines(void **state)
{
	(void)state;
	actor_say(actor, "send 70000\nfirst\nend\nsecond\n");
	actor_read(actor, SIZE_MAX);
	actor->seen += 70000;
	actor_expect(actor, "[first]\n");
	actor_expect_closed(actor, CLOSE_DONE);
}

/* A sender of much stops at the high-water mark and goes on at the low one. */
static void much_is_sent_as_there_is_room(void **state)
{
	enum { LINES = 100000 };
	char line[16];

	(void)state;
	snprintf(line, sizeof(line), "flow %d\n", LINES);
	actor_say(actor, line);
	assert_in_range(connection_queued(actor->connection), HIGH, HIGH + 100);
	assert_false(receives());
	actor->largest = 5000;
	actor_read(actor, SIZE_MAX);
	for (int i = LINES; i > 0; i--) {
		snprintf(line, sizeof(line), "%d\n", i);
		actor_expect(actor, line);
	}
	actor_expect_silence(actor);
	assert_true(probe_record.rooms >= (int)(actor->got.n / HIGH));
	assert_true(receives());
}

static void a_stream_that_is_not_read(void **state)
{
	char bytes[10000];

	(void)state;
	open_stage(&stream_probe_protocol, &(struct stage_settings){0});
	memset(bytes, 'x', sizeof(bytes));
	size_t given = 0;
	for (; receives(); given += sizeof(bytes))
		actor_send(actor, bytes, sizeof(bytes));
	assert_in_range(given, HIGH, HIGH + sizeof(bytes));
	actor_end(actor);
	assert_non_null(actor->connection);
	assert_int_equal(probe_record.closes[0], 0);
	actor_read(actor, SIZE_MAX);
	assert_int_equal(actor->got.n, given);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_ENDED);
	close_stage(NULL);
}

static void a_queue_past_its_limit_ends_the_session(void **state)
{
	(void)state;
	open_stage(&probe_protocol, &(struct stage_settings){.send_queue = 100000});
	actor_say(actor, "send 60000\n");
	assert_int_equal(probe_record.closes[0], 0);
	actor_say(actor, "send 40000\n");
	assert_int_equal(probe_record.closes[0], 0);
	actor_read(actor, 95000);
	actor_say(actor, "send 95000\n");
	assert_int_equal(probe_record.closes[0], 0);
	struct actor *other = actor_join(stage);
	other->room = 0;
	actor_say(other, "send 100001\n");
	/* It has until the next turn to read. */
	assert_non_null(other->connection);
	stage_rest(stage);
	assert_null(other->connection);
	assert_int_equal(other->reason, CLOSE_SLOW);
	assert_non_null(strstr(stage_log.bytes, "does not read what it is sent"));
	/* A kernel that takes all never makes anybody slow. */
	struct actor *quick = actor_join(stage);
	actor_say(quick, "send 3000000\n");
	assert_int_equal(quick->got.n, 3000000);
	assert_non_null(quick->connection);
	close_stage(NULL);
}

/* A session that has ended already is given up, too, if nothing moves. */
static void what_is_not_taken_is_given_up(void **state)
{
	(void)state;
	actor_say(actor, "hello\nend\n");
	stage_pass(stage, 29 * NANOSECONDS_PER_SECOND);
	actor_read(actor, 1);
	stage_pass(stage, 29 * NANOSECONDS_PER_SECOND);
	assert_non_null(actor->connection);
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
	assert_int_equal(actor->got.n, 1);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, server, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(receiving_stops_and_goes_on),
		SERVED(what_was_said_meanwhile_is_held),
		SERVED(everything_is_answered_at_any_pace),
		SERVED(a_break_while_input_is_held),
		SERVED(an_end_among_held_lines),
		SERVED(much_is_sent_as_there_is_room),
		cmocka_unit_test(a_stream_that_is_not_read),
		cmocka_unit_test(a_queue_past_its_limit_ends_the_session),
		SERVED(what_is_not_taken_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
