/*
 * doctor's engine: how a script of the form of 1966 answers, mechanism by mechanism.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/consultation.h"

static void check(const char *text, const char *expected)
{
	const char *got = consult(text);

	if (strcmp(got, expected) != 0)
		fail_msg("\"%s\" got \"%s\" (%s)", text, got, consult_reply.why);
}

#define HEAD "(GOOD DAY, traveller.) START (NONE ((0) (NONE A) (NONE B))) "

static void the_greeting_comes_as_it_is_written(void **state)
{
	(void)state;
	consult_1966(HEAD);
	doctor_greet(consult_conversation, &consult_reply);
	assert_string_equal(consult_reply.text, "GOOD DAY, TRAVELLER.");
	assert_false(consult_reply.ends);
	consult_1966("() START (NONE ((0) (A)))");
	doctor_greet(consult_conversation, &consult_reply);
	assert_int_equal(consult_reply.n, 0);
}

static void reassemblies_take_turns(void **state)
{
	(void)state;
	consult_1966(HEAD "(TEA ((0 GREEN TEA 0) (GREEN)) ((0) (ONE) (TWO 1) (THREE)))");
	check("Tea", "ONE");
	check("no tea!", "TWO NO TEA");
	check("green tea", "GREEN");
	check("tea", "THREE");
	check("TEA", "ONE");
	check("what", "NONE A");
	check("what", "NONE B");
	check("", "NONE A");
}

static void the_highest_precedence_wins(void **state)
{
	(void)state;
	consult_1966(HEAD "(A ((0) (SAID A))) (B 2 ((0) (SAID B))) (C 5 ((0) (SAID C))) "
			  "(D 5 ((0) (SAID D))) (E ((0) (SAID E)))");
	check("e and a", "SAID E");
	check("a and e", "SAID A");
	check("a b", "SAID B");
	check("b d c a", "SAID D");
	check("c d", "SAID C");
}

static void delimiters_cut_the_text(void **state)
{
	(void)state;
	consult_1966(HEAD "(A ((0) (A: 1))) (B 9 ((0) (B: 1)))");
	check("x, y a z. b", "A: Y A Z");
	check("x but a but b", "A: A");
	check("no, nothing; a: b", "A: A");
	check("is it? a! b", "A: A");
	check("a 1.5 b", "B: A 1.5 B");
}

static void words_are_substituted_in_the_scan(void **state)
{
	(void)state;
	consult_1966(HEAD "(I = YOU ((0 YOU 0) (WHY 2 3))) (ME = YOU) (YOU = I) (MUM = MOTHER)");
	check("I see you and me", "WHY YOU SEE I AND YOU");
	check("so I hear mum", "WHY YOU HEAR MOTHER");
	/* The keyword is what was said, not what it becomes. */
	check("me", "NONE A");
}

static void links_share_rules(void **state)
{
	(void)state;
	consult_1966(HEAD "(HOW (=WHAT)) (WHAT ((0 NOW) (=THEN)) ((0) (WHY ASK))) "
			  "(THEN ((0) (LATER: 1)))");
	check("how so", "WHY ASK");
	check("how now", "LATER: HOW NOW");
	assert_non_null(strstr(consult_reply.why, "HOW (0) 1 of 1, then WHAT"));
}

static void newkey_tries_the_next_keyword(void **state)
{
	(void)state;
	consult_1966(HEAD "(A 3 ((0 X) (SAID A)) ((0) (NEWKEY))) (B 1 ((0) (NEWKEY) (SAID B))) "
			  "(C ((0) (SAID C)))");
	check("b a c", "SAID C");
	check("b a c", "SAID B");
	check("a", "NONE A");
	check("a x", "SAID A");
}

static void pre_transforms_first(void **state)
{
	(void)state;
	consult_1966(HEAD "(I'M = YOU'RE ((0 YOU'RE 0) (PRE (YOU ARE 3) (=I)))) "
			  "(I ((0 YOU ARE 0) (HOW LONG 4)))");
	check("today I'm quite lost", "HOW LONG QUITE LOST");
	/* Again and again: the words go round, and end. */
	consult_1966(HEAD "(A ((0) (PRE (A 1 1) (=A))))");
	check("a b", "NONE A");
}

static void circles_of_links_end(void **state)
{
	(void)state;
	consult_1966("(HI) START (A (=B)) (B (=A)) (NONE ((0) (=A)))");
	check("a", "HMMM");
	check("x", "GO ON , PLEASE");
}

static void what_no_rule_matches_is_passed_over(void **state)
{
	(void)state;
	consult_1966(HEAD "(A ((X) (SAID A)))");
	check("a", "HMMM");
	check("a", "GO ON , PLEASE");
	check("a", "I SEE");
	check("a", "PLEASE CONTINUE");
}

#define MEMORY                                                                                    \
	"(MEMORY MY (0 YOUR 0 = ZERO 3) (0 YOUR 0 = ONE 3) (0 YOUR 0 = TWO 3) (0 YOUR 0 = THREE " \
	"3)) (MY = YOUR 2 ((0) (YOUR WHAT))) (OH 3 ((0) (AH)))"

