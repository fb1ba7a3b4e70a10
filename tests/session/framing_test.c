/*
 * Lines out of streams: at every split, at the limit, and without memory.
 */
/* link: --wrap=realloc */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/framing.h"

static bool out_of_memory;

void *__real_realloc(void *, size_t);
void *__wrap_realloc(void *, size_t);

void *__wrap_realloc(void *memory, size_t size)
{
	return out_of_memory ? NULL : __real_realloc(memory, size);
}

enum { MAX = 10, FOUND_MAX = 400 };

/* What was found: lines in brackets, "!" for a line that was too long. */
struct found {
	char text[FOUND_MAX];
	size_t n;
};

static void note(struct found *found, const char *bytes, size_t n)
{
	assert_true(found->n + n + 3 < FOUND_MAX);
	found->text[found->n++] = '[';
	memcpy(found->text + found->n, bytes, n);
	found->n += n;
	found->text[found->n++] = ']';
}

static void feed(struct line_buffer *framing, struct found *found, const char *bytes, size_t n)
{
	char *memory = malloc(n + 1);
	struct slice line;

	assert_non_null(memory);
	memcpy(memory, bytes, n);
	const char *at = memory, *end = memory + n;
	while (at < end) {
		enum frame frame = framing_next(framing, &at, end, MAX, &line);
		assert_int_not_equal(frame, FRAME_NO_MEMORY);
		if (frame == FRAME_LINE)
			note(found, line.bytes, line.n);
		if (frame == FRAME_TOO_LONG)
			found->text[found->n++] = '!';
		if (frame == FRAME_NONE)
			assert_ptr_equal(at, end);
	}
	free(memory);
	framing_trim(framing);
	/* One byte more than the limit is kept, in case it is a CR. */
	assert_true(framing->length <= MAX + 1);
	assert_true(framing->length > 0 || !framing->partial);
}

static void finish(struct line_buffer *framing, struct found *found)
{
	struct slice line;

	if (framing_last(framing, &line))
		note(found, line.bytes, line.n);
	assert_false(framing_last(framing, &line));
	framing_free(framing);
}

#define CASE(input, output)                                          \
	{                                                            \
		input, sizeof(input) - 1, output, sizeof(output) - 1 \
	}

static const struct {
	const char *input;
	size_t n;
	const char *output;
	size_t output_n;
} cases[] = {
	CASE("", ""),
	CASE("\n", "[]"),
	CASE("\r\n", "[]"),
	CASE("one\ntwo\r\nthree", "[one][two][three]"),
	CASE("\n\n\r\n\n", "[][][][]"),
	CASE("a\rb\n", "[a\rb]"),
	CASE("\ra\n", "[\ra]"),
	CASE("a\r\r\n", "[a\r]"),
	CASE("a\n\rb\n", "[a][\rb]"),
	CASE("a\0b\n\0\n", "[a\0b][\0]"),
	CASE("a\r", "[a]"),
	CASE("0123456789\n", "[0123456789]"),
	CASE("0123456789\r\n", "[0123456789]"),
	CASE("0123456789", "[0123456789]"),
	CASE("0123456789\r", "[0123456789]"),
	CASE("01234567890\nok\n", "![ok]"),
	CASE("01234567890\r\nok\n", "![ok]"),
	CASE("0123456789\r\r\nok\n", "![ok]"),
	CASE("012345678901\nok\n", "![ok]"),
	CASE("0123456789012345678901234567890123456789\nok\r\n", "![ok]"),
	CASE("ok\n0123456789012345678901234567890\n0123456789012345678\nok", "[ok]!![ok]"),
	CASE("0123456789012345678901234567890", "!"),
	CASE("\xff\xfe\x80\n", "[\xff\xfe\x80]"),
};

static void check(size_t i, const struct found *found)
{
	if (found->n != cases[i].output_n || memcmp(found->text, cases[i].output, found->n) != 0)
		fail_msg("\"%s\" gave \"%.*s\"", cases[i].input, (int)found->n, found->text);
}

static void lines_at_every_two_splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t first = 0; first <= cases[i].n; first++) {
			for (size_t second = first; second <= cases[i].n; second++) {
				struct line_buffer framing = {0};
				struct found found = {.n = 0};
				feed(&framing, &found, cases[i].input, first);
				feed(&framing, &found, cases[i].input + first, second - first);
				feed(&framing, &found, cases[i].input + second,
				     cases[i].n - second);
				finish(&framing, &found);
				check(i, &found);
			}
		}
	}
}

static void lines_in_pieces_of_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t piece = 1; piece <= cases[i].n; piece++) {
			struct line_buffer framing = {0};
			struct found found = {.n = 0};
			for (size_t at = 0; at < cases[i].n; at += piece) {
				size_t left = cases[i].n - at;
				feed(&framing, &found, cases[i].input + at,
				     piece < left ? piece : left);
			}
			finish(&framing, &found);
			check(i, &found);
		}
	}
}

/* A line one byte too long without its end is kept; that it is too long is known at the end. */
static void one_byte_too_many_at_the_end_of_the_stream(void **state)
{
	struct line_buffer framing = {0};
	struct found found = {.n = 0};
	struct slice line;

	(void)state;
	feed(&framing, &found, "01234567890", 11);
	assert_int_equal(found.n, 0);
	assert_true(framing_last(&framing, &line));
	assert_true(line.n > MAX);
	framing_free(&framing);
}

static void without_memory(void **state)
{
	struct line_buffer framing = {0};
	const char *whole = "whole\n", *part = "part", *rest = "of\n";
	struct slice line;

	(void)state;
	/* A line that came whole needs none. */
	out_of_memory = true;
	assert_int_equal(framing_next(&framing, &whole, whole + 6, MAX, &line), FRAME_LINE);
	assert_int_equal(framing_next(&framing, &part, part + 4, MAX, &line), FRAME_NO_MEMORY);
	out_of_memory = false;
	framing_free(&framing);
	part = "part";
	assert_int_equal(framing_next(&framing, &part, part + 4, 100, &line), FRAME_NONE);
	out_of_memory = true;
	char longer[200];
	memset(longer, 'x', sizeof(longer));
	const char *at = longer;
	assert_int_equal(framing_next(&framing, &at, longer + 199, 1000, &line), FRAME_NO_MEMORY);
	out_of_memory = false;
	assert_int_equal(framing_next(&framing, &rest, rest + 3, 100, &line), FRAME_LINE);
	assert_int_equal(line.n, 6);
	assert_memory_equal(line.bytes, "partof", 6);
	framing_free(&framing);
}

static void a_message_without_its_end(void **state)
{
	static const struct {
		const char *bytes;
		size_t left;
	} messages[] = {{"", 0},    {"\n", 0},    {"\r\n", 0},  {"a", 1},   {"a\r", 2},
			{"a\n", 1}, {"a\r\n", 1}, {"a\n\n", 2}, {"a\nb", 3}};

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct slice slice =
			framing_without_end(messages[i].bytes, strlen(messages[i].bytes));
		assert_int_equal(slice.n, messages[i].left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_at_every_two_splits),
		cmocka_unit_test(lines_in_pieces_of_every_size),
		cmocka_unit_test(one_byte_too_many_at_the_end_of_the_stream),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(a_message_without_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
