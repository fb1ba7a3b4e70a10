/*
 * Every way a conversation of the client ends, and the exit statuses.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/client.h"
#include "support/peer.h"
#include "support/program.h"

static void test_answers_after_the_end_of_input(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	program_write(client, "Ann\n");
	program_close_input(client);
	peer_expect(caller, "Ann\n");
	peer_expect_end(caller);
	peer_send(caller, "late, but here");
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "late, but here\n");
}

static void test_server_that_never_closes(void **state)
{
	(void)state;
	client_begin("chat", "--quit-after", "100ms");
	program_close_input(client);
	peer_expect_end(caller);
	assert_int_equal(program_wait(client), 4);
	client_assert_complains(
		"the server at ",
		" did not close the connection within 100 ms of the end of the input");
}

static void test_silent_server_of_a_protocol_that_takes_no_lines(void **state)
{
	(void)state;
	client_begin("daytime", "--quit-after", "200ms");
	assert_int_equal(program_wait(client), 4);
	client_assert_complains("no reply from ", " within 200 ms");
	program_free_all();
	client_close_caller();
	/* Once it speaks it may take its time. */
	client_begin("daytime", "--quit-after", "200ms");
	peer_send(caller, "Fri Nov 20\n");
	program_expect(client, "Fri Nov 20\n");
	struct pollfd event = {.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 400), 0);
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
}

static void test_no_shutdown(void **state)
{
	struct pollfd event;

	(void)state;
	client_begin("chat", "--no-shutdown", "--quit-after", "500ms");
	program_write(client, "Ann\n");
	program_close_input(client);
	peer_expect(caller, "Ann\n");
	peer_send(caller, "Welcome, Ann.\n");
	program_expect(client, "Welcome, Ann.\n");
	event = (struct pollfd){.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 50), 0);
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_errors(client), "");
}

static void test_server_closes_first(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	peer_send(caller, "Goodbye.\n");
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "Goodbye.\n");
	assert_string_equal(program_errors(client), "");
}

static void test_server_resets(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	/* A reset that comes before the client has seen its connection is a failure to connect. */
	program_write(client, "Ann\n");
	peer_expect(caller, "Ann\n");
	peer_reset(caller);
	caller = -1;
	assert_int_equal(program_wait(client), 1);
	client_assert_complains("the server at ", " reset the connection");
}

static void test_reply_before_a_reset_is_shown(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	program_write(client, "never read\n");
	/* Closing with unread input makes the kernel send a reset after the reply. */
	struct pollfd event = {.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 10000), 1);
	peer_send(caller, "last words\n");
	client_close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_output(client), "last words\n");
}

static void test_last_words_while_sending_stands_still(void **state)
{
	static char chunk[65536];

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	client_begin("echo", NULL);
	while (client_takes(chunk, sizeof(chunk)))
		continue;
	peer_send(caller, "last words\n");
	client_close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_output(client), "last words\n");
	client_assert_complains("the server at ", " reset the connection");
}

static void test_protocol_that_failed(void **state)
{
	(void)state;
	client_begin("statemachine", NULL);
	peer_expect(caller, "what is your name?\n");
	peer_send(caller, "Who knows?\n");
	assert_int_equal(program_wait(client), 1);
	assert_non_null(strstr(program_errors(client), "sockettool: the server strayed in state "));
}

static void test_closed_standard_output(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	close(client->output.descriptor);
	client->output.descriptor = -1;
	peer_send(caller, "Does anybody hear me?\n");
	peer_expect_end(caller);
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_errors(client),
			    "sockettool: cannot write to standard output: broken pipe\n");
}

static void test_interrupts(void **state)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		client_begin("chat", NULL);
		program_write(client, "Ann\n");
		peer_expect(caller, "Ann\n");
		program_signal(client, numbers[i]);
		peer_expect_end(caller);
		assert_int_equal(program_wait(client), 128 + numbers[i]);
		assert_string_equal(program_errors(client), "");
		client_close_caller();
	}
}

static void test_interrupt_while_output_stands_still(void **state)
{
	static char flood[1 << 20];

	(void)state;
	memset(flood, 'x', sizeof(flood) - 1);
	client_begin("echo", NULL);
	/* Nobody reads the client's output: it stops in the middle of a write. */
	for (int i = 0; i < 8; i++) {
		if (send(caller, flood, sizeof(flood) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	}
	struct pollfd event = {.fd = client->output.descriptor, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 10000), 1);
	program_signal(client, SIGTERM);
	assert_int_equal(program_wait(client), 128 + SIGTERM);
}

static void test_ignored_interrupt_stays_ignored(void **state)
{
	(void)state;
	client = program_start_other("sh", "-c",
				     "trap '' HUP; exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0",
				     client_port());
	caller = peer_accept(listener);
	program_signal(client, SIGHUP);
	program_write(client, "still here\n");
	peer_expect(caller, "still here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_answers_after_the_end_of_input),
		CLIENT_TEST(test_server_that_never_closes),
		CLIENT_TEST(test_no_shutdown),
		CLIENT_TEST(test_server_closes_first),
		CLIENT_TEST(test_server_resets),
		CLIENT_TEST(test_reply_before_a_reset_is_shown),
		CLIENT_TEST(test_last_words_while_sending_stands_still),
		CLIENT_TEST(test_silent_server_of_a_protocol_that_takes_no_lines),
		CLIENT_TEST(test_protocol_that_failed),
		CLIENT_TEST(test_closed_standard_output),
		CLIENT_TEST(test_interrupts),
		CLIENT_TEST(test_interrupt_while_output_stands_still),
		CLIENT_TEST(test_ignored_interrupt_stays_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
