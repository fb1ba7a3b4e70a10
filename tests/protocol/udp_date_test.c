/*
 * udp-date: requests in every dress, and the client that asks again and again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

#define SECOND NANOSECONDS_PER_SECOND

/* --- The server. --- */

static void check(struct datagram_desk *desk, const char *request, size_t n, const char *expected)
{
	const struct address peer = address_ipv4("127.0.0.1", 50000);
	struct iovec runs[4];
	int count = datagram_answer(desk, 0, &peer, request, n, runs, 4);

	if (!expected) {
		assert_int_equal(count, 0);
		return;
	}
	assert_int_equal(count, 1);
	assert_int_equal(runs[0].iov_len, strlen(expected));
	assert_memory_equal(runs[0].iov_base, expected, strlen(expected));
	datagram_done(desk, 0);
}

static void requests(void **state)
{
	static const char *const invalid[] = {
		"",
		" ",
		"SEND_",
		"SEND_DATES",
		"send_date",
		"SEND DATE",
		"SEND_DATE SEND_TIME",
		"Q",
		"qq",
		"q q",
		"SEND_DATE\x1b",
		"\xff",
		"SEND_DATE\xc2\xa0",
	};
	struct stage *stage = stage_new(protocol_find("udp-date"), &(struct stage_settings){0});
	struct datagram_desk *desk = datagram_desk_new(stage->service, stage->loop, 1,
						       &(struct datagram_policy){NULL, 0, false});

	(void)state;
	assert_non_null(desk);
	check(desk, "SEND_DATE", 9, "2026-11-20");
	check(desk, "SEND_TIME", 9, "22:57:00");
	check(desk, " \t\r\n SEND_DATE\v\f\r\n\n ", 20, "2026-11-20");
	stage_pass(stage, 3 * SECOND);
	check(desk, "SEND_TIME\n", 10, "22:57:03");
	stage_pass(stage, 3600 * SECOND);
	check(desk, "\nSEND_TIME", 10, "23:57:03");
	stage_pass(stage, 3600 * SECOND);
	check(desk, "SEND_DATE", 9, "2026-11-21");
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		check(desk, invalid[i], strlen(invalid[i]), "Invalid request");
	check(desk, "SEND_DATE\0", 10, "Invalid request");
	check(desk, "q\0", 2, "Invalid request");
	assert_int_equal(text_occurrences(stage_log.bytes, "client left"), 0);
	check(desk, "q", 1, NULL);
	check(desk, "  q\r\n", 5, NULL);
	assert_int_equal(text_occurrences(stage_log.bytes, "client left"), 2);
	datagram_desk_free(desk);
	stage_free(stage);
}

/* --- The client. --- */

static struct stage *client_stage(const char *const *options)
{
	struct stage *stage =
		stage_new(protocol_find("udp-date"),
			  &(struct stage_settings){.client = true, .options = options});

	stage->datagrams = true;
	return stage;
}

/* Whether the actor has been asked something since, and forgets it. */
static bool asked(struct actor *actor)
{
	size_t n = actor->got.n - actor->seen;

	if (n && n != 9)
		fail_msg("asked \"%s\"", actor->got.bytes + actor->seen);
	actor_forget(actor);
	return n > 0;
}

static void the_same_seed_asks_the_same(void **state)
{
	static const char *const options[] = {"seed", "42", NULL}, *const others[] = {"seed", "43",
										      NULL};
	struct stage *stages[] = {client_stage(options), NULL, NULL};
	struct heap_text texts[3] = {{0}};

	(void)state;
	for (int i = 0; i < 3; i++) {
		if (i)
			stages[i] = client_stage(i == 2 ? others : options);
		struct actor *actor = actor_join(stages[i]);
		for (int turn = 0; turn < 60; turn++) {
			actor_say(actor, "x");
			stage_pass(stages[i], 2 * SECOND);
		}
		heap_text_add(&texts[i], actor->got.bytes, actor->got.n);
		stage_free(stages[i]);
	}
	assert_string_equal(texts[0].bytes, texts[1].bytes);
	assert_string_not_equal(texts[0].bytes, texts[2].bytes);
	/* Both requests are made about as often. */
	assert_in_range(text_occurrences(texts[0].bytes, "SEND_DATE"), 15, 45);
	assert_in_range(text_occurrences(texts[0].bytes, "SEND_TIME"), 15, 45);
	for (int i = 0; i < 3; i++)
		heap_text_free(&texts[i]);
}

