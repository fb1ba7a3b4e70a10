/*
 * What rows are made of, in the order of time.
 */
#ifndef TIMELINE_ROWS_INTERNAL_H
#define TIMELINE_ROWS_INTERNAL_H

#include "timeline/rows.h"

/* In the order in which they are shown when they happen at the same time. */
enum event_kind { EVENT_ENTRY, EVENT_PACKET, EVENT_RETURN, EVENT_STUCK, EVENT_EXIT, EVENT_END };

struct event {
	int64_t when;
	enum event_kind kind;
	int index; /* a call's, a packet's, or for EVENT_END a program's */
};

/* What is known of each call before it is shown. */
struct call_plan {
	int64_t ended;  /* when it was over, its fold included */
	int64_t caused; /* when what it waited for was sent, or -1 */
	int first;      /* the call whose cells show it: itself, or the first of its fold */
	int last;       /* of a fold's first: the last one */
	int count;      /* of a fold's first: how many there are; else 1 */
	bool opens;     /* it waits: two cells */
	bool thread;    /* its thread is not its program's first one */
	bool hidden;    /* it is not shown */
	int wrapped;    /* how many other processes led to the program that it executes */
	bool under;     /* the row of the line that makes it is the last one above of its program */
};

struct plan {
	struct call_plan *calls;
	struct event *events;
	size_t event_count;
	int *send_of_packet; /* the call that made each packet leave, or -1 */
};

/* Plans what is shown. Returns false for want of memory; free it in any case. */
bool rows_plan_make(struct plan *, const struct recording *, const struct join *,
		    const struct view_options *);
void rows_plan_free(struct plan *);

#endif
