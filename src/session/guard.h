/*
 * Who gets no answer to a datagram: sources that are services themselves, groups, and hosts that
 * ask too much. A forged source could otherwise have two servers answer each other for ever, or
 * have a server flood a third party.
 */
#ifndef SESSION_GUARD_H
#define SESSION_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sockettool/connection.h"

enum { GUARD_SLOTS = 1024 };

/* The token bucket of the hosts whose addresses hash to its place. It belongs to no single host: a
 * newcomer that emptied or filled it would let two forged addresses in turn ask without end. */
struct bucket {
	int64_t counted; /* when the spent tokens were last counted */
	int64_t spent;   /* in nanoseconds: a datagram costs GUARD_INTERVAL, and time pays back */
};

struct guard {
	struct datagram_policy policy;
	struct bucket buckets[GUARD_SLOTS];
};

/* Whether the source may be answered now. One that may has used one of its tokens. Hosts on
 * loopback have no bucket. */
bool guard_admits(struct guard *, const struct address *source, int64_t now);

/* Whether the source may get an answer of that length to that request. */
bool guard_admits_length(const struct guard *, const struct address *source, size_t request,
			 size_t answer);

#endif
