/*
 * The threads that are traced.
 */
#ifndef TIMELINE_TRACEES_H
#define TIMELINE_TRACEES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "timeline/decode.h"

/* A signal handler may make calls while the call it interrupted is still to be restarted. */
enum { NESTED_CALLS = 4, TRACEE_BUCKETS = 1024 };

/* How far a call has come. */
enum progress {
	CALL_RUNS,        /* it will return */
	CALL_INTERRUPTED, /* the kernel will restart it, or make it fail with EINTR */
};

struct nested_call {
	struct activity activity;
	enum progress progress;
	bool before;  /* it began before the thread was traced, and is not in the recording yet */
	bool handled; /* a signal handler runs, or has run, since it was interrupted */
	long number;
	uint64_t stack;      /* the stack pointer */
	int64_t interrupted; /* when; nanoseconds since the recording began */
};

struct tracee {
	struct owner owner;
	struct nested_call calls[NESTED_CALLS]; /* the last one is the innermost */
	int depth;
	bool returning; /* from a signal handler */
	bool attaching; /* it has not stopped yet */
	int line;       /* of its process's script, where Python told it last; 0: none */
	struct tracee *next;
};

/* Zeroed it is empty. */
struct tracees {
	struct tracee *buckets[TRACEE_BUCKETS];
	size_t count;
};

struct tracee *tracees_find(const struct tracees *, pid_t thread);

/* Adds a thread. NULL for want of memory. */
struct tracee *tracees_add(struct tracees *, const struct owner *);

void tracees_remove(struct tracees *, pid_t thread);

/* The next one of all, in no order; NULL after the last. Begins with NULL. The table must not
 * change meanwhile. */
struct tracee *tracees_next(const struct tracees *, const struct tracee *);

void tracees_free(struct tracees *);

/* --- What /proc knows about a process or thread. --- */

struct process_status {
	pid_t process, parent, tracer;
	uint64_t ignored, caught; /* signals: bit n - 1 for signal n */
	bool ended;               /* all that is left of it is its status, for its parent */
};

/* Returns false if there is no such thread. */
bool process_status_read(struct process_status *, pid_t thread);

#endif
