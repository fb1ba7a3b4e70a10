/*
 * Waiting for events until a time to the nanosecond, which an open loop needs.
 */
#ifndef BENCH_POLL_H
#define BENCH_POLL_H

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/clock.h"

/* Waits until the deadline at most. Returns how many events there are, 0 also when a signal
 * came. */
static inline int poll_wait(int epoll, struct epoll_event *events, int max, int64_t now,
			    int64_t deadline)
{
	int64_t left = deadline > now ? deadline - now : 0;
	struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
	int count = epoll_pwait2(epoll, events, max, &timeout, NULL);

	/* Linux before 5.11, and valgrind, know milliseconds only. */
	if (count < 0 && errno == ENOSYS)
		count = epoll_wait(epoll, events, max, clock_poll_timeout(now, deadline));
	return count < 0 ? 0 : count;
}

#endif
