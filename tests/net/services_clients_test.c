/*
 * The clients' part in the small services: what they say of themselves, and of servers that are
 * broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"
#include "support/pseudo_terminal.h"

static int end_programs(void **state)
{
	(void)state;
	pseudo_terminal_free_all();
	program_free_all();
	return 0;
}

static struct program *client_of(struct program *server, const char *transport,
				 const char *protocol, const char *input, const char *option,
				 const char *value)
{
	char place[32];
	const char *arguments[10] = {"connect", protocol, "127.0.0.1"};
	size_t n = 3;

	snprintf(place, sizeof(place), "%s 127.0.0.1", transport);
	arguments[n++] = program_number(net_place(server, place, protocol).port);
	if (strcmp(transport, "udp") == 0)
		arguments[n++] = "--udp";
	if (option)
		arguments[n++] = option;
	if (value)
		arguments[n++] = value;
	struct program *client = program_run_list(input, arguments);
	if (client->status != 0)
		fail_msg("%s ended with status %d: %s", protocol, client->status,
			 program_errors(client));
	return client;
}

/* Runs a client and expects a line of output that begins and ends so, and nothing else. */
static void expect_line(struct program *client, const char *begin, const char *end)
{
	const char *output = program_output(client);
	size_t n = strlen(output);

	if (strncmp(output, begin, strlen(begin)) != 0 || n < strlen(end) ||
	    strcmp(output + n - strlen(end), end) != 0 || net_count(output, "\n") != 1)
		fail_msg("it wrote \"%s\"", output);
	assert_string_equal(program_errors(client), "");
	program_free(client);
}

static void test_clients(void **state)
{
	struct program *server =
		program_serve("discard", "chargen", "users", "time", "knock", "message");

	(void)state;
	expect_line(client_of(server, "tcp", "discard", "into the void\n", NULL, NULL),
		    "14 bytes taken in ", " MiB/s\n");
	expect_line(client_of(server, "tcp", "discard", "raw\n", "--framing", "raw"),
		    "3 bytes taken in ", " MiB/s\n");
	expect_line(client_of(server, "tcp", "chargen", NULL, "--count", "3M"),
		    "3145728 bytes of the pattern in ", " MiB/s\n");
	expect_line(client_of(server, "tcp", "time", NULL, NULL, NULL), "",
		    " s from this clock)\n");
	expect_line(client_of(server, "tcp", "time", NULL, "--framing", "raw"), "",
		    " s from this clock)\n");
	expect_line(client_of(server, "tcp", "knock", "knock knock\n", NULL, NULL),
		    "Who's there?\n", "");
	struct program *client = client_of(server, "tcp", "users", NULL, NULL, NULL);
	assert_string_equal(program_output(client), "");
	program_free(client);
	client = client_of(server, "tcp", "message", "one\ntwo", NULL, NULL);
	assert_string_equal(program_output(client), "");
	program_free(client);
	program_expect(server, ": one\n");
	program_expect(server, ": two\n");
	net_stop(server);
}

/* What a client says of itself is nothing that was received. */
static void test_report_of_sent_texts(void **state)
{
	struct program *server = program_serve("discard");
	struct program *client = client_of(server, "tcp", "discard", NULL, "--send", "hello");

	(void)state;
	assert_null(strstr(program_output(client), "received"));
	assert_non_null(strstr(program_output(client), "\n6 bytes taken in "));
	program_free(client);
	net_stop(server);
}

static void test_clients_of_datagrams(void **state)
{
	struct program *server =
		program_serve("discard", "chargen", "qotd", "users", "time", "ack", "--udp");

	(void)state;
	expect_line(client_of(server, "udp", "discard", "one\ntwo\n", NULL, NULL),
		    "6 bytes sent in ", " MiB/s\n");
	expect_line(client_of(server, "udp", "time", NULL, NULL, NULL), "",
		    " s from this clock)\n");
	program_free(client_of(server, "udp", "chargen", NULL, NULL, NULL));
	program_free(client_of(server, "udp", "qotd", NULL, NULL, NULL));
	struct program *client = client_of(server, "udp", "ack", "one\ntwo\n", NULL, NULL);
	assert_string_equal(program_output(client), "Ok\nOk\n");
	program_free(client);
	net_stop(server);
}

static int broken_listener(int *port)
{
	int listener = peer_listen("127.0.0.1", 0, 1);

	assert_true(listener >= 0);
	*port = peer_port(listener);
	return listener;
}

/* A server whose pattern is wrong, one that stops too early, and one of too few bytes. */
static void test_broken_servers(void **state)
{
	static const struct {
		const char *protocol, *sent, *error;
	} broken[] = {
		{"chargen", " !\"#x",
		 "sockettool: the pattern breaks at byte 4, line 0, column 4: it has 0x78 and "
		 "should have 0x24\n"},
		{"chargen", " !\"#", "sockettool: the server closed after 4 of 100 bytes\n"},
		{"time", "abc", "sockettool: the server sent 3 of 4 bytes and closed\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		int port, listener = broken_listener(&port);
		bool counts = strcmp(broken[i].protocol, "chargen") == 0;
		struct program *client = program_start(
			"connect", broken[i].protocol, "127.0.0.1", program_number(port),
			counts ? "--count" : "-q", counts ? "100" : NULL);
		int caller = peer_accept(listener);
		peer_send(caller, broken[i].sent);
		net_finish(caller);
		assert_int_equal(program_wait(client), 1);
		assert_string_equal(program_errors(client), broken[i].error);
		program_free(client);
		close(caller);
		close(listener);
	}
}

/* The progress line stands on the terminal while the client sends. */
static void test_progress(void **state)
{
	struct program *server = program_serve("discard", "-q");
	char command[200];

	(void)state;
	snprintf(command, sizeof(command),
		 "cat /dev/zero | \"$SOCKETTOOL\" connect discard 127.0.0.1 %d", server->port);
	struct pseudo_terminal *terminal = pseudo_terminal_start_other(12, 80, "sh", "-c", command);
	pseudo_terminal_expect(terminal, " bytes sent, ");
	pseudo_terminal_type(terminal, "\x03");
	pseudo_terminal_expect(terminal, " bytes sent in ");
	pseudo_terminal_wait(terminal);
	pseudo_terminal_free(terminal);
	net_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_clients, end_programs),
		cmocka_unit_test_teardown(test_report_of_sent_texts, end_programs),
		cmocka_unit_test_teardown(test_clients_of_datagrams, end_programs),
		cmocka_unit_test_teardown(test_broken_servers, end_programs),
		cmocka_unit_test_teardown(test_progress, end_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
