/*
 * Two people at two keyboards, under every model that can serve talk: pipes at both ends.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"
#include "support/pseudo_terminal.h"
#include "support/python.h"

static int end_programs(void **state)
{
	(void)state;
	pseudo_terminal_free_all();
	program_free_all();
	return 0;
}

static void (*chosen)(const struct model *);

static void run(const struct model *model)
{
	if (model->abilities & (MODEL_SHARED | MODEL_SINGLE))
		chosen(model);
}

static void with_each(void (*test)(const struct model *))
{
	chosen = test;
	net_each_model(run);
}

static struct program *caller_of(const struct program *server, const char *option)
{
	return program_start("connect", "talk", "127.0.0.1", program_number(server->port), option);
}

static void expect_end(struct program *client)
{
	int status = program_wait(client);

	if (status != 0)
		fail_msg("the client ended with status %d: %s", status, program_errors(client));
	program_free(client);
}

static void say(struct program *speaker, struct program *listener, const char *line)
{
	program_write(speaker, line);
	program_expect(listener, line);
}

/* Both speak at any time; EXIT at either end is the end, and the next caller has the line. */
static void full_duplex(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name);
	struct program *client = caller_of(server, NULL);

	say(client, server, "hello\n");
	say(server, client, "good day\n");
	say(server, client, "how are you?\n");
	say(client, server, "fine,\n\nand you?\n");
	/* Much at once, from both. */
	for (int i = 0; i < 200; i++) {
		char line[40];
		snprintf(line, sizeof(line), "line %d\n", i);
		program_write(server, line);
		program_write(client, line);
	}
	program_expect(server, "line 199\n");
	program_expect(client, "line 199\n");
	assert_int_equal(net_count(program_output(client), "line "), 200);
	program_write(client, "EXIT\n");
	expect_end(client);

	client = caller_of(server, NULL);
	say(client, server, "me again\n");
	say(server, client, "welcome back\n");
	program_write(server, "EXIT\n");
	expect_end(client);
	assert_null(strstr(program_output(server), "EXIT"));
	net_stop(server);
}

static void test_full_duplex(void **state)
{
	(void)state;
	with_each(full_duplex);
}

/* What is typed before its turn waits, at both ends. */
static void turns(const struct model *model)
{
	struct program *server = program_serve("talk", "--turns", "--greeting", "Hello there.",
					       "--model", model->name);

	program_write(server, "first answer\nsecond answer\n");
	struct program *client = caller_of(server, "--turns");
	program_expect(client, "Hello there.\n");
	program_write(client, "first question\nsecond question\n\n");
	expect_end(client);
	program_expect(server, "first question\nsecond question\n");

	/* An empty line of the server's person ends it, too. */
	client = caller_of(server, "--turns");
	program_expect(client, "Hello there.\n");
	say(client, server, "third question\n");
	say(server, client, "third answer\n");
	say(client, server, "fourth question\n");
	program_write(server, "\n");
	expect_end(client);
	net_stop(server);
}

static void test_turns(void **state)
{
	(void)state;
	with_each(turns);
}

