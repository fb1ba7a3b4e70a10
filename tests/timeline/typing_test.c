/*
 * Texts to type: what they say, and what is no such text.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "timeline/typing.h"

static void escapes(void **state)
{
	struct typing typing;
	struct error error;

	(void)state;
	assert_int_equal(typing_read(&typing, "a\\n\\t\\\\\\x00\\xfFz", &error), 0);
	assert_int_equal(typing.n, 7);
	assert_memory_equal(typing.bytes, "a\n\t\\\0\xffz", 7);
	assert_int_equal(typing.pause_count, 0);
	typing_free(&typing);
}

static void mistakes(void **state)
{
	static const char *const wrong[] = {
		"\\",      "\\q",          "\\x",     "\\x1",   "\\xg0",
		"\\p",     "\\p{",         "\\p{}",   "\\p{1",  "\\p{-1}",
		"\\p{1s}", "\\p{3600001}", "\\p{ 1}", "\\P{1}", "\\p{99999999999999999999}"};
	struct typing typing;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(typing_read(&typing, wrong[i], &error), -EINVAL);
		assert_int_equal(error.status, STATUS_USAGE);
	}
}

static void expect(int from, const char *text)
{
	char bytes[64];
	ssize_t n = read(from, bytes, sizeof(bytes));

	if (!text) {
		assert_int_equal(n, 0);
		return;
	}
	assert_int_equal(n, strlen(text));
	assert_memory_equal(bytes, text, strlen(text));
}

static void pauses(void **state)
{
	struct typing typing;
	struct error error;
	int ends[2];
	int64_t second = NANOSECONDS_PER_SECOND;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(typing_read(&typing, "\\p{1000}one\\p{2000}\\p{500}two", &error), 0);
	typing_begin(&typing, ends[1], 0);
	assert_false(typing_continue(&typing, 0));
	assert_int_equal(typing_deadline(&typing, 0), second);
	assert_false(typing_continue(&typing, second));
	expect(ends[0], "one");
	assert_int_equal(typing_deadline(&typing, second), 3 * second);
	assert_false(typing_continue(&typing, 3 * second - 1));
	assert_false(typing_continue(&typing, 3 * second));
	assert_int_equal(typing_deadline(&typing, 3 * second), 7 * second / 2);
	assert_false(typing_continue(&typing, 4 * second));
	expect(ends[0], "two");
	expect(ends[0], NULL);
	assert_int_equal(typing_deadline(&typing, 4 * second), NEVER);
	typing_free(&typing);
	close(ends[0]);
}

/* A reader that does not read is waited for, one that has gone is not. */
static void no_room(void **state)
{
	char text[100001];
	struct typing typing;
	struct error error;
	int ends[2];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(typing_read(&typing, text, &error), 0);
	typing_begin(&typing, ends[1], 0);
	assert_true(typing_continue(&typing, 0));
	assert_int_equal(typing_deadline(&typing, 0), NEVER);
	typing_free(&typing);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(pauses),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
