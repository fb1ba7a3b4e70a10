/*
 * What a protocol may call: messages and their ends, broadcasts, and sending to other sessions.
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

static struct stage *stage;
static struct actor *first, *second, *third;

static void open_stage(const struct stage_settings *settings)
{
	memset(&probe_record, 0, sizeof(probe_record));
	stage = stage_new(&shared_probe_protocol, settings);
	first = actor_join(stage);
	second = actor_join(stage);
	third = actor_join(stage);
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

/* The input of one session is gone when another's queue is sent: it must have been copied. */
static void input_sent_to_another_session(void **state)
{
	(void)state;
	second->room = 0;
	actor_say(first, "to 1 hello\nto 1  world\nto 0 me\n");
	actor_read(second, SIZE_MAX);
	actor_expect(second, "hello world");
	actor_expect(first, "me");
	actor_expect_silence(third);
}

static void a_line_may_be_long(void **state)
{
	char line[199] = "", expected[220];

	(void)state;
	for (size_t n = 1; n < sizeof(line); n += 9) {
		memset(line, 'y', n);
		line[n] = '\0';
		actor_say(first, line);
		actor_say(first, "\n");
		snprintf(expected, sizeof(expected), "[%s]\n", line);
		actor_expect(first, expected);
	}
}

static void broadcasts_reach_the_joined(void **state)
{
	(void)state;
	actor_say(first, "all nobody\n");
	actor_say(first, "join\njoin\nall nobody\n");
	actor_say(second, "join\nall one\n");
	actor_expect(first, "one\n");
	actor_say(third, "all two\n");
	actor_expect(first, "two\n");
	actor_expect(second, "two\n");
	actor_say(first, "all three\n");
	actor_expect(second, "three\n");
	actor_say(second, "end\n");
	actor_say(first, "all four\n");
	actor_expect_closed(second, CLOSE_DONE);
	actor_expect_silence(first);
	actor_expect_silence(third);
}

static void messages_end_as_they_should(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){.crlf = true});
	actor_say(first, "a\nb\n");
	actor_expect(first, "[a]\r\n[b]\r\n");
	actor_say(second, "join\n");
	actor_say(first, "all x\n");
	actor_expect(second, "x\r\n");
	stage_free(stage);
	open_stage(&(struct stage_settings){.raw = true});
	actor_say(second, "join");
	actor_say(first, "all x");
	actor_say(first, "all y\r\n");
	actor_expect(second, "xy");
	actor_say(first, "flow 3");
	actor_expect(first, "3\n2\n1");
	actor_say(first, "a\nb\n");
	actor_expect(first, "[a\nb]");
	stage_free(stage);
}

/* The engine counts what others queue for a session against its limits, too. */
static void others_can_fill_a_queue(void **state)
{
	(void)state;
	actor_say(second, "join\n");
	second->room = 0;
	char line[150] = "all ";
	memset(line + 4, 'x', 140);
	line[144] = '\n';
	while (connection_queued(second->connection) < (size_t)64 * 1024)
		actor_say(first, line);
	assert_false(connection_wants(second->connection) & WANT_RECEIVE);
	actor_read(second, SIZE_MAX);
	assert_true(connection_wants(second->connection) & WANT_RECEIVE);
	assert_int_equal(probe_record.rooms, 1);
	second->room = 0;
	for (int i = 0; i < 10000 && second->connection; i++)
		actor_say(first, line);
	assert_null(second->connection);
	assert_int_equal(second->reason, CLOSE_SLOW);
	assert_int_equal(probe_record.closes[1], 1);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, server, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(input_sent_to_another_session),
		SERVED(a_line_may_be_long),
		SERVED(broadcasts_reach_the_joined),
		cmocka_unit_test(messages_end_as_they_should),
		SERVED(others_can_fill_a_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
