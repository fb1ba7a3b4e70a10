/*
 * Numbers as people read them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/quantity.h"

static void three_digits_and_a_unit(void **state)
{
	static const struct {
		enum quantity quantity;
		double value;
		const char *text;
	} cases[] = {
		{QUANTITY_COUNT, 0, "0"},
		{QUANTITY_COUNT, 0.5, "0.500"},
		{QUANTITY_COUNT, 7, "7.00"},
		{QUANTITY_COUNT, 999.4, "999"},
		{QUANTITY_COUNT, 999.5, "1.00 k"},
		{QUANTITY_COUNT, 9994, "9.99 k"},
		{QUANTITY_COUNT, 9995, "10.0 k"},
		{QUANTITY_COUNT, 48123, "48.1 k"},
		{QUANTITY_COUNT, 99960, "100 k"},
		{QUANTITY_COUNT, 2900000, "2.90 M"},
		{QUANTITY_COUNT, 5e15, "5000000 G"},
		{QUANTITY_TIME, 0, "0 ns"},
		{QUANTITY_TIME, 0.3, "0.300 ns"},
		{QUANTITY_TIME, 812, "812 ns"},
		{QUANTITY_TIME, 41249, "41.2 µs"},
		{QUANTITY_TIME, 1200000, "1.20 ms"},
		{QUANTITY_TIME, 60e9, "60.0 s"},
		{QUANTITY_RATIO, 0.9541, "0.954"},
		{QUANTITY_RATIO, 1, "1.00"},
		{QUANTITY_RATIO, 12345, "12345"},
	};
	char text[QUANTITY_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(quantity_text(text, cases[i].quantity, cases[i].value),
				    cases[i].text);
}

static void a_spread_has_one_unit(void **state)
{
	char text[QUANTITY_TEXT];

	(void)state;
	assert_string_equal(quantity_spread(text, QUANTITY_COUNT, 48123, 500, 50000),
			    "48.1 k (0.500..50.0)");
	assert_string_equal(quantity_spread(text, QUANTITY_TIME, 9.9e6, 9.74e6, 10.08e6),
			    "9.90 ms (9.74..10.1)");
	assert_string_equal(quantity_spread(text, QUANTITY_COUNT, 0, 0, 0), "0 (0..0)");
}

static void ticks_are_short(void **state)
{
	char text[QUANTITY_TEXT];

	(void)state;
	assert_string_equal(quantity_tick(text, QUANTITY_COUNT, 0), "0");
	assert_string_equal(quantity_tick(text, QUANTITY_COUNT, 1), "1");
	assert_string_equal(quantity_tick(text, QUANTITY_COUNT, 10000), "10 k");
	assert_string_equal(quantity_tick(text, QUANTITY_COUNT, 0.2), "0.2");
	assert_string_equal(quantity_tick(text, QUANTITY_TIME, 2500), "2.5 µs");
	assert_string_equal(quantity_tick(text, QUANTITY_TIME, 1e6), "1 ms");
}

static void thousands_are_set_apart(void **state)
{
	char text[QUANTITY_TEXT];

	(void)state;
	assert_string_equal(quantity_grouped(text, 0), "0");
	assert_string_equal(quantity_grouped(text, 999), "999");
	assert_string_equal(quantity_grouped(text, 999.5), "1,000");
	assert_string_equal(quantity_grouped(text, 1234567), "1,234,567");
	assert_string_equal(quantity_grouped(text, 1e300), "1,000,000,000,000,000,000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_digits_and_a_unit),
		cmocka_unit_test(a_spread_has_one_unit),
		cmocka_unit_test(ticks_are_short),
		cmocka_unit_test(thousands_are_set_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
