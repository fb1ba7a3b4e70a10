/*
 * When things ended that nobody saw end.
 */
#ifndef TIMELINE_ENDS_H
#define TIMELINE_ENDS_H

#include <stdint.h>

#include "timeline/recording.h"

/* The latest time in a recording. */
int64_t recording_end(const struct recording *);

/* For each call when it was over: when it returned, else when its process ended, else when the
 * recording did. The caller frees the array, which is NULL for want of memory. */
int64_t *call_ends(const struct recording *);

#endif
