/*
 * chat: who may have which name, who hears what, and that a leave is told exactly once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

#define BAD "A name has 1 to 32 printable characters, no white space and no ':'; send another.\n"
#define E_ACUTE "\xc3\xa9"

static struct stage *stage;

static int room(void **state)
{
	(void)state;
	stage = stage_new(protocol_find("chat"), &(struct stage_settings){0});
	return 0;
}

static int close_room(void **state)
{
	(void)state;
	stage_free(stage);
	return 0;
}

/* A member whose greeting has been read. */
static struct actor *member(const char *name)
{
	struct actor *actor = actor_join(stage);
	char welcome[300];

	actor_say(actor, name);
	actor_say(actor, "\n");
	snprintf(welcome, sizeof(welcome), "Welcome, %s.\n", name);
	actor_expect(actor, welcome);
	for (struct actor *at = stage->actors; at; at = at->next)
		actor_forget(at);
	return actor;
}

static void leaves(struct actor *actor)
{
	actor_say(actor, "quit\n");
	for (struct actor *at = stage->actors; at; at = at->next)
		actor_forget(at);
}

/* --- Names. --- */

static void names_that_are_none(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} names[] = {
		{"", 0},
		{" ", 1},
		{"a b", 3},
		{" a", 2},
		{"a ", 2},
		{"a\t", 2},
		{":", 1},
		{"a:b", 3},
		{"a\0b", 3},
		{"\0", 1},
		{"\x1b[2J", 4},
		{"a\x7f", 2},
		{"\xff", 1},
		{"a\xc3", 2},
		{"\xc0\xaf", 2},
		{"\xed\xa0\x80", 3},
		{"\xf4\x90\x80\x80", 4},
		{"a\xc2\x85"
		 "b",
		 4}, /* next line */
		{"a\xc2\xa0"
		 "b",
		 4}, /* no-break space */
		{"a\xe2\x80\x8b"
		 "b",
		 5}, /* zero width space */
		{"a\xe2\x80\xae"
		 "b",
		 5},                 /* right-to-left override */
		{"\xe3\x80\x80", 3}, /* ideographic space */
		{"\xe2\x80\xa8", 3}, /* line separator */
		{"\xee\x80\x80", 3}, /* private use */
		{"012345678901234567890123456789012", 33},
	};
	struct actor *actor = actor_join(stage);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		actor_send(actor, names[i].bytes, names[i].n);
		actor_send(actor, "\n", 1);
		actor_expect(actor, BAD);
	}
	actor_say(actor, "ok\n");
	actor_expect(actor, "Welcome, ok.\n");
}

/* Whoever does not want to name himself leaves by either word. */
static void leaving_without_a_name(void **state)
{
	static const char *const words[] = {"quit\n", "/quit\n"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct actor *actor = actor_join(stage);
		actor_say(actor, words[i]);
		actor_expect_closed(actor, CLOSE_DONE);
	}
}

static void lengths_are_counted_in_code_points(void **state)
{
	char accents[2 * 33 + 1] = "", faces[4 * 33 + 1] = "";

	(void)state;
	for (int i = 0; i < 32; i++) {
		strcat(accents, E_ACUTE);
		strcat(faces, "\xf0\x9f\x98\x80");
	}
	member(accents);
	member(faces);
	member("01234567890123456789012345678901");
	member("x");
	struct actor *actor = actor_join(stage);
	strcat(accents, E_ACUTE);
	strcat(faces, "\xf0\x9f\x98\x80");
	actor_say(actor, accents);
	actor_say(actor, "\n");
	actor_expect(actor, BAD);
	actor_say(actor, faces);
	actor_say(actor, "\n");
	actor_expect(actor, BAD);
}

