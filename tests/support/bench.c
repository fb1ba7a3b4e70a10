/*
 * Runs of bench under test.
 */
#include "support/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

double bench_number(const struct program *program, const char *key)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(program_output(program), quoted);
	if (!at)
		fail_msg("no %s in: %s", quoted, program_output(program));
	return strtod(at + strlen(quoted), NULL);
}

void bench_assert_says(const struct program *program, int status, const char *text)
{
	if (program->status != status || !strstr(program_errors(program), text))
		fail_msg("status %d, not %d, or no \"%s\" in: %s", program->status, status, text,
			 program_errors(program));
}

void bench_assert_fault(struct program *program, const char *fault, const char *sentence)
{
	program_wait(program);
	bench_assert_says(program, 1, sentence);
	assert_int_equal(bench_number(program, fault), 1);
}

int bench_teardown(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}
