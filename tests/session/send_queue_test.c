/*
 * The send queue against a plain string that is sent from its front.
 */
/* link: --wrap=malloc */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/send_queue.h"

static bool out_of_memory;

void *__real_malloc(size_t);
void *__wrap_malloc(size_t);

void *__wrap_malloc(size_t size)
{
	return out_of_memory ? NULL : __real_malloc(size);
}

enum { RUNS = 6, MODEL = 1 << 20 };

/* The first bytes that the queue gives out, at most size. */
static size_t peek(struct send_queue *queue, char *out, size_t size, bool datagrams)
{
	struct iovec runs[RUNS];
	int count = send_queue_outgoing(queue, runs, RUNS, datagrams);
	size_t n = 0;

	assert_in_range(count, 0, RUNS);
	for (int i = 0; i < count && n < size; i++) {
		size_t left = size - n < runs[i].iov_len ? size - n : runs[i].iov_len;
		memcpy(out + n, runs[i].iov_base, left);
		n += left;
	}
	return n;
}

static void check_all(struct send_queue *queue, const char *expected)
{
	char out[4096];
	size_t n = 0;

	while (!send_queue_empty(queue)) {
		size_t some = peek(queue, out + n, sizeof(out) - n, false);
		assert_true(some > 0);
		send_queue_sent(queue, some, false);
		n += some;
	}
	assert_int_equal(n, strlen(expected));
	assert_memory_equal(out, expected, n);
	assert_int_equal(queue->bytes, 0);
}

/* Appends to a chunk of the source and shares it. */
static int share(struct send_queue *queue, struct chunk_source *source, const char *bytes, size_t n)
{
	struct chunk *chunk = chunk_reserve(source, n);

	assert_non_null(chunk);
	char *copy = chunk->bytes + chunk->length;
	memcpy(copy, bytes, n);
	chunk->length += n;
	return send_queue_share(queue, chunk, copy, n);
}

static void lent_bytes_are_the_callers(void **state)
{
	struct send_queue queue = {0};
	char bytes[] = "lent";
	struct iovec runs[RUNS];

	(void)state;
	assert_int_equal(send_queue_lend(&queue, bytes, 4), 0);
	assert_int_equal(send_queue_lend(&queue, bytes, 0), 0);
	assert_int_equal(send_queue_outgoing(&queue, runs, RUNS, false), 1);
	assert_ptr_equal(runs[0].iov_base, bytes);
	send_queue_sent(&queue, 1, false);
	assert_true(send_queue_borrows(&queue));
	assert_int_equal(send_queue_settle(&queue), 0);
	assert_int_equal(send_queue_settle(&queue), 0);
	assert_false(send_queue_borrows(&queue));
	memset(bytes, 'x', sizeof(bytes));
	check_all(&queue, "ent");
	send_queue_clear(&queue);
}

static void sharing_lengthens_the_last_segment(void **state)
{
	struct send_queue queue = {0}, other = {0};
	struct chunk_source source = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(share(&queue, &source, "ab", 2), 0);
	assert_int_equal(queue.count, 1);
	assert_int_equal(queue.bytes, 200);
	assert_int_equal(source.current->references, 2);
	/* What another queue shares in between begins a new segment. */
	share(&other, &source, "-", 1);
	share(&queue, &source, "cd", 2);
	assert_int_equal(queue.count, 2);
	send_queue_sent(&queue, 199, false);
	check_all(&queue, "bcd");
	check_all(&other, "-");
	assert_int_equal(source.current->references, 1);
	/* Nobody reads the chunk any more: it is written from its start again. */
	share(&queue, &source, "new", 3);
	assert_int_equal(source.current->length, 3);
	send_queue_clear(&queue);
	chunk_source_free(&source);
}

static void a_long_queue_holds_few_chunks(void **state)
{
	struct send_queue slow = {0}, others = {0};
	struct chunk_source source = {0};
	char expected[4001] = "";

	(void)state;
	for (int i = 0; i < 2000; i++) {
		share(&others, &source, "x", 1);
		share(&slow, &source, i % 2 ? "a" : "b", 1);
		strcat(expected, i % 2 ? "a" : "b");
		send_queue_clear(&others);
	}
	assert_true(slow.count <= 20);
	check_all(&slow, expected);
	chunk_source_free(&source);
	send_queue_clear(&slow);
}

/* Random operations, and the same on a string. */
static void the_queue_is_a_string(void **state)
{
	char *model = test_malloc(MODEL), out[3000], lent[300];
	struct send_queue queue = {0};
	struct chunk_source source = {0};
	size_t first = 0, last = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 30000; i++) {
		size_t n = (size_t)(rand() % (i % 97 ? 60 : 300));
		bool grows = rand() % 100 < (i / 1000 % 2 ? 70 : 30);
		if (grows && last + n < MODEL) {
			for (size_t j = 0; j < n; j++)
				lent[j] = model[last + j] = (char)rand();
			last += n;
			int how = rand() % 3;
			if (how == 0) {
				assert_int_equal(send_queue_lend(&queue, lent, n), 0);
				assert_int_equal(send_queue_settle(&queue), 0);
			} else if (how == 1) {
				assert_int_equal(share(&queue, &source, lent, n), 0);
			} else {
				assert_int_equal(send_queue_copy(&queue, lent, n), 0);
			}
			memset(lent, 0, sizeof(lent));
		} else {
			size_t some = peek(&queue, out, sizeof(out), false);
			assert_true(some > 0 || first == last);
			assert_memory_equal(out, model + first, some);
			n = some ? (size_t)rand() % (some + 1) : 0;
			send_queue_sent(&queue, n, false);
			first += n;
		}
		assert_int_equal(queue.bytes, last - first);
		assert_int_equal(send_queue_empty(&queue), first == last);
	}
	send_queue_clear(&queue);
	assert_int_equal(queue.bytes, 0);
	chunk_source_free(&source);
	test_free(model);
}