static void names_that_count_as_the_same(void **state)
{
	static const char *const pairs[][2] = {
		{"adarsh", "ADARSH"},
		{"\xef\xbc\xa1"
		 "da",
		 "ada"}, /* full-width A */
		{"o\xef\xac\x83"
		 "ce",
		 "OFFICE"}, /* the ligature ffi */
		{"stra\xc3\x9f"
		 "e",
		 "STRASSE"},                     /* sharp s */
		{"Ren\xc3\xa9", "rene\xcc\x81"}, /* composed and not */
		{"\xc3\x89va", "\xc3\xa9VA"},
		{"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
		 "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"}, /* final sigma */
		{"\xe2\x84\xaa", "k"},                                        /* Kelvin sign */
		{"\xc4\xb0zmir", "i\xcc\x87zmir"}, /* Turkish capital I with dot */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct actor *first = member(pairs[i][0]), *second = actor_join(stage);
		char refusal[100];
		actor_say(second, pairs[i][1]);
		actor_say(second, "\n");
		snprintf(refusal, sizeof(refusal), "The name %s is taken; send another.\n",
			 pairs[i][1]);
		actor_expect(second, refusal);
		actor_expect_silence(first);
		leaves(first);
		actor_say(second, pairs[i][1]);
		actor_say(second, "\n");
		actor_expect(second, "Welcome, ");
		leaves(second);
	}
	/* The dotless i is another letter than i, as folding without a locale has it. */
	member("izmir");
	member("\xc4\xb1zmir");
}

static void a_name_is_free_again_at_once(void **state)
{
	struct actor *first = member("ada"), *other = member("bob"), *second = actor_join(stage);

	(void)state;
	actor_say(second, "Ada\n");
	actor_expect(second, "The name Ada is taken; send another.\n");
	actor_break(first);
	actor_expect(other, "ada has left the chat.\n");
	actor_say(second, "Ada\n");
	actor_expect(second, "Welcome, Ada.\nHere: bob.\n");
	actor_expect(other, "Ada has joined the chat.\n");
}

/* --- Who hears what. --- */

static void strangers_hear_nothing(void **state)
{
	struct actor *stranger = actor_join(stage), *ada = member("ada"), *bob = member("bob");

	(void)state;
	actor_say(ada, "hello\n/msg bob secret\n");
	actor_expect(bob, "ada: hello\nada (to you alone): secret\n");
	actor_expect_silence(stranger);
	actor_expect_silence(ada);
	actor_end(stranger);
	actor_expect_silence(ada);
	actor_expect_silence(bob);
}

static void texts_pass_unchanged(void **state)
{
	static const char text[] = "\0 a\xff\xfe \x1b[31m \xe2\x82 : /who\r in the middle";
	struct actor *ada = member("ada"), *bob = member("bob");

	(void)state;
	actor_send(ada, text, sizeof(text) - 1);
	actor_say(ada, "\r\n\n");
	actor_expect(bob, "ada: ");
	actor_expect_bytes(bob, text, sizeof(text) - 1);
	actor_expect(bob, "\nada: \n");
}

static void all_members_see_one_order(void **state)
{
	enum { MEMBERS = 9, TURNS = 400 };
	struct actor *members[MEMBERS], *listener;

	(void)state;
	for (int i = 0; i < MEMBERS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%d", i);
		members[i] = member(name);
	}
	listener = member("listener");
	for (int i = 0; i < TURNS; i++) {
		char text[32];
		snprintf(text, sizeof(text), "%d\n", i);
		/* Some read late, and some little at a time. */
		members[0]->room = i % 50 ? 0 : SIZE_MAX;
		members[1]->room = (size_t)stage_random(stage, 8);
		actor_say(members[stage_random(stage, MEMBERS)], text);
	}
	actor_read(members[0], SIZE_MAX);
	actor_read(members[1], SIZE_MAX);
	for (int i = 0; i < MEMBERS; i++) {
		/* A member has seen what the listener has, but for its own lines. */
		const char *own = members[i]->got.bytes + members[i]->seen;
		char prefix[8];
		size_t length = (size_t)snprintf(prefix, sizeof(prefix), "m%d: ", i);
		for (const char *at = listener->got.bytes + listener->seen, *end; *at; at = end) {
			end = strchr(at, '\n') + 1;
			if (strncmp(at, prefix, length) == 0)
				continue;
			assert_memory_equal(own, at, (size_t)(end - at));
			own += end - at;
		}
		assert_int_equal(*own, '\0');
	}
	assert_int_equal(text_occurrences(listener->got.bytes + listener->seen, "\n"), TURNS);
}

/* --- Commands and lists. --- */

