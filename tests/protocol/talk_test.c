/*
 * talk: one line, two people, with turns and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

#define MILLISECOND NANOSECONDS_PER_MILLISECOND

static struct stage *stage_with(bool client, bool turns, const char *greeting)
{
	const char *options[5] = {NULL};
	size_t n = 0;

	if (turns) {
		options[n++] = "turns";
		options[n++] = "";
	}
	if (greeting) {
		options[n++] = "greeting";
		options[n++] = greeting;
	}
	return stage_new(protocol_find("talk"),
			 &(struct stage_settings){.client = client, .options = options});
}

static bool listens(const struct actor *actor)
{
	return connection_listens(actor->connection);
}

/* --- The server. --- */

static void both_may_speak_at_any_time(void **state)
{
	struct stage *stage = stage_with(false, false, NULL);

	(void)state;
	assert_false(stage_person.wanted);
	assert_false(stage_type(stage, "to nobody"));
	struct actor *actor = actor_join(stage);
	assert_true(stage_person.wanted);
	actor_expect_silence(actor);
	assert_true(stage_type(stage, "one"));
	assert_true(stage_type(stage, ""));
	assert_true(stage_type(stage, "three"));
	actor_expect(actor, "one\n\nthree\n");
	actor_say(actor, "four\r\n\nfive\n");
	assert_string_equal(actor->shown.bytes, "four\n\nfive\n");
	assert_true(stage_type(stage, "six"));
	actor_expect(actor, "six\n");
	actor_expect_silence(actor);
	stage_free(stage);
}

/* The caller speaks first; what the server's person types meanwhile waits. */
static void turns_at_the_server(void **state)
{
	struct stage *stage = stage_with(false, true, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_false(stage_person.wanted);
	assert_false(stage_type(stage, "too early"));
	actor_say(actor, "hello\n");
	assert_true(stage_person.wanted);
	assert_true(stage_type(stage, "good day"));
	assert_false(stage_type(stage, "too much"));
	assert_false(stage_person.wanted);
	actor_expect(actor, "good day\n");
	/* A caller that says more than one line is heard. */
	actor_say(actor, "and\nhow\n");
	assert_true(stage_type(stage, "fine"));
	assert_false(stage_type(stage, "again"));
	actor_expect(actor, "fine\n");
	actor_expect_silence(actor);
	assert_string_equal(actor->shown.bytes, "hello\nand\nhow\n");
	stage_free(stage);
}

static void the_greeting_comes_first(void **state)
{
	(void)state;
	for (int turns = 0; turns < 2; turns++) {
		struct stage *stage = stage_with(false, turns, "Hi, 100%s!");
		struct actor *actor = actor_join(stage);
		actor_expect(actor, "Hi, 100%s!\n");
		assert_int_equal(stage_type(stage, "x"), !turns);
		stage_free(stage);
	}
}

static void exit_ends_it(void **state)
{
	static const char *const others[] = {"exit", "EXIT ", " EXIT", "EXIT()", "", NULL};

	(void)state;
	for (int side = 0; side < 2; side++) {
		struct stage *stage = stage_with(false, false, NULL);
		struct actor *actor = actor_join(stage);
		for (size_t i = 0; others[i]; i++) {
			if (side)
				assert_true(stage_type(stage, others[i]));
			actor_say(actor, side ? "x" : others[i]);
			actor_say(actor, "\n");
		}
		assert_non_null(actor->connection);
		actor_forget(actor);
		if (side)
			assert_true(stage_type(stage, "EXIT"));
		else
			actor_say(actor, "EXIT\nmore\n");
		/* What is left of it is what stood on a line with something else. */
		actor_expect_closed(actor, CLOSE_DONE);
		assert_int_equal(text_occurrences(actor->shown.bytes, "EXIT\n"), side ? 0 : 1);
		assert_null(strstr(actor->shown.bytes, "more"));
		assert_false(stage_type(stage, "to nobody"));
		stage_free(stage);
	}
}

static void an_empty_line_ends_turns(void **state)
{
	(void)state;
	for (int side = 0; side < 2; side++) {
		struct stage *stage = stage_with(false, true, NULL);
		struct actor *actor = actor_join(stage);
		if (side) {
			actor_say(actor, "x\n");
			assert_true(stage_type(stage, ""));
		} else {
			actor_say(actor, "\r\n");
		}
		actor_expect_closed(actor, CLOSE_DONE);
		stage_free(stage);
	}
}

static void the_line_is_busy(void **state)
{
	struct stage *stage = stage_with(false, false, "Hello.");
	struct actor *first = actor_join(stage), *second = actor_join(stage);

	(void)state;
	actor_expect(first, "Hello.\n");
	actor_say(second, "let me in\n");
	actor_expect(second, "The line is busy.\n");
	actor_expect_closed(second, CLOSE_DONE);
	assert_string_equal(second->shown.bytes, "");
	/* The one who has the line has the keyboard, too. */
	assert_true(stage_type(stage, "go on"));
	actor_end(second);
	struct actor *third = actor_join(stage);
	actor_expect(third, "The line is busy.\n");
	actor_expect_closed(third, CLOSE_DONE);
	assert_true(stage_type(stage, "now"));
	actor_expect(first, "go on\nnow\n");
	actor_expect_silence(first);
	stage_free(stage);
}

/* Whichever way a caller leaves, the next one has the line. */
static void the_next_caller(void **state)
{
	struct stage *stage = stage_with(false, false, NULL);

	(void)state;
	for (int way = 0; way < 4; way++) {
		struct actor *actor = actor_join(stage);
		assert_true(stage_person.wanted);
		assert_true(stage_type(stage, "hello"));
		actor_expect(actor, "hello\n");
		if (way == 0)
			actor_say(actor, "EXIT\n");
		else if (way == 1)
			assert_true(stage_type(stage, "EXIT"));
		else if (way == 2)
			actor_end(actor);
		else
			actor_break(actor);
		actor_expect_silence(actor);
		assert_false(stage_type(stage, "is there nobody?"));
	}
	stage_free(stage);
}

/* The server's sending side ends; what the caller still says is heard. */
static void the_keyboard_ends(void **state)
{
	struct stage *stage = stage_with(false, false, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_true(stage_type(stage, "last words"));
	assert_true(stage_type(stage, NULL));
	actor_expect(actor, "last words\n");
	assert_true(actor->shut);
	assert_non_null(actor->connection);
	actor_say(actor, "goodbye\n");
	assert_string_equal(actor->shown.bytes, "goodbye\n");
	actor_end(actor);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_ENDED);
	stage_free(stage);
}

/* A caller that does not read is dropped when too much waits, and the line is free. */
static void a_caller_that_does_not_read(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("talk"), &(struct stage_settings){.send_queue = 1000});
	char text[101];

	(void)state;
	stage->room = 0;
	struct actor *actor = actor_join(stage);
	memset(text, 'x', 100);
	text[100] = '\0';
	for (int i = 0; i < 9; i++)
		assert_true(stage_type(stage, text));
	assert_non_null(actor->connection);
	stage_pass(stage, MILLISECOND);
	for (int i = 0; i < 3; i++)
		stage_type(stage, text);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_SLOW);
	stage->room = SIZE_MAX;
	actor = actor_join(stage);
	assert_true(stage_type(stage, "next"));
	actor_expect(actor, "next\n");
	stage_free(stage);
}

