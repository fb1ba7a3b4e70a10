/*
 * Dialing: from a host's name to a connected socket, by racing its addresses (RFC 8305).
 *
 * A dialer stands for one target and finds its addresses once; a dial is one connection to it in
 * the making, and there may be many at a time. Nothing here waits: the owner polls what dial_events
 * gives until dial_deadline and then calls dial_step. A dialer and its dials belong to one thread.
 */
#ifndef SOCKETTOOL_DIALER_H
#define SOCKETTOOL_DIALER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "sockettool/address.h"

struct clock;
struct dial;
struct dialer;
struct error;

/* The texts are borrowed until the dialer is freed. */
struct dial_target {
	const char *host, *port;
	const char *unix_path; /* not NULL: a local stream socket, and no host or port */
	bool datagrams;
};

enum {
	DIAL_ADDRESSES_MAX = 16,              /* of a name; the others are left out */
	DIAL_EVENTS_MAX = DIAL_ADDRESSES_MAX, /* entries that dial_events may write */
};

/* Nanoseconds after which the next address is tried while the last one is silent (section 5). */
#define DIAL_ATTEMPT_DELAY INT64_C(250000000)

/* Makes a dialer and begins to look up the name, in a thread of its own unless it is a numeric
 * address. timeout: nanoseconds from now until every dial fails that is not connected. NULL: the
 * error is filled. */
struct dialer *dialer_new(const struct dial_target *, const struct clock *, int64_t timeout,
			  struct error *);

/* Frees it, after its dials. A look-up under way is abandoned. */
void dialer_free(struct dialer *);

/* The target as its user named it: "localhost:5000", "[::1]:5000" or a path. */
const char *dialer_name(const struct dialer *);

/* Begins one connection; its first dial_step should follow at once. NULL: no memory. */
struct dial *dial_new(struct dialer *);

/* Frees it, and closes its sockets but for one that was taken. */
void dial_free(struct dial *);

/* Writes what to poll for, at most DIAL_EVENTS_MAX entries, and returns how many. */
int dial_events(const struct dial *, struct pollfd *);

/* When dial_step wants to be called even if nothing happens: a time of the clock. */
int64_t dial_deadline(const struct dial *);

/* Does what can be done at this moment. Returns 0 while the dial goes on, 1 once it is connected,
 * or a negative errno with a sentence that names every address tried and why it failed. */
int dial_step(struct dial *, struct error *);

/* The connected socket, nonblocking, for TCP with TCP_NODELAY; from now on the caller's. */
int dial_take(struct dial *, struct address *peer);

/* Orders addresses as section 4 says: families take turns, each in the order it had, and the family
 * of the first address begins. */
void dial_interleave(struct address *, int count);

#endif
