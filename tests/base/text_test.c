/*
 * Text from strangers: decoding against a decoder written from RFC 3629's table, folding, widths
 * and the two kinds of escaping.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"

#define FFFD "\xef\xbf\xbd"

/* A literal with its length, so that NUL bytes count. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static size_t encode(char out[4], int32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void every_code_point_is_read(void **state)
{
	(void)state;
	for (int32_t c = 0; c <= 0x10ffff; c++) {
		char bytes[4];
		size_t n = encode(bytes, c);
		const char *at = bytes;
		bool surrogate = c >= 0xd800 && c < 0xe000;

		assert_int_equal(text_next(&at, bytes + n), surrogate ? -1 : c);
		assert_ptr_equal(at, bytes + (surrogate ? 1 : n));
		assert_int_equal(text_valid(bytes, n), !surrogate);
	}
}

static void parts_of_characters_are_invalid(void **state)
{
	(void)state;
	for (int32_t c = 0x80; c <= 0x10ffff; c += 7) {
		char bytes[4];
		size_t n = encode(bytes, c);

		for (size_t part = 1; part < n; part++) {
			const char *at = bytes;

			assert_int_equal(text_next(&at, bytes + part), -1);
			assert_ptr_equal(at, bytes + 1);
		}
	}
}

static void what_rfc_3629_forbids_is_invalid(void **state)
{
	static const char *const cases[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf", /* overlong */
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", /* past U+10FFFF */
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3\x28",
		"\xe2\x28\xa1",
		"\xe2\x82\x28",
		"\xf0\x9f\x98\x28",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = cases[i];

		assert_false(text_valid(cases[i], strlen(cases[i])));
		assert_int_equal(text_next(&at, cases[i] + strlen(cases[i])), -1);
		assert_ptr_equal(at, cases[i] + 1);
	}
}

static void nul_is_a_character(void **state)
{
	static const char bytes[] = {'a', 0, 'b'};
	const char *at = bytes + 1;
	char out[32];

	(void)state;
	assert_true(text_valid(bytes, sizeof(bytes)));
	assert_true(text_valid(NULL, 0));
	assert_int_equal(text_next(&at, bytes + 3), 0);
	assert_ptr_equal(at, bytes + 2);
	assert_int_equal(text_escape(out, sizeof(out), bytes, 3), 6);
	assert_string_equal(out, "a\\x00b");
	assert_int_equal(text_columns(bytes, 3), 6);
}

static void white_space(void **state)
{
	static const int32_t spaces[] = {'\t',   '\n',   0x0b,   0x0c,   '\r',   ' ',   0xa0,
					 0x1680, 0x2003, 0x2028, 0x2029, 0x202f, 0x3000};

	(void)state;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		assert_true(text_space(spaces[i]));
		assert_false(text_visible(spaces[i]));
	}
	assert_false(text_space(0));
	assert_false(text_space(0x08));
	assert_false(text_space(0x0e));
	assert_false(text_space('a'));
	assert_false(text_space(0x200b)); /* a zero width space is a format character */
	assert_false(text_space(-1));
}

