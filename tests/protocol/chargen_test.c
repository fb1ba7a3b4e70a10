/*
 * chargen: the pattern to the letter, without end, and the client that checks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

enum { WIDTH = 72, LINE = WIDTH + 2, RING = 95, CYCLE = RING * LINE, DATAGRAM_MAX = 512 };

/* RFC 864's pattern, written down as the RFC shows it: the ring of all that prints, a line of it
 * begun at each of its characters in turn. */
static void write_pattern(char *out, size_t n)
{
	static const char ring[] = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
	size_t first = 0, column = 0;

	assert_int_equal(sizeof(ring) - 1, RING);
	for (size_t i = 0; i < n; i++) {
		out[i] = column < WIDTH ? ring[(first + column) % RING] : "\r\n"[column - WIDTH];
		if (++column < LINE)
			continue;
		column = 0;
		first = (first + 1) % RING;
	}
}

/* --- The server. --- */

/* So much that the pattern goes round several times, taken by a kernel with little room. */
static void the_pattern_goes_on(void **state)
{
	enum { TOTAL = 5 * CYCLE + 1234 };
	struct stage *stage = stage_new(protocol_find("chargen"), &(struct stage_settings){0});
	struct actor *actor;
	char *wanted = test_malloc(TOTAL + 3000);

	(void)state;
	write_pattern(wanted, TOTAL + 3000);
	stage->room = 1000;
	actor = actor_join(stage);
	while (actor->got.n < TOTAL)
		actor_read(actor, 1 + (size_t)stage_random(stage, 3000));
	assert_memory_equal(actor->got.bytes, wanted, actor->got.n);
	/* The end of the first line, and the beginning of line 94, of line 95 and of the next. */
	assert_memory_equal(actor->got.bytes + 70, "fg\r\n!\"#", 7);
	assert_memory_equal(actor->got.bytes + 94 * LINE, "~ !\"", 4);
	assert_memory_equal(actor->got.bytes + 95 * LINE, " !\"#", 4);
	stage_free(stage);
	test_free(wanted);
}

static void what_a_client_sends_changes_nothing(void **state)
{
	struct stage *stage = stage_new(protocol_find("chargen"), &(struct stage_settings){0});
	char wanted[CYCLE];

	(void)state;
	write_pattern(wanted, CYCLE);
	stage->room = 100;
	struct actor *actor = actor_join(stage);
	for (int i = 0; i < 20; i++) {
		actor_say(actor, "stop it\n");
		actor_read(actor, 200);
	}
	assert_int_equal(actor->got.n, 100 + 20 * 200);
	assert_memory_equal(actor->got.bytes, wanted, actor->got.n);
	stage_free(stage);
}

/* Nothing is queued without bound for a peer that does not read. */
static void a_peer_that_does_not_read_costs_little(void **state)
{
	struct stage *stage = stage_new(protocol_find("chargen"), &(struct stage_settings){0});

	(void)state;
	stage->room = 0;
	struct actor *actor = actor_join(stage);
	assert_in_range(connection_queued(actor->connection), 1, 80 * 1024);
	stage_pass(stage, 3600 * NANOSECONDS_PER_SECOND);
	assert_non_null(actor->connection);
	actor_break(actor);
	assert_null(actor->connection);
	stage_free(stage);
}

/* 0 to 512 characters, all lengths about as likely, the beginning of the pattern. */
static void datagrams(void **state)
{
	enum { ASKED = 20000 };
	struct stage *stage = stage_new(protocol_find("chargen"), &(struct stage_settings){0});
	struct datagram_desk *desk = stage_desk(stage);
	char wanted[DATAGRAM_MAX + 1];
	size_t least = SIZE_MAX, most = 0, low = 0, size = 0;

	(void)state;
	write_pattern(wanted, sizeof(wanted));
	for (int i = 0; i < ASKED; i++) {
		struct heap_text answer = {0};
		assert_int_equal(desk_ask(desk, "any", i % 2 ? 3 : 0, &answer, &size, 1), 1);
		assert_in_range(size, 0, DATAGRAM_MAX);
		assert_memory_equal(answer.bytes, wanted, size);
		least = size < least ? size : least;
		most = size > most ? size : most;
		low += size <= DATAGRAM_MAX / 2;
		heap_text_free(&answer);
	}
	assert_int_equal(least, 0);
	assert_int_equal(most, DATAGRAM_MAX);
	assert_in_range(low, ASKED * 2 / 5, ASKED * 3 / 5);
	datagram_desk_free(desk);
	stage_free(stage);
}

/* --- The client. --- */

static struct stage *client_stage(const char *count)
{
	const char *const options[] = {"count", count, NULL};

	return stage_new(protocol_find("chargen"),
			 &(struct stage_settings){.client = true, .options = options});
}

static void the_client_shows_it(void **state)
{
	struct stage *stage = client_stage("0");
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_send(actor, "whatever\r\n\0comes", 16);
	assert_int_equal(actor->shown.n, 16);
	assert_memory_equal(actor->shown.bytes, "whatever\r\n\0comes", 16);
	actor_end(actor);
	assert_int_equal(actor->reason, CLOSE_ENDED);
	assert_null(actor->failure);
	stage_free(stage);
}

