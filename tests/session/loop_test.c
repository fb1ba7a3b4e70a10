/*
 * Loops: who is pending, and two loops whose threads speak in one room.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "support/stage.h"

/* --- One loop. --- */

static struct connection *connect_to(struct stage *stage, const char *name)
{
	struct address peer = address_ipv4("127.0.0.1", 1);
	struct connection *connection =
		connection_new(stage->service, stage->loop, &peer, -1, false);

	assert_non_null(connection);
	connection_open(connection);
	connection_received(connection, name, strlen(name));
	connection_settle(connection);
	return connection;
}

static void say(struct connection *connection, const char *text)
{
	connection_received(connection, text, strlen(text));
	connection_settle(connection);
}

static void those_who_were_told_something_are_pending_once(void **state)
{
	struct stage *stage = stage_new(protocol_find("chat"), &(struct stage_settings){0});
	struct connection *ada = connect_to(stage, "ada\n"), *bob = connect_to(stage, "bob\n"),
			  *eve = connect_to(stage, "eve\n");

	(void)state;
	assert_ptr_equal(loop_pending(stage->loop), ada);
	assert_ptr_equal(loop_pending(stage->loop), bob);
	assert_null(loop_pending(stage->loop));
	say(ada, "one\ntwo\n");
	say(ada, "/msg eve three\n");
	struct connection *some = loop_pending(stage->loop), *other = loop_pending(stage->loop);
	assert_true((some == bob && other == eve) || (some == eve && other == bob));
	assert_null(loop_pending(stage->loop));
	/* Freed while it is pending, it is let go of in its turn. */
	say(ada, "four\n");
	connection_abort(eve, CLOSE_STOPPING);
	connection_free(eve);
	assert_int_equal(loop_count(stage->loop), 3);
	while ((some = loop_pending(stage->loop)))
		assert_ptr_not_equal(some, eve);
	assert_int_equal(loop_count(stage->loop), 2);
	connection_free(ada);
	connection_free(bob);
	assert_null(loop_pending(stage->loop));
	stage_free(stage);
}

static void count_and_end(struct connection *connection, void *count)
{
	++*(int *)count;
	connection_abort(connection, CLOSE_STOPPING);
	connection_free(connection);
}

static void each_connection_is_visited(void **state)
{
	struct stage *stage = stage_new(protocol_find("chat"), &(struct stage_settings){0});
	int count = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%d\n", i);
		connect_to(stage, name);
	}
	loop_each(stage->loop, count_and_end, &count);
	assert_int_equal(count, 10);
	stage_free(stage);
}

static struct connection *join_loop(struct stage *stage, struct loop *loop)
{
	struct address peer = address_ipv4("127.0.0.1", 1);
	struct connection *connection = connection_new(stage->service, loop, &peer, -1, false);

	assert_non_null(connection);
	connection_open(connection);
	return connection;
}

static void leave_loop(struct connection *connection)
{
	connection_abort(connection, CLOSE_STOPPING);
	connection_free(connection);
}

/* The loop's memory has room for one connection, as often as one is alone there. */
static void one_connection_lies_in_its_loop(void **state)
{
	struct stage *stage = stage_new(protocol_find("echo"), &(struct stage_settings){0});
	size_t size = loop_size(stage->service);
	char *memory = malloc(size);

	(void)state;
	assert_non_null(memory);
	memset(memory, 0xff, size);
	struct loop *loop = loop_new_in(memory, size, &stage->clock, NULL, NULL);
	struct connection *first = join_loop(stage, loop), *second = join_loop(stage, loop);
	assert_true((char *)first > memory && (char *)first < memory + size);
	assert_false((char *)second >= memory && (char *)second < memory + size);
	leave_loop(first);
	struct connection *third = join_loop(stage, loop);
	assert_int_equal(loop_count(loop), 2);
	leave_loop(second);
	leave_loop(third);
	assert_int_equal(loop_count(loop), 0);
	struct connection *last = join_loop(stage, loop);
	assert_ptr_equal(last, first);
	assert_int_equal(connection_queued(last), 0);
	leave_loop(last);
	loop_free(loop);
	free(memory);
	stage_free(stage);
}

static void the_earliest_deadline_counts(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("echo"),
			  &(struct stage_settings){.idle_timeout = 10 * NANOSECONDS_PER_SECOND});
	struct actor *early = actor_join(stage);

	(void)state;
	assert_true(loop_deadline(stage->loop) == STAGE_START + 10 * NANOSECONDS_PER_SECOND);
	stage_pass(stage, NANOSECONDS_PER_SECOND);
	struct actor *late = actor_join(stage);
	actor_say(early, "x");
	stage_pass(stage, 10 * NANOSECONDS_PER_SECOND - 1);
	assert_non_null(late->connection);
	assert_false(late->shut || early->shut);
	stage_pass(stage, 1);
	assert_true(late->shut && early->shut);
	stage_free(stage);
}

/* --- Two loops. --- */

enum { SPEAKERS = 4, TURNS = 1500, LOOPS = 2 };

struct seat {
	struct connection *connection;
	struct heap_text got;
};

struct hall {
	struct loop *loop;
	struct service *service;
	struct seat listener, speakers[SPEAKERS];
	int number;
	uint64_t random;
	atomic_int wakes;
};

static atomic_int speaking;
static pthread_barrier_t together;

static void wake(void *owner)
{
	atomic_fetch_add(&((struct hall *)owner)->wakes, 1);
}

