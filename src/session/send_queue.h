/*
 * What waits to be sent to one peer: segments of chunks, and of bytes lent for a moment.
 *
 * Every function that adds returns 0 or -ENOMEM, and then has added nothing.
 */
#ifndef SESSION_SEND_QUEUE_H
#define SESSION_SEND_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "session/chunk.h"

struct segment {
	const char *bytes;
	struct chunk *chunk; /* NULL: lent */
	uint32_t length;     /* SEGMENT_MAX at most */
	bool ends;           /* a datagram ends here */
};

/* More than that at once is as good as no memory. */
#define SEGMENT_MAX UINT32_MAX

struct send_queue {
	struct segment *segments; /* few, or an array of its own; NULL in a queue never used */
	uint32_t first, count, capacity;
	size_t bytes;
	struct segment few[2];
};

/* Adds bytes of the caller's, which must be sent or settled before they go. */
int send_queue_lend(struct send_queue *, const void *bytes, size_t n);

/* Adds bytes that lie in a chunk. A queue of many segments copies them, so that a peer that does
 * not read keeps few chunks alive. */
int send_queue_share(struct send_queue *, struct chunk *, const char *bytes, size_t n);

/* Adds a copy. */
int send_queue_copy(struct send_queue *, const void *bytes, size_t n);

/* Whether bytes that are lent are queued. */
bool send_queue_borrows(const struct send_queue *);

/* Copies what is lent. */
int send_queue_settle(struct send_queue *);

/* Whether bytes were added since the last datagram's end. */
bool send_queue_datagram_open(const struct send_queue *);

/* Marks the end of a datagram; an empty one if nothing was added since the last end. */
int send_queue_end_datagram(struct send_queue *);

/* Whether there is another datagram behind the first one. */
bool send_queue_has_second_datagram(const struct send_queue *);

/* The first runs to send, at most max; for datagrams those of the first one. Returns how many, or
 * -ENOMEM if a datagram of more than max runs could not be put together. */
int send_queue_outgoing(struct send_queue *, struct iovec *, int max, bool datagrams);

/* Takes n bytes away; for datagrams the first one, whatever n. */
void send_queue_sent(struct send_queue *, size_t n, bool datagrams);

/* Drops everything. */
void send_queue_clear(struct send_queue *);

/* The last segment, or NULL. */
static inline struct segment *send_queue_tail(const struct send_queue *queue)
{
	return queue->count ? &queue->segments[queue->first + queue->count - 1] : NULL;
}

/* Whether n bytes that lie behind the segment's can become part of it. */
static inline bool send_queue_has_length(const struct segment *last, size_t n)
{
	return !last->ends && n <= SEGMENT_MAX - last->length;
}

/* The usual case of send_queue_share, without a call: the bytes follow those that were added last.
 * False: they do not, and nothing was added. */
static inline bool send_queue_extend(struct send_queue *queue, const struct chunk *chunk,
				     const char *bytes, size_t n)
{
	struct segment *last = send_queue_tail(queue);

	if (!last || last->chunk != chunk || last->bytes + last->length != bytes ||
	    !send_queue_has_length(last, n))
		return false;
	last->length += (uint32_t)n;
	queue->bytes += n;
	return true;
}

static inline bool send_queue_empty(const struct send_queue *queue)
{
	return queue->count == 0;
}

#endif
