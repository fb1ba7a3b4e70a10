/*
 * doctor's own rules: how they converse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/consultation.h"

static void reflection_of_ours_is_mended(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		consult_ours(seed);
		assert_non_null(strstr(consult("You are not nice to me"), "not nice to you"));
		assert_non_null(strstr(consult("I am sad because of you"), "sad"));
		assert_null(strstr(consult_reply.text, " are me"));
		assert_non_null(strstr(consult("im glad"), "glad"));
		assert_true(consult_reply.text[0] >= 'A' && consult_reply.text[0] <= 'Z');
	}
}

static void what_we_were_told_is_brought_up(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		consult_ours(seed);
		consult("My garden is dry.");
		bool heard = false;
		for (int i = 0; i < 2; i++)
			heard |= strstr(consult("Well."), "your garden is dry") != NULL;
		assert_true(heard);
	}
}

static void the_seed_decides(void **state)
{
	struct doctor_reply first, other;
	int greetings = 0, answers = 0;

	(void)state;
	consult_ours(7);
	doctor_greet(consult_conversation, &consult_reply);
	first = consult_reply;
	consult("Hm.");
	other = consult_reply;
	for (uint64_t seed = 0; seed < 20; seed++) {
		consult_ours(seed);
		doctor_greet(consult_conversation, &consult_reply);
		bool same = strcmp(consult_reply.text, first.text) == 0;
		bool same_answer = strcmp(consult("Hm."), other.text) == 0;
		assert_true(seed != 7 || (same && same_answer));
		greetings += !same;
		answers += !same_answer;
	}
	assert_true(greetings > 0 && answers > 0);
}

/* Lines at random, of keywords, bytes and marks. */
static size_t random_line(uint64_t *random, char *out, size_t size)
{
	static const char *const pieces[] = {
		"my ",   "I ",      "you ",     "are ",         "am ",  "mother ",  "never ",
		"like ", "what ",   "yes ",     "hello ",       "if ",  "sad ",     "\303",
		"\377",  ", ",      ". ",       "\t",           "but ", "I'm ",     "'",
		"",      "thanks ", "suicide ", "\342\200\231", "x ",   "because ", "3.14 "};
	size_t length = 0;

	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	for (unsigned words = *random >> 33 & 15; words > 0; words--) {
		*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
		const char *piece = pieces[(*random >> 33) % (sizeof(pieces) / sizeof(pieces[0]))];
		length += (size_t)snprintf(out + length, size - length, "%s", piece);
	}
	return length;
}

static void no_answer_comes_twice_in_a_row(void **state)
{
	struct doctor_reply last = {0};
	char line[1000];
	uint64_t random = 1;

	(void)state;
	consult_ours(1);
	for (int i = 0; i < 20000; i++) {
		size_t n = random_line(&random, line, sizeof(line));
		consult_bytes(line, i % 3 ? n : 0);
		assert_true(consult_reply.n > 0);
		assert_true(text_valid(consult_reply.text, consult_reply.n));
		if (strcmp(consult_reply.text, last.text) == 0)
			fail_msg("twice: \"%s\" (%s)", last.text, consult_reply.why);
		last = consult_reply;
	}
	for (int i = 0; i < 100; i++) {
		assert_string_not_equal(consult("thanks"), last.text);
		last = consult_reply;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reflection_of_ours_is_mended),
		cmocka_unit_test(what_we_were_told_is_brought_up),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(no_answer_comes_twice_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, consult_end);
}
