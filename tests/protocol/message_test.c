/*
 * message: every client's text behind its address, escaped, in pieces that split no character.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

enum { PIECE = 200, LONGEST = 4096 };

static struct actor *call(bool raw)
{
	return actor_join(
		stage_new(protocol_find("message"), &(struct stage_settings){.raw = raw}));
}

static void lines_are_shown_with_their_address(void **state)
{
	struct actor *actor = call(false), *other = actor_join(actor->stage);

	(void)state;
	actor_say(actor, "this is my message\r\n\n");
	actor_say(other, "and mine");
	actor_end(other);
	actor_expect_silence(actor);
	actor_expect_closed(other, CLOSE_ENDED);
	assert_string_equal(actor->shown.bytes,
			    "127.0.0.1:40000: this is my message\n127.0.0.1:40000: \n");
	assert_string_equal(other->shown.bytes, "127.0.0.1:40001: and mine\n");
	stage_free(actor->stage);
}

static void control_characters_are_escaped(void **state)
{
	struct actor *actor = call(false);
	static const char line[] = "a\x1b[31mb\0c\rd\te\x7f\xc2\x9b\xff\\n\n";

	(void)state;
	actor_send(actor, line, sizeof(line) - 1);
	assert_string_equal(actor->shown.bytes, "127.0.0.1:40000: a\\x1b[31mb\\x00c\\x0dd\\x09e"
						"\\x7f\\x9b\xef\xbf\xbd\\n\n");
	stage_free(actor->stage);
}

/* What was shown without addresses and line ends. */
static size_t join(const char *shown, char *out)
{
	static const char address[] = "127.0.0.1:40000: ";
	char *at = out;

	while (*shown) {
		const char *end = strchr(shown, '\n');
		assert_non_null(end);
		assert_memory_equal(shown, address, strlen(address));
		shown += strlen(address);
		memcpy(at, shown, (size_t)(end - shown));
		at += end - shown;
		shown = end + 1;
	}
	*at = '\0';
	return (size_t)(at - out);
}

/* Characters of one to four bytes, at every place a cut can fall on. */
static void long_lines_are_cut_between_characters(void **state)
{
	static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac",
						 "\xf0\x9f\x98\x80"};
	char line[LONGEST + 2], joined[4 * LONGEST];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t shift = 0; shift < 4; shift++) {
			struct actor *actor = call(false);
			size_t n = shift, width = strlen(characters[i]);
			memset(line, '-', shift);
			for (; n + width <= LONGEST; n += width)
				memcpy(line + n, characters[i], width);
			line[n] = '\n';
			actor_send(actor, line, n + 1);
			assert_int_equal(join(actor->shown.bytes, joined), n);
			assert_memory_equal(joined, line, n);
			assert_in_range(text_occurrences(actor->shown.bytes, "\n"), n / PIECE,
					n / (PIECE - 3) + 1);
			stage_free(actor->stage);
		}
	}
}

/* Bytes that are no characters do not make a line into thousands. */
static void hostile_lines(void **state)
{
	char line[LONGEST + 1];

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		if (byte == '\n' || byte == '\r')
			continue;
		struct actor *actor = call(false);
		memset(line, byte, LONGEST);
		line[LONGEST] = '\n';
		actor_send(actor, line, sizeof(line));
		assert_in_range(text_occurrences(actor->shown.bytes, "\n"), LONGEST / PIECE,
				LONGEST / (PIECE - 3) + 1);
		if (byte != '.')
			assert_null(strstr(actor->shown.bytes, "..."));
		stage_free(actor->stage);
	}
}

static void textbook_framing(void **state)
{
	struct actor *actor = call(true);

	(void)state;
	actor_say(actor, "no end");
	actor_say(actor, "two\nlines");
	assert_string_equal(actor->shown.bytes,
			    "127.0.0.1:40000: no end\n127.0.0.1:40000: two\\x0alines\n");
	stage_free(actor->stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_shown_with_their_address),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(long_lines_are_cut_between_characters),
		cmocka_unit_test(hostile_lines),
		cmocka_unit_test(textbook_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