/* In whole: what a caller of the test's own gets in its turns. */
static void turns_on_the_wire(const struct model *model)
{
	struct program *server =
		program_serve("talk", "--turns", "--framing", "raw", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int client = net_connect(&place);
	char byte;

	program_write(server, "one\ntwo\n");
	peer_send(client, "hello");
	program_expect(server, "hello\n");
	peer_expect(client, "one");
	assert_int_equal(recv(client, &byte, 1, MSG_DONTWAIT), -1);
	peer_send(client, "go on");
	peer_expect(client, "two");
	peer_send(client, "EXIT");
	peer_expect_end(client);
	close(client);
	net_stop(server);
}

static void test_turns_on_the_wire(void **state)
{
	(void)state;
	with_each(turns_on_the_wire);
}

/* Several callers: one has the line. Under a model of one conversation the others wait for it. */
static void busy(const struct model *model)
{
	struct program *server =
		program_serve("talk", "--greeting", "Hello.", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int first = net_connect(&place);

	peer_expect(first, "Hello.\n");
	int second = net_connect(&place);
	if (model->abilities & MODEL_SHARED) {
		peer_expect(second, "The line is busy.\n");
		peer_expect_end(second);
		close(second);
	}
	program_write(server, "go on\n");
	peer_expect(first, "go on\n");
	peer_send(first, "EXIT\n");
	peer_expect_end(first);
	close(first);
	if (model->abilities & MODEL_SHARED)
		second = net_connect(&place);
	peer_expect(second, "Hello.\n");
	program_write(server, "now you\n");
	peer_expect(second, "now you\n");
	close(second);
	net_stop(server);
}

static void test_busy(void **state)
{
	(void)state;
	with_each(busy);
}

/* A caller who has the line, and has read the greeting "Hello.": the one before may be still about
 * to leave. */
static int greeted(const struct net_place *place)
{
	char line[32];

	for (;;) {
		int client = net_connect(place);
		assert_true(net_line(client, line, sizeof(line)));
		if (strcmp(line, "Hello.") == 0)
			return client;
		close(client);
	}
}

/* However callers leave: with EXIT, with an end, in the middle of a word, and without one. */
static void callers_come_and_go(const struct model *model)
{
	struct program *server =
		program_serve("talk", "-q", "--greeting", "Hello.", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");

	for (int i = 0; i < 40; i++) {
		char line[32];
		int client = greeted(&place);
		snprintf(line, sizeof(line), "line %d\n", i);
		program_write(server, line);
		peer_expect(client, line);
		peer_send(client, line);
		program_expect(server, line);
		if (i % 4 == 0)
			peer_send(client, "EXIT\n");
		if (i % 4 == 1)
			net_finish(client);
		if (i % 4 <= 1)
			net_await_gone(client);
		if (i % 4 == 2) {
			peer_send(client, "half a li");
			peer_reset(client);
		} else {
			close(client);
		}
	}
	net_stop(server);
}

static void test_callers_come_and_go(void **state)
{
	(void)state;
	with_each(callers_come_and_go);
}

/* What is typed when nobody is there is kept for the next caller. */
static void between_callers(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name);

	program_write(server, "before anybody came\n");
	struct program *client = caller_of(server, NULL);
	program_expect(client, "before anybody came\n");
	program_write(client, "EXIT\n");
	expect_end(client);
	program_write(server, "between\n");
	client = caller_of(server, NULL);
	program_expect(client, "between\n");
	program_write(client, "EXIT\n");
	expect_end(client);
	net_stop(server);
}

static void test_between_callers(void **state)
{
	(void)state;
	with_each(between_callers);
}

/* When the server's keyboard ends its side of the stream does, for this caller and for those that
 * come after; what they say is heard. */
static void keyboard_ends(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");

	program_write(server, "last words");
	program_close_input(server);
	for (int i = 0; i < 3; i++) {
		int client = net_connect(&place);
		char line[40];
		net_all(client, line, sizeof(line));
		assert_string_equal(line, i ? "" : "last words\n");
		snprintf(line, sizeof(line), "caller %d\n", i);
		peer_send(client, line);
		program_expect(server, line);
		net_finish(client);
		close(client);
		/* That its end was seen is in the log. */
		program_expect_error(server, "closed, peer closed; 0 active\n");
	}
	net_stop(server);
}

static void test_keyboard_ends(void **state)
{
	(void)state;
	with_each(keyboard_ends);
}

/* A line is said whole or not at all. */
static void long_lines_are_typed(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int client = net_connect(&place);
	char line[4096 + 3];

	memset(line, 'x', 4097);
	strcpy(line + 4097, "\n");
	program_write(server, line);
	program_expect_error(server, "a typed line of more than 4096 bytes is left out\n");
	strcpy(line + 4096, "\r\n");
	program_write(server, line);
	program_write(server, "\nshort\n");
	strcpy(line + 4096, "\n");
	peer_expect(client, line);
	peer_expect(client, "\nshort\n");
	close(client);
	net_stop(server);
}

static void test_long_lines_are_typed(void **state)
{
	(void)state;
	with_each(long_lines_are_typed);
}

/* As it is when a program that shares it wants it so. */
static void test_nonblocking_keyboard(void **state)
{
	char command[1024];

	(void)state;
	snprintf(command, sizeof(command),
		 "%s -c 'import os; os.set_blocking(0, False)'; "
		 "exec \"$SOCKETTOOL\" serve talk --port 0",
		 python_command());
	struct program *server = program_start_other("sh", "-c", command);
	program_expect(server, ", epoll)\n");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int client = net_connect(&place);
	peer_send(client, "hello\n");
	program_expect(server, "hello\n");
	program_write(server, "good day\n");
	peer_expect(client, "good day\n");
	close(client);
	net_stop(server);
}

/* At a terminal ^D ends one conversation, and the next caller has the line. */
static void keyboard_at_a_terminal(const struct model *model)
{
	struct net_place place = {.name = "unix"};

	net_path(place.path, "talk");
	struct pseudo_terminal *terminal =
		pseudo_terminal_start(12, 80, "serve", "talk", "-q", "--greeting", "Hello.",
				      "--unix", place.path, "--model", model->name);
	pseudo_terminal_expect(terminal, "listening on unix ");
	for (int i = 0; i < 2; i++) {
		int client = greeted(&place);
		pseudo_terminal_type(terminal, "good day\r");
		peer_expect(client, "good day\n");
		pseudo_terminal_type(terminal, "\x04");
		peer_expect_end(client);
		/* Who has heard the end hears nothing more: what is typed is the next one's. */
		peer_send(client, i ? "goodbye\n" : "wait\n");
		pseudo_terminal_expect(terminal, i ? "goodbye" : "wait");
		close(client);
	}
	pseudo_terminal_type(terminal, "\x03");
	assert_int_equal(pseudo_terminal_wait(terminal), 0);
	pseudo_terminal_free(terminal);
}

static void test_keyboard_at_a_terminal(void **state)
{
	(void)state;
	with_each(keyboard_at_a_terminal);
}

static void client_keyboard_ends(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name);

	for (int i = 0; i < 2; i++) {
		struct program *client = caller_of(server, NULL);
		program_write(client, "no end of line");
		program_close_input(client);
		program_expect(server, "no end of line\n");
		expect_end(client);
	}
	net_stop(server);
}

static void test_client_keyboard_ends(void **state)
{
	(void)state;
	with_each(client_keyboard_ends);
}

/* The thread at the keyboard waits for a line, or for somebody who wants one. */
static void stop_while_the_keyboard_waits(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name, "--grace", "0s");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int client = net_connect(&place);

	program_write(server, "hello\n");
	peer_expect(client, "hello\n");
	net_stop(server);
	net_await_gone(client);
	close(client);

	server = program_serve("talk", "--model", model->name, "--grace", "0s");
	place = net_place(server, "tcp 127.0.0.1", "talk");
	client = net_connect(&place);
	program_write(server, "hello\nand\n");
	peer_expect(client, "hello\nand\n");
	peer_send(client, "EXIT\n");
	peer_expect_end(client);
	close(client);
	program_write(server, "nobody wants this\n");
	net_stop(server);

	/* Lines are being typed and given while it stops. */
	server = program_serve("talk", "--model", model->name, "--grace", "0s");
	place = net_place(server, "tcp 127.0.0.1", "talk");
	client = net_connect(&place);
	for (int i = 0; i < 500; i++)
		program_write(server, "line\n");
	peer_expect(client, "line\n");
	net_stop(server);
	net_await_gone(client);
	close(client);
}

