/*
 * Values: numbers, sizes, durations, intervals and choices as users write them, and the sentences
 * about what is none.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "command/value.h"

#define S INT64_C(1000000000)

/* What a reader makes of a text. */
struct reading {
	const char *text;
	int result;
	int64_t value; /* if result is 0 */
};

static void check_readings(int (*read)(const char *, int64_t *), const struct reading *readings)
{
	for (; readings->text; readings++) {
		int64_t value = 0;
		int result = read(readings->text, &value);

		if (result != readings->result || (result == 0 && value != readings->value))
			fail_msg("\"%s\" gives %d and %lld", readings->text, result,
				 (long long)value);
	}
}

static void numbers(void **state)
{
	static const struct reading readings[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"007", 0, 7},
		{"70000", 0, 70000},
		{"-12", 0, -12},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775808", -ERANGE, 0},
		{"-9223372036854775809", -ERANGE, 0},
		{"99999999999999999999999999999999999999999", -ERANGE, 0},
		{"99999999999999999999999999999999999999999x", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"--1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1e3", -EINVAL, 0},
		{"1.0", -EINVAL, 0},
		{NULL, 0, 0},
	};

	(void)state;
	check_readings(value_number, readings);
}

static void sizes(void **state)
{
	static const struct reading readings[] = {
		{"0", 0, 0},
		{"4096", 0, 4096},
		{"64K", 0, 65536},
		{"64k", 0, 65536},
		{"1M", 0, 1048576},
		{"2G", 0, INT64_C(2147483648)},
		{"8589934591G", 0, INT64_C(9223372035781033984)},
		{"8589934592G", -ERANGE, 0},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808K", -ERANGE, 0},
		{"K", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"1KB", -EINVAL, 0},
		{"1T", -EINVAL, 0},
		{"1.5M", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"1 K", -EINVAL, 0},
		{NULL, 0, 0},
	};

	(void)state;
	check_readings(value_size, readings);
}

