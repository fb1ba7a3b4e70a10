/*
 * The stack of a stopped thread of a compiled program, down to the first function whose source is
 * the program's own.
 */
#ifndef TIMELINE_FRAMES_H
#define TIMELINE_FRAMES_H

#include <stdbool.h>
#include <sys/types.h>

#include "timeline/libdw.h"

/* What is mapped into a process, and its debugging information. */
struct frames;

struct place {
	const char *file; /* the frames' own, until they are asked or freed; NULL: none */
	int line;
};

/* NULL for want of memory. */
struct frames *frames_new(pid_t process);
void frames_free(struct frames *);

/* Finds where a thread of the process is, which must be stopped. Debugging information is that of
 * the executable and its libraries themselves: nothing is looked for elsewhere. Returns false if
 * there is none, or it is no good. */
bool frames_find(struct frames *, pid_t thread, struct place *);

#endif
