/*
 * What programs do that nobody wants to read: shells and scripts on the way to the program that was
 * meant, and whom the C library asks on the way to an address.
 */
#ifndef TIMELINE_ROWS_WRAPPERS_H
#define TIMELINE_ROWS_WRAPPERS_H

#include <stdbool.h>

#include "timeline/recording.h"

/* The program that was meant is the process that uses sockets; where none does, the one that was
 * executed last. It begins when it is executed. All that other processes did to get there, and to
 * wait for its end, is left out: what they start, their lines, their signals and their ends, but
 * not what they read and print. Processes that it made itself are part of it. */
struct wrappers {
	bool *hidden; /* for each call, whether it is left out */
	int *first;   /* for each program, the first call of the process that was meant, or -1 */
	int *wrapped; /* for each call, how many processes led to the program that it executes */
};

/* Whether a call is one of the C library's questions to its name cache, or to the kernel: for this
 * machine's addresses, when a name has several and it must put them in order (netlink). */
bool looks_up_names(const struct recording *, const struct call *);

/* Returns false for want of memory; free them in any case. */
bool wrappers_find(struct wrappers *, const struct recording *);
void wrappers_free(struct wrappers *);

#endif
