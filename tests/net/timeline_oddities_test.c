/*
 * The timeline from outside: programs that talk with themselves, lose bytes, stand still, or leave
 * the cursor within a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/timeline.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_stopped_program_is_told, timeline_end_programs),
	};

	return cmocka_run_group_tests(tests, timeline_begin, timeline_finish);
}
