/*
 * reply: the request in other words, until quit().
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
	return actor_join(stage_new(protocol_find("reply"), &(struct stage_settings){.raw = raw}));
}

static void requests_come_back(void **state)
{
	struct actor *actor = call(false);

	(void)state;
	actor_say(actor, "Hello\r\n\nquit\nQUIT()\nquit() \n quit()\n%s\n");
	actor_expect(actor, "Request received as : Hello\nRequest received as : \n"
			    "Request received as : quit\nRequest received as : QUIT()\n"
			    "Request received as : quit() \nRequest received as :  quit()\n"
			    "Request received as : %s\n");
	actor_send(actor, "a\0b\x1b\xff\n", 6);
	actor_expect_bytes(actor, "Request received as : a\0b\x1b\xff\n", 28);
	actor_expect_silence(actor);
	stage_free(actor->stage);
}

static void quit_ends_it(void **state)
{
	struct actor *actor = call(false);

	(void)state;
	actor_say(actor, "one\nquit()\ntwo\n");
	actor_expect(actor, "Request received as : one\nquit()\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_non_null(strstr(stage_log.bytes, "sent -> quit()"));
	assert_null(strstr(stage_log.bytes, "sent -> two"));
	stage_free(actor->stage);
}

static void the_longest_line(void **state)
{
	char line[4097], answer[sizeof("Request received as : ") + sizeof(line)];
	struct actor *actor = call(false);

	(void)state;
	memset(line, 'y', 4096);
	line[4096] = '\n';
	actor_send_split(actor, line, sizeof(line));
	memcpy(answer, "Request received as : ", 22);
	memcpy(answer + 22, line, sizeof(line));
	actor_expect_bytes(actor, answer, 22 + sizeof(line));
	actor_expect_silence(actor);
	stage_free(actor->stage);
}

static void textbook_framing(void **state)
{
	struct actor *actor = call(true);

	(void)state;
	actor_say(actor, "Hello");
	actor_expect(actor, "Request received as : Hello");
	actor_say(actor, "quit()");
	actor_expect(actor, "quit()");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(actor->stage);
}

static void the_client_prompts(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("reply"), &(struct stage_settings){.client = true});
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_string_equal(actor->prompt, "Enter request string : ");
	actor_type(actor, "quit()");
	actor_expect(actor, "quit()\n");
	actor_say(actor, "quit()\n");
	actor_end(actor);
	assert_string_equal(actor->shown.bytes, "quit()\n");
	assert_int_equal(actor->reason, CLOSE_ENDED);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_come_back), cmocka_unit_test(quit_ends_it),
		cmocka_unit_test(the_longest_line),   cmocka_unit_test(textbook_framing),
		cmocka_unit_test(the_client_prompts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
