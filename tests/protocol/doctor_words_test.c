/*
 * doctor's words: cutting lines, matching decompositions, making answers, and the hash of 1966.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/doctor_words.h"

static struct doctor_script *script;
static struct doctor_line line;
static char out[1024];

/* A script whose first rule has a decomposition and a reassembly. */
static void use(const char *decomposition, const char *reassembly)
{
	static char text[4096];
	struct doctor_fault fault;

	doctor_script_free(script);
	int n = snprintf(text, sizeof(text),
			 "(HI) START (NONE ((%s) (%s))) (RED DLIST(/COLOUR)) "
			 "(BLUE DLIST(/COLOUR)) (TALL DLIST(/SIZE))",
			 decomposition, reassembly);
	script = doctor_script_read(text, (size_t)n, &fault);
	if (!script)
		fail_msg("%zu:%zu: %s", fault.line, fault.column, fault.text);
}

static int set_up(void **state)
{
	(void)state;
	use("0", "1");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	doctor_script_free(script);
	script = NULL;
	return 0;
}

/* The words of a line with | between them. */
static const char *cut_bytes(const char *bytes, size_t n)
{
	char *copy = malloc(n ? n : 1);
	size_t length = 0;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	doctor_line_read(&line, script, copy, n);
	free(copy);
	out[0] = '\0';
	for (size_t i = 0; i < line.words.count && length < sizeof(out); i++)
		length += (size_t)snprintf(out + length, sizeof(out) - length, "%s%.*s",
					   i ? "|" : "", (int)line.words.list[i].text.n,
					   line.words.list[i].text.bytes);
	return out;
}

static void check_cut(const char *text, const char *expected)
{
	assert_string_equal(cut_bytes(text, strlen(text)), expected);
}

static void lines_become_words(void **state)
{
	(void)state;
	check_cut("Men are  all\talike.", "Men|are|all|alike|.");
	check_cut("well,my friend!Really?", "well|,|my|friend|.|Really|.");
	check_cut("a: b; c \342\200\224 d\342\200\246", "a|,|b|,|c|,|d|.");
	check_cut("pi is 3.14, or 1,000 at 10:30.", "pi|is|3.14|,|or|1,000|at|10:30|.");
	check_cut("3.x x.3 3.", "3|.|x|x|.|3|3|.");
	check_cut("I\342\200\231m don't 'quoted' \342\200\230so\342\200\231 parents' ''",
		  "I'm|don't|quoted|so|parents'");
	check_cut("\"so\" (he) [said] \302\253oui\302\273", "so|he|said|oui");
	check_cut("", "");
	check_cut(" \t ", "");
	check_cut("?!", ".|.");
	check_cut("na\303\257ve \346\227\245\346\234\254", "na\303\257ve|\346\227\245\346\234\254");
	assert_string_equal(cut_bytes("a\0b\377c\033d\n", 8), "a|b|c|d");
	/* A character that the line's end cuts. */
	assert_string_equal(cut_bytes("a\303", 2), "a");
}

static void long_lines_are_cut(void **state)
{
	static char text[100000];

	(void)state;
	memset(text, 'x', sizeof(text));
	cut_bytes(text, sizeof(text));
	assert_int_equal(line.words.count, 1);
	assert_int_equal(line.words.list[0].text.n, DOCTOR_WORD_BYTES);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = ' ';
	cut_bytes(text, sizeof(text));
	assert_int_equal(line.words.count, DOCTOR_WORDS_MAX);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 41 == 40 ? ' ' : 'x';
	cut_bytes(text, sizeof(text));
	assert_true(line.used <= DOCTOR_LINE_BYTES);
	assert_true(line.words.count >= DOCTOR_LINE_BYTES / 41);
	/* A word is cut before a whole character: 21 of three bytes fit. */
	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "\346\227\245", 3);
	cut_bytes(text, sizeof(text) - 1);
	assert_int_equal(line.words.list[0].text.n, 63);
}

/* What the first rule makes of a text, or NULL: it does not match. */
static const char *transform(const char *decomposition, const char *reassembly, const char *text)
{
	struct doctor_parts parts;
	struct doctor_words words;

	use(decomposition, reassembly);
	cut_bytes(text, strlen(text));
	if (!doctor_match(script, script->rules[0].elements, line.words.list, line.words.count,
			  &parts))
		return NULL;
	doctor_assemble(script, script->reassemblies[script->rules[0].reassemblies.first].elements,
			line.words.list, &parts, &words);
	doctor_write(&words, true, out, sizeof(out));
	return out;
}

static void check(const char *decomposition, const char *reassembly, const char *text,
		  const char *expected)
{
	const char *got = transform(decomposition, reassembly, text);

	if (!expected != !got || (got && strcmp(got, expected) != 0))
		fail_msg("(%s) with \"%s\": \"%s\"", decomposition, text, got ? got : "no match");
}

static void decompositions_match(void **state)
{
	(void)state;
	check("0", "A 1 B", "any thing", "A ANY THING B");
	check("0", "A 1 B", "", "A B");
	check("", "EMPTY", "", "EMPTY");
	check("", "EMPTY", "word", NULL);
	check("red", "1", "RED", "RED");
	check("red", "1", "RED RED", NULL);
	check("red", "1", "BLUE", NULL);
	check("0 red 0", "1 / 2 / 3", "a red b c", "A / RED / B C");
	check("0 red 0", "1 / 3", "red", "/");
	check("0 red 0", "1 / 3", "a b", NULL);
	check("0 red", "1", "red a red", "RED A");
	check("red 0", "2", "red a red", "A RED");
	check("red 0", "2", "a red", NULL);
	check("2 red 1", "3 - 1", "a b red c", "C - A B");
	check("2 red 1", "3 - 1", "a red c", NULL);
	check("0 3", "1 / 2", "a b c d", "A / B C D");
	check("0 3", "1 / 2", "a b", NULL);
	check("0 (*red blue) 0", "2", "so blue a red", "BLUE");
	check("0 (/colour) 0", "2", "so blue a red", "BLUE");
	check("0 (/colour size) 0", "2", "so tall a red", "TALL");
	check("0 (/nothing) 0", "2", "so tall a red", NULL);
	check("(/colour)", "1", "unknown", NULL);
}

