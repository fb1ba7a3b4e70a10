/*
 * The timer heap against a plain list of the same deadlines.
 */
/* link: --wrap=reallocarray */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/timer_heap.h"

enum { ENTRIES = 300, STEPS = 20000 };

static bool out_of_memory;

void *__real_reallocarray(void *, size_t, size_t);
void *__wrap_reallocarray(void *, size_t, size_t);

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	return out_of_memory ? NULL : __real_reallocarray(memory, count, size);
}

static void an_empty_heap(void **state)
{
	struct timer_heap heap = {0};
	struct timer_entry entry = {0};

	(void)state;
	assert_null(timer_heap_first(&heap));
	timer_heap_remove(&heap, &entry);
	assert_null(timer_heap_first(&heap));
	timer_heap_free(&heap);
}

static void entries_come_in_order(void **state)
{
	static const int64_t deadlines[] = {5, 3, NEVER, 9, 3, 1, INT64_MIN, 7};
	enum { COUNT = sizeof(deadlines) / sizeof(deadlines[0]) };
	struct timer_entry entries[COUNT] = {{0}};
	struct timer_heap heap = {0};
	int64_t last = INT64_MIN;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(timer_heap_set(&heap, &entries[i], deadlines[i]), 0);
	for (size_t i = 0; i < COUNT; i++) {
		struct timer_entry *first = timer_heap_first(&heap);

		assert_non_null(first);
		assert_true(first->deadline >= last);
		last = first->deadline;
		timer_heap_remove(&heap, first);
		assert_int_equal(first->slot, 0);
	}
	assert_true(last == NEVER);
	assert_null(timer_heap_first(&heap));
	timer_heap_free(&heap);
}

static void an_entry_can_be_moved(void **state)
{
	struct timer_entry a = {0}, b = {0};
	struct timer_heap heap = {0};

	(void)state;
	timer_heap_set(&heap, &a, 10);
	timer_heap_set(&heap, &b, 20);
	assert_ptr_equal(timer_heap_first(&heap), &a);
	timer_heap_set(&heap, &a, 30);
	assert_ptr_equal(timer_heap_first(&heap), &b);
	timer_heap_set(&heap, &a, 5);
	assert_ptr_equal(timer_heap_first(&heap), &a);
	assert_int_equal(heap.count, 2);
	timer_heap_free(&heap);
}

static void check(const struct timer_heap *heap, const struct timer_entry *entries)
{
	const struct timer_entry *first = timer_heap_first(heap);
	uint32_t inside = 0;

	for (size_t i = 0; i < ENTRIES; i++) {
		if (entries[i].slot == 0)
			continue;
		inside++;
		assert_ptr_equal(heap->entries[entries[i].slot - 1], &entries[i]);
		assert_true(first->deadline <= entries[i].deadline);
	}
	assert_int_equal(heap->count, inside);
	assert_int_equal(first == NULL, inside == 0);
}

static void many_changes_at_random(void **state)
{
	static struct timer_entry entries[ENTRIES];
	struct timer_heap heap = {0};
	unsigned short seed[3] = {1, 2, 3};

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		struct timer_entry *entry = &entries[nrand48(seed) % ENTRIES];

		/* First the heap mostly grows, then it mostly shrinks. */
		if (nrand48(seed) % STEPS > step)
			assert_int_equal(timer_heap_set(&heap, entry, nrand48(seed) % 1000), 0);
		else
			timer_heap_remove(&heap, entry);
		if (step % 16 == 0)
			check(&heap, entries);
	}
	check(&heap, entries);
	timer_heap_free(&heap);
}

static void no_memory_changes_nothing(void **state)
{
	struct timer_entry entries[17] = {{0}};
	struct timer_heap heap = {0};

	(void)state;
	out_of_memory = true;
	assert_int_equal(timer_heap_set(&heap, &entries[0], 1), -ENOMEM);
	assert_int_equal(entries[0].slot, 0);
	assert_null(timer_heap_first(&heap));
	out_of_memory = false;
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(timer_heap_set(&heap, &entries[i], (int64_t)i), 0);
	out_of_memory = true;
	assert_int_equal(timer_heap_set(&heap, &entries[16], -1), -ENOMEM);
	assert_int_equal(entries[16].slot, 0);
	assert_int_equal(timer_heap_set(&heap, &entries[9], -2), 0);
	assert_ptr_equal(timer_heap_first(&heap), &entries[9]);
	assert_int_equal(heap.count, 16);
	out_of_memory = false;
	timer_heap_free(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_heap),
		cmocka_unit_test(entries_come_in_order),
		cmocka_unit_test(an_entry_can_be_moved),
		cmocka_unit_test(many_changes_at_random),
		cmocka_unit_test(no_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
