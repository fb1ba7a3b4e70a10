/*
 * Time, through a pointer, so that a test can move it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define NANOSECONDS_PER_MILLISECOND INT64_C(1000000)

/* A deadline that never comes. */
#define NEVER INT64_MAX

/* The time so much later, at most NEVER. */
static inline int64_t time_after(int64_t now, int64_t delay)
{
	return delay > NEVER - now ? NEVER : now + delay;
}

static inline int64_t time_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct clock {
	int64_t (*monotonic)(const struct clock *); /* nanoseconds from an arbitrary start */
	time_t (*wall)(const struct clock *);       /* seconds since 1970 */
};

/* The machine's own clock. */
extern const struct clock system_clock;

/* Monotonic nanoseconds of the machine's own clock. */
int64_t clock_monotonic(void);

/* How long to wait where nothing but an event ends the wait: for poll(2), and in nanoseconds. Under
 * ThreadSanitizer (GCC 12's) such waits are cut short: the handler of a signal that came just
 * before the call is not run until the call returns, which would then be never. */
#ifdef __SANITIZE_THREAD__
#define CLOCK_POLL_FOREVER 100
#define CLOCK_WAIT_FOREVER (CLOCK_POLL_FOREVER * NANOSECONDS_PER_MILLISECOND)
#else
#define CLOCK_POLL_FOREVER (-1)
#define CLOCK_WAIT_FOREVER NEVER
#endif

/* The milliseconds to wait from now to a deadline, as poll(2) wants them: rounded up, 0 when it has
 * passed, CLOCK_POLL_FOREVER for NEVER. */
int clock_poll_timeout(int64_t now, int64_t deadline);

/* A duration as people write it: "250 ms", "5 s", "2 m". Returns out. */
char *clock_text(char out[32], int64_t nanoseconds);

#endif
