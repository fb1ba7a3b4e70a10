/*
 * users: everybody who is in the services of this process, in datagrams that split no line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

enum { DATAGRAM_MAX = 512 };

/* A room and a list of users: two services of one process. */
struct house {
	struct stage *chat, *users;
	struct datagram_desk *desk;
};

static struct house open_house(bool crlf)
{
	struct house house = {
		.chat = stage_new(protocol_find("chat"), &(struct stage_settings){0}),
		.users = stage_new(protocol_find("users"), &(struct stage_settings){.crlf = crlf}),
	};

	house.desk = stage_desk(house.users);
	return house;
}

static void close_house(struct house *house)
{
	datagram_desk_free(house->desk);
	stage_free(house->users);
	stage_free(house->chat);
}

static struct actor *enter(const struct house *house, const char *name)
{
	struct actor *actor = actor_join(house->chat);

	actor_say(actor, name);
	actor_say(actor, "\n");
	return actor;
}

static void expect_list(const struct house *house, const char *list)
{
	struct actor *actor = actor_join(house->users);

	actor_expect(actor, list);
	actor_expect_closed(actor, CLOSE_DONE);
}

static void who_comes_and_goes(void **state)
{
	struct house house = open_house(false);

	(void)state;
	expect_list(&house, "");
	struct actor *ada = enter(&house, "Ada");
	struct actor *nameless = actor_join(house.chat);
	expect_list(&house, "Ada\n");
	struct actor *bob = enter(&house, "Bob");
	struct actor *eve = enter(&house, "\xc3\x89ve");
	expect_list(&house, "Ada\nBob\n\xc3\x89ve\n");
	actor_say(bob, "quit\n");
	expect_list(&house, "Ada\n\xc3\x89ve\n");
	actor_end(ada);
	expect_list(&house, "\xc3\x89ve\n");
	actor_say(nameless, "Ada\n");
	expect_list(&house, "\xc3\x89ve\nAda\n");
	actor_break(eve);
	expect_list(&house, "Ada\n");
	actor_break(nameless);
	expect_list(&house, "");
	close_house(&house);
}

static void whoever_is_in_the_room_at_the_end(void **state)
{
	struct house house = open_house(false);

	(void)state;
	enter(&house, "Ada");
	close_house(&house);
	house = open_house(false);
	expect_list(&house, "");
	close_house(&house);
}

static void crlf_ends_the_lines(void **state)
{
	struct house house = open_house(true);

	(void)state;
	enter(&house, "Ada");
	enter(&house, "Bob");
	expect_list(&house, "Ada\r\nBob\r\n");
	close_house(&house);
}

/* Nobody is an answer, too, and an empty datagram a request. */
static void an_empty_list(void **state)
{
	struct house house = open_house(false);

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct heap_text answer = {0};
		size_t size = 99;
		assert_int_equal(desk_ask(house.desk, "?", n, &answer, &size, 1), 1);
		assert_int_equal(size, 0);
		heap_text_free(&answer);
	}
	close_house(&house);
}

/* Whether no line end of two bytes would have left room for the line behind the datagram. */
static bool full(const char *datagram, size_t n, bool crlf)
{
	const char *next = datagram + n;
	size_t total = n + (size_t)(strchr(next, '\n') - next) + (crlf ? 1 : 2);

	for (size_t i = 0; i < n && !crlf; i++)
		total += datagram[i] == '\n';
	return total > DATAGRAM_MAX;
}

/* Datagrams hold whole lines, in order, as many as fit. */
static void fill(bool crlf, int shift)
{
	enum { PEOPLE = 100, MOST = 40 };
	struct house house = open_house(crlf);
	struct heap_text all = {0};
	size_t sizes[MOST] = {0};

	heap_text_add(&all, "", 0);
	for (int i = 0; i < PEOPLE; i++) {
		char name[40];
		int n = snprintf(name, sizeof(name), "%d%.*s", i, (i + shift) % 29,
				 "abcdefghijklmnopqrstuvwxyzabcdefg");
		enter(&house, name);
		heap_text_add(&all, name, (size_t)n);
		heap_text_add(&all, crlf ? "\r\n" : "\n", crlf ? 2 : 1);
		struct heap_text answer = {0};
		int count = desk_ask(house.desk, "", 0, &answer, sizes, MOST);
		assert_in_range(count, 1, MOST);
		assert_string_equal(answer.bytes, all.bytes);
		const char *at = answer.bytes;
		for (int j = 0; j < count; at += sizes[j++]) {
			assert_in_range(sizes[j], 1, DATAGRAM_MAX);
			assert_int_equal(at[sizes[j] - 1], '\n');
			if (j + 1 < count)
				assert_true(full(at, sizes[j], crlf));
		}
		heap_text_free(&answer);
	}
	expect_list(&house, all.bytes);
	heap_text_free(&all);
	close_house(&house);
}

static void long_lists(void **state)
{
	(void)state;
	for (int shift = 0; shift < 29; shift++)
		fill(shift % 2, shift);
}

/* --- The client. --- */

static struct stage *client_stage(bool datagrams)
{
	struct stage *stage =
		stage_new(protocol_find("users"), &(struct stage_settings){.client = true});

	stage->datagrams = datagrams;
	return stage;
}

static void the_client_shows_the_list(void **state)
{
	struct stage *stage = client_stage(false);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_expect_silence(actor);
	actor_say(actor, "Ada\r\nBob\n");
	actor_end(actor);
	assert_string_equal(actor->shown.bytes, "Ada\nBob\n");
	assert_null(actor->failure);
	stage_free(stage);
}

static void the_client_of_a_short_list(void **state)
{
	struct stage *stage = client_stage(true);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_int_equal(actor->datagrams, 1);
	actor_expect_silence(actor);
	actor_say(actor, "Ada\nBob\n");
	assert_null(actor->connection);
	assert_string_equal(actor->shown.bytes, "Ada\nBob\n");
	stage_free(stage);
}

static void the_client_of_an_empty_list(void **state)
{
	struct stage *stage = client_stage(true);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_say(actor, "");
	assert_null(actor->connection);
	assert_string_equal(actor->shown.bytes, "");
	assert_null(actor->failure);
	stage_free(stage);
}

/* A full datagram may have a successor, for which there is a moment. */
static void the_client_of_a_long_list(void **state)
{
	struct stage *stage = client_stage(true);
	struct actor *actor = actor_join(stage);
	char full[500];

	(void)state;
	memset(full, 'x', sizeof(full));
	for (int i = 0; i < 3; i++) {
		actor_send(actor, full, sizeof(full));
		stage_pass(stage, 100 * NANOSECONDS_PER_MILLISECOND);
		assert_non_null(actor->connection);
	}
	stage_pass(stage, 100 * NANOSECONDS_PER_MILLISECOND);
	assert_null(actor->connection);
	assert_int_equal(actor->shown.n, 3 * (sizeof(full) + 1));
	assert_null(actor->failure);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_and_goes),
		cmocka_unit_test(whoever_is_in_the_room_at_the_end),
		cmocka_unit_test(crlf_ends_the_lines),
		cmocka_unit_test(an_empty_list),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(the_client_shows_the_list),
		cmocka_unit_test(the_client_of_a_short_list),
		cmocka_unit_test(the_client_of_an_empty_list),
		cmocka_unit_test(the_client_of_a_long_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