static void the_first_zero_is_shortest(void **state)
{
	(void)state;
	check("0 red 0", "1 / 3", "a red b red c", "A / B RED C");
	check("0 red 0 red 0", "1 / 3 / 5", "red a red b red", "/ A / B RED");
	check("0 red 0 blue", "1 / 3", "red red blue red blue", "/ RED BLUE RED");
	check("0 0 red", "1 / 2", "a b red", "/ A B");
	check("0 red blue 0", "1 / 4", "red red blue", "RED /");
	check("0 red 1 blue 0", "1 / 5", "red red blue blue", "/ BLUE");
	check("0 red 0 red blue 0", "1 / 3", "red red red blue", "/ RED");
}

/* A match that tried every way would not end in this lifetime. */
static void patterns_with_many_zeros_are_quick(void **state)
{
	static char text[DOCTOR_WORDS_MAX * 4 + 1], pattern[256];
	int n = 0;

	(void)state;
	for (size_t i = 0; i < DOCTOR_WORDS_MAX; i++)
		memcpy(text + i * 4, "red ", 4);
	for (int i = 0; i < (DOCTOR_PATTERN_MAX - 2) / 2; i++)
		n += snprintf(pattern + n, sizeof(pattern) - (size_t)n, "0 red ");
	snprintf(pattern + n, sizeof(pattern) - (size_t)n, "0 blue");
	for (int i = 0; i < 1000; i++)
		assert_null(transform(pattern, "1", text));
}

static void reassembly_keeps_punctuation(void **state)
{
	(void)state;
	check("0 red 0", "REALLY, 1? 3!", "you red I", "REALLY, YOU? I!");
	check("0 red 0", "WHY 1?", "red", "WHY?");
	check("0", "1 1", "\303\244", "\303\204 \303\204");
}

static void answers_are_cut_to_fit(void **state)
{
	struct doctor_words words = {.count = 3};
	char small[8];

	(void)state;
	for (int i = 0; i < 3; i++)
		words.list[i].text = (struct slice){"abc", 3};
	assert_int_equal(doctor_write(&words, false, small, sizeof(small)), 7);
	assert_string_equal(small, "Abc abc");
	words.count = 0;
	assert_int_equal(doctor_write(&words, false, small, sizeof(small)), 0);
	assert_string_equal(small, "");
	words = (struct doctor_words){.count = 1, .list = {{.text = {"\303\244b", 3}}}};
	doctor_write(&words, false, small, sizeof(small));
	assert_string_equal(small, "\303\204b");
}

static void check_polish(const char *heard, const char *expected)
{
	cut_bytes(heard, strlen(heard));
	doctor_polish(&line.words);
	doctor_write(&line.words, false, out, sizeof(out));
	assert_string_equal(out, expected);
}

static void grammar_is_mended(void **state)
{
	(void)state;
	check_polish("that I are kind", "That I am kind");
	check_polish("that are I", "That am I");
	check_polish("you was late", "You were late");
	check_polish("if I were late", "If I was late");
	check_polish("you love I", "You love me");
	check_polish("you know I", "You know me");
	check_polish("you think like I said", "You think like I said");
	check_polish("you go with I to school", "You go with me to school");
	check_polish("you know I are here", "You know I am here");
	check_polish("you love I because I are kind", "You love me because I am kind");
	check_polish("I", "I");
}

static unsigned hash(const char *word, unsigned bits)
{
	return doctor_hash((struct slice){word, strlen(word)}, bits);
}

/* Known from Weizenbaum's paper (ALWAYS, and HERE by the conversation it prints) and from another
 * conversation of 1965. */
static void the_hash_is_that_of_1966(void **state)
{
	(void)state;
	assert_int_equal(hash("ALWAYS", 7), 14);
	assert_int_equal(hash("always", 7), 14);
	assert_int_equal(hash("HERE", 2), 3);
	assert_int_equal(hash("KIDS", 2), 1);
	assert_int_equal(hash("TIME", 2), 0);
	assert_int_equal(hash("ALWAYS", 15), 0x70ee);
	assert_int_equal(hash("TIME", 15), 0x252e);
	/* Of a long word the last chunk counts, and what the machine cannot write is a blank. */
	assert_int_equal(hash("WHATEVALWAYS", 15), 0x70ee);
	assert_int_equal(hash("INVENTED", 15), hash("ED", 15));
	assert_int_equal(hash("TIME\303\251", 15), hash("TIME", 15));
	assert_int_equal(hash("", 2), hash(" ", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_become_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_lines_are_cut, set_up, tear_down),
		cmocka_unit_test_teardown(decompositions_match, tear_down),
		cmocka_unit_test_teardown(the_first_zero_is_shortest, tear_down),
		cmocka_unit_test_teardown(patterns_with_many_zeros_are_quick, tear_down),
		cmocka_unit_test_teardown(reassembly_keeps_punctuation, tear_down),
		cmocka_unit_test(answers_are_cut_to_fit),
		cmocka_unit_test_setup_teardown(grammar_is_mended, set_up, tear_down),
		cmocka_unit_test(the_hash_is_that_of_1966),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
