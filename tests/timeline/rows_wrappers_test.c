/*
 * Wrappers: what is left out of a start through shells and scripts, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/rows_wrappers.h"

enum { SHELL = 100, OTHER = 101, MEANT = 102, WORKER = 103 };

static int setup(void **state)
{
	struct recording *recording = recording_new();

	*state = recording;
	if (!recording)
		return -1;
	made_program(recording, "server", "sh run.sh", true);
	made_socket(recording, 0, SOCK_STREAM, "127.0.0.1:5000", NULL);
	return 0;
}

/* Adds a call of a process, one after the other. Returns its index. */
static int add(struct recording *recording, int process, enum call_kind kind, const char *text,
	       int64_t result)
{
	int64_t when = 10 * (int64_t)recording->call_count;
	bool socket = kind == CALL_LISTEN || kind == CALL_SEND;
	struct call *call =
		made_call(recording, kind, 0, socket ? 0 : -1, when, when + 1, text, "");

	call->process = call->thread = process;
	call->result = result;
	return (int)recording->call_count - 1;
}

/* Asserts what is left out: '-' in pattern stands for a call that is hidden, '+' for another. */
static void assert_hidden(const struct recording *recording, const char *pattern)
{
	struct wrappers wrappers;

	assert_int_equal(strlen(pattern), recording->call_count);
	assert_true(wrappers_find(&wrappers, recording));
	for (size_t i = 0; pattern[i]; i++)
		if (wrappers.hidden[i] != (pattern[i] == '-'))
			fail_msg("call %zu, %s: hidden is %d", i, recording->calls[i].text,
				 wrappers.hidden[i]);
	wrappers_free(&wrappers);
}

/* Asserts in which call the program that was meant begins, and after how many other processes. */
static void assert_begins(const struct recording *recording, int first, int wrapped)
{
	struct wrappers wrappers;

	assert_true(wrappers_find(&wrappers, recording));
	assert_int_equal(wrappers.first[0], first);
	if (first >= 0)
		assert_int_equal(wrappers.wrapped[first], wrapped);
	wrappers_free(&wrappers);
}

/* A script that runs another program, and then the server in a process of its own. */
static int run_script(struct recording *recording)
{
	add(recording, SHELL, CALL_PROCESS, "execve(\"sh\")", 0);
	add(recording, SHELL, CALL_PROCESS, "fork()", OTHER);
	add(recording, OTHER, CALL_PROCESS, "execve(\"uname\")", 0);
	add(recording, OTHER, CALL_PRINT, "prints \"Linux\"", 5);
	add(recording, OTHER, CALL_EXIT, "ends with status 0", 0);
	add(recording, SHELL, CALL_SIGNAL, "gets SIGCHLD", 17);
	add(recording, SHELL, CALL_PROCESS, "fork()", MEANT);
	int begins = add(recording, MEANT, CALL_PROCESS, "execve(\"server\")", 0);
	add(recording, MEANT, CALL_LISTEN, "listen(3)", 0);
	return begins;
}

static void a_script_is_left_out_but_what_it_prints(void **state)
{
	struct recording *recording = *state;
	int begins = run_script(recording);

	add(recording, MEANT, CALL_EXIT, "ends with status 0", 0);
	add(recording, SHELL, CALL_SIGNAL, "gets SIGCHLD", 17);
	add(recording, SHELL, CALL_EXIT, "ends with status 0", 0);
	assert_hidden(recording, "---+---++"
				 "+--");
	assert_begins(recording, begins, 2);
}

static void a_script_that_ends_otherwise_says_so(void **state)
{
	struct recording *recording = *state;

	run_script(recording);
	add(recording, MEANT, CALL_EXIT, "ends with status 0", 0);
	add(recording, SHELL, CALL_EXIT, "ends with status 5", 5);
	assert_hidden(recording, "---+---++"
				 "++");
}

