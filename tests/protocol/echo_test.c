/*
 * echo: every byte comes back, and the client counts them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static struct stage *echo(bool client)
{
	return stage_new(protocol_find("echo"), &(struct stage_settings){.client = client});
}

static char *random_bytes(struct stage *stage, size_t n)
{
	char *bytes = malloc(n);

	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)stage_random(stage, 256);
	return bytes;
}

static void every_byte_comes_back(void **state)
{
	enum { MOST = 300000 };
	struct stage *stage = echo(false);
	char *bytes = random_bytes(stage, MOST);

	(void)state;
	for (size_t n = 1; n <= MOST; n = n * 3 + 1) {
		struct actor *actor = actor_join(stage);
		actor->largest = n / 7 + 1;
		actor_send_pieces(actor, bytes, n, 65536);
		actor_expect_bytes(actor, bytes, n);
		actor_end(actor);
		actor_expect_closed(actor, CLOSE_ENDED);
	}
	free(bytes);
	stage_free(stage);
}

/* What was sent before the end is answered although the peer reads only afterwards. */
static void a_half_close_is_answered(void **state)
{
	enum { LENGTH = 65536 + 4000 };
	struct stage *stage = echo(false);
	struct actor *actor = actor_join(stage);
	char *bytes = random_bytes(stage, LENGTH);

	(void)state;
	actor->room = 1000;
	actor_send(actor, bytes, LENGTH);
	actor_end(actor);
	actor_expect_bytes(actor, bytes, 1000);
	actor_expect_silence(actor);
	assert_false(actor->shut);
	actor_read(actor, SIZE_MAX);
	actor_expect_bytes(actor, bytes + 1000, LENGTH - 1000);
	actor_expect_closed(actor, CLOSE_ENDED);
	free(bytes);
	stage_free(stage);
}

static void the_client_shows_what_returns(void **state)
{
	struct stage *stage = echo(true);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_true(connection_verbatim(actor->connection));
	actor_type(actor, "one\n");
	actor_type(actor, "two");
	actor_expect(actor, "one\ntwo");
	actor_say(actor, "one\ntw");
	assert_string_equal(actor->shown.bytes, "one\ntw");
	stage_free(stage);
}

static void the_client_leaves_when_all_has_returned(void **state)
{
	struct stage *stage = echo(true);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_type(actor, "12345");
	connection_leave(actor->connection);
	actor_say(actor, "123");
	assert_false(actor->shut);
	actor_say(actor, "45");
	actor_expect(actor, "12345");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
	stage = echo(true);
	actor = actor_join(stage);
	actor_type(actor, "1");
	actor_say(actor, "1");
	connection_leave(actor->connection);
	stage_rest(stage);
	actor_expect(actor, "1");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

static void the_client_tells_what_was_lost(void **state)
{
	struct stage *stage = echo(true);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_type(actor, "12345");
	actor_say(actor, "12");
	actor_end(actor);
	assert_string_equal(actor->failure, "the server returned 2 of 5 bytes and closed");
	actor = actor_join(stage);
	actor_type(actor, "12345");
	connection_finish(actor->connection);
	stage_rest(stage);
	assert_true(actor->shut);
	actor_say(actor, "12345");
	actor_end(actor);
	assert_null(actor->connection);
	assert_null(actor->failure);
	stage_free(stage);
}

static void the_client_over_datagrams(void **state)
{
	struct stage *stage = echo(true);

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	assert_false(connection_verbatim(actor->connection));
	actor_type(actor, "one");
	actor_type(actor, "two");
	assert_int_equal(actor->datagrams, 2);
	actor_say(actor, "two");
	actor_say(actor, "one");
	assert_string_equal(actor->shown.bytes, "two\none\n");
	connection_finish(actor->connection);
	stage_rest(stage);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
	stage_free(stage);
}

/* Datagrams have no end of stream: the client waits for what is missing. */
static void the_client_waits_for_a_missing_datagram(void **state)
{
	struct stage *stage = echo(true);

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	actor_type(actor, "one");
	connection_finish(actor->connection);
	stage_rest(stage);
	assert_non_null(actor->connection);
	actor_say(actor, "one");
	assert_null(actor->connection);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(a_half_close_is_answered),
		cmocka_unit_test(the_client_shows_what_returns),
		cmocka_unit_test(the_client_leaves_when_all_has_returned),
		cmocka_unit_test(the_client_tells_what_was_lost),
		cmocka_unit_test(the_client_over_datagrams),
		cmocka_unit_test(the_client_waits_for_a_missing_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
