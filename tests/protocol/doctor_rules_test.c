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

#include "protocol/doctor_engine.h"
#include "protocol/doctor_rules.h"

static struct doctor_script *script;
static struct doctor_conversation *conversation;
static struct doctor_reply reply;

static void end_conversation(void)
{
	doctor_conversation_free(conversation);
	doctor_script_free(script);
	conversation = NULL;
	script = NULL;
}

static void begin(struct slice text, enum doctor_manner manner, uint64_t seed)
{
	struct doctor_fault fault;

	end_conversation();
	script = doctor_script_read(text.bytes, text.n, &fault);
	if (!script)
		fail_msg("%zu:%zu: %s", fault.line, fault.column, fault.text);
	conversation = doctor_conversation_new(script, manner, seed);
	assert_non_null(conversation);
}

static void begin_ours(uint64_t seed)
{
	begin(doctor_rules, DOCTOR_MANNER_OURS, seed);
}

static int tear_down(void **state)
{
	(void)state;
	end_conversation();
	return 0;
}

/* The answer to a text; it lies in memory that is gone at once. */
static const char *answer_bytes(const char *bytes, size_t n)
{
	char *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	doctor_answer(conversation, copy, n, &reply);
	free(copy);
	assert_int_equal(reply.n, strlen(reply.text));
	return reply.text;
}

static const char *answer(const char *text)
{
	return answer_bytes(text, strlen(text));
}

static void reflection_of_ours_is_mended(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		begin_ours(seed);
		assert_non_null(strstr(answer("You are not nice to me"), "not nice to you"));
		assert_non_null(strstr(answer("I am sad because of you"), "sad"));
		assert_null(strstr(reply.text, " are me"));
		assert_non_null(strstr(answer("im glad"), "glad"));
		assert_true(reply.text[0] >= 'A' && reply.text[0] <= 'Z');
	}
}

static void what_we_were_told_is_brought_up(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		begin_ours(seed);
		answer("My garden is dry.");
		bool heard = false;
		for (int i = 0; i < 2; i++)
			heard |= strstr(answer("Well."), "your garden is dry") != NULL;
		assert_true(heard);
	}
}

static void the_seed_decides(void **state)
{
	struct doctor_reply first, other;
	int greetings = 0, answers = 0;

	(void)state;
	begin_ours(7);
	doctor_greet(conversation, &reply);
	first = reply;
	answer("Hm.");
	other = reply;
	for (uint64_t seed = 0; seed < 20; seed++) {
		begin_ours(seed);
		doctor_greet(conversation, &reply);
		bool same = strcmp(reply.text, first.text) == 0;
		bool same_answer = strcmp(answer("Hm."), other.text) == 0;
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
	begin_ours(1);
	for (int i = 0; i < 20000; i++) {
		size_t n = random_line(&random, line, sizeof(line));
		answer_bytes(line, i % 3 ? n : 0);
		assert_true(reply.n > 0);
		assert_true(text_valid(reply.text, reply.n));
		if (strcmp(reply.text, last.text) == 0)
			fail_msg("twice: \"%s\" (%s)", last.text, reply.why);
		last = reply;
	}
	for (int i = 0; i < 100; i++) {
		assert_string_not_equal(answer("thanks"), last.text);
		last = reply;
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

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
