/*
 * eval: what expressions are worth, what is wrong with bad ones and where, and who may stop the
 * server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static struct stage *stage_that(bool exits)
{
	static const char *const options[] = {"allow-exit", "", NULL};

	return stage_new(
		protocol_find("eval"),
		&(struct stage_settings){.options = exits ? options : NULL, .max_line = 1 << 20});
}

/* Pairs of an expression and its whole answer but "Answer is ". */
static void expect_values(const char *const pairs[][2], size_t count)
{
	struct actor *actor = actor_join(stage_that(false));

	for (size_t i = 0; i < count; i++) {
		char answer[200];
		actor_say(actor, pairs[i][0]);
		actor_say(actor, "\n");
		snprintf(answer, sizeof(answer), "%s%s\n",
			 strncmp(pairs[i][1], "Error", 5) ? "Answer is " : "", pairs[i][1]);
		if (strcmp(actor->got.bytes + actor->seen, answer) != 0)
			fail_msg("%s: %s and not %s", pairs[i][0], actor->got.bytes + actor->seen,
				 answer);
		actor_forget(actor);
	}
	stage_free(actor->stage);
}

#define EXPECT_VALUES(pairs) expect_values((pairs), sizeof(pairs) / sizeof((pairs)[0]))

/* As Python 3 has it. */
static void precedence_and_associativity(void **state)
{
	static const char *const pairs[][2] = {
		{"3+5", "8"},        {"2+3*4", "14"},        {"(2+3)*4", "20"},
		{"2*3+4", "10"},     {"10-4-3", "3"},        {"10-(4-3)", "9"},
		{"100/10/5", "2.0"}, {"100/(10/5)", "50.0"}, {"20%7%4", "2"},
		{"20%(7%4)", "2"},   {"17 % 7 * 2", "6"},    {"2 * 17 % 7", "6"},
		{"2**3**2", "512"},  {"(2**3)**2", "64"},    {"2*3**2", "18"},
		{"(2*3)**2", "36"},  {"2**2*3", "12"},       {"1+2**3*4-5%3", "31"},
		{"  1\t+ 2  ", "3"}, {"((((7))))", "7"},
	};

	(void)state;
	EXPECT_VALUES(pairs);
}

static void signs(void **state)
{
	static const char *const pairs[][2] = {
		{"-5", "-5"},      {"+5", "5"},        {"--5", "5"},        {"-+-+5", "5"},
		{"3--5", "8"},     {"3-+-5", "8"},     {"-2**2", "-4"},     {"(-2)**2", "4"},
		{"2**-1", "0.5"},  {"2**--1", "2"},    {"-2**-2", "-0.25"}, {"-(3+4)", "-7"},
		{"2*-3", "-6"},    {"6/-3", "-2.0"},   {"-7%3", "2"},       {"7%-3", "-2"},
		{"-7%-3", "-1"},   {"-0", "0"},        {"-0.0", "-0.0"},    {"-6%3", "0"},
		{"-6.0%3", "0.0"}, {"6.0%-3", "-0.0"}, {"-7.5%2", "0.5"},   {"7.5%-2", "-0.5"},
	};

	(void)state;
	EXPECT_VALUES(pairs);
}

static void powers(void **state)
{
	static const char *const pairs[][2] = {
		{"0**0", "1"},
		{"0.0**0", "1.0"},
		{"2**62", "4611686018427387904"},
		{"(-2)**63", "-9223372036854775808"},
		{"3**39", "4052555153018976267"},
		{"2**63", "Error at column 2: the result does not fit in 64 bits"},
		{"3**40", "Error at column 2: the result does not fit in 64 bits"},
		{"1**9223372036854775807", "1"},
		{"(-1)**9223372036854775807", "-1"},
		{"(-1)**9223372036854775806", "1"},
		{"0**9223372036854775807", "0"},
		{"2**9223372036854775807", "Error at column 2: the result does not fit in 64 bits"},
		{"2**-9223372036854775807", "0.0"},
		{"1**-9223372036854775807", "1.0"},
		{"10**-3", "0.001"},
		{"(-2)**-1", "-0.5"},
		{"0**-1", "Error at column 2: division by zero"},
		{"0.0**-2", "Error at column 4: division by zero"},
		{"4**0.5", "2.0"},
		{"(-8)**0.5", "Error at column 5: the root of a negative number"},
		{"(-8)**3.0", "-512.0"},
		{"10.0**308", "1e+308"},
		{"10.0**309", "Error at column 5: the result is too large"},
		{"2**3**4**5", "Error at column 5: the result does not fit in 64 bits"},
	};

	(void)state;
	EXPECT_VALUES(pairs);
}

