/*
 * knock: the joke in order, however it is knocked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static struct actor *call(bool raw)
{
	return actor_join(stage_new(protocol_find("knock"), &(struct stage_settings){.raw = raw}));
}

static void the_ways_to_knock(void **state)
{
	static const char *const knocks[] = {"Knock Knock..\n", "knock knock\n", "KNOCK KNOCK!\r\n",
					     "Knock knock. . .\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(knocks) / sizeof(knocks[0]); i++) {
		struct actor *actor = call(false);
		actor_say(actor, knocks[i]);
		actor_expect(actor, "Who's there?\n");
		actor_expect_silence(actor);
		stage_free(actor->stage);
	}
}

static void what_is_no_knock(void **state)
{
	static const char *const others[] = {"\n",
					     "Knock\n",
					     "Knock Knock who\n",
					     " Knock Knock\n",
					     "Knock  Knock\n",
					     "Knock Knoc.\n",
					     "..\n"};
	struct actor *actor = call(false);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		actor_say(actor, others[i]);
		actor_expect(actor, "Please knock first: Knock Knock..\n");
	}
	actor_send(actor, "Knock Knock\0\n", 13);
	actor_expect(actor, "Please knock first: Knock Knock..\n");
	actor_say(actor, "Knock Knock\n");
	actor_expect(actor, "Who's there?\n");
	actor_expect_silence(actor);
	stage_free(actor->stage);
}

/* The name comes back byte for byte, and only the log escapes it. */
static void the_name_and_the_end(void **state)
{
	struct actor *actor = call(false);

	(void)state;
	actor_say(actor, "knock knock\nZ\xc3\xbcrich\x1b\nknock knock\nmore\n");
	actor_expect(actor, "Who's there?\nZ\xc3\xbcrich\x1b who?\nHa ha!\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_non_null(strstr(stage_log.bytes, "received Z\xc3\xbcrich\\x1b"));
	assert_null(strstr(stage_log.bytes, "received more"));
	stage_free(actor->stage);
}

static void every_caller_has_a_joke_of_its_own(void **state)
{
	struct actor *first = call(false), *second = actor_join(first->stage);

	(void)state;
	actor_say(first, "knock knock\n");
	actor_say(second, "knock knock\n");
	actor_say(first, "A\n");
	actor_say(second, "B\n");
	actor_expect(first, "Who's there?\nA who?\n");
	actor_expect(second, "Who's there?\nB who?\n");
	stage_free(first->stage);
}

static void textbook_framing(void **state)
{
	struct actor *actor = call(true);

	(void)state;
	actor_say(actor, "Knock Knock..");
	actor_expect(actor, "Who's there?");
	actor_say(actor, "Ann");
	actor_expect(actor, "Ann who?");
	actor_say(actor, "An endless stream");
	actor_expect(actor, "Ha ha!");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(actor->stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ways_to_knock),
		cmocka_unit_test(what_is_no_knock),
		cmocka_unit_test(the_name_and_the_end),
		cmocka_unit_test(every_caller_has_a_joke_of_its_own),
		cmocka_unit_test(textbook_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
