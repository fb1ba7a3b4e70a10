/*
 * Pollers: the three keep the same contract.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/poller.h"

enum { PAIRS = 100, READY = 16 };

static const struct poller *const pollers[] = {&select_poller, &poll_poller, &epoll_poller};

static void each_poller(void (*visit)(const struct poller *, void *))
{
	for (size_t i = 0; i < sizeof(pollers) / sizeof(pollers[0]); i++) {
		void *state = pollers[i]->open();
		assert_non_null(state);
		visit(pollers[i], state);
		pollers[i]->close(state);
	}
}

static void make_pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void close_pair(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* The events that are ready at once for what, which alone may be ready; 0: nothing is. */
static unsigned events_of(const struct poller *poller, void *state, const void *what)
{
	struct ready ready[READY];
	int count = poller->wait(state, ready, READY, 0);

	assert_in_range(count, 0, 1);
	if (count == 0)
		return 0;
	assert_ptr_equal(ready[0].what, what);
	return ready[0].events;
}

static void watch_for(const struct poller *poller, void *state)
{
	int ends[2];

	make_pair(ends);
	assert_int_equal(poller->watch(state, ends[0], 0, READY_READ, ends), 0);
	assert_int_equal(events_of(poller, state, ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(events_of(poller, state, ends), READY_READ);
	/* What has not been read stays ready. */
	assert_int_equal(events_of(poller, state, ends), READY_READ);
	assert_int_equal(poller->watch(state, ends[0], READY_READ, READY_WRITE, ends), 0);
	assert_int_equal(events_of(poller, state, ends), READY_WRITE);
	assert_int_equal(poller->watch(state, ends[0], READY_WRITE, READY_READ | READY_WRITE, ends),
			 0);
	assert_int_equal(events_of(poller, state, ends), READY_READ | READY_WRITE);
	assert_int_equal(poller->watch(state, ends[0], READY_READ | READY_WRITE, 0, ends), 0);
	assert_int_equal(events_of(poller, state, ends), 0);
	close_pair(ends);
}

static void test_watch(void **state)
{
	(void)state;
	each_poller(watch_for);
}

static void watch_many(const struct poller *poller, void *state)
{
	static int pairs[PAIRS][2];
	struct ready ready[PAIRS];
	int seen[PAIRS] = {0};

	for (int i = 0; i < PAIRS; i++) {
		make_pair(pairs[i]);
		assert_int_equal(poller->watch(state, pairs[i][0], 0, READY_READ, pairs[i]), 0);
	}
	/* Some leave, from the middle, the beginning and the end; some of the rest are ready. */
	for (int i = 0; i < PAIRS; i += 3)
		assert_int_equal(poller->watch(state, pairs[i][0], READY_READ, 0, pairs[i]), 0);
	for (int i = 0; i < PAIRS; i += 2)
		assert_int_equal(write(pairs[i][1], "x", 1), 1);
	int count = poller->wait(state, ready, PAIRS, -1);
	for (int i = 0; i < count; i++)
		seen[(int(*)[2])ready[i].what - pairs]++;
	for (int i = 0; i < PAIRS; i++)
		assert_int_equal(seen[i], i % 2 == 0 && i % 3 ? 1 : 0);
	for (int i = 0; i < PAIRS; i++)
		close_pair(pairs[i]);
}

static void test_many(void **state)
{
	(void)state;
	each_poller(watch_many);
}

/* With room for few at a time each gets its turn. */
static void take_turns(const struct poller *poller, void *state)
{
	static int pairs[READY][2];
	int seen[READY] = {0};

	for (int i = 0; i < READY; i++) {
		make_pair(pairs[i]);
		assert_int_equal(poller->watch(state, pairs[i][0], 0, READY_READ, pairs[i]), 0);
		assert_int_equal(write(pairs[i][1], "x", 1), 1);
	}
	for (int round = 0; round < 1200; round++) {
		struct ready ready[2];
		int count = poller->wait(state, ready, 2, -1);
		assert_in_range(count, 1, 2);
		for (int i = 0; i < count; i++)
			seen[(int(*)[2])ready[i].what - pairs]++;
	}
	for (int i = 0; i < READY; i++)
		assert_true(seen[i] > 0);
	for (int i = 0; i < READY; i++)
		close_pair(pairs[i]);
}

static void test_turns(void **state)
{
	(void)state;
	each_poller(take_turns);
}

/* An end is readable; a break is told by poll and epoll whatever is watched for. */
static void tell_the_end(const struct poller *poller, void *state)
{
	int ends[2];

	make_pair(ends);
	assert_int_equal(poller->watch(state, ends[0], 0, READY_READ, ends), 0);
	close(ends[1]);
	assert_true(events_of(poller, state, ends) & (READY_READ | READY_BROKEN));
	assert_int_equal(poller->watch(state, ends[0], READY_READ, READY_WRITE, ends), 0);
	assert_true(events_of(poller, state, ends) & (READY_WRITE | READY_BROKEN));
	assert_int_equal(poller->watch(state, ends[0], READY_WRITE, 0, ends), 0);
	close(ends[0]);
}

static void test_end(void **state)
{
	(void)state;
	each_poller(tell_the_end);
}

static void test_select_limit(void **state)
{
	void *opaque = select_poller.open();
	int ends[2];

	(void)state;
	assert_non_null(opaque);
	make_pair(ends);
	assert_int_equal(select_poller.limit, FD_SETSIZE);
	assert_int_equal(select_poller.watch(opaque, FD_SETSIZE, 0, READY_READ, ends), -ERANGE);
	assert_int_equal(events_of(&select_poller, opaque, ends), 0);
	close_pair(ends);
	select_poller.close(opaque);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch),        cmocka_unit_test(test_many),
		cmocka_unit_test(test_turns),        cmocka_unit_test(test_end),
		cmocka_unit_test(test_select_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