static void sixty_four_bits(void **state)
{
	static const char *const pairs[][2] = {
		{"9223372036854775807", "9223372036854775807"},
		{"-9223372036854775807-1", "-9223372036854775808"},
		{"9223372036854775806+1", "9223372036854775807"},
		{"9223372036854775807+1", "Error at column 20: the result does not fit in 64 bits"},
		{"9223372036854775808", "Error at column 1: the number does not fit in 64 bits"},
		{"1+9223372036854775808", "Error at column 3: the number does not fit in 64 bits"},
		{"-9223372036854775807-2",
		 "Error at column 21: the result does not fit in 64 bits"},
		{"0-9223372036854775807-2",
		 "Error at column 22: the result does not fit in 64 bits"},
		{"3037000499*3037000499", "9223372030926249001"},
		{"3037000500*3037000500", "Error at column 11: the result does not fit in 64 bits"},
		{"4294967296*-2147483648", "-9223372036854775808"},
		{"-(-9223372036854775807-1)",
		 "Error at column 1: the result does not fit in 64 bits"},
		{"(-9223372036854775807-1)*-1",
		 "Error at column 25: the result does not fit in 64 bits"},
		{"(-9223372036854775807-1)%-1", "0"},
		{"(-9223372036854775807-1)%9223372036854775807", "9223372036854775806"},
		{"9223372036854775807%-9223372036854775807", "0"},
		{"9223372036854775807-9223372036854775806", "1"},
		{"00000000000000000000000000000000000000000000000042", "42"},
	};

	(void)state;
	EXPECT_VALUES(pairs);
}

static void division_and_fractions(void **state)
{
	static const char *const pairs[][2] = {
		{"7/2", "3.5"},
		{"6/2", "3.0"},
		{"1/3", "0.3333333333333333"},
		{"9223372036854775807/9223372036854775807", "1.0"},
		{"9007199254740993/3", "3002399751580331.0"},
		{"8937963477674630659/5", "1.787592695534926e+18"},
		{"(-9223372036854775807-1)/-1", "9.223372036854776e+18"},
		{"1/0", "Error at column 2: division by zero"},
		{"1/(2-2)", "Error at column 2: division by zero"},
		{"1/0.0", "Error at column 2: division by zero"},
		{"5%0", "Error at column 2: division by zero"},
		{"5%0.0", "Error at column 2: division by zero"},
		{"5.5%-0.0", "Error at column 4: division by zero"},
		{"0.1+0.2", "0.30000000000000004"},
		{".5+5.", "5.5"},
		{"1.5*2", "3.0"},
		{"5.5%2", "1.5"},
		{"1.0-1", "0.0"},
	};

	(void)state;
	EXPECT_VALUES(pairs);
}

