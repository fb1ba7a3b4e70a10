/*
 * Numbers as people write them: the shortest decimal that reads back as the same double.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"

static void the_forms(void **state)
{
	static const struct {
		double value;
		const char *text;
	} pairs[] = {
		{0, "0.0"},
		{-0.0, "-0.0"},
		{25, "25.0"},
		{-41.76, "-41.76"},
		{-0.75, "-0.75"},
		{1e-7, "1e-07"},
		{1.5e16, "1.5e+16"},
		{0.1, "0.1"},
		{0.1 + 0.2, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"},
		{2.0 / 3, "0.6666666666666666"},
		{100, "100.0"},
		{1234.5, "1234.5"},
		/* Where the exponent begins: below 1e-4, and from 1e16 on. */
		{0.0001, "0.0001"},
		{0.00012345, "0.00012345"},
		{0.000099999, "9.9999e-05"},
		{9999999999999998, "9999999999999998.0"},
		{1e15, "1000000000000000.0"},
		{1e16, "1e+16"},
		{12345678901234567890.0, "1.2345678901234567e+19"},
		/* The edges: the largest, the least of the normal ones, and of all. */
		{DBL_MAX, "1.7976931348623157e+308"},
		{-DBL_MAX, "-1.7976931348623157e+308"},
		{DBL_MIN, "2.2250738585072014e-308"},
		{5e-324, "5e-324"},
		{-5e-324, "-5e-324"},
		{1e-323, "1e-323"},
		{1e100, "1e+100"},
		{1e22, "1e+22"},
		{1e23, "1e+23"},
		/* Powers of two, whose neighbours lie at two distances: the nearest decimal of 16
		 * digits reads back as another number, and the next one as this. */
		{0x1p-44, "5.684341886080802e-14"},
		{0x1p-1074, "5e-324"},
		{9007199254740993.0, "9007199254740992.0"},
		{0x1p971, "1.99584030953472e+292"},
	};
	char text[TEXT_NUMBER];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_ptr_equal(text_number(text, pairs[i].value), text);
		assert_string_equal(text, pairs[i].text);
	}
}

/* How many digits stand between the first and the last that are not 0. */
static int digits_of(const char *text)
{
	int count = 0, zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (count == 0 && *text == '0'))
			continue;
		zeros = *text == '0' ? zeros + 1 : 0;
		count++;
	}
	return count - zeros;
}

/* Whether one of the decimals of so many digits that enclose the value reads back as it. */
static int suffices(double value, int digits)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*e", digits - 1, value);
	if (strtod(text, NULL) == value)
		return 1;
	/* The nearest decimal lies on one side, its neighbour on the other one unit away. */
	double unit = strtod(strchr(text, 'e') + 1, NULL) - (digits - 1);
	for (int step = -1; step <= 1; step += 2) {
		long double near = strtold(text, NULL) + step * powl(10, (long double)unit);
		char other[64];
		snprintf(other, sizeof(other), "%.*Le", digits - 1, near);
		if (strtod(other, NULL) == value)
			return 1;
	}
	return 0;
}

static void check(double value)
{
	char text[TEXT_NUMBER];

	text_number(text, value);
	if (strlen(text) >= TEXT_NUMBER || strtod(text, NULL) != value)
		fail_msg("%a became %s", value, text);
	if (!strpbrk(text, ".e"))
		fail_msg("%s looks like a whole number of 64 bits", text);
	int digits = digits_of(text);
	if (digits > 1 && value != 0 && suffices(value, digits - 1))
		fail_msg("%s could be shorter", text);
}

static uint64_t state_of_random = 1;

static uint64_t next_random(void)
{
	state_of_random =
		state_of_random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return state_of_random ^ (state_of_random >> 29);
}

static void any_bits(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = next_random();
		double value;
		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			check(value);
	}
}

static void numbers_that_people_write(void **state)
{
	(void)state;
	for (int i = 0; i < 50000; i++) {
		double value = (double)(int64_t)(next_random() % 2000001) - 1000000;
		for (int places = (int)(next_random() % 7); places > 0; places--)
			value /= 10;
		check(value);
	}
}

static void powers_and_their_neighbours(void **state)
{
	(void)state;
	for (int exponent = -1074; exponent <= 1023; exponent++) {
		double power = ldexp(1, exponent);
		check(power);
		check(-power);
		check(nextafter(power, 0));
		check(nextafter(power, 1) == power ? nextafter(power, 2) : nextafter(power, 1));
	}
	for (int exponent = -323; exponent <= 308; exponent++) {
		char text[16];
		snprintf(text, sizeof(text), "1e%d", exponent);
		check(strtod(text, NULL));
	}
}

/* --- Reading. --- */

/* Reads what strtod reads, as far, and to the last bit. */
static void check_numeral(const char *text)
{
	double value, expected;
	char *end;

	expected = strtod(text, &end);
	assert_ptr_equal(text_numeral(text, text + strlen(text), &value), end);
	if (memcmp(&value, &expected, sizeof(value)) != 0)
		fail_msg("%s became %a instead of %a", text, value, expected);
}

static void numerals(void **state)
{
	static const char *const texts[] = {
		"0",
		"-0",
		"+7",
		"12+34",
		"1.",
		".5",
		"-.5x",
		"1e5",
		"1.5E-3.",
		"9007199254740992",
		"9007199254740993",
		"90071992547409930.1",
		"123456789012345678901234567890",
		"0.1",
		"0.30000000000000004",
		"0.0000000000000000000001",
		"0.00000000000000000000001",
		"1e400",
		"-1e400",
		"1e-400",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_numeral(texts[i]);
}

static void what_is_no_numeral(void **state)
{
	static const char *const texts[] = {"",   "-",   ".",  "+.", "x",
					    "1e", "1e+", "e5", " 1", "- 1"};
	char longest[402];
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(text_numeral(texts[i], texts[i] + strlen(texts[i]), &value));
	memset(longest, '0', sizeof(longest));
	assert_null(text_numeral(longest, longest + 401, &value));
	assert_ptr_equal(text_numeral(longest, longest + 400, &value), longest + 400);
	/* The bytes behind the end do not count. */
	const char *text = "12";
	assert_ptr_equal(text_numeral(text, text + 1, &value), text + 1);
}

static void digits_at_random(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[64];
		size_t n = 0;
		int digits = 1 + (int)(next_random() % 22), point = (int)(next_random() % 30);
		for (int at = 0; at < digits; at++) {
			if (at == point)
				text[n++] = '.';
			text[n++] = (char)('0' + next_random() % 10);
		}
		text[n] = '\0';
		if (next_random() % 4 == 0)
			snprintf(text + n, sizeof(text) - n, "e%d", (int)(next_random() % 50) - 25);
		check_numeral(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms),
		cmocka_unit_test(any_bits),
		cmocka_unit_test(numbers_that_people_write),
		cmocka_unit_test(powers_and_their_neighbours),
		cmocka_unit_test(numerals),
		cmocka_unit_test(what_is_no_numeral),
		cmocka_unit_test(digits_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