static void visible_characters(void **state)
{
	static const int32_t seen[] = {'a',   '~',    0xe9,   0x301,  0x416,
				       0x5d0, 0x4e2d, 0xac00, 0x1f600};
	/* The last five are fillers and variation selectors. */
	static const int32_t unseen[] = {
		-1,       0,      0x1b,   0x7f,   0x85,   0xad,    0x200b, 0x200d,
		0x202e,   0x2060, 0xfeff, 0xd800, 0xe000, 0xffff,  0x0378, 0xe0001,
		0x10ffff, 0x3164, 0x115f, 0xffa0, 0xfe0f, 0xe0100,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		assert_true(text_visible(seen[i]));
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		assert_false(text_visible(unseen[i]));
}

static void assert_same_fold(const char *a, const char *b)
{
	char *one = text_fold(a, strlen(a)), *other = text_fold(b, strlen(b));

	assert_non_null(one);
	assert_non_null(other);
	assert_string_equal(one, other);
	free(one);
	free(other);
}

static void folding_ignores_case_and_form(void **state)
{
	(void)state;
	assert_same_fold("Anna", "aNNA");
	assert_same_fold("Stra\xc3\x9f"
			 "e",
			 "STRASSE");
	assert_same_fold("\xc3\xa9", "E\xcc\x81");          /* é, composed or not */
	assert_same_fold("\xef\xbc\xa1\xef\xbd\x82", "ab"); /* full width */
	assert_same_fold("\xef\xac\x81sh", "FISH");         /* the ligature fi */
	assert_same_fold("\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
			 "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"); /* sigmas */
	assert_same_fold("an\xe2\x80\x8d\xc2\xad"
			 "na",
			 "anna");              /* a joiner and a soft hyphen */
	assert_same_fold("\xe2\x84\xaa", "k"); /* the Kelvin sign */
	assert_same_fold("", "\xe2\x80\x8b");
}

static void folding_keeps_what_differs(void **state)
{
	char *anna = text_fold(BYTES("Anna")), *anne = text_fold(BYTES("Anne"));

	(void)state;
	assert_string_equal(anna, "anna");
	assert_string_not_equal(anna, anne);
	free(anna);
	free(anne);
}

static void folding_ends_at_a_nul(void **state)
{
	char *folded = text_fold(BYTES("Anna\0B"));

	(void)state;
	assert_string_equal(folded, "anna");
	free(folded);
}

static void folding_refuses_invalid_text(void **state)
{
	(void)state;
	assert_null(text_fold(BYTES("a\xff")));
	assert_null(text_fold(BYTES("\xed\xa0\x80")));
	assert_null(text_fold(BYTES("\xc3")));
}

static void columns_are_as_shown(void **state)
{
	(void)state;
	assert_int_equal(text_columns(NULL, 0), 0);
	assert_int_equal(text_columns(BYTES("abc")), 3);
	assert_int_equal(text_columns(BYTES("\xc3\xa9")), 1);
	assert_int_equal(text_columns(BYTES("e\xcc\x81")), 1); /* a combining accent */
	assert_int_equal(text_columns(BYTES("\xe4\xb8\xad\xe6\x96\x87")), 4); /* two wide ones */
	assert_int_equal(text_columns(BYTES("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(text_columns(BYTES("\x1b[31m")), 8);
	assert_int_equal(text_columns(BYTES("\xc2\x9b")), 4); /* the one-character CSI */
	assert_int_equal(text_columns(BYTES("a\xff\xfe"
					    "b")),
			 4);
}

static void assert_escaped(const char *bytes, size_t n, const char *expected)
{
	char out[200];

	assert_int_equal(text_escape(out, sizeof(out), bytes, n), strlen(expected));
	assert_string_equal(out, expected);
	assert_true(strlen(out) < text_escape_bound(n));
}

static void escaping_for_people(void **state)
{
	(void)state;
	assert_escaped(BYTES(""), "");
	assert_escaped(BYTES("plain \\ \"text\""), "plain \\ \"text\"");
	assert_escaped(BYTES("\x1b[2J\r\n\t\x7f"), "\\x1b[2J\\x0d\\x0a\\x09\\x7f");
	assert_escaped(BYTES("\xc2\x9b"
			     "1m"),
		       "\\x9b1m");
	assert_escaped(BYTES("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
	assert_escaped(BYTES("a\xff\xc3"), "a" FFFD FFFD);
	assert_escaped(BYTES("\x9b"), FFFD);
}

static void escaping_for_json(void **state)
{
	char out[200];

	(void)state;
	text_json(out, sizeof(out), BYTES("say \"hi\" \\ \x1b\n\x7f\xc2\x85\xff \xc3\xa9/"));
	assert_string_equal(out,
			    "say \\\"hi\\\" \\\\ \\u001b\\u000a\\u007f\\u0085" FFFD " \xc3\xa9/");
	assert_int_equal(text_json(out, sizeof(out), BYTES("\0")), 6);
	assert_string_equal(out, "\\u0000");
}

static void what_does_not_fit_is_cut(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(text_escape(out, 8, BYTES("1234567")), 7);
	assert_string_equal(out, "1234567");
	assert_int_equal(text_escape(out, 8, BYTES("12345678")), 7);
	assert_string_equal(out, "1234...");
	assert_int_equal(text_escape(out, 8,
				     BYTES("123\x1b"
					   "4")),
			 6);
	assert_string_equal(out, "123...");
	assert_int_equal(text_escape(out, 8, BYTES("123\xc3\xa9\xc3\xa9\xc3\xa9")), 6);
	assert_string_equal(out, "123...");
	assert_int_equal(text_escape(out, 4, BYTES("1234")), 3);
	assert_string_equal(out, "...");
	assert_int_equal(text_escape(out, 4, BYTES("123")), 3);
	assert_string_equal(out, "123");
	assert_int_equal(text_json(out, 8, BYTES("12\"\"\"\"")), 7);
	assert_string_equal(out, "12\\\"...");
}

/* Random bytes, random sizes: the result is valid, has no controls, ends in a NUL, is cut only if
 * it must be, and nothing beyond size is touched. */
static void random_bytes_are_made_safe(void **state)
{
	unsigned short seed[3] = {7, 8, 9};

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char bytes[24], out[128], whole[128];
		size_t n = (size_t)nrand48(seed) % sizeof(bytes);
		size_t size = 4 + (size_t)nrand48(seed) % 100;
		size_t written, full;

		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(nrand48(seed) % 4 ? nrand48(seed) : 0x80 + round % 128);
		memset(out, '#', sizeof(out));
		written = text_escape(out, size, bytes, n);
		full = text_escape(whole, sizeof(whole), bytes, n);
		assert_true(written < size);
		assert_int_equal(strlen(out), written);
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], '#');
		assert_true(text_valid(out, written));
		assert_true(full < text_escape_bound(n));
		if (full < size)
			assert_string_equal(out, whole);
		else
			assert_string_equal(out + written - 3, "...");
		for (size_t i = 0; i < written; i++)
			assert_true((unsigned char)out[i] >= ' ' && out[i] != 0x7f);
	}
}

static void the_bound_does_not_overflow(void **state)
{
	(void)state;
	assert_true(text_escape_bound(0) >= 4);
	assert_true(text_escape_bound(SIZE_MAX) == SIZE_MAX);
	assert_true(text_escape_bound(SIZE_MAX / 4) == SIZE_MAX);
	assert_true(text_escape_bound(SIZE_MAX / 4 - 1) >= SIZE_MAX / 4 * 4 - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_read),
		cmocka_unit_test(parts_of_characters_are_invalid),
		cmocka_unit_test(what_rfc_3629_forbids_is_invalid),
		cmocka_unit_test(nul_is_a_character),
		cmocka_unit_test(white_space),
		cmocka_unit_test(visible_characters),
		cmocka_unit_test(folding_ignores_case_and_form),
		cmocka_unit_test(folding_keeps_what_differs),
		cmocka_unit_test(folding_ends_at_a_nul),
		cmocka_unit_test(folding_refuses_invalid_text),
		cmocka_unit_test(columns_are_as_shown),
		cmocka_unit_test(escaping_for_people),
		cmocka_unit_test(escaping_for_json),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(random_bytes_are_made_safe),
		cmocka_unit_test(the_bound_does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
