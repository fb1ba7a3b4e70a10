/*
 * doctor's scripts: what they may say, and where a fault is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/doctor_rules.h"
#include "protocol/doctor_script.h"

/* Reads a text from memory that ends where the text does. */
static struct doctor_script *read_bytes(const char *bytes, size_t n, struct doctor_fault *fault)
{
	static char *copy;

	free(copy);
	copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	return doctor_script_read(copy, n, fault);
}

static struct doctor_script *read_text(const char *text)
{
	struct doctor_fault fault;
	struct doctor_script *script = read_bytes(text, strlen(text), &fault);

	if (!script)
		fail_msg("%zu:%zu: %s", fault.line, fault.column, fault.text);
	return script;
}

static void check_fault(const char *text, size_t line, size_t column, const char *part)
{
	struct doctor_fault fault;

	assert_null(read_bytes(text, strlen(text), &fault));
	if (fault.line != line || fault.column != column || !strstr(fault.text, part))
		fail_msg("\"%s\": %zu:%zu: %s", text, fault.line, fault.column, fault.text);
}

static const struct doctor_key *key_of(const struct doctor_script *script, const char *word)
{
	uint32_t symbol = doctor_script_symbol(script, word, strlen(word));

	assert_int_not_equal(symbol, 0);
	assert_int_not_equal(script->symbols[symbol].key, DOCTOR_NO_KEY);
	return &script->keys[script->symbols[symbol].key];
}

static void a_keyword_has_all_its_parts(void **state)
{
	struct doctor_script *script = read_text(
		"(GOOD EVENING) START (NONE ((0) (HM)))\n"
		"; a comment ( ) = 7\n"
		"(SEA = OCEAN 12 DLIST(/WATER DEEP) ((0 SEA 2 (*BIG SMALL) (/WATER) 0)\n"
		"  (TELL 3, OF 4) (=LAKE) (NEWKEY) (PRE (A 1 B) (=LAKE)))(=NONE)) ; another\n"
		"(lake((0)(A LAKE)))");
	const struct doctor_key *key = key_of(script, "sea");

	(void)state;
	assert_int_equal(key->precedence, 12);
	assert_true(doctor_same(key->substitute.text, (struct slice){"OCEAN", 5}));
	assert_int_equal(key->rules.count, 2);
	const struct doctor_rule *rule = &script->rules[key->rules.first];
	assert_int_equal(rule->elements.count, 6);
	assert_int_equal(rule->source.n, 31);
	assert_memory_equal(rule->source.bytes, "0 SEA 2 (*BIG SMALL) (/WATER) 0", rule->source.n);
	const struct doctor_element *element = &script->elements[rule->elements.first];
	assert_int_equal(element[0].kind, DOCTOR_ANY);
	assert_int_equal(element[1].kind, DOCTOR_WORD);
	assert_int_equal(element[2].kind, DOCTOR_COUNT);
	assert_int_equal(element[2].number, 2);
	assert_int_equal(element[3].kind, DOCTOR_ONE_OF);
	assert_int_equal(element[3].number, 2);
	assert_int_equal(element[4].kind, DOCTOR_TAGGED);
	assert_int_equal(rule->reassemblies.count, 4);
	const struct doctor_reassembly *reassembly =
		&script->reassemblies[rule->reassemblies.first];
	assert_int_equal(reassembly[0].act, DOCTOR_SAY);
	assert_int_equal(reassembly[0].elements.count, 4);
	element = &script->elements[reassembly[0].elements.first];
	assert_int_equal(element[1].kind, DOCTOR_PART);
	assert_int_equal(element[1].number, 3);
	assert_memory_equal(element[1].text.bytes, ",", element[1].text.n);
	assert_int_equal(reassembly[1].act, DOCTOR_LINK);
	assert_ptr_equal(&script->keys[reassembly[1].key], key_of(script, "LAKE"));
	assert_int_equal(reassembly[2].act, DOCTOR_NEWKEY);
	assert_int_equal(reassembly[3].act, DOCTOR_PRE);
	assert_int_equal(reassembly[3].elements.count, 3);
	doctor_script_free(script);
}

static void marks_may_stand_apart(void **state)
{
	struct doctor_script *script =
		read_text("()START(A DLIST(/ T)((0 (* A B ) (/ T) 0)(2)))(B(= A))(NONE((0)(X)))");

	(void)state;
	assert_int_equal(key_of(script, "B")->rules.count, 1);
	assert_int_equal(key_of(script, "A")->rules.count, 1);
	doctor_script_free(script);
}

