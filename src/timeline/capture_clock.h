/*
 * From the kernel's time stamps, which are CLOCK_REALTIME, to CLOCK_MONOTONIC.
 *
 * The difference of the two clocks moves when somebody sets the time, so it is measured again and
 * again. A stamp of before such a step needs the difference of then; it is the one that puts the
 * packet between the last two measurements.
 */
#ifndef TIMELINE_CAPTURE_CLOCK_H
#define TIMELINE_CAPTURE_CLOCK_H

#include <stdint.h>

struct capture_clock {
	int64_t offset, old_offset; /* realtime - monotonic, now and before the last step */
	int64_t measured;           /* monotonic, the last time */
	int64_t earliest;           /* monotonic: packets of before have been taken */
};

/* Measures the clocks, for the first time or again. Packets that are converted after it came after
 * the measurement before, or at most slack nanoseconds earlier. */
void capture_clock_begin(struct capture_clock *);
void capture_clock_measure(struct capture_clock *, int64_t slack);

/* The same from readings: the monotonic clock, and its difference to the other one. */
void capture_clock_set(struct capture_clock *, int64_t monotonic, int64_t offset, int64_t slack);

/* The monotonic time of a stamp. */
int64_t capture_clock_time(const struct capture_clock *, int64_t realtime);

#endif
