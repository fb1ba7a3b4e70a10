/*
 * time: four bytes, whatever the year, and the client that takes the nearest moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

/* 2036-02-07 06:28:16 UTC: 2^32 seconds after 1900 began. */
#define WRAP ((time_t)2085978496)

enum { NOW = 4 }; /* the place of the stage's own moment */

static const struct {
	time_t moment;
	unsigned char bytes[4];
} moments[] = {
	/* The examples of RFC 868: 2,208,988,800 is 1970-01-01, 2,398,291,200 is 1976-01-01,
	 * 2,629,584,000 is 1983-05-01, and -1,297,728,000 is 1858-11-17. */
	{0, {0x83, 0xaa, 0x7e, 0x80}},
	{189302400, {0x8e, 0xf3, 0x05, 0x00}},
	{420595200, {0x9c, 0xbc, 0x44, 0x80}},
	{-3506716800, {0xb2, 0xa6, 0x3e, 0x00}},
	{STAGE_WALL, {0xee, 0xab, 0x4e, 0xbc}},
	{WRAP - 1, {0xff, 0xff, 0xff, 0xff}},
	{WRAP, {0, 0, 0, 0}},
	{WRAP + 1, {0, 0, 0, 1}},
	{WRAP + 0x12345678, {0x12, 0x34, 0x56, 0x78}},
};

static void four_bytes_and_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct stage *stage = stage_new(protocol_find("time"), &(struct stage_settings){0});
		stage->wall = moments[i].moment;
		struct actor *actor = actor_join(stage);
		actor_expect_bytes(actor, moments[i].bytes, 4);
		actor_expect_closed(actor, CLOSE_DONE);
		stage_free(stage);
	}
}

static void any_datagram_is_answered(void **state)
{
	struct stage *stage = stage_new(protocol_find("time"), &(struct stage_settings){0});
	struct datagram_desk *desk = stage_desk(stage);

	(void)state;
	for (size_t n = 0; n <= 4; n++) {
		struct heap_text answer = {0};
		size_t size = 0;
		assert_int_equal(desk_ask(desk, "time", n, &answer, &size, 1), 1);
		assert_int_equal(size, 4);
		assert_memory_equal(answer.bytes, moments[NOW].bytes, 4);
		heap_text_free(&answer);
	}
	datagram_desk_free(desk);
	stage_free(stage);
}

/* --- The client. --- */

static void ask(time_t local, uint32_t value, const char *shown)
{
	struct stage *stage =
		stage_new(protocol_find("time"), &(struct stage_settings){.client = true});
	unsigned char bytes[] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
				 (unsigned char)(value >> 8), (unsigned char)value};

	stage->wall = local;
	struct actor *actor = actor_join(stage);
	actor_expect_silence(actor);
	actor_send_pieces(actor, bytes, 4, 1);
	actor_expect_closed(actor, CLOSE_DONE);
	actor_end(actor);
	assert_null(actor->failure);
	assert_string_equal(actor->reported.bytes, shown);
	stage_free(stage);
}

static void the_offset_from_the_clock_here(void **state)
{
	const uint32_t now = 0xeeab4ebc;

	(void)state;
	ask(STAGE_WALL, now, "Fri Nov 20 22:57:00 2026 (+0 s from this clock)\n");
	ask(STAGE_WALL, now + 60, "Fri Nov 20 22:58:00 2026 (+60 s from this clock)\n");
	ask(STAGE_WALL, now - 1, "Fri Nov 20 22:56:59 2026 (-1 s from this clock)\n");
}

/* The server is beyond the wrap and the client not, and the other way round. */
static void the_wrap_in_both_directions(void **state)
{
	(void)state;
	ask(WRAP - 10, 5, "Thu Feb  7 06:28:21 2036 (+15 s from this clock)\n");
	ask(WRAP + 10, 0xfffffffb, "Thu Feb  7 06:28:11 2036 (-15 s from this clock)\n");
	ask(WRAP + 10, 10, "Thu Feb  7 06:28:26 2036 (+0 s from this clock)\n");
	ask(WRAP, 0x80000000, "Sat Jan 20 03:14:08 1968 (-2147483648 s from this clock)\n");
	ask(WRAP, 0x7fffffff, "Tue Feb 26 09:42:23 2104 (+2147483647 s from this clock)\n");
}

static void datagrams(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("time"), &(struct stage_settings){.client = true});

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	assert_int_equal(actor->datagrams, 1);
	actor_expect_silence(actor);
	actor_send(actor, moments[NOW].bytes, 4);
	assert_null(actor->connection);
	assert_string_equal(actor->reported.bytes,
			    "Fri Nov 20 22:57:00 2026 (+0 s from this clock)\n");
	assert_string_equal(actor->shown.bytes, "");
	stage_free(stage);
}

static void too_few_bytes(void **state)
{
	(void)state;
	for (int datagram = 0; datagram < 2; datagram++) {
		struct stage *stage =
			stage_new(protocol_find("time"), &(struct stage_settings){.client = true});
		stage->datagrams = datagram;
		struct actor *actor = actor_join(stage);
		actor_send(actor, "abc", 3);
		if (!datagram)
			actor_end(actor);
		assert_null(actor->connection);
		assert_string_equal(actor->failure,
				    datagram ? "the server sent 3 of 4 bytes"
					     : "the server sent 3 of 4 bytes and closed");
		assert_string_equal(actor->reported.bytes, "");
		stage_free(stage);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_bytes_and_no_more),
		cmocka_unit_test(any_datagram_is_answered),
		cmocka_unit_test(the_offset_from_the_clock_here),
		cmocka_unit_test(the_wrap_in_both_directions),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(too_few_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