static unsigned pick(struct hall *hall, unsigned bound)
{
	hall->random = hall->random * UINT64_C(6364136223846793005) + 1;
	return (unsigned)(hall->random >> 33) % bound;
}

static void collect(struct seat *seat)
{
	struct iovec runs[8];

	while (connection_wants(seat->connection) & WANT_SEND) {
		int count = connection_outgoing(seat->connection, runs, 8);
		size_t n = 0;
		for (int i = 0; i < count; i++) {
			heap_text_add(&seat->got, runs[i].iov_base, runs[i].iov_len);
			n += runs[i].iov_len;
		}
		connection_sent(seat->connection, n);
	}
}

static void attend_all(struct hall *hall)
{
	struct connection *connection;

	while ((connection = loop_pending(hall->loop)))
		collect(connection_carriage(connection)->data);
}

static void sit_down(struct hall *hall, struct seat *seat, const char *name)
{
	struct address peer = address_ipv4("127.0.0.1", 1);

	seat->connection = connection_new(hall->service, hall->loop, &peer, -1, false);
	if (!seat->connection)
		abort();
	connection_carriage(seat->connection)->data = seat;
	connection_open(seat->connection);
	say(seat->connection, name);
	collect(seat);
}

/* Takes a seat that may be taken, speaks, or leaves in one of the ways there are. */
static void take_a_turn(struct hall *hall, int turn)
{
	unsigned which = pick(hall, SPEAKERS);
	struct seat *seat = &hall->speakers[which];
	char text[64];

	if (!seat->connection) {
		snprintf(text, sizeof(text), "h%ds%u\n", hall->number, which);
		sit_down(hall, seat, text);
	} else if (pick(hall, 20) == 0) {
		if (pick(hall, 2))
			connection_abort(seat->connection, CLOSE_STOPPING);
		else
			say(seat->connection, "quit\n");
		connection_free(seat->connection);
		seat->connection = NULL;
	} else {
		snprintf(text, sizeof(text), "%d of hall %d\n", turn, hall->number);
		say(seat->connection, text);
		collect(seat);
	}
}

static void leave(struct hall *hall, struct seat *seat)
{
	if (seat->connection)
		connection_free(seat->connection);
	seat->connection = NULL;
	attend_all(hall);
}

static void *run_hall(void *context)
{
	struct hall *hall = context;

	sit_down(hall, &hall->listener, hall->number ? "listener1\n" : "listener0\n");
	pthread_barrier_wait(&together);
	attend_all(hall);
	hall->listener.got.n = 0;
	pthread_barrier_wait(&together);
	for (int turn = 0; turn < TURNS; turn++) {
		loop_tick(hall->loop);
		take_a_turn(hall, turn);
		attend_all(hall);
	}
	atomic_fetch_sub(&speaking, 1);
	while (atomic_load(&speaking) > 0) {
		attend_all(hall);
		sched_yield();
	}
	attend_all(hall);
	/* The listeners have heard all there was to hear. */
	pthread_barrier_wait(&together);
	for (int i = 0; i < SPEAKERS; i++)
		leave(hall, &hall->speakers[i]);
	leave(hall, &hall->listener);
	while (loop_count(hall->loop) > 0) {
		attend_all(hall);
		sched_yield();
	}
	return NULL;
}

static void check_halls(struct hall *halls)
{
	/* Both listeners were there all the time and said nothing: they have heard the same. */
	size_t n = halls[0].listener.got.n < halls[1].listener.got.n ? halls[0].listener.got.n
								     : halls[1].listener.got.n;
	assert_true(n > 10000);
	assert_memory_equal(halls[0].listener.got.bytes, halls[1].listener.got.bytes, n);
	for (int i = 0; i < LOOPS; i++) {
		assert_true(atomic_load(&halls[i].wakes) > 0);
		assert_non_null(strstr(halls[i].listener.got.bytes, "of hall 0\n"));
		assert_non_null(strstr(halls[i].listener.got.bytes, "of hall 1\n"));
	}
}

static void two_threads_speak_in_one_room(void **state)
{
	const struct service_settings settings = {.max_line = 4096, .send_queue = 1 << 20};
	struct service *service = service_new(protocol_find("chat"), NULL, &settings, NULL);
	struct hall halls[LOOPS] = {{0}};
	pthread_t threads[LOOPS];

	(void)state;
	log_configure(LOG_ERROR, LOG_TEXT);
	service_use_lock(service);
	atomic_store(&speaking, LOOPS);
	pthread_barrier_init(&together, NULL, LOOPS);
	for (int i = 0; i < LOOPS; i++) {
		halls[i].service = service;
		halls[i].loop = loop_new(&system_clock, wake, &halls[i]);
		halls[i].number = i;
		halls[i].random = (uint64_t)i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, run_hall, &halls[i]), 0);
	}
	for (int i = 0; i < LOOPS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	check_halls(halls);
	assert_int_equal(service_active(service), 0);
	for (int i = 0; i < LOOPS; i++) {
		loop_free(halls[i].loop);
		heap_text_free(&halls[i].listener.got);
		for (int j = 0; j < SPEAKERS; j++)
			heap_text_free(&halls[i].speakers[j].got);
	}
	pthread_barrier_destroy(&together);
	service_free(service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_who_were_told_something_are_pending_once),
		cmocka_unit_test(each_connection_is_visited),
		cmocka_unit_test(one_connection_lies_in_its_loop),
		cmocka_unit_test(the_earliest_deadline_counts),
		cmocka_unit_test(two_threads_speak_in_one_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
