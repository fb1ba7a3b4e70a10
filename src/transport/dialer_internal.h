/*
 * What the files of the dialer share.
 */
#ifndef TRANSPORT_DIALER_INTERNAL_H
#define TRANSPORT_DIALER_INTERNAL_H

#include "base/clock.h"
#include "sockettool/dialer.h"

struct resolution;

struct dialer {
	const struct clock *clock;
	int64_t timeout, deadline;
	struct dial_target target;
	struct resolution *resolution; /* NULL for a path */
	int count;                     /* of addresses; 0: not known yet */
	struct address addresses[DIAL_ADDRESSES_MAX];
	char name[160];
};

struct attempt {
	int socket; /* -1: none, because it failed or waits to be tried again */
	int failure;
	bool waits; /* for the server's queue to have room */
};

struct dial {
	struct dialer *dialer;
	int started;     /* attempts begun, in the order of the addresses */
	int winner;      /* -1: none yet */
	int64_t next_at; /* when the next may begin */
	struct attempt attempts[DIAL_ADDRESSES_MAX];
};

static inline bool dial_attempt_runs(const struct attempt *attempt)
{
	return attempt->socket >= 0;
}

/* Fills the error for a dial whose attempts have all failed, or which is late, because the deadline
 * has passed. Returns a negative errno. */
int dial_failed(const struct dial *, bool late, struct error *);

/* The same for a name whose addresses did not come in time. */
int dialer_unresolved(const struct dialer *, struct error *);

#endif
