/*
 * Pollers: three calls that tell which descriptors are ready. A poller is used by one thread.
 */
#ifndef TRANSPORT_POLLER_H
#define TRANSPORT_POLLER_H

#include <stdbool.h>

enum readiness {
	READY_READ = 1,
	READY_WRITE = 2,
	READY_BROKEN = 4, /* reported whether watched for or not */
};

/* A watched descriptor that is ready: what it was watched as, and enum readiness. */
struct ready {
	void *what;
	unsigned events;
};

struct poller {
	/* One more than the highest descriptor that can be watched; 0: no limit. */
	int limit;
	/* Closing a descriptor unwatches it; elsewhere it has to be unwatched before. */
	bool unwatches_closed;
	/* Makes a poller's state. NULL: errno says why. */
	void *(*open)(void);
	/* Changes what a descriptor is watched for, from `before` to `events` (READY_READ,
	 * READY_WRITE); 0 is not at all. Returns 0 or a negative errno. */
	int (*watch)(void *state, int fd, unsigned before, unsigned events, void *what);
	/* Waits, at most that many milliseconds, -1 for ever. Returns how many are ready, 0 also
	 * when a signal came, or a negative errno. */
	int (*wait)(void *state, struct ready *, int max, int milliseconds);
	void (*close)(void *state);
};

extern const struct poller select_poller, poll_poller, epoll_poller;

#endif
