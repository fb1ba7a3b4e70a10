/*
 * A loop: the connections of one thread, their deadlines, and those that others queued something
 * for.
 */
#include "session/internal.h"

#include <stdlib.h>
#include <string.h>

/* The loop's size, so that a connection can lie behind it. */
static const size_t own_size = (sizeof(struct loop) + _Alignof(struct connection) - 1) /
			       _Alignof(struct connection) * _Alignof(struct connection);

static void prepare(struct loop *loop, const struct clock *clock, void (*wake)(void *owner),
		    void *owner)
{
	loop->clock = clock;
	loop->wake = wake;
	loop->owner = owner;
	pthread_mutex_init(&loop->inbox_lock, NULL);
	loop_tick(loop);
	loop->random = (uint64_t)loop->now;
}

struct loop *loop_new(const struct clock *clock, void (*wake)(void *owner), void *owner)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop)
		prepare(loop, clock, wake, owner);
	return loop;
}

size_t loop_size(const struct service *service)
{
	return own_size + connection_size(service);
}

struct loop *loop_new_in(void *memory, size_t size, const struct clock *clock,
			 void (*wake)(void *owner), void *owner)
{
	struct loop *loop = memory;

	memset(loop, 0, sizeof(*loop));
	loop->room = size - own_size;
	prepare(loop, clock, wake, owner);
	return loop;
}

static struct connection *own_place(struct loop *loop)
{
	return (struct connection *)((char *)loop + own_size);
}

struct connection *loop_allocate(struct loop *loop, size_t size)
{
	if (size > loop->room || loop->count > 0)
		return calloc(1, size);
	return memset(own_place(loop), 0, size);
}

void loop_release(struct loop *loop, struct connection *connection)
{
	loop->count--;
	if (!loop->room || connection != own_place(loop))
		free(connection);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	/* The last one to wake this loop may hold the lock still. */
	pthread_mutex_lock(&loop->inbox_lock);
	pthread_mutex_unlock(&loop->inbox_lock);
	pthread_mutex_destroy(&loop->inbox_lock);
	timer_heap_free(&loop->timers);
	chunk_source_free(&loop->answers);
	if (!loop->room)
		free(loop);
}

size_t loop_count(const struct loop *loop)
{
	return loop->count;
}

void loop_tick(struct loop *loop)
{
	loop->now = loop->clock->monotonic(loop->clock);
	loop->turn++;
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

void loop_add(struct loop *loop, struct connection *connection)
{
	connection->next_in_loop = loop->first;
	if (loop->first)
		loop->first->previous_in_loop = connection;
	loop->first = connection;
	loop->count++;
}

void loop_remove(struct loop *loop, struct connection *connection)
{
	if (connection->previous_in_loop)
		connection->previous_in_loop->next_in_loop = connection->next_in_loop;
	else
		loop->first = connection->next_in_loop;
	if (connection->next_in_loop)
		connection->next_in_loop->previous_in_loop = connection->previous_in_loop;
	timer_heap_remove(&loop->timers, &connection->deadline);
}

static void append_pending(struct loop *loop, struct connection *connection)
{
	connection->next_touched = NULL;
	if (loop->pending_last)
		loop->pending_last->next_touched = connection;
	else
		loop->pending_first = connection;
	loop->pending_last = connection;
}

/* The lock of the inbox is held while the owner is woken, so that the owner, who takes it to empty
 * the inbox, cannot be gone before this thread is done with it. */
static void push_inbox(struct loop *loop, struct connection *connection)
{
	pthread_mutex_lock(&loop->inbox_lock);
	struct connection *first = atomic_load_explicit(&loop->inbox, memory_order_relaxed);
	connection->next_touched = first;
	atomic_store_explicit(&loop->inbox, connection, memory_order_relaxed);
	if (!first)
		loop->wake(loop->owner);
	pthread_mutex_unlock(&loop->inbox_lock);
}

void loop_deliver(struct loop *from, struct connection *touched)
{
	while (touched) {
		struct connection *next = touched->next_touched;
		if (touched->loop == from)
			append_pending(from, touched);
		else
			push_inbox(touched->loop, touched);
		touched = next;
	}
}

void loop_pend(struct connection *connection)
{
	if (connection->touched)
		return;
	connection->touched = true;
	append_pending(connection->loop, connection);
}

/* Whoever puts the first one in wakes the owner afterwards, so it is enough to look before taking
 * the lock. */
static void empty_inbox(struct loop *loop)
{
	if (!atomic_load_explicit(&loop->inbox, memory_order_relaxed))
		return;
	pthread_mutex_lock(&loop->inbox_lock);
	struct connection *touched = atomic_load_explicit(&loop->inbox, memory_order_relaxed);
	atomic_store_explicit(&loop->inbox, NULL, memory_order_relaxed);
	pthread_mutex_unlock(&loop->inbox_lock);
	while (touched) {
		struct connection *next = touched->next_touched;
		append_pending(loop, touched);
		touched = next;
	}
}

static struct connection *take_pending(struct loop *loop)
{
	if (!loop->pending_first && loop->wake)
		empty_inbox(loop);
	struct connection *connection = loop->pending_first;
	if (connection)
		loop->pending_first = connection->next_touched;
	if (!loop->pending_first)
		loop->pending_last = NULL;
	return connection;
}

struct connection *loop_pending(struct loop *loop)
{
	struct connection *connection;

	while ((connection = take_pending(loop))) {
		service_enter(connection);
		connection->touched = false;
		if (!connection->freed)
			connection_attend(connection);
		service_exit(connection);
		if (!connection->freed)
			return connection;
		loop_release(loop, connection);
	}
	return NULL;
}

static struct connection *of_entry(struct timer_entry *entry)
{
	return (struct connection *)((char *)entry - offsetof(struct connection, deadline));
}

int64_t loop_deadline(const struct loop *loop)
{
	const struct timer_entry *first = timer_heap_first(&loop->timers);

	return first ? first->deadline : NEVER;
}

/* A deadline that moves away stays in the heap as it is and is looked at again when it comes: most
 * of them move with every message. */
void loop_schedule(struct connection *connection)
{
	int64_t deadline = connection_deadline(connection);

	if (deadline == NEVER)
		return;
	if (connection->deadline.slot && connection->deadline.deadline <= deadline)
		return;
	/* Without memory for its deadline a session lives without one, but one that has closed
	 * must not wait for ever. */
	if (timer_heap_set(&connection->loop->timers, &connection->deadline, deadline) &&
	    !connection_is_open(connection))
		connection->phase = PHASE_CLOSED;
}

void loop_expire(struct loop *loop)
{
	struct timer_entry *entry;

	while ((entry = timer_heap_first(&loop->timers)) && entry->deadline <= loop->now) {
		struct connection *connection = of_entry(entry);
		timer_heap_remove(&loop->timers, entry);
		if (connection_deadline(connection) > loop->now)
			loop_schedule(connection);
		else
			connection_expired(connection);
	}
}

void loop_each(struct loop *loop, void (*visit)(struct connection *, void *), void *context)
{
	struct connection *next;

	for (struct connection *at = loop->first; at; at = next) {
		next = at->next_in_loop;
		visit(at, context);
	}
}
