/*
 * discard: says nothing to anything, and its client tells how much was taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

#define SECOND NANOSECONDS_PER_SECOND

static void the_server_is_silent(void **state)
{
	struct stage *stage = stage_new(protocol_find("discard"), &(struct stage_settings){0});
	struct actor *actor = actor_join(stage);
	char *bytes = test_calloc(1, 1 << 20);

	(void)state;
	actor_send(actor, bytes, 1 << 20);
	actor_say(actor, "a line\nquit\n");
	actor_expect_silence(actor);
	assert_non_null(actor->connection);
	actor_end(actor);
	actor_expect_closed(actor, CLOSE_ENDED);
	test_free(bytes);
	stage_free(stage);
}

static void datagrams_are_not_answered(void **state)
{
	struct stage *stage = stage_new(protocol_find("discard"), &(struct stage_settings){0});
	struct datagram_desk *desk = stage_desk(stage);
	struct heap_text answer = {0};

	(void)state;
	assert_int_equal(desk_ask(desk, "x", 1, &answer, NULL, 0), 0);
	assert_int_equal(desk_ask(desk, "", 0, &answer, NULL, 0), 0);
	heap_text_free(&answer);
	datagram_desk_free(desk);
	stage_free(stage);
}

static struct stage *client_stage(bool raw)
{
	return stage_new(protocol_find("discard"),
			 &(struct stage_settings){.client = true, .raw = raw});
}

/* The report is one line, whatever the framing. */
static void the_client_reports(void **state)
{
	(void)state;
	for (int raw = 0; raw < 2; raw++) {
		struct stage *stage = client_stage(raw);
		struct actor *actor = actor_join(stage);
		actor_type(actor, "two words\n");
		stage_pass(stage, 2 * SECOND);
		actor_type(actor, "more");
		actor_expect(actor, "two words\nmore");
		actor_leave(actor);
		assert_true(actor->shut);
		assert_non_null(actor->connection);
		assert_string_equal(actor->reported.bytes, "");
		actor_end(actor);
		assert_null(actor->connection);
		assert_string_equal(actor->reported.bytes,
				    "14 bytes taken in 2.000 s, 0.0 MiB/s\n");
		assert_string_equal(actor->shown.bytes, "");
		stage_free(stage);
	}
}

static void the_rate(void **state)
{
	struct stage *stage = client_stage(false);
	struct actor *actor = actor_join(stage);
	char *bytes = test_malloc((1 << 20) + 1);

	(void)state;
	memset(bytes, 'x', 1 << 20);
	bytes[1 << 20] = '\0';
	for (int i = 0; i < 3; i++)
		actor_type(actor, bytes);
	stage_pass(stage, SECOND / 2);
	actor_leave(actor);
	actor_end(actor);
	assert_string_equal(actor->reported.bytes, "3145728 bytes taken in 0.500 s, 6.0 MiB/s\n");
	test_free(bytes);
	stage_free(stage);
}

/* A connection that breaks has taken nobody knows what. */
static void a_break(void **state)
{
	struct stage *stage = client_stage(false);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_type(actor, "lost");
	stage_pass(stage, SECOND);
	actor_break(actor);
	assert_int_equal(actor->reason, CLOSE_FAILED);
	assert_string_equal(actor->reported.bytes, "4 bytes sent in 1.000 s, 0.0 MiB/s\n");
	stage_free(stage);
}

static void datagrams_are_sent_and_forgotten(void **state)
{
	struct stage *stage = client_stage(false);

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	actor_type(actor, "one");
	actor_type(actor, "");
	actor_type(actor, "three");
	assert_int_equal(actor->datagrams, 3);
	stage_pass(stage, SECOND);
	actor_leave(actor);
	assert_null(actor->connection);
	actor_expect(actor, "onethree");
	assert_string_equal(actor->reported.bytes, "8 bytes sent in 1.000 s, 0.0 MiB/s\n");
	stage_free(stage);
}

/* Again and again while it lasts, and no longer. */
static void progress_is_told(void **state)
{
	struct stage *stage = client_stage(false);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_type(actor, "12345");
	stage_pass(stage, SECOND / 5 - 1);
	assert_string_equal(actor->progress.bytes, "");
	stage_pass(stage, 1);
	assert_string_equal(actor->progress.bytes, "5 bytes sent, 0.0 MiB/s\n");
	actor_type(actor, "678");
	stage_pass(stage, SECOND / 5);
	assert_string_equal(actor->progress.bytes,
			    "5 bytes sent, 0.0 MiB/s\n8 bytes sent, 0.0 MiB/s\n");
	actor_leave(actor);
	actor_end(actor);
	stage_pass(stage, SECOND);
	assert_int_equal(text_occurrences(actor->progress.bytes, "\n"), 2);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_is_silent),
		cmocka_unit_test(datagrams_are_not_answered),
		cmocka_unit_test(the_client_reports),
		cmocka_unit_test(the_rate),
		cmocka_unit_test(a_break),
		cmocka_unit_test(datagrams_are_sent_and_forgotten),
		cmocka_unit_test(progress_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
