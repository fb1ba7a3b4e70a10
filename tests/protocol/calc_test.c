/*
 * calc: the grammar, the digits of answers, and the client's checks.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static struct stage *stage;
static struct actor *actor;

static int open_stage(const struct stage_settings *settings)
{
	stage = stage_new(protocol_find("calc"), settings);
	actor = actor_join(stage);
	return 0;
}

static int logged_in(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){0});
	actor_say(actor, "Adarsh\n");
	return 0;
}

static int client(void **state)
{
	(void)state;
	return open_stage(&(struct stage_settings){.client = true});
}

static int close_stage(void **state)
{
	(void)state;
	stage_free(stage);
	return 0;
}

/* What the server says to a line, without the line's end; until the next call. */
static const char *answer(const char *line, size_t n)
{
	actor_forget(actor);
	actor_send(actor, line, n);
	actor_send(actor, "\n", 1);
	char *end = strchr(actor->got.bytes + actor->seen, '\n');
	if (!end || end[1])
		fail_msg("\"%s\" got \"%s\"", line, actor->got.bytes + actor->seen);
	*end = '\0';
	return actor->got.bytes + actor->seen;
}

static void check(const char *line, const char *expected)
{
	assert_string_equal(answer(line, strlen(line)), expected);
}

static void numbers_and_operations(void **state)
{
	(void)state;
	check("12 + 13", "25.0");
	check("3.24 - 45", "-41.76");
	check("4.5 / -6", "-0.75");
	check("0.1 + 0.2", "0.30000000000000004");
	check("+1 * -1", "-1.0");
	check(".5 + 5.", "5.5");
	check("1e3 + 1E+3", "2000.0");
	check("1e-3 - 0", "0.001");
	check("  7\t *   6  ", "42.0");
	check("0 * -1", "-0.0");
	check("-0.0 + 0", "0.0");
	check("1 / 3", "0.3333333333333333");
	check("00012 + 0", "12.0");
	check("1e-400 + 0", "0.0");
}

static void large_and_small_results(void **state)
{
	(void)state;
	check("9007199254740992 + 0", "9007199254740992.0");
	check("1e15 * 9", "9000000000000000.0");
	check("1e16 + 0", "1e+16");
	check("1.5e300 * 10", "1.5e+301");
	check("0.0001 + 0", "0.0001");
	check("0.00001 + 0", "1e-05");
	check("-123456.789 * 1", "-123456.789");
	check("5e-324 + 0", "5e-324");
	check("2.2250738585072014e-308 + 0", "2.2250738585072014e-308");
	check("1.7976931348623157e308 + 0", "1.7976931348623157e+308");
	/* Powers of two, where the nearest of 16 digits reads back as another double. */
	check("5.684341886080801486968994140625e-14 + 0", "5.684341886080802e-14");
}

static void what_is_no_expression(void **state)
{
	static const char malformed[] =
		"Invalid expression: write NUMBER OP NUMBER with spaces between, as in 12 + 42";
	static const char *const lines[] = {
		"",        " ",       "12",        "12 +",      "12 + ",     "+",       "12+13",
		"12 +13",  "12+ 13",  "12 ** 2",   "12 % 5",    "1 + 2 + 3", "1,5 + 1", "1e + 1",
		"1e+ + 1", ". + 1",   "- + 1",     "0x10 + 1",  "inf + 1",   "nan + 1", "1 + 1x",
		"--1 + 1", "1 + - 1", "one + two", "1.2.3 + 1", "q q",       "quit",    "Q",
		"\x1b[2J", "1\v+\v1", "\xff\xfe",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check(lines[i], malformed);
	/* One CR belongs to the line's end, a second one does not. */
	check("1 + 1\r", "2.0");
	check("1 + 1\r\r", malformed);
	assert_string_equal(answer("1 + 1\0", 6), malformed);
	assert_string_equal(answer("1 \0+ 1", 6), malformed);
	assert_string_equal(answer("\0"
				   "q",
				   2),
			    malformed);
	check("1 + 1", "2.0");
}

static void what_cannot_be_computed(void **state)
{
	(void)state;
	check("1 / 0", "Invalid expression: division by zero");
	check("0 / -0.0", "Invalid expression: division by zero");
	check("1e999 + 1", "Invalid expression: a number is too large");
	check("1 - -1e999", "Invalid expression: a number is too large");
	check("1e308 * 10", "Invalid expression: the result is too large");
	check("1e308 + 1e308", "Invalid expression: the result is too large");
}

static void long_numbers(void **state)
{
	char line[1000];

	(void)state;
	snprintf(line, sizeof(line), "1%0*d + 1", 399, 0);
	check(line, "Invalid expression: a number is too large");
	snprintf(line, sizeof(line), "%0*d + 1", 400, 7);
	check(line, "8.0");
	snprintf(line, sizeof(line), "0.%0*d + 1", 398, 7);
	check(line, "1.0");
	snprintf(line, sizeof(line), "%0*d + 1", 401, 7);
	assert_non_null(strstr(answer(line, strlen(line)), "Invalid expression: "));
}

/* Whether a decimal of so many digits reads back: the nearest one, or one of its neighbours. */
static bool some_decimal_reads_back(double value, int digits)
{
	char text[40];

	snprintf(text, sizeof(text), "%.*e", digits - 1, value);
	char *mark = strchr(text, 'e');
	long long whole = 0;
	for (const char *at = text; at < mark; at++) {
		if (*at >= '0' && *at <= '9')
			whole = whole * 10 + (*at - '0');
	}
	int exponent = (int)strtol(mark + 1, NULL, 10) - digits + 1;
	for (long long near = whole - 1; near <= whole + 1; near++) {
		snprintf(text, sizeof(text), "%llde%d", near, exponent);
		if (strtod(text, NULL) == fabs(value))
			return true;
	}
	return false;
}

static int shortest_digits(double value)
{
	int digits = 1;

	while (digits < 17 && !some_decimal_reads_back(value, digits))
		digits++;
	return digits;
}

/* How many digits tell, leading and closing zeros left out. */
static int digits_of(const char *text)
{
	int count = 0, last = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (*text == '0' && count == 0))
			continue;
		count++;
		if (*text != '0')
			last = count;
	}
	return last;
}