static void partial_sends_at_every_point(void **state)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog";
	const size_t n = sizeof(text) - 1;

	(void)state;
	for (size_t cut = 1; cut < n; cut++) {
		for (size_t sent = 0; sent <= n; sent++) {
			struct send_queue queue = {0};
			for (size_t at = 0; at < n; at += cut)
				send_queue_lend(&queue, text + at, cut < n - at ? cut : n - at);
			send_queue_sent(&queue, sent, false);
			assert_int_equal(queue.bytes, n - sent);
			assert_int_equal(send_queue_settle(&queue), 0);
			check_all(&queue, text + sent);
			send_queue_clear(&queue);
		}
	}
}

static void datagrams_keep_their_ends(void **state)
{
	struct send_queue queue = {0};
	struct iovec runs[RUNS];
	char out[64];

	(void)state;
	assert_false(send_queue_datagram_open(&queue));
	send_queue_lend(&queue, "one ", 4);
	send_queue_copy(&queue, "datagram", 8);
	assert_true(send_queue_datagram_open(&queue));
	assert_int_equal(send_queue_end_datagram(&queue), 0);
	assert_false(send_queue_datagram_open(&queue));
	assert_int_equal(send_queue_end_datagram(&queue), 0); /* an empty one */
	send_queue_copy(&queue, "three", 5);
	assert_int_equal(send_queue_end_datagram(&queue), 0);

	assert_int_equal(peek(&queue, out, sizeof(out), true), 12);
	assert_memory_equal(out, "one datagram", 12);
	send_queue_sent(&queue, 12, true);
	assert_int_equal(send_queue_outgoing(&queue, runs, RUNS, true), 1);
	assert_int_equal(runs[0].iov_len, 0);
	assert_false(send_queue_borrows(&queue));
	assert_int_equal(send_queue_settle(&queue), 0);
	assert_false(send_queue_empty(&queue));
	send_queue_sent(&queue, 0, true);
	/* The kernel takes a datagram whole or not at all. */
	assert_int_equal(peek(&queue, out, sizeof(out), true), 5);
	send_queue_sent(&queue, 2, true);
	assert_true(send_queue_empty(&queue));
	assert_int_equal(queue.bytes, 0);
}

static void a_datagram_of_many_runs_is_put_together(void **state)
{
	static const char digits[] = "0123456789";
	struct send_queue queue = {0};
	struct iovec runs[RUNS];
	char out[64];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		send_queue_lend(&queue, digits + i, 1);
	send_queue_end_datagram(&queue);
	send_queue_copy(&queue, "next", 4);
	send_queue_end_datagram(&queue);
	out_of_memory = true;
	assert_int_equal(send_queue_outgoing(&queue, runs, RUNS, true), -ENOMEM);
	out_of_memory = false;
	assert_int_equal(peek(&queue, out, sizeof(out), true), 10);
	assert_memory_equal(out, digits, 10);
	assert_int_equal(queue.bytes, 14);
	send_queue_sent(&queue, 10, true);
	assert_int_equal(peek(&queue, out, sizeof(out), true), 4);
	assert_memory_equal(out, "next", 4);
	send_queue_clear(&queue);
}

static void without_memory_nothing_is_added(void **state)
{
	struct send_queue queue = {0};
	struct chunk_source source = {0};

	(void)state;
	send_queue_lend(&queue, "ab", 2);
	out_of_memory = true;
	assert_int_equal(send_queue_settle(&queue), -ENOMEM);
	assert_int_equal(send_queue_copy(&queue, "c", 1), -ENOMEM);
	assert_int_equal(send_queue_lend(&queue, "cd", 2), 0);
	assert_int_equal(send_queue_lend(&queue, "e", 1), -ENOMEM);
	assert_null(chunk_reserve(&source, 10));
	out_of_memory = false;
	struct chunk *chunk = chunk_reserve(&source, 10);
	assert_non_null(chunk);
	chunk->length = 1;
	out_of_memory = true;
	assert_int_equal(send_queue_share(&queue, chunk, chunk->bytes, 1), -ENOMEM);
	assert_int_equal(send_queue_end_datagram(&queue), 0);
	out_of_memory = false;
	assert_int_equal(chunk->references, 1);
	assert_int_equal(queue.bytes, 4);
	check_all(&queue, "abcd");
	chunk_source_free(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lent_bytes_are_the_callers),
		cmocka_unit_test(sharing_lengthens_the_last_segment),
		cmocka_unit_test(a_long_queue_holds_few_chunks),
		cmocka_unit_test(the_queue_is_a_string),
		cmocka_unit_test(partial_sends_at_every_point),
		cmocka_unit_test(datagrams_keep_their_ends),
		cmocka_unit_test(a_datagram_of_many_runs_is_put_together),
		cmocka_unit_test(without_memory_nothing_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
