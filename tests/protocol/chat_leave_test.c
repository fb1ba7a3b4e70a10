/*
 * chat: however a member goes, the others hear of it exactly once, and a member that does not read
 * goes without anybody waiting for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

static struct stage *stage;

static struct actor *member(const char *name)
{
	struct actor *actor = actor_join(stage);

	actor_say(actor, name);
	actor_say(actor, "\n");
	for (struct actor *at = stage->actors; at; at = at->next)
		actor_forget(at);
	return actor;
}

/* --- The ways to go. --- */

static void says_quit(struct actor *actor)
{
	actor_say(actor, "quit\n");
	actor_say(actor, "still here?\n");
}

static void says_slash_quit(struct actor *actor)
{
	actor_say(actor, "/quit\nstill here?\n");
}

static void ends_in_a_line(struct actor *actor)
{
	actor_say(actor, "qu");
	actor_say(actor, "it");
	actor_end(actor);
}

static void breaks_twice(struct actor *actor)
{
	struct connection *connection = actor->connection;

	connection_failed(connection, 104);
	connection_failed(connection, 104);
	connection_ended(connection);
	actor_break(actor);
}

static void ends_and_breaks(struct actor *actor)
{
	actor->room = 0;
	actor_say(actor, "/who\n");
	actor_end(actor);
	actor_break(actor);
}

static void falls_silent(struct actor *actor)
{
	struct actor *others = actor->stage->actors;

	stage_pass(stage, 9 * NANOSECONDS_PER_SECOND);
	for (; others; others = others->next) {
		if (others != actor)
			actor_say(others, "/help\n");
		actor_forget(others);
	}
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
}

static void is_stopped(struct actor *actor)
{
	connection_stop(actor->connection, CLOSE_STOPPING);
	stage_rest(actor->stage);
	stage_pass(actor->stage, 2 * NANOSECONDS_PER_SECOND);
}

static void is_aborted_and_freed(struct actor *actor)
{
	connection_abort(actor->connection, CLOSE_STOPPING);
	stage_rest(actor->stage);
}

static void a_leave_is_told_once(void **state)
{
	static const struct {
		void (*go)(struct actor *);
		enum close_reason reason;
	} ways[] = {
		{says_quit, CLOSE_DONE},        {says_slash_quit, CLOSE_DONE},
		{actor_end, CLOSE_ENDED},       {ends_in_a_line, CLOSE_DONE},
		{actor_break, CLOSE_FAILED},    {breaks_twice, CLOSE_FAILED},
		{ends_and_breaks, CLOSE_ENDED}, {falls_silent, CLOSE_IDLE},
		{is_stopped, CLOSE_STOPPING},   {is_aborted_and_freed, CLOSE_STOPPING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		stage = stage_new(
			protocol_find("chat"),
			&(struct stage_settings){.idle_timeout = 10 * NANOSECONDS_PER_SECOND});
		struct actor *ada = member("ada"), *bob = member("bob"), *eve = member("eve");
		ways[i].go(bob);
		actor_expect(ada, "bob has left the chat.\n");
		actor_expect(eve, "bob has left the chat.\n");
		if (!bob->connection)
			assert_int_equal(bob->reason, ways[i].reason);
		stage_pass(stage, NANOSECONDS_PER_SECOND);
		actor_say(ada, "hello\n");
		actor_expect(eve, "ada: hello\n");
		actor_expect_silence(eve);
		actor_expect_silence(ada);
		stage_free(stage);
	}
}

/* 64 KiB of empty lines become 8 MiB for everybody: more than may wait for anybody at once. */
static void a_flood_drops_nobody_who_reads(void **state)
{
	enum { LINES = 65536 };
	char *lines = malloc(LINES + 1);

	(void)state;
	stage = stage_new(protocol_find("chat"),
			  &(struct stage_settings){.send_queue = 256 * 1024});
	struct actor *loud = member("_name_of_just_32_characters_here"), *bob = member("bob"),
		     *eve = member("eve");
	/* They read, but the kernel takes little at a time. */
	bob->largest = eve->largest = 10000;
	memset(lines, '\n', LINES);
	lines[LINES] = '\0';
	actor_say(loud, lines);
	for (int turn = 0; turn < 1000; turn++)
		stage_pass(stage, NANOSECONDS_PER_MILLISECOND);
	assert_non_null(bob->connection);
	assert_non_null(eve->connection);
	assert_int_equal(text_occurrences(bob->got.bytes, "_name_of_just_32_characters_here: \n"),
			 LINES);
	free(lines);
	stage_free(stage);
}

static void a_slow_member_is_dropped(void **state)
{
	enum { LIMIT = 256 * 1024, LINE = 1000, LINES = 1000 };
	char line[LINE + 2];

	(void)state;
	memset(line, 'x', LINE);
	line[LINE] = '\n';
	line[LINE + 1] = '\0';
	stage = stage_new(protocol_find("chat"), &(struct stage_settings){.send_queue = LIMIT});
	struct actor *ada = member("ada"), *slow = member("slow"), *eve = member("eve");
	slow->room = 10000;
	for (int i = 0; i < LINES; i++) {
		actor_say(ada, line);
		if (slow->connection)
			assert_true(connection_queued(slow->connection) <= LIMIT);
		assert_int_equal(connection_queued(eve->connection), 0);
	}
	assert_null(slow->connection);
	assert_int_equal(slow->reason, CLOSE_SLOW);
	assert_int_equal(slow->got.n - slow->seen, 10000);
	assert_int_equal(text_occurrences(eve->got.bytes, "slow has left the chat.\n"), 1);
	assert_int_equal(text_occurrences(eve->got.bytes, "ada: xxx"), LINES);
	assert_int_equal(text_occurrences(stage_log.bytes, "does not read"), 1);
	actor_expect(ada, "slow has left the chat.\n");
	actor_expect_silence(ada);
	stage_free(stage);
}

/* Members that read late get everything all the same. */
static void a_late_reader_misses_nothing(void **state)
{
	enum { LINES = 3000 };

	(void)state;
	stage = stage_new(protocol_find("chat"), &(struct stage_settings){0});
	struct actor *ada = member("ada"), *late = member("late"), *bob = member("bob");
	late->room = 0;
	for (int i = 0; i < LINES; i++) {
		char line[100];
		size_t n = 1 + (size_t)stage_random(stage, 80);
		memset(line, 'a' + i % 26, n);
		memcpy(line + n, "\n", 2);
		actor_say(stage_random(stage, 2) ? ada : bob, line);
	}
	actor_expect_silence(late);
	late->largest = 333;
	actor_read(late, SIZE_MAX);
	assert_int_equal(text_occurrences(late->got.bytes + late->seen, "\n"), LINES);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leave_is_told_once),
		cmocka_unit_test(a_flood_drops_nobody_who_reads),
		cmocka_unit_test(a_slow_member_is_dropped),
		cmocka_unit_test(a_late_reader_misses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
