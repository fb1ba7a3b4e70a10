/*
 * A chat room full of members of the load's own: how they come together and speak.
 */
#ifndef BENCH_ROOM_H
#define BENCH_ROOM_H

#include "bench/load.h"
#include "bench/room_order.h"

enum { ROOM_BUFFER = 1 << 18, ROOM_LINE = 256 };

/* Speakers come first, listeners behind them. */
struct member {
	int socket;
	/* Joining: the line that is incomplete, and what the member has seen. */
	char *line;
	size_t line_length;
	bool welcomed, aligned;
	/* Speaking: listeners have a place in the order; all have seen `seen` of its lines. */
	uint64_t place, seen;
};

struct speaker {
	uint64_t sent;      /* messages; the number of the next one */
	uint64_t delivered; /* of them, those that all have received */
	int64_t *times;     /* when each was sent, by number modulo pipeline */
	char *out;          /* messages that are to be sent, pipeline at most */
	size_t out_at, out_end;
	/* Lines of others that came before a listener had them: their speakers and numbers. */
	struct said *ahead;
	size_t ahead_count;
	char *partial; /* the line that is incomplete */
	size_t partial_length;
};

/* Owns all that it points to, the members' sockets included; the load is its caller's. */
struct room {
	struct load *load;
	struct member *members;
	struct speaker *speakers;
	int member_count, speaker_count;
	uint64_t pipeline;
	struct order order;
	char *buffer;     /* ROOM_BUFFER bytes */
	int epoll;        /* edge-triggered for reading and writing; data is the member */
	bool broken;      /* the load cannot go on */
	uint64_t due;     /* open loop: messages whose time has come, of all speakers in turn */
	int64_t progress; /* when something was received */
};

/* Logs all members in and waits until everybody has heard of everybody: from then on each receives
 * the same lines. Returns whether that came to be; if not, a fault has been counted. */
bool room_join(struct room *);

#endif
