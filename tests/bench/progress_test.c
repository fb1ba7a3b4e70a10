/*
 * The progress line: no rate before there is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/progress.h"
#include "support/measurement.h"

static const struct plan plan = {.protocol = &sample_protocols[WORKLOAD_ECHO], .connections = 50};

/* What is written to standard error by a look. */
static void look(uint64_t done, char text[256])
{
	int error = dup(STDERR_FILENO);
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	progress_look(&plan, 7, done);
	dup2(error, STDERR_FILENO);
	close(error);
	rewind(file);
	memset(text, 0, 256);
	assert_true(fread(text, 1, 255, file) > 0);
	fclose(file);
}

static void test_rate(void **state)
{
	char text[256];

	(void)state;
	look(0, text);
	assert_non_null(strstr(text, "7 of 50 connections"));
	look(1000, text);
	assert_non_null(strstr(text, "7 of 50 connections"));
	look(2000, text);
	assert_non_null(strstr(text, "messages a second"));
	/* The next measurement begins at 0. */
	look(10, text);
	assert_non_null(strstr(text, "7 of 50 connections"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rate)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
