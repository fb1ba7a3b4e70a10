/* Who gets no answer to a datagram. */
#include "session/guard.h"

#include <string.h>

#include "base/clock.h"

/* A host off loopback may ask 1,000 times a second, and 2,000 times in a burst. */
#define GUARD_INTERVAL NANOSECONDS_PER_MILLISECOND
#define GUARD_BURST (2000 * GUARD_INTERVAL)

static bool is_service_port(const struct guard *guard, uint16_t port)
{
	switch (port) {
	case 0:
	case 7:  /* echo */
	case 9:  /* discard */
	case 11: /* users */
	case 13: /* daytime */
	case 17: /* quote of the day */
	case 19: /* character generator */
	case 37: /* time */
		return true;
	}
	for (size_t i = 0; i < guard->policy.own_port_count; i++) {
		if (guard->policy.own_ports[i] == port)
			return true;
	}
	return false;
}

static bool take_token(struct guard *guard, const struct address *source, int64_t now)
{
	struct bucket *bucket = &guard->buckets[address_hash(source) % GUARD_SLOTS];

	bucket->spent -= now - bucket->counted;
	bucket->counted = now;
	if (bucket->spent < 0)
		bucket->spent = 0;
	if (bucket->spent > GUARD_BURST - GUARD_INTERVAL)
		return false;
	bucket->spent += GUARD_INTERVAL;
	return true;
}

bool guard_admits(struct guard *guard, const struct address *source, int64_t now)
{
	if (address_is_group(source) || is_service_port(guard, source->port))
		return false;
	return address_is_loopback(source) || take_token(guard, source, now);
}

bool guard_admits_length(const struct guard *guard, const struct address *source, size_t request,
			 size_t answer)
{
	return answer <= request || guard->policy.allow_amplification ||
	       address_is_loopback(source);
}
