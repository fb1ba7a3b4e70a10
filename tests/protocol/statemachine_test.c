/*
 * statemachine: questions that delimit themselves, and a client that walks its states.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

#define NAME "what is your name?"
#define AGE "How old are you?"

static struct stage *stage;
static struct actor *actor;

static void open_stage(const struct stage_settings *settings)
{
	stage = stage_new(protocol_find("statemachine"), settings);
	actor = actor_join(stage);
}

/* --- The server. --- */

static const struct {
	const char *asked, *answered;
	bool goes_on;
} conversations[] = {
	{NAME, "My name is OOO", true},
	{AGE "\n", "I am 22\n", true},
	{AGE "\r\n", "I am 22\r\n", true},
	{NAME AGE, "My name is OOOI am 22", true},
	{NAME "\n" AGE "\n" NAME "\n", "My name is OOO\nI am 22\nMy name is OOO\n", true},
	{NAME "\r\n" AGE, "My name is OOO\r\nI am 22", true},
	{NAME "\r" AGE, "My name is OOO\rI am 22", true},
	{NAME "\n\n", "My name is OOO\n", false},
	{NAME "\r\r", "My name is OOO\r", false},
	{NAME "\n\r\n", "My name is OOO\n", false},
	{NAME " " AGE, "My name is OOO", false},
	{"\n" NAME, "", false},
	{"What is your name?", "", false},
	{"what is your game?", "", false},
	{"how old are you?", "", false},
	{"How old are you??", "I am 22", false},
	{AGE "\ngoodbye\n" AGE, "I am 22\n", false},
	{"", "", true},
};

static void check_conversation(size_t i, size_t piece)
{
	const char *asked = conversations[i].asked;

	open_stage(&(struct stage_settings){0});
	if (piece)
		actor_send_pieces(actor, asked, strlen(asked), piece);
	else
		actor_send_split(actor, asked, strlen(asked));
	actor_expect(actor, conversations[i].answered);
	if (!conversations[i].goes_on) {
		actor_expect_closed(actor, CLOSE_DONE);
		assert_int_equal(text_occurrences(stage_log.bytes, "communication terminated"), 1);
	} else {
		actor_expect_silence(actor);
		assert_false(actor->shut);
		actor_end(actor);
		actor_expect_closed(actor, CLOSE_ENDED);
	}
	stage_free(stage);
}

static void questions_at_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conversations) / sizeof(conversations[0]); i++) {
		for (size_t piece = 0; piece <= strlen(conversations[i].asked) + 1; piece++)
			check_conversation(i, piece);
	}
}

static void nul_bytes_are_no_question(void **state)
{
	static const char *const asked[] = {"\0", "what\0is your name?", "How old are you?\0"};
	static const size_t lengths[] = {1, 18, 17};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		open_stage(&(struct stage_settings){0});
		actor_send(actor, asked[i], lengths[i]);
		actor_expect(actor, i == 2 ? "I am 22" : "");
		actor_expect_closed(actor, CLOSE_DONE);
		stage_free(stage);
	}
}

static void name_and_age_are_options(void **state)
{
	static const char *const options[] = {"name", "Eliza \xc3\xa9", "age", "0", NULL};

	(void)state;
	open_stage(&(struct stage_settings){.options = options});
	actor_say(actor, NAME "\n" AGE "\n");
	actor_expect(actor, "My name is Eliza \xc3\xa9\nI am 0\n");
	stage_free(stage);
}

/* --- The client. --- */

static void a_client(const char *timeout)
{
	const char *const options[] = {"timeout", timeout, NULL};

	open_stage(&(struct stage_settings){.client = true, .options = options});
	actor_expect(actor, NAME "\n");
	actor_expect_silence(actor);
}

static void the_client_walks(void **state)
{
	(void)state;
	a_client("5s");
	actor_send_pieces(actor, "My name is OOO\n", 15, 1);
	actor_expect(actor, AGE "\n");
	actor_say(actor, "I am 22\r\n");
	actor_expect_closed(actor, CLOSE_DONE);
	actor_end(actor);
	assert_null(actor->failure);
	assert_null(actor->connection);
	assert_string_equal(actor->shown.bytes, "My name is OOO\nI am 22\n");
	assert_string_equal(actor->details.bytes, "ask_name -> asked_name\n"
						  "asked_name -> ask_age\n"
						  "ask_age -> asked_age\n"
						  "asked_age -> termination\n");
	stage_free(stage);
}

static void the_client_takes_answers_that_come_together(void **state)
{
	(void)state;
	a_client("5s");
	actor_say(actor, "My name is\nI am\nextra\n");
	assert_string_equal(actor->shown.bytes, "My name is\nI am\n");
	actor_expect(actor, AGE "\n");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

/* What the client says went wrong after the server said something and left. */
static void check_failure(const char *said, void (*then)(struct actor *), const char *failure)
{
	a_client("5s");
	actor_say(actor, said);
	if (then)
		then(actor);
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	assert_null(actor->connection);
	assert_non_null(actor->failure);
	if (!strstr(actor->failure, failure))
		fail_msg("\"%s\" is said and not \"%s\"", actor->failure, failure);
	stage_free(stage);
}

static void falls_silent(struct actor *peer)
{
	stage_pass(peer->stage, 6 * NANOSECONDS_PER_SECOND);
}

static void the_client_says_in_which_state_it_failed(void **state)
{
	(void)state;
	check_failure("", actor_end, "closed the connection in state asked_name");
	check_failure("My name is X\n", actor_end, "closed the connection in state asked_age");
	check_failure("My name is X\n", actor_break, "closed the connection in state asked_age");
	check_failure("", falls_silent, "fell silent in state asked_name");
	check_failure("My name is X\n", falls_silent, "fell silent in state asked_age");
	check_failure("I am 22\n", NULL, "strayed in state asked_name");
	check_failure("My name is X\nMy name is X\n", NULL, "strayed in state asked_age");
	check_failure("My name\n", NULL, "strayed in state asked_name");
	check_failure("\n", NULL, "strayed in state asked_name");
	check_failure("\x1b[2J\n", NULL, "it said \"\\x1b[2J\"");
	check_failure("My na", actor_end, "strayed in state asked_name");
}

static void silence_is_measured_from_the_question(void **state)
{
	(void)state;
	a_client("3s");
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	actor_say(actor, "My name is X\n");
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	actor_say(actor, "I am");
	assert_non_null(actor->connection);
	stage_pass(stage, NANOSECONDS_PER_SECOND);
	assert_true(actor->shut);
	stage_free(stage);
}

static void textbook_framing(void **state)
{
	(void)state;
	open_stage(&(struct stage_settings){.client = true, .raw = true});
	actor_expect(actor, NAME);
	actor_say(actor, "My name is OOO");
	actor_expect(actor, AGE);
	actor_say(actor, "I am 22");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_at_every_split),
		cmocka_unit_test(nul_bytes_are_no_question),
		cmocka_unit_test(name_and_age_are_options),
		cmocka_unit_test(the_client_walks),
		cmocka_unit_test(the_client_takes_answers_that_come_together),
		cmocka_unit_test(the_client_says_in_which_state_it_failed),
		cmocka_unit_test(silence_is_measured_from_the_question),
		cmocka_unit_test(textbook_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