static void commands(void **state)
{
	struct actor *ada = member("ada"), *bob = member("Bob");

	(void)state;
	actor_say(ada, "/who\n");
	actor_expect(ada, "Here: ada, Bob.\n");
	actor_say(ada, "/help\n");
	actor_expect(ada, "/who lists who is here;");
	actor_forget(ada);
	actor_say(ada, "/msg BOB  two  words\n");
	actor_expect(bob, "ada (to you alone):  two  words\n");
	actor_say(ada, "/msg eve hello\n/msg \xff hello\n");
	actor_expect(ada, "Nobody here has that name; /who lists all.\n"
			  "Nobody here has that name; /who lists all.\n");
	actor_say(ada, "/msg bob\n/msg  bob x\n");
	actor_expect(ada, "Write /msg NAME TEXT.\nWrite /msg NAME TEXT.\n");
	actor_say(ada, "/dance\n/\n/whoo\n/QUIT\n");
	for (int i = 0; i < 4; i++)
		actor_expect(ada, "There is no such command; /help lists them.\n");
	actor_expect_silence(bob);
	actor_expect_silence(ada);
}

static void a_newcomer_sees_the_first_twenty(void **state)
{
	struct actor *newcomer;

	(void)state;
	for (int i = 0; i < 20; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%02d", i);
		member(name);
	}
	newcomer = actor_join(stage);
	actor_say(newcomer, "n20\n");
	actor_expect(newcomer, "Welcome, n20.\n");
	assert_non_null(strstr(newcomer->got.bytes, "m00"));
	assert_non_null(strstr(newcomer->got.bytes, "m19.\n"));
	assert_null(strstr(newcomer->got.bytes, "more"));
	newcomer = actor_join(stage);
	actor_say(newcomer, "n21\n");
	assert_non_null(strstr(newcomer->got.bytes, "m19"));
	assert_null(strstr(newcomer->got.bytes, "n20"));
	assert_non_null(strstr(newcomer->got.bytes, "1 more"));
}

static void who_lists_a_thousand(void **state)
{
	enum { COUNT = 1000 };
	struct actor *last = NULL;
	char name[40];

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "m%04d-%0*d", i, i % 26 + 1, 0);
		last = actor_join(stage);
		actor_say(last, name);
		actor_say(last, "\n");
	}
	actor_forget(last);
	actor_say(last, "/who\n");
	const char *list = last->got.bytes + last->seen;
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "m%04d-%0*d", i, i % 26 + 1, 0);
		const char *at = strstr(list, name);
		assert_non_null(at);
		assert_non_null(strchr(",.", at[strlen(name)]));
	}
	assert_null(strstr(list, "more"));
	assert_int_equal(list[strlen(list) - 2], '.');
	for (const char *line = list, *end; *line; line = end) {
		end = strchr(line, '\n') + 1;
		assert_true(end - line <= 4096);
	}
}

static void textbook_framing(void **state)
{
	(void)state;
	stage = stage_new(protocol_find("chat"), &(struct stage_settings){.raw = true});
	struct actor *ada = actor_join(stage), *bob = actor_join(stage);
	actor_say(ada, "ada");
	actor_expect(ada, "Welcome, ada.\n");
	actor_forget(ada);
	actor_say(bob, "bob");
	actor_expect(bob, "Welcome, bob.\nHere: ada.");
	actor_expect(ada, "bob has joined the chat.");
	actor_say(ada, "hi bro");
	actor_expect(bob, "ada: hi bro");
	actor_say(ada, "quit");
	actor_expect(bob, "ada has left the chat.");
	actor_expect_silence(bob);
	stage_free(stage);
}

static void the_client_talks_lines(void **state)
{
	(void)state;
	stage = stage_new(protocol_find("chat"), &(struct stage_settings){.client = true});
	struct actor *actor = actor_join(stage);
	assert_string_equal(actor->prompt, "Your name: ");
	actor_type(actor, "ada");
	actor_expect(actor, "ada\n");
	actor_say(actor, "Welc");
	actor_say(actor, "ome, ada.\r\nHere: bob.\nbob: hi\n");
	assert_string_equal(actor->prompt, "> ");
	assert_string_equal(actor->shown.bytes, "Welcome, ada.\nHere: bob.\nbob: hi\n");
	stage_free(stage);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(names_that_are_none),
		IN_ROOM(leaving_without_a_name),
		IN_ROOM(lengths_are_counted_in_code_points),
		IN_ROOM(names_that_count_as_the_same),
		IN_ROOM(a_name_is_free_again_at_once),
		IN_ROOM(strangers_hear_nothing),
		IN_ROOM(texts_pass_unchanged),
		IN_ROOM(all_members_see_one_order),
		IN_ROOM(commands),
		IN_ROOM(a_newcomer_sees_the_first_twenty),
		IN_ROOM(who_lists_a_thousand),
		cmocka_unit_test(textbook_framing),
		cmocka_unit_test(the_client_talks_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