static void requests_keep_the_interval(void **state)
{
	static const char *const options[] = {"seed", "7", "interval", "1s-2s", NULL};
	struct stage *stage = client_stage(options);
	struct actor *actor = actor_join(stage);
	const int64_t step = SECOND / 100;
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	assert_true(asked(actor));
	for (int turn = 0; turn < 300; turn++) {
		int64_t waited = 0;
		actor_say(actor, "2026-11-20");
		do {
			stage_pass(stage, step);
			waited += step;
		} while (!asked(actor) && waited < 10 * SECOND);
		least = waited < least ? waited : least;
		most = waited > most ? waited : most;
	}
	assert_in_range(least, SECOND, SECOND + SECOND / 10);
	assert_in_range(most, 2 * SECOND - SECOND / 10, 2 * SECOND + step);
	stage_free(stage);
}

static void a_lost_answer_is_asked_for_again(void **state)
{
	static const char *const options[] = {"retries", "2", "timeout", "1s", NULL};
	struct stage *stage = client_stage(options);
	struct actor *actor = actor_join(stage);
	char request[10];

	(void)state;
	memcpy(request, actor->got.bytes, sizeof(request));
	for (int i = 0; i < 3; i++) {
		actor_expect(actor, request);
		actor_expect_silence(actor);
		assert_non_null(actor->connection);
		stage_pass(stage, SECOND - 1);
		actor_expect_silence(actor);
		stage_pass(stage, 1);
	}
	assert_null(actor->connection);
	assert_string_equal(actor->failure + 9 + strlen("no answer to "),
			    " from 127.0.0.1:40000 after asking 3 times");
	stage_free(stage);
}

static void an_answer_to_the_last_retry_counts(void **state)
{
	static const char *const options[] = {"retries", "1", "count", "2", NULL};
	struct stage *stage = client_stage(options);
	struct actor *actor = actor_join(stage);

	(void)state;
	stage_pass(stage, SECOND);
	actor_say(actor, "22:57:01\n");
	actor_say(actor, "22:57:00");
	assert_string_equal(actor->shown.bytes, "22:57:01\n");
	assert_non_null(strstr(actor->details.bytes, "a late answer: 22:57:00"));
	actor_forget(actor);
	for (int i = 0; i < 3 && !asked(actor); i++)
		stage_pass(stage, SECOND);
	/* The next request may be repeated as often again. */
	stage_pass(stage, SECOND);
	assert_true(asked(actor));
	actor_say(actor, "22:57:09");
	actor_expect(actor, "q");
	assert_null(actor->connection);
	assert_null(actor->failure);
	stage_free(stage);
}

static void an_interrupt_says_q(void **state)
{
	struct stage *stage = client_stage(NULL);
	struct actor *actor = actor_join(stage);

	(void)state;
	assert_true(asked(actor));
	connection_leave(actor->connection);
	stage_rest(stage);
	actor_expect(actor, "q");
	assert_int_equal(actor->datagrams, 2);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
	stage_free(stage);
}

/* Without a pause each answer brings the next request, one a turn. */
static void no_interval_at_all(void **state)
{
	static const char *const options[] = {"interval", "0s", "count", "3", NULL};
	struct stage *stage = client_stage(options);
	struct actor *actor = actor_join(stage);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(asked(actor));
		actor_say(actor, "22:57:00");
		stage_pass(stage, 1);
	}
	assert_null(actor->connection);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(the_same_seed_asks_the_same),
		cmocka_unit_test(requests_keep_the_interval),
		cmocka_unit_test(a_lost_answer_is_asked_for_again),
		cmocka_unit_test(an_answer_to_the_last_retry_counts),
		cmocka_unit_test(an_interrupt_says_q),
		cmocka_unit_test(no_interval_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