static void check_digits(double value)
{
	char line[64];
	snprintf(line, sizeof(line), "%.17g * 1", value);
	const char *text = answer(line, strlen(line));

	if (strtod(text, NULL) != value || signbit(strtod(text, NULL)) != signbit(value))
		fail_msg("%.17g came back as %s", value, text);
	if (digits_of(text) > shortest_digits(value))
		fail_msg("%.17g came back as %s, which could be %d digits", value, text,
			 shortest_digits(value));
}

static void answers_read_back_and_are_shortest(void **state)
{
	(void)state;
	for (int i = 0; i < 4000; i++) {
		uint64_t bits = stage_random(stage, UINT64_C(1) << 31) << 33 ^
				stage_random(stage, UINT64_C(1) << 31) << 11 ^
				stage_random(stage, 1 << 11);
		double value;
		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			check_digits(value);
		check_digits((double)(int64_t)bits / 1000);
	}
	for (int exponent = -1074; exponent <= 1023; exponent++)
		check_digits(ldexp(1, exponent));
}

static void q_ends_the_session(void **state)
{
	static const char *const lines[] = {"q\n", "q\r\n", "q  \n", " \tq\n"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct actor *other = actor_join(stage);
		actor_say(other, "me\n1 + 1\n");
		actor_expect(other, "2.0\n");
		actor_say(other, lines[i]);
		actor_say(other, "1 + 1\n");
		actor_expect_closed(other, CLOSE_DONE);
	}
	assert_int_equal(text_occurrences(stage_log.bytes, "Session ended (me)"), 4);
}

static void the_log_names_and_quotes(void **state)
{
	(void)state;
	actor_say(actor, "1 + 1\x1b[2J\n");
	assert_non_null(strstr(stage_log.bytes, "name: Adarsh"));
	assert_non_null(strstr(stage_log.bytes, "Received request: 1 + 1\\x1b[2J"));
	struct actor *odd = actor_join(stage);
	actor_say(odd, "\x1b]0;x\a\xff\n");
	assert_non_null(strstr(stage_log.bytes, "name: \\x1b]0;x\\x07\xef\xbf\xbd"));
}

static void a_request_at_the_end_of_the_stream_counts(void **state)
{
	(void)state;
	actor_say(actor, "1 + 1");
	actor_end(actor);
	actor_expect(actor, "2.0\n");
	actor_expect_closed(actor, CLOSE_ENDED);
	assert_null(actor->connection);
}

static void textbook_framing(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){.raw = true});
	actor_say(actor, "Adarsh");
	actor_say(actor, "12 + 13");
	actor_expect(actor, "25.0");
	actor_say(actor, "12 + 13\r\n");
	actor_expect(actor, "25.0");
	actor_say(actor, "1 / 0");
	actor_expect(actor, "Invalid expression: division by zero");
	actor_say(actor, "q");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

static void the_client_checks_what_it_sends(void **state)
{
	(void)state;
	assert_string_equal(actor->prompt, "Enter your name: ");
	actor_type(actor, "1 (any name");
	actor_expect(actor, "1 (any name\n");
	assert_non_null(strstr(actor->prompt, "'q' to quit"));
	actor_type(actor, "12(10");
	actor_expect_silence(actor);
	assert_non_null(strstr(actor->notes.bytes, "not sent: write NUMBER OP NUMBER"));
	actor_type(actor, "12 + 10");
	actor_expect(actor, "12 + 10\n");
	actor_say(actor, "22.0\n");
	assert_string_equal(actor->shown.bytes, "22.0\n");
	actor_type(actor, "1 / 0");
	actor_expect(actor, "1 / 0\n");
}

static void the_client_stops_at_q(void **state)
{
	(void)state;
	actor->room = 0;
	actor_type(actor, "me");
	actor_type(actor, "q ");
	actor_type(actor, "1 + 1");
	actor_read(actor, SIZE_MAX);
	actor_expect(actor, "me\nq\n");
	actor_expect_silence(actor);
	assert_true(actor->shut);
	actor_say(actor, "25.0\n");
	assert_string_equal(actor->shown.bytes, "25.0\n");
	actor_end(actor);
	actor_expect_closed(actor, CLOSE_ENDED);
	assert_null(actor->failure);
}

static void the_client_does_not_wait_for_ever(void **state)
{
	(void)state;
	actor_type(actor, "me");
	actor_type(actor, "q");
	stage_pass(stage, 4 * NANOSECONDS_PER_SECOND);
	assert_non_null(actor->connection);
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_and_operations, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(large_and_small_results, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(what_is_no_expression, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(what_cannot_be_computed, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(long_numbers, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(answers_read_back_and_are_shortest, logged_in,
						close_stage),
		cmocka_unit_test_setup_teardown(q_ends_the_session, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(the_log_names_and_quotes, logged_in, close_stage),
		cmocka_unit_test_setup_teardown(a_request_at_the_end_of_the_stream_counts,
						logged_in, close_stage),
		cmocka_unit_test(textbook_framing),
		cmocka_unit_test_setup_teardown(the_client_checks_what_it_sends, client,
						close_stage),
		cmocka_unit_test_setup_teardown(the_client_stops_at_q, client, close_stage),
		cmocka_unit_test_setup_teardown(the_client_does_not_wait_for_ever, client,
						close_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
