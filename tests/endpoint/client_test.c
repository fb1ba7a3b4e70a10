/*
 * The client away from a terminal: lines and bytes, in and out, and inputs of all kinds.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "support/client.h"
#include "support/peer.h"
#include "support/program.h"

/* --- Lines in and out --- */

static void test_lines_go_both_ways(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	program_write(client, "Ann\nhel");
	peer_expect(caller, "Ann\n");
	peer_send(caller, "Welcome, Ann.\r\nBob: h");
	program_expect(client, "Welcome, Ann.\n");
	program_write(client, "lo\n");
	peer_expect(caller, "hello\n");
	peer_send(caller, "i\n");
	program_expect(client, "Bob: hi\n");
	program_close_input(client);
	peer_expect_end(caller);
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "Welcome, Ann.\nBob: hi\n");
	assert_string_equal(program_errors(client), "");
}

static void test_bytes_leave_as_they_are(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	peer_send(caller, "\033[1m\a\xff\t\n");
	program_expect(client, "\033[1m\a\xff\t\n");
}

static void test_last_line_without_newline_is_sent(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	program_write(client, "Ann\nbye");
	program_close_input(client);
	peer_expect(caller, "Ann\nbye\n");
	peer_expect_end(caller);
}

static void test_line_ends_of_other_systems(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	program_write(client, "one\r\n\r\n\nt\rwo\r\n");
	peer_expect(caller, "one\n\n\nt\rwo\n");
}

static void test_crlf(void **state)
{
	(void)state;
	client_begin("chat", "--crlf");
	program_write(client, "one\ntwo\n");
	peer_expect(caller, "one\r\ntwo\r\n");
}

static void test_raw_framing(void **state)
{
	(void)state;
	client_begin("chat", "--framing", "raw");
	program_write(client, "one\n");
	peer_expect(caller, "one");
	peer_send(caller, "no newline");
	program_expect(client, "no newline\n");
}

static void test_long_lines_are_refused(void **state)
{
	(void)state;
	client_begin("chat", "--max-line", "10");
	/* In one read and across several, and lines of exactly the limit, are told apart. */
	program_write(client, "12345678901\n1234567890\n1234567890\r\n");
	peer_expect(caller, "1234567890\n1234567890\n");
	program_expect_error(client, "a line of more than 10 bytes was not sent (--max-line)\n");
	/* Ten and a CR could be a line still; one more cannot. */
	program_write(client, "1234567890\r2");
	program_expect_error(client, "a line of more than 10 bytes was not sent (--max-line)\n");
	program_write(client, "still the same line");
	program_write(client, "\nshort\n");
	peer_expect(caller, "short\n");
	program_write(client, "12345");
	program_close_input(client);
	peer_expect(caller, "12345\n");
	peer_expect_end(caller);
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
}

static void test_partial_line_of_the_server_is_remarked_on(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	peer_send(caller, "My name is");
	program_expect_error(client, "sent 10 bytes without a newline and waits");
	peer_send(caller, " OOO\n");
	program_expect(client, "My name is OOO\n");
}

static void test_details_are_for_verbose(void **state)
{
	(void)state;
	client_begin("chat", "-v");
	program_expect_error(client, "connected to 127.0.0.1:");
	client_tear_down(NULL);
	client_set_up(NULL);
	client_begin("chat", NULL);
	program_write(client, "Ann\n");
	peer_expect(caller, "Ann\n");
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_errors(client), "");
}

static void test_server_that_closes_without_a_word(void **state)
{
	(void)state;
	client_begin("chat", NULL);
	client_close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_errors(client), "sockettool: the server closed the connection "
						    "before anything was sent\n");
}

/* --- Bytes --- */

static void *echo(void *argument)
{
	static char bytes[65536];
	ssize_t n;

	(void)argument;
	while ((n = recv(caller, bytes, sizeof(bytes), 0)) > 0) {
		for (ssize_t sent = 0, part; sent < n; sent += part) {
			part = send(caller, bytes + sent, (size_t)(n - sent), MSG_NOSIGNAL);
			if (part < 0)
				return NULL;
		}
	}
	shutdown(caller, SHUT_WR);
	return NULL;
}