static void sayings_are_brought_up_in_every_fourth_line(void **state)
{
	(void)state;
	consult_1966(HEAD MEMORY);
	check("my train is here", "YOUR WHAT"); /* line 2; the hash of HERE is 3 */
	check("well", "NONE A");
	check("well", "THREE TRAIN IS HERE");
	check("I say my time.", "YOUR WHAT");        /* TIME is 0; line 1 */
	check("all my kids, and more", "YOUR WHAT"); /* KIDS is 1 */
	check("well", "NONE B");
	check("my well", "YOUR WHAT"); /* in line 4 there is a keyword */
	check("well", "NONE A");
	check("well", "NONE B");
	check("well", "NONE A");
	check("well", "ZERO TIME");
	check("a", "NONE B");
	check("a", "NONE A");
	check("a", "NONE B");
	check("a", "ONE KIDS");
}

static void only_the_highest_keyword_is_remembered(void **state)
{
	(void)state;
	consult_1966(HEAD MEMORY);
	check("oh my train", "AH");
	check("a", "NONE A");
	check("a", "NONE B");
}

static void few_sayings_are_kept(void **state)
{
	int brought_up = 0;

	(void)state;
	consult_1966(HEAD MEMORY);
	for (int i = 0; i < 4 * DOCTOR_MEMORIES_MAX; i++)
		check("my train is here", "YOUR WHAT");
	for (int i = 0; i < 8 * DOCTOR_MEMORIES_MAX; i++)
		brought_up += strcmp(consult("a"), "THREE TRAIN IS HERE") == 0;
	assert_int_equal(brought_up, DOCTOR_MEMORIES_MAX);
}

static void goodbyes_end(void **state)
{
	static const char *const goodbyes[] = {"bye", "Goodbye.", " QUIT ", "Bye!!", "\"bye\""};

	(void)state;
	consult_1966(HEAD "(BYE ((0) (SO LONG)))");
	for (size_t i = 0; i < sizeof(goodbyes) / sizeof(goodbyes[0]); i++) {
		consult(goodbyes[i]);
		assert_true(consult_reply.ends);
	}
	check("bye", "SO LONG");
	check("quit", "GOODBYE");
	check("bye bye", "SO LONG");
	assert_false(consult_reply.ends);
	consult_1966(HEAD "(FAREWELL ((0) (SAFE TRAVELS)))");
	check("quit", "SAFE TRAVELS");
	assert_true(consult_reply.ends);
}

static void every_line_is_answered(void **state)
{
	static char text[200000];

	(void)state;
	for (int manner = 0; manner < 2; manner++) {
		manner ? consult_ours(1) : consult_1966(HEAD MEMORY);
		for (int i = 0; i < 5; i++)
			assert_true(strlen(consult(i % 2 ? "" : "?!...,,;:")) > 0);
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = "my "[i % 3];
		assert_true(strlen(consult_bytes(text, sizeof(text))) > 0);
		memset(text, ',', sizeof(text));
		assert_true(strlen(consult_bytes(text, sizeof(text))) > 0);
		memset(text, 0, sizeof(text));
		assert_true(strlen(consult_bytes(text, sizeof(text))) > 0);
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)(i * 7);
		assert_true(strlen(consult_bytes(text, sizeof(text))) > 0);
		assert_true(text_valid(consult_reply.text, consult_reply.n));
	}
}

static void it_explains_itself(void **state)
{
	(void)state;
	consult_1966(HEAD "(TEA 3 ((0 GREEN 0) (YES)) ((0 TEA) (TEA) (MORE TEA)))");
	consult("some tea");
	assert_string_equal(consult_reply.why, "TEA (precedence 3) (0 TEA) 1 of 2");
	consult("coffee");
	assert_string_equal(consult_reply.why, "NONE (0) 1 of 2");
	consult("tea or coffee");
	assert_non_null(strstr(consult_reply.why, "no decomposition matches"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_greeting_comes_as_it_is_written),
		cmocka_unit_test(reassemblies_take_turns),
		cmocka_unit_test(the_highest_precedence_wins),
		cmocka_unit_test(delimiters_cut_the_text),
		cmocka_unit_test(words_are_substituted_in_the_scan),
		cmocka_unit_test(links_share_rules),
		cmocka_unit_test(newkey_tries_the_next_keyword),
		cmocka_unit_test(pre_transforms_first),
		cmocka_unit_test(circles_of_links_end),
		cmocka_unit_test(what_no_rule_matches_is_passed_over),
		cmocka_unit_test(sayings_are_brought_up_in_every_fourth_line),
		cmocka_unit_test(only_the_highest_keyword_is_remembered),
		cmocka_unit_test(few_sayings_are_kept),
		cmocka_unit_test(goodbyes_end),
		cmocka_unit_test(every_line_is_answered),
		cmocka_unit_test(it_explains_itself),
	};

	return cmocka_run_group_tests(tests, NULL, consult_end);
}
