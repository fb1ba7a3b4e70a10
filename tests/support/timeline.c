/*
 * `sockettool timeline` from outside: programs to trace, and what its picture must show.
 */
#include "support/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/python.h"

static char folder[] = "/tmp/timeline-test.XXXXXX";

int timeline_end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

void timeline_textbook(char command[TIMELINE_COMMAND], const char *script, const char *arguments,
		       int port)
{
	const char *source = getenv("SOCKETTOOL_SOURCE");

	snprintf(command, TIMELINE_COMMAND, "%s '%s/tests/interop/textbook/%s.py' %s %d",
		 python_command(), source ? source : ".", script, arguments, port);
}

const char *timeline_file(char path[TIMELINE_PATH], const char *name)
{
	snprintf(path, TIMELINE_PATH, "%s/%s", folder, name);
	return path;
}

/* Shows all that the program wrote, which is more than a message of cmocka may have. */
static void show(const struct program *program)
{
	fprintf(stderr, "%s\n%s\n", program_output(program), program_errors(program));
}

void timeline_expect_status(const struct program *program, int status)
{
	if (program->status == status)
		return;
	show(program);
	fail_msg("status %d instead of %d", program->status, status);
}

void timeline_expect_in(const struct program *program, const char *text, const char *wanted)
{
	if (strstr(text, wanted))
		return;
	show(program);
	fail_msg("there is no \"%s\" above", wanted);
}

void timeline_expect_drawn(const struct program *program, const char *wanted)
{
	timeline_expect_in(program, program_output(program), wanted);
}

void timeline_expect_order(const struct program *program, const char *const texts[])
{
	const char *at = program_output(program);

	for (size_t i = 0; texts[i]; i++) {
		const char *found = strstr(at, texts[i]);

		if (!found) {
			show(program);
			fail_msg("there is no \"%s\" above, or not in this order", texts[i]);
		}
		at = found + strlen(texts[i]);
	}
}

double timeline_time_of(const struct program *program, const char *text)
{
	const char *found = strstr(program_output(program), text);

	timeline_expect_drawn(program, text);
	while (found > program_output(program) && found[-1] != '\n')
		found--;
	return strtod(found, NULL);
}

const char *timeline_last_line(const struct program *program)
{
	const char *text = program_errors(program), *last = text;

	for (const char *at = text; *at; at++)
		if (*at == '\n' && at[1])
			last = at + 1;
	return last;
}

/* Leaks cannot be looked for in programs that are traced. */
static void allow_tracing(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char all[512];

	snprintf(all, sizeof(all), "%s%sdetect_leaks=0", options ? options : "",
		 options ? ":" : "");
	setenv("ASAN_OPTIONS", all, 1);
}

int timeline_begin(void **state)
{
	(void)state;
	unsetenv("COLUMNS");
	unsetenv("PYTHONUNBUFFERED");
	allow_tracing();
	return mkdtemp(folder) ? 0 : -1;
}

int timeline_finish(void **state)
{
	struct program *program = program_start_other("rm", "-r", folder);

	(void)state;
	return program_wait(program);
}
