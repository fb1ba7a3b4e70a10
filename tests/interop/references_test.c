/*
 * The reference servers of tests/bench/ say what ours says, and fanout finds nothing wrong with
 * either: what is compared in docs/performance.md does the same work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/net.h"
#include "support/program.h"

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

/* A program of tests/bench/, whose path is in the environment. */
static const char *reference(const char *variable)
{
	const char *path = getenv(variable);

	if (!path)
		fail_msg("the environment variable %s does not name the program", variable);
	return path;
}

static struct program *serve_reference(const char *mode)
{
	static const char listening[] = "listening on 127.0.0.1:";
	struct program *server =
		program_start_other(reference("REFERENCE_EPOLL_SERVER"), mode, "0");

	program_expect(server, listening);
	program_expect(server, "\n");
	server->port = atoi(strstr(program_output(server), listening) + strlen(listening));
	return server;
}

/* A client of ours that has said the text to the server; the caller frees it. */
static struct program *ask(const struct program *server, const char *protocol, const char *text)
{
	struct program *client = program_run(text, "connect", protocol, "127.0.0.1",
					     program_number(server->port), "-q");

	if (client->status != 0)
		fail_msg("%s: status %d: %s", protocol, client->status, program_errors(client));
	return client;
}

/* The reference answers as our server does. */
static void compare(const char *mode, const char *protocol, const char *text)
{
	struct program *theirs = serve_reference(mode);
	struct program *ours = program_serve(protocol, "--host", "127.0.0.1");
	struct program *first = ask(theirs, protocol, text), *second = ask(ours, protocol, text);

	assert_string_equal(program_output(first), program_output(second));
	program_free(first);
	program_free(second);
	program_free(theirs);
	net_stop(ours);
}

static void test_echo(void **state)
{
	char text[100 * 16 + 1];

	(void)state;
	for (int i = 0; i < 100; i++)
		snprintf(text + (size_t)i * 16, 17, "message %7d\n", i % 1000);
	compare("echo", "echo", text);
	compare("threads", "echo", text);
}

static void test_calc(void **state)
{
	char text[8192] = "Ada\n";
	size_t length = strlen(text);

	(void)state;
	for (int i = 0; i < 100; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%d.%d %c -%d.5\n",
					   i * 977, i % 10, "+-*/"[i % 4], i * 31);
	snprintf(text + length, sizeof(text) - length,
		 "1 / 3\n-1 / 3\n0 * -1\n1e15 + 1\n1e300 * 1e10\n0.1 + 0.2\n1 / 0\nq\n");
	compare("calc", "calc", text);
}

/* The seconds may differ, the form may not. */
static void test_visit(void **state)
{
	(void)state;
	struct program *server = serve_reference("visit");
	struct program *client = ask(server, "daytime", "");
	const char *said = program_output(client);

	assert_int_equal(strcspn(said, "\n"), strlen("Fri Nov 20 22:57:00 2026"));
	assert_string_equal(strchr(said, '\n'), "\nHave a nice day!\n");
	program_free(client);
	program_free(server);
}

static void test_datagrams(void **state)
{
	(void)state;
	struct program *server = serve_reference("udp");
	int client =
		net_connect(&(struct net_place){.name = "udp 127.0.0.1", .port = server->port});

	assert_int_equal(send(client, "ping", 4, 0), 4);
	net_expect(client, "ping", 4);
	close(client);
	program_free(server);
}

/* fanout itself checks every byte that arrives, and their order. */
static void load_room(const struct program *server)
{
	struct program *fanout = program_start_other(
		reference("REFERENCE_FANOUT"), "line", program_number(server->port), "--members",
		"5", "--speakers", "3", "--in-flight", "4", "--seconds", "0.1");
	int status = program_wait(fanout);

	if (status != 0)
		fail_msg("status %d: %s%s", status, program_output(fanout), program_errors(fanout));
	assert_non_null(strstr(program_output(fanout), "\"wrong\":0,\"disordered\":0,\"lost\":0"));
	program_free(fanout);
}

static void test_room(void **state)
{
	(void)state;
	struct program *theirs = serve_reference("room");
	struct program *ours = program_serve("chat", "--host", "127.0.0.1");

	load_room(theirs);
	load_room(ours);
	program_free(theirs);
	net_stop(ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_echo, end_programs),
		cmocka_unit_test_teardown(test_calc, end_programs),
		cmocka_unit_test_teardown(test_visit, end_programs),
		cmocka_unit_test_teardown(test_datagrams, end_programs),
		cmocka_unit_test_teardown(test_room, end_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