static void the_client_checks_it(void **state)
{
	char pattern[2 * CYCLE];
	struct stage *stage = client_stage("10000");
	struct actor *actor = actor_join(stage);

	(void)state;
	write_pattern(pattern, sizeof(pattern));
	stage_pass(stage, NANOSECONDS_PER_SECOND / 2);
	actor_send_split(actor, pattern, 9999);
	assert_non_null(actor->connection);
	actor_send(actor, pattern + 9999, 3000);
	actor_end(actor);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
	assert_null(actor->failure);
	assert_string_equal(actor->shown.bytes, "");
	assert_string_equal(actor->reported.bytes,
			    "10000 bytes of the pattern in 0.500 s, 0.0 MiB/s\n");
	stage_free(stage);
}

/* The line and the column are counted from 0, as in the RFC's own words "line N". */
static void the_client_tells_where_it_breaks(void **state)
{
	static const struct {
		size_t place;
		const char *sentence;
	} breaks[] = {
		{0, "the pattern breaks at byte 0, line 0, column 0: it has 0xff and should have "
		    "0x20"},
		{72, "the pattern breaks at byte 72, line 0, column 72: it has 0xff and should "
		     "have 0x0d"},
		{73, "the pattern breaks at byte 73, line 0, column 73: it has 0xff and should "
		     "have 0x0a"},
		{74, "the pattern breaks at byte 74, line 1, column 0: it has 0xff and should have "
		     "0x21"},
		{7032, "the pattern breaks at byte 7032, line 95, column 2: it has 0xff and should "
		       "have 0x22"},
	};
	char pattern[2 * CYCLE];

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct stage *stage = client_stage("1M");
		struct actor *actor = actor_join(stage);
		write_pattern(pattern, sizeof(pattern));
		pattern[breaks[i].place] = (char)0xff;
		actor_send_pieces(actor, pattern, sizeof(pattern), 1 + 500 * i);
		actor_expect_closed(actor, CLOSE_DONE);
		actor_end(actor);
		assert_string_equal(actor->failure, breaks[i].sentence);
		assert_string_equal(actor->reported.bytes, "");
		stage_free(stage);
	}
}

/* A server that goes on and on, though it has been told that this is the end. */
static void the_client_stops_listening(void **state)
{
	char pattern[2 * CYCLE];
	struct stage *stage = client_stage("1000");
	struct actor *actor = actor_join(stage);

	(void)state;
	write_pattern(pattern, sizeof(pattern));
	actor_send(actor, pattern, 1000);
	actor_send(actor, pattern, 1000);
	assert_non_null(actor->connection);
	for (size_t sent = 0; actor->connection; sent += sizeof(pattern)) {
		assert_in_range(sent, 0, 1 << 20);
		actor_send(actor, pattern, sizeof(pattern));
	}
	assert_int_equal(actor->reason, CLOSE_DONE);
	stage_free(stage);
}

static void the_client_checks_no_datagrams(void **state)
{
	struct stage *stage = client_stage("1K");

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	assert_null(actor->connection);
	assert_int_equal(actor->datagrams, 0);
	assert_string_equal(actor->failure, "--count checks a stream; a datagram has at most 512 "
					    "characters of the pattern");
	stage_free(stage);
}

/* What lies behind the count is nobody's business. */
static void a_break_behind_the_count(void **state)
{
	char pattern[200];
	struct stage *stage = client_stage("100");
	struct actor *actor = actor_join(stage);

	(void)state;
	write_pattern(pattern, sizeof(pattern));
	pattern[100] = '\0';
	actor_send(actor, pattern, sizeof(pattern));
	actor_expect_closed(actor, CLOSE_DONE);
	actor_end(actor);
	assert_null(actor->failure);
	stage_free(stage);
}

static void a_pattern_that_ends_early(void **state)
{
	char pattern[200];
	struct stage *stage = client_stage("1K");
	struct actor *actor = actor_join(stage);

	(void)state;
	write_pattern(pattern, sizeof(pattern));
	actor_send(actor, pattern, sizeof(pattern));
	actor_end(actor);
	assert_string_equal(actor->failure, "the server closed after 200 of 1024 bytes");
	stage_free(stage);
}

/* A datagram is asked for, shown, and that is all; it may be empty. */
static void the_client_of_datagrams(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct stage *stage = client_stage("0");
		stage->datagrams = true;
		struct actor *actor = actor_join(stage);
		assert_int_equal(actor->datagrams, 1);
		actor_forget(actor);
		actor_send(actor, " !", n);
		assert_null(actor->connection);
		assert_string_equal(actor->shown.bytes, n ? " \n" : "\n");
		assert_null(actor->failure);
		stage_free(stage);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pattern_goes_on),
		cmocka_unit_test(what_a_client_sends_changes_nothing),
		cmocka_unit_test(a_peer_that_does_not_read_costs_little),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(the_client_shows_it),
		cmocka_unit_test(the_client_checks_it),
		cmocka_unit_test(the_client_stops_listening),
		cmocka_unit_test(the_client_tells_where_it_breaks),
		cmocka_unit_test(the_client_checks_no_datagrams),
		cmocka_unit_test(a_break_behind_the_count),
		cmocka_unit_test(a_pattern_that_ends_early),
		cmocka_unit_test(the_client_of_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
