/*
 * What stands below a timeline: each connection's totals, and what each program waited for.
 */
#ifndef TIMELINE_VIEW_FOOT_H
#define TIMELINE_VIEW_FOOT_H

#include "timeline/join.h"
#include "timeline/recording.h"

struct foot_line {
	int level;        /* 0: what the lines of level 1 behind it are about */
	int conversation; /* index, or -1 */
	char *text;
};

struct foot {
	struct foot_line *lines;
	size_t count, capacity;
};

/* NULL for want of memory. */
struct foot *foot_make(const struct recording *, const struct join *);
void foot_free(struct foot *);

#endif
