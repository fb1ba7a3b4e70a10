/*
 * The timeline from outside: programs that talk with themselves, lose bytes, stand still, or leave
 * the cursor within a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/pseudo_terminal.h"
#include "support/python.h"
#include "support/timeline.h"

/* Runs a client in Python. */
static struct program *run_python(const char *option, const char *script)
{
	char command[TIMELINE_COMMAND];

	snprintf(command, sizeof(command), "exec %s -c '%s'", python_command(), script);
	return timeline_run("--client", command, option);
}

/* Its two ends have one name; their addresses tell them apart. */
static void both_ends_of_one_program_are_told_apart(void **state)
{
	struct program *program =
		run_python("--no-wire", "import socket\n"
					"listener = socket.create_server((\"127.0.0.1\", 0))\n"
					"one = socket.create_connection(listener.getsockname())\n"
					"other = listener.accept()[0]\n"
					"one.sendall(b\"hello\")\n"
					"other.recv(9)\n");
	const char *title;
	char from[64], to[64], line[128];

	(void)state;
	timeline_expect_status(program, 0);
	title = strstr(program_output(program), "\nConnection 1: client ");
	assert_non_null(title);
	assert_int_equal(sscanf(title, "\nConnection 1: client %63s → client %63[0-9.:]", from, to),
			 2);
	snprintf(line, sizeof(line), "\n  client %s sent 5 bytes in 1 call; received 0 bytes",
		 from);
	timeline_expect_drawn(program, line);
	snprintf(line, sizeof(line), "\n  client %s sent 0 bytes; received 5 bytes in 1 call", to);
	timeline_expect_drawn(program, line);
}

/* Whether the kernel tells that there was more, or only the sender's call shows it. */
static void datagrams_that_are_cut_are_told(void **state)
{
	struct program *program = run_python(
		"--no-wire", "import socket\n"
			     "ends = [socket.socket(type=socket.SOCK_DGRAM) for i in range(2)]\n"
			     "ends[1].bind((\"127.0.0.1\", 0))\n"
			     "ends[0].connect(ends[1].getsockname())\n"
			     "for bytes in b\"first one\", b\"another\", b\"third\", b\"all\":\n"
			     "    ends[0].send(bytes)\n"
			     "ends[1].recv(5)\n"
			     "ends[1].recvmsg(5)\n"
			     "ends[1].recvfrom(2, socket.MSG_TRUNC)\n"
			     "ends[1].recv(3)\n");

	(void)state;
	timeline_expect_status(program, 0);
	/* Each may have waited, and then its result stands in a row below. */
	timeline_expect_order(program, (const char *const[]){", 5)", " = 5, cut short from 9 bytes",
							     ", 5)", ", cut short from 7 bytes",
							     ", 2, MSG_TRUNC)", " = 5 from ",
							     ", cut short", ", 3)", " = 3", NULL});
}

/* Runs until the picture shows a sign, however slow the machine is. */
static struct program *stand_still(const char *script, const char *sign)
{
	static const char *const timeouts[] = {"1s", "8s", "24s"};
	struct program *program = NULL;

	for (size_t i = 0; i < 3; i++) {
		program_free(program);
		program = program_start_other("sh", "-c", script, "sh", timeouts[i]);
		program_close_input(program);
		program_wait(program);
		if (strstr(program_output(program), sign))
			break;
	}
	timeline_expect_status(program, 4);
	return program;
}

static void a_stopped_program_is_told(void **state)
{
	static const char sign[] = "\n  client: stopped by SIGSTOP for ";
	struct program *stops = stand_still(
		"exec \"$SOCKETTOOL\" timeline --client 'kill -STOP $$' --timeout $1 --no-wire",
		sign);
	/* Nobody has seen the signal that stopped it. */
	struct program *stopped =
		stand_still("sleep 1000 & kill -STOP $!\n"
			    "\"$SOCKETTOOL\" timeline --pid client:$! --timeout $1 --no-wire\n"
			    "status=$?; kill -KILL $!; exit $status",
			    sign);

	(void)state;
	timeline_expect_drawn(stops, sign);
	timeline_expect_in(stops, timeline_last_line(stops), "; client: stopped by SIGSTOP for ");
	timeline_expect_drawn(stopped, sign);
}

/* The first row stands below what a program left in a line, and without an empty line between. */
static void the_drawing_begins_a_line(void **state)
{
	static const char *const commands[] = {"printf half", "echo whole"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pseudo_terminal *terminal = pseudo_terminal_start(
			24, 100, "timeline", "--client", commands[i], "--no-wire");

		assert_int_equal(pseudo_terminal_wait(terminal), 0);
		assert_string_equal(emulator_row(&terminal->screen, 0),
				    strchr(commands[i], ' ') + 1);
		const char *first = emulator_row(&terminal->screen, 1);
		assert_ptr_equal(strstr(first, " time ms  client"), first);
		pseudo_terminal_free(terminal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(both_ends_of_one_program_are_told_apart,
					  timeline_end_programs),
		cmocka_unit_test_teardown(datagrams_that_are_cut_are_told, timeline_end_programs),
		cmocka_unit_test_teardown(a_stopped_program_is_told, timeline_end_programs),
		cmocka_unit_test_teardown(the_drawing_begins_a_line, timeline_end_programs),
	};

	return cmocka_run_group_tests(tests, timeline_begin, timeline_finish);
}
