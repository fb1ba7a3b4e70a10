/*
 * The difference of two clocks, from readings that lie close together.
 */
#include "timeline/capture_clock.h"

#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

enum { TRIES = 5 };

/* More than this is a step; clocks that are slewed run apart by less between two measurements. */
static const int64_t step = NANOSECONDS_PER_MILLISECOND;

static int64_t realtime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

/* The thread may be interrupted between two readings: the closest pair counts. */
static int64_t measure(void)
{
	int64_t best = INT64_MAX, offset = 0;

	for (int i = 0; i < TRIES; i++) {
		int64_t before = clock_monotonic(), real = realtime_now(),
			after = clock_monotonic();
		if (after - before < best) {
			best = after - before;
			offset = real - (before + best / 2);
		}
	}
	return offset;
}

void capture_clock_begin(struct capture_clock *clock)
{
	int64_t offset = measure();

	*clock = (struct capture_clock){
		.offset = offset, .old_offset = offset, .measured = clock_monotonic()};
	clock->earliest = clock->measured;
}

void capture_clock_set(struct capture_clock *clock, int64_t monotonic, int64_t offset,
		       int64_t slack)
{
	int64_t change = offset - clock->offset;

	if (change > step || change < -step)
		clock->old_offset = clock->offset;
	clock->offset = offset;
	clock->earliest = clock->measured - slack;
	clock->measured = monotonic;
}

void capture_clock_measure(struct capture_clock *clock, int64_t slack)
{
	int64_t offset = measure();

	capture_clock_set(clock, clock_monotonic(), offset, slack);
}

int64_t capture_clock_time(const struct capture_clock *clock, int64_t realtime)
{
	int64_t new = realtime - clock->offset, old = realtime - clock->old_offset;
	bool fits = new >= clock->earliest - step &&new <= clock->measured + step;
	bool old_fits = old >= clock->earliest - step && old <= clock->measured + step;

	return !fits && old_fits ? old : new;
}