static void durations(void **state)
{
	static const struct reading readings[] = {
		{"5", 0, 5 * S},
		{"5s", 0, 5 * S},
		{"250ms", 0, S / 4},
		{"2m", 0, 120 * S},
		{"1h", 0, 3600 * S},
		{"1.5s", 0, 3 * S / 2},
		{"1.5", 0, 3 * S / 2},
		{"0.001", 0, S / 1000},
		{"0.25h", 0, 900 * S},
		{"1.000000001s", 0, S + 1},
		{"1.0000000001s", 0, S},
		{"1.5ms", 0, 1500000},
		{"0", 0, 0},
		{"9223372036", 0, 9223372036 * S},
		{"9223372036.9", -ERANGE, 0},
		{"9223372037", -ERANGE, 0},
		{"99999999999999999999h", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{".5s", -EINVAL, 0},
		{"5.s", -EINVAL, 0},
		{"5..5s", -EINVAL, 0},
		{"1.5.5", -EINVAL, 0},
		{"-1s", -EINVAL, 0},
		{"1d", -EINVAL, 0},
		{"1S", -EINVAL, 0},
		{"1s1", -EINVAL, 0},
		{"5 s", -EINVAL, 0},
		{NULL, 0, 0},
	};

	(void)state;
	check_readings(value_duration, readings);
}

static void flags_and_texts(void **state)
{
	static const struct option flag = {.name = "flag", .type = OPTION_FLAG};
	static const struct option text = {.name = "text", .type = OPTION_TEXT};
	bool given = false;
	const char *value = NULL;
	struct error error;

	(void)state;
	assert_int_equal(value_store(&flag, NULL, &given, &error), 0);
	assert_true(given);
	assert_int_equal(value_store(&text, "", &value, &error), 0);
	assert_string_equal(value, "");
}

static void lists_keep_their_order(void **state)
{
	static const struct option option = {.name = "send", .type = OPTION_LIST};
	static const char *const texts[] = {"one", "", "two", "one"};
	struct text_list list = {0};
	struct error error;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(value_store(&option, texts[i], &list, &error), 0);
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_ptr_equal(list.items[i], texts[i]);
	free((void *)list.items);
}

static void intervals(void **state)
{
	static const struct option option = {
		.name = "interval", .type = OPTION_INTERVAL, .max = 10 * S};
	static const char *const wrong[] = {"",       "-",        "1s-",    "-2s",
					    "2s-1s",  "1s-2s-3s", "1s--2s", "a-b",
					    "1s-11s", "11s-12s",  "11s",    "1s 2s"};
	struct interval value = {7, 8};
	char longer[200];
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(value_store(&option, wrong[i], &value, &error), -EINVAL);
	memset(longer, '0', sizeof(longer));
	memcpy(longer + sizeof(longer) - 4, "-1s", 4);
	assert_int_equal(value_store(&option, longer, &value, &error), -EINVAL);
	assert_int_equal(value.least, 7);
	assert_int_equal(value.most, 8);
	assert_int_equal(value_store(&option, "1s-2s", &value, &error), 0);
	assert_true(value.least == S && value.most == 2 * S);
	assert_int_equal(value_store(&option, "500ms-0.5", &value, &error), 0);
	assert_true(value.least == S / 2 && value.most == S / 2);
	assert_int_equal(value_store(&option, "3", &value, &error), 0);
	assert_true(value.least == 3 * S && value.most == 3 * S);
}

static const char *model_names(size_t index)
{
	static const char *const names[] = {"select", "poll", "epoll", NULL};

	return names[index];
}

static void choices(void **state)
{
	static const struct option option = {
		.name = "model", .type = OPTION_CHOICE, .choice = model_names};
	struct error error;
	int value = -1;

	(void)state;
	assert_int_equal(value_store(&option, "epoll", &value, &error), 0);
	assert_int_equal(value, 2);
	assert_int_equal(value_store(&option, "epol", &value, &error), -EINVAL);
	assert_string_equal(
		error.text,
		"--model takes select, poll or epoll, not \"epol\"; did you mean epoll?");
	assert_int_equal(value_store(&option, "kqueue", &value, &error), -EINVAL);
	assert_string_equal(error.text, "--model takes select, poll or epoll, not \"kqueue\"");
	assert_int_equal(value_store(&option, "", &value, &error), -EINVAL);
	assert_int_equal(value, 2);
}

static void sentence(const struct option *option, const char *text, const char *expected)
{
	struct error error = {0};
	int64_t value = 42;

	assert_int_equal(value_store(option, text, &value, &error), -EINVAL);
	assert_int_equal(error.status, STATUS_USAGE);
	assert_string_equal(error.text, expected);
	assert_int_equal(value, 42);
}

static void bounds_are_told(void **state)
{
	static const struct option port = {.name = "port", .type = OPTION_NUMBER, .max = 65535};
	static const struct option count = {.name = "count", .type = OPTION_NUMBER};
	static const struct option offset = {.name = "offset", .type = OPTION_NUMBER, .min = -5};
	static const struct option line = {
		.name = "max-line", .type = OPTION_SIZE, .min = 1, .max = 16 << 20};
	static const struct option queue = {
		.name = "queue", .type = OPTION_SIZE, .min = 1000, .max = 1 << 30};
	static const struct option grace = {
		.name = "grace", .type = OPTION_DURATION, .max = 90 * S};
	static const struct option wait = {.name = "wait", .type = OPTION_DURATION, .min = S / 4};
	static const struct option idle = {.name = "idle", .type = OPTION_DURATION};
	int64_t value;
	struct error error;

	(void)state;
	sentence(&port, "70000", "--port takes a number from 0 to 65535, not \"70000\"");
	sentence(&port, "-1", "--port takes a number from 0 to 65535, not \"-1\"");
	sentence(&port, "99999999999999999999",
		 "--port takes a number from 0 to 65535, not \"99999999999999999999\"");
	sentence(&count, "-1", "--count takes a number of at least 0, not \"-1\"");
	sentence(&count, "9223372036854775808",
		 "--count takes a number from 0 to 9223372036854775807, not "
		 "\"9223372036854775808\"");
	sentence(&offset, "-6", "--offset takes a number of at least -5, not \"-6\"");
	sentence(&line, "17M",
		 "--max-line takes a size from 1 to 16M in bytes, K, M or G, not "
		 "\"17M\"");
	sentence(&queue, "1",
		 "--queue takes a size from 1000 to 1G in bytes, K, M or G, not \"1\"");
	sentence(&grace, "91",
		 "--grace takes a duration from 0 to 90s in ms, s, m or h, not \"91\"");
	sentence(&wait, "0",
		 "--wait takes a duration of at least 250ms in ms, s, m or h, not \"0\"");
	sentence(&idle, "5x", "--idle takes a duration in ms, s, m or h, not \"5x\"");
	assert_int_equal(value_store(&port, "65535", &value, &error), 0);
	assert_int_equal(value_store(&line, "1", &value, &error), 0);
	assert_int_equal(value_store(&line, "16M", &value, &error), 0);
	assert_int_equal(value_store(&offset, "-5", &value, &error), 0);
	assert_int_equal(value, -5);
}

static void hostile_texts_are_shown_safely(void **state)
{
	static const struct option port = {.name = "port", .type = OPTION_NUMBER, .max = 65535};
	struct error error;
	int64_t value;
	char *huge = malloc(1000001);

	(void)state;
	sentence(&port, "\x1b[31m", "--port takes a number from 0 to 65535, not \"\\x1b[31m\"");
	assert_non_null(huge);
	memset(huge, '9', 1000000);
	huge[1000000] = '\0';
	assert_int_equal(value_store(&port, huge, &value, &error), -EINVAL);
	assert_true(strlen(error.text) < 150);
	assert_non_null(strstr(error.text, "999...\""));
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(flags_and_texts),
		cmocka_unit_test(lists_keep_their_order),
		cmocka_unit_test(intervals),
		cmocka_unit_test(choices),
		cmocka_unit_test(bounds_are_told),
		cmocka_unit_test(hostile_texts_are_shown_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