static void test_stop(void **state)
{
	(void)state;
	with_each(stop_while_the_keyboard_waits);
}

/* A conversation that goes on after the signal may come to its end. */
static void stop_with_grace(const struct model *model)
{
	struct program *server = program_serve("talk", "--model", model->name, "--grace", "1m");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int client = net_connect(&place);

	program_write(server, "hello\n");
	peer_expect(client, "hello\n");
	program_signal(server, SIGTERM);
	net_await_refusal(&place);
	peer_send(client, "wait\n");
	program_expect(server, "wait\n");
	program_write(server, "well?\n");
	peer_expect(client, "well?\n");
	peer_send(client, "EXIT\n");
	assert_int_equal(program_wait(server), 0);
	close(client);
	program_free(server);
}

static void stop_with_grace_if_it_refuses(const struct model *model)
{
	/* The iterative model closes its listener only when it is done. */
	if (model->abilities & MODEL_SHARED)
		stop_with_grace(model);
}

static void test_stop_with_grace(void **state)
{
	(void)state;
	with_each(stop_with_grace_if_it_refuses);
}

static void test_workers(void **state)
{
	(void)state;
	struct program *server = program_serve("talk", "--workers", "3", "--greeting", "Hello.");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");

	for (int i = 0; i < 20; i++) {
		int first = net_connect(&place), others[5];
		peer_expect(first, "Hello.\n");
		for (int j = 0; j < 5; j++)
			others[j] = net_connect(&place);
		for (int j = 0; j < 5; j++) {
			peer_expect(others[j], "The line is busy.\n");
			peer_expect_end(others[j]);
			close(others[j]);
		}
		program_write(server, "to the first\n");
		peer_expect(first, "to the first\n");
		peer_send(first, "EXIT\n");
		peer_expect_end(first);
		close(first);
	}
	net_stop(server);
}

static void test_fork_is_refused(void **state)
{
	struct program *server =
		program_run(NULL, "serve", "talk", "--port", "0", "--model", "fork");

	(void)state;
	assert_int_equal(server->status, 2);
	assert_string_equal(program_output(server), "");
	assert_non_null(strstr(program_errors(server), "not fork"));
	program_free(server);
}

/* Control characters of the caller do nothing to the server's terminal. */
static void test_escapes(void **state)
{
	(void)state;
	struct program *server = program_serve("talk");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "talk");
	int client = net_connect(&place);

	peer_send(client, "red \x1b[31m and \a and \xff.\n");
	program_expect(server, "red \\x1b[31m and \\x07 and \xef\xbf\xbd.\n");
	close(client);
	net_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_full_duplex, end_programs),
		cmocka_unit_test_teardown(test_turns, end_programs),
		cmocka_unit_test_teardown(test_turns_on_the_wire, end_programs),
		cmocka_unit_test_teardown(test_busy, end_programs),
		cmocka_unit_test_teardown(test_callers_come_and_go, end_programs),
		cmocka_unit_test_teardown(test_between_callers, end_programs),
		cmocka_unit_test_teardown(test_keyboard_ends, end_programs),
		cmocka_unit_test_teardown(test_long_lines_are_typed, end_programs),
		cmocka_unit_test_teardown(test_nonblocking_keyboard, end_programs),
		cmocka_unit_test_teardown(test_keyboard_at_a_terminal, end_programs),
		cmocka_unit_test_teardown(test_client_keyboard_ends, end_programs),
		cmocka_unit_test_teardown(test_stop, end_programs),
		cmocka_unit_test_teardown(test_stop_with_grace, end_programs),
		cmocka_unit_test_teardown(test_workers, end_programs),
		cmocka_unit_test_teardown(test_fork_is_refused, end_programs),
		cmocka_unit_test_teardown(test_escapes, end_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
