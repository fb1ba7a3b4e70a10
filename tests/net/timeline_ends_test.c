/*
 * The timeline from outside: when programs start, what is typed into them, how they end, and what
 * is said of those that hang.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/file.h"
#include "support/net.h"
#include "support/timeline.h"

/* --- When what happens. --- */

static void pauses_are_made_while_typing(void **state)
{
	struct program *program =
		timeline_run("--client", "exec cat", "--input", "client:one\\n\\p{400}two\\n");

	(void)state;
	timeline_expect_status(program, 0);
	timeline_expect_order(program,
			      (const char *const[]){"reads \"one\\n\" from the keyboard = 4",
						    "reads \"two\\n\" from the keyboard = 4",
						    "reads end of file", NULL});
	assert_true(timeline_time_of(program, "reads \"two") >= 400);
	assert_string_equal(program_errors(program), "one\ntwo\n");
}

static void clients_wait_for_a_delay(void **state)
{
	struct program *program = timeline_run("--server", "exec sleep 1000", "--client",
					       "echo here", "--start-when", "300ms");

	(void)state;
	timeline_expect_status(program, 0);
	assert_true(timeline_time_of(program, "prints \"here") >= 300);
}

/* A server that takes its time is waited for. */
static void wait_for_server(const char *protocol, const char *transport, int type)
{
	char server[TIMELINE_COMMAND], client[TIMELINE_COMMAND];
	int port = net_free_port(type);

	snprintf(server, sizeof(server),
		 "sleep 0.2; exec \"$SOCKETTOOL\" serve %s --port %d --host 127.0.0.1 %s -q",
		 protocol, port, transport);
	snprintf(client, sizeof(client), "exec \"$SOCKETTOOL\" connect %s 127.0.0.1 %d", protocol,
		 port);
	struct program *program = timeline_run("--server", server, "--client", client, "--input",
					       "client:hello\\n\\p{200}", "--no-wire");
	timeline_expect_status(program, 0);
	assert_true(timeline_time_of(program, "bind(") < timeline_time_of(program, "connect("));
	assert_null(strstr(program_output(program), "ECONNREFUSED"));
	program_free(program);
}

static void clients_wait_for_a_server(void **state)
{
	(void)state;
	wait_for_server("echo", "--tcp", SOCK_STREAM);
	wait_for_server("ack", "--udp", SOCK_DGRAM);
}

/* --- Programs that run already. --- */

static void a_running_server_is_watched_and_left_alone(void **state)
{
	struct program *server = program_serve("echo", "--model", "iterative");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	char pid[32], client[TIMELINE_COMMAND];

	(void)state;
	snprintf(pid, sizeof(pid), "server:%d", (int)server->pid);
	snprintf(client, sizeof(client), "exec \"$SOCKETTOOL\" connect echo 127.0.0.1 %d",
		 place.port);
	struct program *program = timeline_run("--pid", pid, "--client", client, "--input",
					       "client:hello\\n", "--no-wire");
	timeline_expect_status(program, 0);
	timeline_expect_drawn(program, "server (sockettool serve echo ");
	timeline_expect_drawn(program, "send(");
	timeline_expect_drawn(program, "hello\\n");
	int fd = net_connect(&place);
	net_finish(fd);
	net_await_gone(fd);
	close(fd);
	net_stop(server);
}

/* The end of a child is not the end of the program. */
static void a_watched_server_outlives_its_children(void **state)
{
	struct program *server = program_serve("echo", "--model", "fork");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	char pid[32], client[TIMELINE_COMMAND], path[TIMELINE_PATH];
	size_t n;

	(void)state;
	snprintf(pid, sizeof(pid), "server:%d", (int)server->pid);
	snprintf(client, sizeof(client),
		 "for i in 1 2 3; do echo hello | \"$SOCKETTOOL\" connect echo 127.0.0.1 %d; done",
		 place.port);
	struct program *program = timeline_run("--pid", pid, "--client", client, "--no-wire",
					       "--save", timeline_file(path, "children.jsonl"));
	timeline_expect_status(program, 0);
	timeline_expect_drawn(program, "ends with status 0");
	char *text = file_read(path, 1 << 20, &n);
	assert_non_null(text);
	assert_true(n < 1 << 20);
	text[n] = '\0';
	char *entry = strstr(text, "\"name\":\"server\"");
	assert_non_null(entry);
	*strchr(entry, '\n') = '\0';
	assert_null(strstr(entry, "\"ended\""));
	free(text);
	net_stop(server);
}

/* --- Ends. --- */

static void statuses_of_programs_are_shown(void **state)
{
	struct program *program =
		timeline_run("--client", "exit 3", "--client", "kill -USR1 $$", "--no-wire");

	(void)state;
	timeline_expect_status(program, 0);
	timeline_expect_drawn(program, "ends with status 3");
	timeline_expect_drawn(program, "ended by SIGUSR1");
}

/* Runs a pair until both hang, however slow the machine is: the time limit grows until the picture
 * has a text that shows it. */
static struct program *hang(const char *server_role, const char *client_role, const char *sign)
{
	static const char *const timeouts[] = {"2s", "8s", "24s"};
	struct program *program = NULL;

