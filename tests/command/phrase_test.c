/*
 * Pieces of sentences: quotes that are safe and short, and lists of names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "command/phrase.h"
#include "sockettool/text.h"

static void quotes_are_safe_and_short(void **state)
{
	char quote[PHRASE_QUOTE], text[5000];

	(void)state;
	assert_string_equal(phrase_quote(quote, ""), "\"\"");
	assert_string_equal(phrase_quote(quote, "5000"), "\"5000\"");
	assert_string_equal(phrase_quote(quote, "a\nb\x1b[1m"), "\"a\\x0ab\\x1b[1m\"");
	assert_string_equal(phrase_quote(quote, "\xff"), "\"\xef\xbf\xbd\"");
	memset(text, '\1', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	phrase_quote(quote, text);
	assert_in_range(strlen(quote), 10, PHRASE_QUOTE - 1);
	assert_string_equal(quote + strlen(quote) - 4, "...\"");
	/* A character of several bytes is not cut in two. */
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	phrase_quote(quote, text);
	assert_true(text_valid(quote, strlen(quote)));
	assert_string_equal(quote + strlen(quote) - 4, "...\"");
}

static void lists_read_as_people_write_them(void **state)
{
	struct phrase_list list = {0};
	char text[64];

	(void)state;
	assert_string_equal(phrase_join(text, sizeof(text), &list, "or"), "");
	phrase_add(&list, "select");
	assert_string_equal(phrase_join(text, sizeof(text), &list, "or"), "select");
	phrase_add(&list, "poll");
	assert_string_equal(phrase_join(text, sizeof(text), &list, "and"), "select and poll");
	phrase_add(&list, "epoll");
	assert_string_equal(phrase_join(text, sizeof(text), &list, "or"), "select, poll or epoll");
	assert_string_equal(phrase_join(text, 10, &list, "or"), "select, p");
}

static void lists_are_bounded(void **state)
{
	struct phrase_list list = {0};
	char text[4096];

	(void)state;
	for (int i = 0; i < 1000; i++)
		phrase_add(&list, "name");
	assert_true(list.count < 1000);
	phrase_join(text, sizeof(text), &list, "or");
	assert_string_equal(text + strlen(text) - 12, "name or name");
}

static void appending_stops_at_the_end(void **state)
{
	char text[8];
	size_t length = 0;

	(void)state;
	phrase_append(text, sizeof(text), &length, "%d", 1234);
	phrase_append(text, sizeof(text), &length, "%s", "abcdef");
	phrase_append(text, sizeof(text), &length, "%s", "ghi");
	assert_string_equal(text, "1234abc");
	assert_int_equal(length, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_safe_and_short),
		cmocka_unit_test(lists_read_as_people_write_them),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(appending_stops_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