static void words_that_mean_something_may_be_said(void **state)
{
	struct doctor_script *script =
		read_text("(CALL 4) START "
			  "(NONE ((0) (NEWKEY PLEASE) (PRE HISTORY) (2ND WAVE) (A 1?) (START)))");
	const struct doctor_rule *rule = &script->rules[0];

	(void)state;
	for (uint32_t i = 0; i < rule->reassemblies.count; i++)
		assert_int_equal(script->reassemblies[rule->reassemblies.first + i].act,
				 DOCTOR_SAY);
	assert_int_equal(rule->reassemblies.count, 5);
	doctor_script_free(script);
}

static void an_empty_list_ends_a_script(void **state)
{
	(void)state;
	doctor_script_free(read_text("(HI) START (NONE ((0) (HM))) () and whatever )"));
}

static void reserved_words_are_no_keywords(void **state)
{
	struct doctor_script *script =
		read_text("(HI) START (NONE ((0) (HM))) (FAREWELL ((0) (SO LONG)))");

	(void)state;
	assert_int_equal(script->symbols[doctor_script_symbol(script, "none", 4)].key,
			 DOCTOR_NO_KEY);
	assert_int_not_equal(script->farewell, DOCTOR_NO_KEY);
	doctor_script_free(script);
}

static void faults_name_their_place(void **state)
{
	(void)state;
	check_fault("", 1, 1, "the script ends where ( of the greeting should stand");
	check_fault("HELLO", 1, 1, "\"HELLO\" stands where ( of the greeting should");
	check_fault("(HI)\n(NONE", 2, 6,
		    "ends where a word or ) of a greeting, before START, should");
	check_fault("(HI) (NONE ((0)", 1, 12,
		    "\"(\" stands where a word or ) of a greeting, before START, should");
	check_fault("(HI) START", 1, 11, "no rules for NONE");
	check_fault("(HI) START\n (NONE)", 2, 3, "need a rule");
	check_fault("(HI) START (NONE ((0)))", 1, 19, "no reassembly");
	check_fault("(HI) START (NONE ((0) ()))", 1, 24, "says nothing");
	check_fault("(HI) START (NONE ((0) (A 2)))", 1, 26,
		    "no element 2: the decomposition has 1");
	check_fault("(HI) START (NONE ((0) (A 0)))", 1, 26, "no element 0");
	check_fault("(HI) START (NONE ((0) (A (B))))", 1, 26, "\"(\" stands where a word or )");
	check_fault("(HI) START (NONE ((0 (A)) (B)))", 1, 23, "*WORD or /TAG");
	check_fault("(HI) START (NONE ((0 (*)) (B)))", 1, 24, "*WORD or /TAG");
	check_fault("(HI) START (NONE ((0 (/)) (B)))", 1, 24, "a tag");
	check_fault("(HI) START (NONE ((256) (B)))", 1, 20, "at most 255");
	check_fault("(HI) START (NONE ((99999999999999999999) (B)))", 1, 20, "at most 255");
	check_fault("(HI) START (A 99999 ((0)(B)))", 1, 15, "a precedence is at most 9999");
	check_fault("(HI) START (A B)", 1, 15, "\"B\" stands where =, a precedence, DLIST");
	check_fault("(HI) START (A = (B))", 1, 17, "a substitute");
	check_fault("(HI) START (A (HELLO))", 1, 16, "a decomposition, =KEYWORD or NEWKEY");
	check_fault("(HI) START (A DLIST(B))", 1, 21, "/TAG");
	check_fault("(HI) START\n(A (=B))\n(NONE ((0) (HM)))", 2, 6, "there is no keyword \"B\"");
	check_fault("(HI) START (A ((0) (B))) (a)", 1, 27, "\"a\" has been defined before");
	check_fault("(HI) START (NONE ((0)(B))) (NONE", 1, 29, "has been defined before");
	check_fault("(HI) START (NONE ((0)(B))) )", 1, 28, "\")\" stands where ( of a keyword");
	check_fault("(HI) START ((A))", 1, 13, "a keyword");
	check_fault("(\303\211\303\211) \303\251", 1, 6, "START");
	check_fault("(HI) ; ( \n START (", 2, 9, "ends where a keyword");
}