static void test_sixteen_mebibytes_come_back(void **state)
{
	size_t n = 16 << 20;
	unsigned char *bytes = malloc(n);
	unsigned random = 1;
	pthread_t thread;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++) {
		random = random * 1103515245 + 12345;
		bytes[i] = (unsigned char)(random >> 16);
	}
	client_begin("echo", NULL);
	assert_int_equal(pthread_create(&thread, NULL, echo, NULL), 0);
	program_write_bytes(client, bytes, n);
	program_close_input(client);
	assert_int_equal(program_wait(client), 0);
	pthread_join(thread, NULL);
	assert_int_equal(client->output.n, n);
	assert_memory_equal(program_output(client), bytes, n);
	free(bytes);
}

static void test_keyboard_waits_for_a_slow_server(void **state)
{
	static char chunk[65536];
	size_t taken = 0;

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	client_begin("echo", NULL);
	/* The kernel's buffers take some megabytes, the client little more. */
	while (client_takes(chunk, sizeof(chunk))) {
		taken += sizeof(chunk);
		assert_true(taken < 64 << 20);
	}
	assert_true(taken > 0);
}

/* --- Input of other kinds --- */

static void run_in_shell(const char *command)
{
	client = program_start_other("sh", "-c", command, client_port());
	caller = peer_accept(listener);
}

static void test_input_from_a_file(void **state)
{
	(void)state;
	run_in_shell("f=$(mktemp) && printf 'one\\ntwo\\n' >$f && exec 3<$f && rm $f && "
		     "exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0 <&3");
	peer_expect(caller, "one\ntwo\n");
	peer_expect_end(caller);
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
}

static void test_no_input(void **state)
{
	static const char *const commands[] = {
		"exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0 </dev/null",
		"exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0 <&-",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run_in_shell(commands[i]);
		peer_expect_end(caller);
		client_close_caller();
		assert_int_equal(program_wait(client), 0);
	}
}

static void test_protocol_that_takes_no_lines_ignores_the_end_of_input(void **state)
{
	(void)state;
	run_in_shell("exec \"$SOCKETTOOL\" statemachine-client 127.0.0.1 $0 </dev/null");
	peer_expect(caller, "what is your name?\n");
	peer_send(caller, "My name is OOO\n");
	peer_expect(caller, "How old are you?\n");
	peer_send(caller, "I am 22\n");
	peer_expect_end(caller);
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "My name is OOO\nI am 22\n");
}

static void test_standard_input_stays_blocking(void **state)
{
	const char *command = "echo Ann | { \"$SOCKETTOOL\" connect chat 127.0.0.1 $0; "
			      "grep flags /proc/self/fdinfo/0; }";

	(void)state;
	client = program_start_other("sh", "-c", command, client_port());
	caller = peer_accept(listener);
	peer_expect(caller, "Ann\n");
	client_close_caller();
	assert_int_equal(program_wait(client), 0);
	/* In octal, O_NONBLOCK is 4000. */
	assert_non_null(strstr(program_output(client), "flags:"));
	assert_null(strstr(program_output(client), "4000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_lines_go_both_ways),
		CLIENT_TEST(test_bytes_leave_as_they_are),
		CLIENT_TEST(test_last_line_without_newline_is_sent),
		CLIENT_TEST(test_line_ends_of_other_systems),
		CLIENT_TEST(test_crlf),
		CLIENT_TEST(test_raw_framing),
		CLIENT_TEST(test_long_lines_are_refused),
		CLIENT_TEST(test_partial_line_of_the_server_is_remarked_on),
		CLIENT_TEST(test_details_are_for_verbose),
		CLIENT_TEST(test_server_that_closes_without_a_word),
		CLIENT_TEST(test_sixteen_mebibytes_come_back),
		CLIENT_TEST(test_keyboard_waits_for_a_slow_server),
		CLIENT_TEST(test_input_from_a_file),
		CLIENT_TEST(test_no_input),
		CLIENT_TEST(test_protocol_that_takes_no_lines_ignores_the_end_of_input),
		CLIENT_TEST(test_standard_input_stays_blocking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