/* Columns count from 1, and of several faults the first is told. */
static void what_is_wrong_and_where(void **state)
{
	static const char *const pairs[][2] = {
		{"", "Error at column 1: a number or '(' is missing"},
		{"   ", "Error at column 4: a number or '(' is missing"},
		{"x", "Error at column 1: a number or '(' is missing"},
		{"4 + * 5", "Error at column 5: a number or '(' is missing"},
		{"4 +", "Error at column 4: a number or '(' is missing"},
		{"4 5", "Error at column 3: an operator is missing"},
		{"4 + 5 x", "Error at column 7: an operator is missing"},
		{"1e5", "Error at column 2: an operator is missing"},
		{"0x10", "Error at column 2: an operator is missing"},
		{"1.2.3", "Error at column 4: an operator is missing"},
		{".", "Error at column 1: a number or '(' is missing"},
		{"2(3)", "Error at column 2: an operator is missing"},
		{"(2)3", "Error at column 4: an operator is missing"},
		{"(1+2", "Error at column 1: this parenthesis is not closed"},
		{"1+(2*(3)", "Error at column 3: this parenthesis is not closed"},
		{"(1 2)", "Error at column 1: this parenthesis is not closed"},
		{"1+2)", "Error at column 4: an operator is missing"},
		{"()", "Error at column 2: a number or '(' is missing"},
		{"2 * * 3", "Error at column 5: a number or '(' is missing"},
		{"2***3", "Error at column 4: a number or '(' is missing"},
		{"2//3", "Error at column 3: a number or '(' is missing"},
		{"1/0 + )", "Error at column 2: division by zero"},
		{") + 1/0", "Error at column 1: a number or '(' is missing"},
		{"quit() ", "Error at column 1: a number or '(' is missing"},
		{"1+\xc3\xa9", "Error at column 3: a number or '(' is missing"},
	};

	(void)state;
	EXPECT_VALUES(pairs);
}

/* The text, so many times. */
static void repeat(char *out, const char *text, size_t times)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < times; i++)
		memcpy(out + i * n, text, n);
	out[n * times] = '\0';
}

static void the_depth_has_a_limit(void **state)
{
	struct actor *actor = actor_join(stage_that(false));
	char *line = test_malloc(400000);

	(void)state;
	repeat(line, "(", 99);
	repeat(line + 99, "7", 1);
	repeat(line + 100, ")", 99);
	strcat(line, "\n");
	actor_say(actor, line);
	actor_expect(actor, "Answer is 7\n");
	repeat(line, "(", 100);
	repeat(line + 100, "7", 1);
	repeat(line + 101, ")", 100);
	strcat(line, "\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 101: the expression is nested too deeply\n");
	repeat(line, "(", 100000);
	strcat(line, "\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 101: the expression is nested too deeply\n");
	repeat(line, "-", 100000);
	strcat(line, "1\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 101: the expression is nested too deeply\n");
	repeat(line, "2**", 100000);
	strcat(line, "1\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 301: the expression is nested too deeply\n");
	/* What is long but not deep is fine. */
	repeat(line, "1+", 100000);
	strcat(line, "1\n");
	actor_say(actor, line);
	actor_expect(actor, "Answer is 100001\n");
	repeat(line, "(1)*", 99999);
	strcat(line, "1\n");
	actor_say(actor, line);
	actor_expect(actor, "Answer is 1\n");
	actor_expect_silence(actor);
	test_free(line);
	stage_free(actor->stage);
}

static void long_numbers(void **state)
{
	struct actor *actor = actor_join(stage_that(false));
	char line[1000];

	(void)state;
	repeat(line, "9", 500);
	strcat(line, "\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 1: the number does not fit in 64 bits\n");
	strcpy(line, "1.");
	repeat(line + 2, "3", 398);
	strcat(line, "\n");
	actor_say(actor, line);
	actor_expect(actor, "Answer is 1.3333333333333333\n");
	strcpy(line, "2 - 1.");
	repeat(line + 6, "3", 399);
	strcat(line, "\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 5: the number is too long\n");
	repeat(line, "9", 350);
	strcat(line, ".5\n");
	actor_say(actor, line);
	actor_expect(actor, "Error at column 1: the result is too large\n");
	actor_expect_silence(actor);
	stage_free(actor->stage);
}

