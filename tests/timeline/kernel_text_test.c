/*
 * The kernel's texts: numbers, labels and words, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "timeline/kernel_text.h"

static void numbers(void **state)
{
	const char *at = " 12\t0xff  -1 ffffffffffffffff 10000000000000000\n7";
	uint64_t number;
	int small;

	(void)state;
	assert_true(kernel_text_number(&at, 10, &number));
	assert_int_equal(number, 12);
	assert_true(kernel_text_number(&at, 16, &number));
	assert_int_equal(number, 255);
	assert_true(kernel_text_int(&at, &small));
	assert_int_equal(small, -1);
	assert_false(kernel_text_int(&at, &small));
	assert_true(kernel_text_number(&at, 16, &number));
	assert_true(number == UINT64_MAX);
	assert_false(kernel_text_number(&at, 16, &number));
	assert_true(kernel_text_skip(&at, 1));
	/* A line's end is the end. */
	assert_false(kernel_text_number(&at, 10, &number));
	assert_false(kernel_text_skip(&at, 1));
	assert_string_equal(at, "\n7");
}

static void too_large(void **state)
{
	const char *at = "2147483648 x";
	int number;

	(void)state;
	assert_false(kernel_text_int(&at, &number));
	assert_string_equal(at, "2147483648 x");
}

static void labels(void **state)
{
	const char *at = "  Tgid:\t7";

	(void)state;
	assert_false(kernel_text_label(&at, "Pid:"));
	assert_true(kernel_text_label(&at, "Tgid:"));
	assert_string_equal(at, "\t7");
}

static void files(void **state)
{
	char text[64], small[4];

	(void)state;
	assert_int_equal(kernel_text_read(text, sizeof(text), "/proc/%d/none", (int)getpid()), 0);
	assert_string_equal(text, "");
	assert_true(kernel_text_read(text, sizeof(text), "/proc/%d/comm", (int)getpid()) > 3);
	assert_int_equal(kernel_text_read(small, sizeof(small), "/proc/self/comm"), 3);
	assert_memory_equal(text, small, 3);
	assert_int_equal(small[3], '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(too_large),
		cmocka_unit_test(labels),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
