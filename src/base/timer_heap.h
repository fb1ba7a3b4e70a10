/*
 * A binary heap of deadlines whose entries know their slot, so that any of them can be moved or
 * removed in logarithmic time. The heap borrows its entries; whoever adds one removes it.
 */
#ifndef BASE_TIMER_HEAP_H
#define BASE_TIMER_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct timer_entry {
	int64_t deadline; /* monotonic nanoseconds */
	uint32_t slot;    /* its place in the heap plus 1; 0 while it is in none */
};

struct timer_heap {
	struct timer_entry **entries;
	uint32_t count, capacity;
};

/* Adds the entry with a deadline, or moves it if it is in the heap already. Returns 0, or -ENOMEM,
 * which only an entry that was not in the heap can meet. */
int timer_heap_set(struct timer_heap *, struct timer_entry *, int64_t deadline);

/* Takes the entry out; nothing happens if it is not in the heap. */
void timer_heap_remove(struct timer_heap *, struct timer_entry *);

/* The entry with the earliest deadline, or NULL. */
struct timer_entry *timer_heap_first(const struct timer_heap *);

/* Frees the heap's own memory; its entries must not be used with it again. */
void timer_heap_free(struct timer_heap *);

#endif