	for (size_t i = 0; i < 3; i++) {
		char server[TIMELINE_COMMAND], client[TIMELINE_COMMAND];
		int port = net_free_port(SOCK_STREAM);

		program_free(program);
		timeline_textbook(server, "hanging", server_role, port);
		timeline_textbook(client, "hanging", client_role, port);
		program = timeline_run("--server", server, "--client", client, "--timeout",
				       timeouts[i], "--save",
				       timeline_file((char[TIMELINE_PATH]){0}, "hang.jsonl"));
		if (strstr(program_output(program), sign))
			break;
	}
	timeline_expect_status(program, 4);
	assert_int_equal(strncmp(timeline_last_line(program),
				 "sockettool: the programs did not end in time; ", 46),
			 0);
	/* How they were ended is no part of what they did. */
	assert_null(strstr(program_output(program), "SIGTERM"));
	assert_null(strstr(program_output(program), "FIN"));
	return program;
}

static void two_that_wait_for_each_other_are_told(void **state)
{
	struct program *program =
		hang("receiving-server", "receiving-client", "Both ends of connection 1 wait");

	(void)state;
	timeline_expect_drawn(program, "\nStopped after ");
	timeline_expect_drawn(program, "\n  server: still waiting in recv(");
	timeline_expect_drawn(program, "\n  client: still waiting in recv(");
	timeline_expect_in(program, timeline_last_line(program),
			   "; server: still waiting in recv(");
	timeline_expect_in(program, timeline_last_line(program),
			   "; client: still waiting in recv(");

	struct program *again =
		timeline_run("--load", timeline_file((char[TIMELINE_PATH]){0}, "hang.jsonl"));
	timeline_expect_status(again, 0);
	assert_string_equal(program_output(again), program_output(program));
}

static void a_server_that_does_not_accept_is_told(void **state)
{
	struct program *program =
		hang("deaf-server", "receiving-client", "client: still waiting in recv(");

	(void)state;
	timeline_expect_drawn(program, "\n  server: busy or asleep since listen(");
	timeline_expect_in(program, timeline_last_line(program),
			   "; server: busy or asleep since listen(");
	assert_null(strstr(program_output(program), "Both ends"));
}

static void a_client_that_waits_for_a_line_is_told(void **state)
{
	struct program *program =
		hang("lineless-server", "line-client", "Both ends of connection 1 wait");

	(void)state;
	timeline_expect_drawn(program, "\"Hello Ada\")");
	timeline_expect_drawn(program, "\n  client: still waiting in recv(");
}

static void a_server_that_never_listens_is_told(void **state)
{
	struct program *program = timeline_run("--server", "exec sleep 1000", "--client", "true",
					       "--timeout", "500ms");

	(void)state;
	timeline_expect_status(program, 4);
	timeline_expect_in(program, timeline_last_line(program), "; client: not started yet");
}

/* What is there so far is drawn, and nothing stays behind. */
static void an_interrupted_timeline_is_drawn(void **state)
{
	char server[TIMELINE_COMMAND], client[TIMELINE_COMMAND];
	struct net_place place = {.name = "tcp 127.0.0.1", .port = net_free_port(SOCK_STREAM)};

	(void)state;
	timeline_textbook(server, "hanging", "receiving-server", place.port);
	timeline_textbook(client, "hanging", "receiving-client", place.port);
	struct program *program =
		program_start("timeline", "--server", server, "--client", client, "--no-wire");
	program_expect_error(program, "waits\n");
	program_signal(program, SIGINT);
	assert_int_equal(program_wait(program), 128 + SIGINT);
	timeline_expect_in(program, timeline_last_line(program),
			   "sockettool: interrupted by SIGINT; server: ");
	timeline_expect_drawn(program, "connect(");
	timeline_expect_drawn(program, "\nStopped after ");
	assert_null(strstr(program_output(program), "SIGTERM"));
	assert_int_equal(net_try(&place), -1);
	assert_int_equal(errno, ECONNREFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(pauses_are_made_while_typing, timeline_end_programs),
		cmocka_unit_test_teardown(clients_wait_for_a_delay, timeline_end_programs),
		cmocka_unit_test_teardown(clients_wait_for_a_server, timeline_end_programs),
		cmocka_unit_test_teardown(a_running_server_is_watched_and_left_alone,
					  timeline_end_programs),
		cmocka_unit_test_teardown(a_watched_server_outlives_its_children,
					  timeline_end_programs),
		cmocka_unit_test_teardown(statuses_of_programs_are_shown, timeline_end_programs),
		cmocka_unit_test_teardown(two_that_wait_for_each_other_are_told,
					  timeline_end_programs),
		cmocka_unit_test_teardown(a_server_that_does_not_accept_is_told,
					  timeline_end_programs),
		cmocka_unit_test_teardown(a_client_that_waits_for_a_line_is_told,
					  timeline_end_programs),
		cmocka_unit_test_teardown(a_server_that_never_listens_is_told,
					  timeline_end_programs),
		cmocka_unit_test_teardown(an_interrupted_timeline_is_drawn, timeline_end_programs),
	};

	return cmocka_run_group_tests(tests, timeline_begin, timeline_finish);
}
