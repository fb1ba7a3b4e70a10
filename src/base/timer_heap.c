/*
 * The heap's array: the children of place i are 2i + 1 and 2i + 2, and no entry is later than its
 * children.
 */
#include "base/timer_heap.h"

#include <errno.h>
#include <stdlib.h>

static void put(struct timer_heap *heap, uint32_t place, struct timer_entry *entry)
{
	heap->entries[place] = entry;
	entry->slot = place + 1;
}

/* Finds the entry, which stands at a place, its own place towards the root. */
static uint32_t rise(struct timer_heap *heap, uint32_t place, struct timer_entry *entry)
{
	while (place > 0) {
		uint32_t parent = (place - 1) / 2;

		if (heap->entries[parent]->deadline <= entry->deadline)
			break;
		put(heap, place, heap->entries[parent]);
		place = parent;
	}
	return place;
}

static uint32_t sink(struct timer_heap *heap, uint32_t place, struct timer_entry *entry)
{
	while (place < heap->count / 2) {
		uint32_t child = 2 * place + 1;

		if (child + 1 < heap->count &&
		    heap->entries[child + 1]->deadline < heap->entries[child]->deadline)
			child++;
		if (entry->deadline <= heap->entries[child]->deadline)
			break;
		put(heap, place, heap->entries[child]);
		place = child;
	}
	return place;
}

static void settle(struct timer_heap *heap, uint32_t place, struct timer_entry *entry)
{
	place = rise(heap, place, entry);
	place = sink(heap, place, entry);
	put(heap, place, entry);
}

static int grow(struct timer_heap *heap)
{
	uint32_t capacity = heap->capacity ? heap->capacity * 2 : 16;
	struct timer_entry **entries;

	if (capacity <= heap->capacity)
		return -ENOMEM;
	entries = reallocarray(heap->entries, capacity, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	heap->entries = entries;
	heap->capacity = capacity;
	return 0;
}

int timer_heap_set(struct timer_heap *heap, struct timer_entry *entry, int64_t deadline)
{
	if (entry->slot == 0) {
		if (heap->count == heap->capacity && grow(heap) < 0)
			return -ENOMEM;
		heap->count++;
		put(heap, heap->count - 1, entry);
	}
	entry->deadline = deadline;
	settle(heap, entry->slot - 1, entry);
	return 0;
}

void timer_heap_remove(struct timer_heap *heap, struct timer_entry *entry)
{
	struct timer_entry *last;
	uint32_t place;

	if (entry->slot == 0)
		return;
	place = entry->slot - 1;
	entry->slot = 0;
	last = heap->entries[--heap->count];
	if (last != entry)
		settle(heap, place, last);
}

struct timer_entry *timer_heap_first(const struct timer_heap *heap)
{
	return heap->count ? heap->entries[0] : NULL;
}

void timer_heap_free(struct timer_heap *heap)
{
	free(heap->entries);
	*heap = (struct timer_heap){0};
}