static void memory_has_four_transformations(void **state)
{
	(void)state;
	check_fault("(A) START (MEMORY (0 = B))", 1, 19, "MEMORY's keyword");
	check_fault("(A) START (MEMORY MY (0 = B))", 1, 29, "one of MEMORY's four");
	check_fault("(A) START (MEMORY MY (0 B))", 1, 26, "an element or =");
	check_fault("(A) START (MEMORY MY (0 = 1)(0 = 1)(0 = 1)(0 = 1)(0 = 1))", 1, 50,
		    ") after MEMORY's four");
	check_fault("(A) START (MEMORY MY (0 = 1)(0 = 1)(0 = 1)(0 = 1))(NONE((0)(A)))", 1, 19,
		    "there is no keyword \"MY\"");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	struct doctor_fault fault;

	(void)state;
	check_fault("(HI)\n\033[31m START", 2, 1, "a control character");
	check_fault("(H\377I) START", 1, 3, "no valid UTF-8");
	assert_null(read_bytes("(A\0B)", 5, &fault));
	assert_int_equal(fault.column, 3);
	assert_non_null(strstr(fault.text, "a control character"));
}

static void hostile_texts_are_refused(void **state)
{
	static char text[DOCTOR_SCRIPT_MAX + 1];
	struct doctor_fault fault;

	(void)state;
	memset(text, '(', sizeof(text));
	assert_null(doctor_script_read(text, DOCTOR_SCRIPT_MAX, &fault));
	assert_int_equal(fault.column, 2);
	assert_null(doctor_script_read(text, sizeof(text), &fault));
	assert_int_equal(fault.line, 0);
	assert_non_null(strstr(fault.text, "at most 262144 bytes"));
	/* 33 elements, 65 tags. */
	int n = snprintf(text, sizeof(text), "(HI) START (NONE ((");
	for (int i = 0; i < DOCTOR_PATTERN_MAX + 1; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "0 ");
	assert_null(doctor_script_read(text, (size_t)n, &fault));
	assert_non_null(strstr(fault.text, "at most 32 elements"));
	n = snprintf(text, sizeof(text), "(HI) START (A DLIST(/");
	for (int i = 0; i < DOCTOR_TAGS_MAX + 1; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "T%d ", i);
	assert_null(doctor_script_read(text, (size_t)n, &fault));
	assert_non_null(strstr(fault.text, "more than 64 different tags"));
}

/* Every script that is cut off is refused, unless what is left is whole. */
static void a_script_cut_anywhere_does_no_harm(void **state)
{
	static const char text[] =
		"(HI) START (A = B 2 DLIST(/T) ((0 (/T) (*A B) 1) (X 2? ) (=A) "
		"(NEWKEY) (PRE (1) (=A))) (=A)) (MEMORY A (0 = 1) (0 = 1) (0 = 1) "
		"(0 = 1)) (NONE ((0) (HM)))";
	struct doctor_fault fault;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_null(read_bytes(text, n, &fault));
	doctor_script_free(read_text(text));
}

static void capitals_do_not_count(void **state)
{
	(void)state;
	assert_true(doctor_same((struct slice){"\303\244bc", 4}, (struct slice){"\303\204bC", 4}));
	assert_false(doctor_same((struct slice){"\303\267", 2}, (struct slice){"\303\227", 2}));
	assert_false(doctor_same((struct slice){"ab", 2}, (struct slice){"abc", 3}));
}

static void our_own_rules_are_a_script(void **state)
{
	struct doctor_script *script = read_text(doctor_rules.bytes);

	(void)state;
	assert_true(script->greetings.count > 1);
	assert_int_not_equal(script->farewell, DOCTOR_NO_KEY);
	assert_int_equal(script->memory.count, DOCTOR_MEMORY_RULES);
	doctor_script_free(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_keyword_has_all_its_parts),
		cmocka_unit_test(marks_may_stand_apart),
		cmocka_unit_test(words_that_mean_something_may_be_said),
		cmocka_unit_test(an_empty_list_ends_a_script),
		cmocka_unit_test(reserved_words_are_no_keywords),
		cmocka_unit_test(faults_name_their_place),
		cmocka_unit_test(memory_has_four_transformations),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(a_script_cut_anywhere_does_no_harm),
		cmocka_unit_test(capitals_do_not_count),
		cmocka_unit_test(our_own_rules_are_a_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
