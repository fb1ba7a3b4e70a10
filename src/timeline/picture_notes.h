/*
 * What stands above a drawn timeline: what it shows, what it lacks, and who still waits.
 */
#ifndef TIMELINE_PICTURE_NOTES_H
#define TIMELINE_PICTURE_NOTES_H

#include <stddef.h>

#include "timeline/rows.h"

/* A call that had not returned at the end, or a program that was stopped outside of any call. */
struct stuck {
	int call;   /* -1: of none */
	char *text; /* "server: still waiting in accept(3), for 4.2 s" */
};

struct notes {
	char *title;    /* "Timeline of server and client" */
	char *lines[2]; /* when and how much, and why there is no wire */
	size_t line_count;
	struct stuck *stuck;
	size_t stuck_count;
};

/* NULL for want of memory. */
struct notes *notes_make(const struct recording *, const struct join *, const struct rows *);
void notes_free(struct notes *);

#endif
