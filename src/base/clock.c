/*
 * The machine's own clock, and durations as poll and as people want them.
 */
#include "base/clock.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

int64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static int64_t system_monotonic(const struct clock *clock)
{
	(void)clock;
	return clock_monotonic();
}

static time_t system_wall(const struct clock *clock)
{
	(void)clock;
	return time(NULL);
}

const struct clock system_clock = {.monotonic = system_monotonic, .wall = system_wall};

int clock_poll_timeout(int64_t now, int64_t deadline)
{
	int64_t left, milliseconds;

	if (deadline == NEVER)
		return CLOCK_POLL_FOREVER;
	if (deadline <= now)
		return 0;
	if (__builtin_sub_overflow(deadline, now, &left))
		return INT_MAX;
	milliseconds = left / NANOSECONDS_PER_MILLISECOND;
	if (left % NANOSECONDS_PER_MILLISECOND)
		milliseconds++;
	return milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
}

char *clock_text(char out[32], int64_t nanoseconds)
{
	static const struct {
		int64_t nanoseconds;
		const char *name;
	} units[] = {
		{3600 * NANOSECONDS_PER_SECOND, "h"},
		{60 * NANOSECONDS_PER_SECOND, "m"},
		{NANOSECONDS_PER_SECOND, "s"},
		{NANOSECONDS_PER_MILLISECOND, "ms"},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t unit = units[i].nanoseconds;

		if (nanoseconds != 0 && nanoseconds % unit == 0) {
			snprintf(out, 32, "%" PRId64 " %s", nanoseconds / unit, units[i].name);
			return out;
		}
	}
	snprintf(out, 32, "%g s", (double)nanoseconds / (double)NANOSECONDS_PER_SECOND);
	return out;
}
