/*
 * The client's --send: messages instead of a keyboard, over one connection and several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/client.h"
#include "support/peer.h"
#include "support/program.h"

static void test_messages_over_two_connections(void **state)
{
	char start[64];
	int other;

	(void)state;
	client_begin("echo", "--connections", "2", "--send", "Message 1 from client.", "--send",
		     "Message 2 from client.");
	other = peer_accept(listener);
	peer_expect(caller, "Message 1 from client.\nMessage 2 from client.\n");
	peer_expect(other, "Message 1 from client.\nMessage 2 from client.\n");
	peer_send(caller, "Message 1 from client.\nMessage 2 from client.\n");
	peer_expect_end(caller);
	client_close_caller();
	peer_send(other, "Message 1 from cl\x01i\"ent.\nMessage 2 from client\n");
	peer_expect_end(other);
	close(other);
	assert_int_equal(program_wait(client), 0);
	snprintf(start, sizeof(start), "starting connection 1 to 127.0.0.1:%s\n", client_port());
	assert_non_null(strstr(program_output(client), start));
	client->output.seen = 0;
	program_expect(client, "sending \"Message 1 from client.\" to connection 2\n");
	program_expect(client, "sending \"Message 2 from client.\" to connection 2\n");
	program_expect(client, "received \"Message 1 from cl\\x01i\"ent.\" from connection 2\n");
	program_expect(client, "received \"Message 2 from client\" from connection 2\n");
	program_expect(client, "closing connection 2\n");
	client->output.seen = 0;
	program_expect(client, "received \"Message 2 from client.\" from connection 1\n");
	program_expect(client, "closing connection 1\n");
	assert_string_equal(program_errors(client), "");
}

static void test_quiet_leaves_what_is_received(void **state)
{
	(void)state;
	client_begin("echo", "--send", "one", "--send", "two", "--quiet");
	peer_expect(caller, "one\ntwo\n");
	peer_send(caller, "one\ntwo\n");
	peer_expect_end(caller);
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "one\ntwo\n");
}

static void test_messages_need_no_input(void **state)
{
	(void)state;
	client_begin("chat", "--send", "Ann", "--quiet");
	peer_expect(caller, "Ann\n");
	/* Chat has nothing to wait for: the sending side closes behind the last message. */
	peer_expect_end(caller);
	peer_send(caller, "Welcome, Ann.\n");
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "Welcome, Ann.\n");
}

static void test_messages_for_a_protocol_that_takes_none(void **state)
{
	(void)state;
	client = program_run(NULL, "connect", "daytime", "127.0.0.1", client_port(), "--send", "x");
	assert_int_equal(client->status, 2);
	assert_string_equal(program_output(client), "");
	assert_string_equal(program_errors(client),
			    "sockettool: daytime takes no messages: leave out --send\n");
}

static void test_answers_to_messages_that_do_not_come(void **state)
{
	(void)state;
	client_begin("echo", "--send", "one", "--quit-after", "100ms");
	peer_expect(caller, "one\n");
	assert_int_equal(program_wait(client), 4);
}

static void test_one_of_two_connections_fails(void **state)
{
	int other;

	(void)state;
	client_begin("echo", "--connections", "2", "--send", "one", "--quiet");
	other = peer_accept(listener);
	peer_expect(caller, "one\n");
	peer_reset(caller);
	caller = -1;
	peer_expect(other, "one\n");
	peer_send(other, "one\n");
	peer_expect_end(other);
	close(other);
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_output(client), "one\n");
	assert_non_null(strstr(program_errors(client), "sockettool: connection "));
	assert_non_null(strstr(program_errors(client), " reset the connection\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_messages_over_two_connections),
		CLIENT_TEST(test_quiet_leaves_what_is_received),
		CLIENT_TEST(test_messages_need_no_input),
		CLIENT_TEST(test_messages_for_a_protocol_that_takes_none),
		CLIENT_TEST(test_answers_to_messages_that_do_not_come),
		CLIENT_TEST(test_one_of_two_connections_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
