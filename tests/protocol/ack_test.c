/*
 * ack: Ok to every datagram, and a client that waits for what it is owed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static void everything_is_answered_and_logged(void **state)
{
	static const char *const requests[] = {"Hello", "", "quit", "\x1b[2J\xff", "two\nlines\n"};
	struct stage *stage = stage_new(protocol_find("ack"), &(struct stage_settings){0});
	struct datagram_desk *desk = stage_desk(stage);

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct heap_text answer = {0};
		assert_int_equal(desk_ask(desk, requests[i], strlen(requests[i]), &answer, NULL, 0),
				 1);
		assert_string_equal(answer.bytes, "Ok");
		heap_text_free(&answer);
	}
	assert_int_equal(text_occurrences(stage_log.bytes, "127.0.0.1:40000"), 5);
	/* A datagram is no line: there is no longest one. */
	char *largest = test_malloc(65507);
	struct heap_text answer = {0};
	memset(largest, 'a', 65507);
	assert_int_equal(desk_ask(desk, largest, 65507, &answer, NULL, 0), 1);
	assert_string_equal(answer.bytes, "Ok");
	assert_int_equal(text_occurrences(stage_log.bytes, "received aaa"), 1);
	heap_text_free(&answer);
	test_free(largest);
	assert_non_null(strstr(stage_log.bytes, "received Hello"));
	assert_non_null(strstr(stage_log.bytes, "received \\x1b[2J\xef\xbf\xbd"));
	assert_non_null(strstr(stage_log.bytes, "received two\\x0alines"));
	datagram_desk_free(desk);
	stage_free(stage);
}

static struct actor *call(void)
{
	struct stage *stage =
		stage_new(protocol_find("ack"), &(struct stage_settings){.client = true});

	stage->datagrams = true;
	return actor_join(stage);
}

static void the_client_waits_for_each_answer(void **state)
{
	struct actor *actor = call();

	(void)state;
	actor_type(actor, "one");
	actor_type(actor, "");
	actor_expect(actor, "one");
	assert_int_equal(actor->datagrams, 2);
	actor_leave(actor);
	assert_non_null(actor->connection);
	actor_say(actor, "Ok");
	assert_non_null(actor->connection);
	actor_say(actor, "Ok");
	assert_null(actor->connection);
	assert_string_equal(actor->shown.bytes, "Ok\nOk\n");
	stage_free(actor->stage);
}

static void the_client_that_is_owed_nothing(void **state)
{
	struct actor *actor = call();

	(void)state;
	actor_type(actor, "one");
	actor_say(actor, "Ok");
	/* One that nobody asked for is shown, and owed for nothing. */
	actor_say(actor, "Ok");
	assert_non_null(actor->connection);
	actor_type(actor, "two");
	actor_say(actor, "Ok");
	actor_leave(actor);
	assert_null(actor->connection);
	assert_string_equal(actor->shown.bytes, "Ok\nOk\nOk\n");
	stage_free(actor->stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_answered_and_logged),
		cmocka_unit_test(the_client_waits_for_each_answer),
		cmocka_unit_test(the_client_that_is_owed_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
