/*
 * The one order of a chat room, as its members see it. Whoever receives a line first lays it down
 * here; what the others receive is compared with it byte by byte.
 */
#ifndef BENCH_ROOM_ORDER_H
#define BENCH_ROOM_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ROOM_NAME = 24,   /* room for a speaker's name, its NUL included */
	ROOM_NUMBER = 16, /* hexadecimal digits at the beginning of a message */
};

/* A line that some have received. */
struct said {
	uint64_t end;    /* where it ends, from the beginning of all lines */
	uint64_t number; /* of the speaker's messages */
	int speaker;
	int missing; /* members who have not received it yet */
};

struct order {
	char (*names)[ROOM_NAME]; /* of the speakers, empty at first: the caller fills them in */
	int speakers, listeners;
	size_t size;       /* bytes of a message, its LF included */
	uint64_t *said_by; /* messages of each speaker so far, kept by the caller */
	uint64_t *heard;   /* of them, those that are in the order */

	char *bytes;        /* a ring, its beginning repeated behind its end */
	size_t ring;        /* a power of two */
	uint64_t line, end; /* where the line that is incomplete begins, and where the bytes end */

	struct said *said; /* a ring */
	uint64_t said_ring, said_count;
};

/* Prepares for at most in_flight messages between the slowest member and the fastest: no speaker
 * may say more before all have heard the others. Returns 0 or -ENOMEM. */
int order_make(struct order *, int speakers, int listeners, size_t size, uint64_t in_flight);
void order_free(struct order *);

static inline struct said *order_said(const struct order *order, uint64_t n)
{
	return &order->said[n & (order->said_ring - 1)];
}

/* Takes n bytes that a listener received behind its place, which is where the bytes it has taken
 * end. Returns NULL if they go with the order (which they may lengthen by what has been said), or
 * the line within the bytes that does not; its length is put in *length. The order is of no use
 * after that. */
const char *order_take(struct order *, uint64_t place, const char *bytes, size_t n, size_t *length);

/* Reads "NAME: NUMBER..." without its LF. Returns the speaker, or -1 if the line is not one of the
 * load's. */
int order_read(const struct order *, const char *line, size_t n, uint64_t *number);

#endif
