/*
 * Texts put together: quotes, names, and room that is too small.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "timeline/constants.h"
#include "timeline/wording.h"

static void quotes(void **state)
{
	struct wording words;

	(void)state;
	assert_true(wording_init(&words, 256));
	wording_quote(&words, "a\n\r\t\0\033[m\xff é", 12, false);
	assert_string_equal(words.text, "\"a\\n\\r\\t\\0\\x1b[m\\xff é\"");
	wording_clear(&words);
	wording_quote(&words, "cut", 3, true);
	assert_string_equal(words.text, "\"cut\"...");
	wording_free(&words);
}

static void assert_quoted(const char *bytes, bool more, const char *expected)
{
	struct wording words;

	assert_true(wording_init(&words, 256));
	wording_quote(&words, bytes, strlen(bytes), more);
	assert_string_equal(words.text, expected);
	wording_free(&words);
}

static void different_bytes_look_different(void **state)
{
	(void)state;
	assert_quoted("quit\n", false, "\"quit\\n\"");
	assert_quoted("quit\\n", false, "\"quit\\\\n\"");
	assert_quoted("say \"hi\"", false, "\"say \\\"hi\\\"\"");
	assert_quoted("\xff\xfe\x80", false, "\"\\xff\\xfe\\x80\"");
	assert_quoted("\xef\xbf\xbd", false, "\"\xef\xbf\xbd\"");
	assert_quoted("\xc2\x9b", false, "\"\\u009b\"");
	assert_quoted("\xe2\x80\xae"
		      "abc",
		      false, "\"\\u202eabc\"");
}

static void characters_are_not_cut(void **state)
{
	(void)state;
	assert_quoted("漢字", true, "\"漢字\"...");
	assert_quoted("漢\xe5\xad", true, "\"漢\"...");
	assert_quoted("漢\xe5\xad", false, "\"漢\\xe5\\xad\"");
}

/* Any bytes fit in what wording_quote_bound says. */
static void bounds(void **state)
{
	char bytes[256];
	struct wording words;

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		assert_true(wording_init(&words, wording_quote_bound(n)));
		wording_quote(&words, bytes, n, true);
		assert_string_equal(words.text + words.length - 4, "\"...");
		wording_free(&words);
	}
}

static void too_little_room(void **state)
{
	struct wording words;

	(void)state;
	for (size_t size = 1; size < 32; size++) {
		assert_true(wording_init(&words, size));
		wording_add(&words, "%s", "a text");
		wording_quote(&words, "and\nwhat\nit\nsays", 16, true);
		assert_int_equal(strlen(words.text), words.length);
		assert_true(words.length < size);
		wording_free(&words);
	}
}

static void names(void **state)
{
	struct wording words;

	(void)state;
	assert_true(wording_init(&words, 256));
	wording_add_flags(&words, message_flags, MSG_PEEK | MSG_DONTWAIT | 1UL << 27, " | ");
	assert_string_equal(words.text, "MSG_PEEK | MSG_DONTWAIT | 0x8000000");
	wording_clear(&words);
	wording_add_flags(&words, message_flags, 0, " | ");
	wording_add_constant(&words, shutdown_modes, SHUT_WR);
	wording_add_constant(&words, shutdown_modes, 7);
	assert_string_equal(words.text, "SHUT_WR7");
	assert_string_equal(option_constant(SOL_SOCKET, SO_REUSEADDR), "SO_REUSEADDR");
	assert_null(option_constant(SOL_SOCKET, 9999));
	assert_null(option_constant(9999, 1));
	wording_free(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes),
		cmocka_unit_test(different_bytes_look_different),
		cmocka_unit_test(characters_are_not_cut),
		cmocka_unit_test(bounds),
		cmocka_unit_test(too_little_room),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