/* A start script may be traced line by line too. */
static void lines_on_the_way_are_left_out(void **state)
{
	struct recording *recording = *state;

	add(recording, SHELL, CALL_PROCESS, "execve(\"run.py\")", 0);
	add(recording, SHELL, CALL_LINE, "run.py:3", 0);
	add(recording, SHELL, CALL_PROCESS, "execve(\"server.py\")", 0);
	add(recording, SHELL, CALL_LINE, "server.py:7", 0);
	add(recording, SHELL, CALL_LISTEN, "listen(3)", 0);
	assert_hidden(recording, "--+++");
	assert_begins(recording, 2, 0);
}

static void children_of_the_program_are_part_of_it(void **state)
{
	struct recording *recording = *state;

	run_script(recording);
	add(recording, MEANT, CALL_PROCESS, "fork()", WORKER);
	add(recording, WORKER, CALL_EXIT, "ends with status 0", 0);
	add(recording, MEANT, CALL_SIGNAL, "gets SIGCHLD", 17);
	assert_hidden(recording, "---+---++"
				 "+++");
}

static void without_sockets_the_last_program_is_meant(void **state)
{
	struct recording *recording = *state;

	add(recording, SHELL, CALL_PROCESS, "execve(\"sh\")", 0);
	add(recording, SHELL, CALL_PROCESS, "execve(\"absent\")", -2);
	add(recording, SHELL, CALL_PROCESS, "execve(\"cat\")", 0);
	add(recording, SHELL, CALL_INPUT, "reads end of file", 0);
	assert_hidden(recording, "--++");
	assert_begins(recording, 2, 0);
}

/* Of a program that was attached to nobody saw the beginning. */
static void an_unknown_beginning_hides_nothing(void **state)
{
	struct recording *recording = *state;

	add(recording, SHELL, CALL_PROCESS, "fork()", WORKER);
	add(recording, WORKER, CALL_SEND, "send(4)", 1);
	add(recording, WORKER, CALL_EXIT, "ends with status 0", 0);
	add(recording, SHELL, CALL_SIGNAL, "gets SIGCHLD", 17);
	assert_hidden(recording, "++++");
	assert_begins(recording, -1, 0);
}

static void questions_for_names_are_left_out(void **state)
{
	struct recording *recording = *state;
	int cache = made_socket(recording, 0, SOCK_STREAM, "unix", NULL);
	int other = made_socket(recording, 0, SOCK_STREAM, "unix", NULL);
	int addresses = made_socket(recording, 0, SOCK_RAW, NULL, NULL);

	recording->sockets[addresses].family = AF_NETLINK;
	assert_true(recording_set(&recording->sockets[cache].path, "/var/run/nscd/socket"));
	assert_true(recording_set(&recording->sockets[other].path, "/run/mine"));
	add(recording, SHELL, CALL_PROCESS, "execve(\"client\")", 0);
	made_call(recording, CALL_SOCKET, 0, cache, 20, 21, "socket(Unix)", "");
	made_call(recording, CALL_CONNECT, 0, cache, 30, 31, "connect(3)", "")->result = -2;
	made_call(recording, CALL_CLOSE, 0, cache, 40, 41, "close(3)", "");
	made_call(recording, CALL_CONNECT, 0, other, 50, 51, "connect(3)", "");
	made_call(recording, CALL_SEND, 0, addresses, 60, 61, "sendto(3)", "");
	made_call(recording, CALL_RECEIVE, 0, addresses, 70, 71, "recvmsg(3)", "");
	assert_hidden(recording, "+---+--");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_script_is_left_out_but_what_it_prints),
		TEST(a_script_that_ends_otherwise_says_so),
		TEST(lines_on_the_way_are_left_out),
		TEST(children_of_the_program_are_part_of_it),
		TEST(without_sockets_the_last_program_is_meant),
		TEST(an_unknown_beginning_hides_nothing),
		TEST(questions_for_names_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