static void textbook_framing(void **state)
{
	static const char *const turns[] = {"turns", "", NULL};
	struct stage *stage = stage_new(protocol_find("talk"),
					&(struct stage_settings){.raw = true, .options = turns});
	struct actor *actor = actor_join(stage);

	(void)state;
	for (int i = 0; i < 3; i++) {
		actor_say(actor, "hello");
		assert_true(stage_type(stage, "good day"));
		actor_expect(actor, "good day");
		actor_expect_silence(actor);
	}
	stage_free(stage);
}

/* --- The client. --- */

static void the_client_listens_and_speaks(void **state)
{
	struct stage *stage = stage_with(true, false, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_true(listens(actor));
	assert_string_equal(actor->prompt, "> ");
	actor_type(actor, "hello");
	assert_true(listens(actor));
	actor_type(actor, "");
	actor_expect(actor, "hello\n\n");
	actor_say(actor, "one\n\ntwo\n");
	assert_string_equal(actor->shown.bytes, "one\n\ntwo\n");
	assert_true(listens(actor));
	assert_string_equal(actor->notes.bytes, "");
	stage_free(stage);
}

static void the_client_says_exit(void **state)
{
	struct stage *stage = stage_with(true, false, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_type(actor, "exit");
	actor_type(actor, "EXIT");
	actor_type(actor, "too late");
	actor_expect(actor, "exit\n");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

static void the_client_hears_exit(void **state)
{
	struct stage *stage = stage_with(true, false, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_say(actor, "bye\nEXIT\nmore\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_string_equal(actor->shown.bytes, "bye\n");
	assert_string_equal(actor->notes.bytes, "the other side has left\n");
	stage_free(stage);
}

/* Without a greeting the caller begins after a moment. */
static void turns_at_the_client(void **state)
{
	struct stage *stage = stage_with(true, true, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_false(listens(actor));
	assert_string_equal(actor->prompt, "");
	stage_pass(stage, 499 * MILLISECOND);
	assert_false(listens(actor));
	stage_pass(stage, MILLISECOND);
	assert_true(listens(actor));
	assert_string_equal(actor->prompt, "> ");
	actor_type(actor, "hello");
	assert_false(listens(actor));
	actor_expect(actor, "hello\n");
	stage_pass(stage, 3600 * NANOSECONDS_PER_SECOND);
	assert_false(listens(actor));
	actor_say(actor, "good day\n");
	assert_true(listens(actor));
	actor_type(actor, "");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

/* A greeting gives the turn at once, and the moment's end does not give it a second time. */
static void turns_after_a_greeting(void **state)
{
	struct stage *stage = stage_with(true, true, NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	stage_pass(stage, 100 * MILLISECOND);
	actor_say(actor, "Hello.\n");
	assert_true(listens(actor));
	assert_string_equal(actor->shown.bytes, "Hello.\n");
	actor_type(actor, "hello");
	assert_false(listens(actor));
	stage_pass(stage, 1000 * MILLISECOND);
	assert_false(listens(actor));
	actor_say(actor, "\n");
	actor_expect(actor, "hello\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_string_equal(actor->notes.bytes, "the other side has left\n");
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_may_speak_at_any_time),
		cmocka_unit_test(turns_at_the_server),
		cmocka_unit_test(the_greeting_comes_first),
		cmocka_unit_test(exit_ends_it),
		cmocka_unit_test(an_empty_line_ends_turns),
		cmocka_unit_test(the_line_is_busy),
		cmocka_unit_test(the_next_caller),
		cmocka_unit_test(the_keyboard_ends),
		cmocka_unit_test(a_caller_that_does_not_read),
		cmocka_unit_test(textbook_framing),
		cmocka_unit_test(the_client_listens_and_speaks),
		cmocka_unit_test(the_client_says_exit),
		cmocka_unit_test(the_client_hears_exit),
		cmocka_unit_test(turns_at_the_client),
		cmocka_unit_test(turns_after_a_greeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