/* No text of these characters brings it down, or leaves it without exactly one answer. */
static void any_text_gets_one_line(void **state)
{
	static const char characters[] = "0123456789.+-*/%()  **";
	struct actor *actor = actor_join(stage_that(false));

	(void)state;
	for (int turn = 0; turn < 20000; turn++) {
		char line[41];
		size_t n = (size_t)stage_random(actor->stage, sizeof(line) - 1);
		for (size_t i = 0; i < n; i++)
			line[i] = characters[stage_random(actor->stage, sizeof(characters) - 1)];
		line[n] = '\n';
		actor_send(actor, line, n + 1);
		const char *answer = actor->got.bytes + actor->seen;
		if ((strncmp(answer, "Answer is ", 10) != 0 &&
		     strncmp(answer, "Error at ", 9) != 0) ||
		    text_occurrences(answer, "\n") != 1 || strstr(answer, "nan") ||
		    strstr(answer, "inf"))
			fail_msg("%.*s: %s", (int)n, line, answer);
		actor_forget(actor);
	}
	stage_free(actor->stage);
}

/* --- Leaving. --- */

static void quit(void **state)
{
	struct actor *actor = actor_join(stage_that(true));

	(void)state;
	actor_say(actor, "1+1\nquit()\n2+2\n");
	actor_expect(actor, "Answer is 2\nquit()\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_int_equal(stage_person.stops, 0);
	stage_free(actor->stage);
}

#define REFUSAL "Error: this server does not stop for exit(); quit() leaves\n"

static void exit_is_refused(void **state)
{
	struct actor *actor = actor_join(stage_that(false));

	(void)state;
	actor_say(actor, "exit()\n1+1\n");
	actor_expect(actor, REFUSAL "Answer is 2\n");
	actor_expect_silence(actor);
	assert_non_null(actor->connection);
	assert_int_equal(stage_person.stops, 0);
	stage_free(actor->stage);
}

static void exit_from_elsewhere_is_refused(void **state)
{
	struct stage *stage = stage_that(true);

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const char *const hosts[] = {"192.0.2.1", "10.0.0.1", "128.0.0.1"};
		struct actor *actor = actor_join_from(stage, hosts[i]);
		actor_say(actor, "exit()\n");
		actor_expect(actor, REFUSAL);
		assert_non_null(actor->connection);
	}
	assert_int_equal(stage_person.stops, 0);
	stage_free(stage);
}

static void exit_is_obeyed(void **state)
{
	struct stage *stage = stage_that(true);
	struct actor *actor = actor_join_from(stage, "127.1.2.3");
	struct actor *other = actor_join(stage);

	(void)state;
	actor_say(actor, "1+1\nexit()\nexit()\n");
	actor_expect(actor, "Answer is 2\nexit()\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_int_equal(stage_person.stops, 1);
	/* Those who are there may finish: when is the server's affair. */
	actor_say(other, "2+2\n");
	actor_expect(other, "Answer is 4\n");
	stage_free(stage);
}

static void requests_are_logged(void **state)
{
	struct actor *actor = actor_join(stage_that(false));

	(void)state;
	actor_say(actor, "3+5\n\x1b[2J\n");
	assert_non_null(strstr(stage_log.bytes, "127.0.0.1:40000"));
	assert_non_null(strstr(stage_log.bytes, "sent -> 3+5\n"));
	assert_non_null(strstr(stage_log.bytes, "sent -> \\x1b[2J\n"));
	stage_free(actor->stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(precedence_and_associativity),
		cmocka_unit_test(signs),
		cmocka_unit_test(powers),
		cmocka_unit_test(sixty_four_bits),
		cmocka_unit_test(division_and_fractions),
		cmocka_unit_test(what_is_wrong_and_where),
		cmocka_unit_test(the_depth_has_a_limit),
		cmocka_unit_test(long_numbers),
		cmocka_unit_test(any_text_gets_one_line),
		cmocka_unit_test(quit),
		cmocka_unit_test(exit_is_refused),
		cmocka_unit_test(exit_from_elsewhere_is_refused),
		cmocka_unit_test(exit_is_obeyed),
		cmocka_unit_test(requests_are_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
