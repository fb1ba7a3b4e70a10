/*
 * Following programs by ptrace: every thread of every process that comes from them, from call to
 * call, so that they behave as if nobody watched.
 *
 * Programs that were started stop at the calls of interest only, by a filter they install
 * themselves (call_filter.h). Programs that were attached to stop at every call.
 *
 * Threads: all of a tracer is used by the thread that started the programs, as ptrace demands.
 */
#ifndef TIMELINE_TRACER_H
#define TIMELINE_TRACER_H

#include "timeline/decode.h"
#include "timeline/tracees.h"

struct error;
struct sources;

/* What a tracer knows about a program of the recording. */
struct traced_program {
	bool attached;
	bool begun;    /* it is no longer the child that prepares itself to become the program */
	int processes; /* that live */
	pid_t root;    /* the first of them */
	bool root_ended;
	int64_t stirred; /* when a thread of it stopped last; CLOCK_MONOTONIC */
};

struct tracer {
	struct decoder decoder;
	struct tracees tracees;
	struct traced_program *programs; /* by index in the recording; borrowed */
	int64_t origin;                  /* CLOCK_MONOTONIC when the recording began */
	size_t attaching; /* threads that were attached to and have not stopped yet */
	bool detaching;
	struct sources *sources; /* NULL: nobody wants to know places; freed with the tracer */
};

/* Prepares a tracer of so many programs, which keeps so many bytes of each call's data. Returns
 * false for want of memory. */
bool tracer_init(struct tracer *, struct recording *, struct traced_program *, size_t count,
		 size_t bytes);

/* Frees it. Nothing may be traced any more. */
void tracer_free(struct tracer *);

/* Follows a child of this process, which must not have installed its filter yet. Returns 0 or a
 * negative errno. */
int tracer_follow(struct tracer *, pid_t child, int program);

/* Attaches to a process with all its threads and the processes that come from it. Returns 0, or a
 * negative errno with the error filled; nothing is attached to then. */
int tracer_attach(struct tracer *, pid_t process, int program, struct error *);

/* Deals with what waitpid(__WALL) has reported, and lets the thread go on. */
void tracer_report(struct tracer *, pid_t thread, int status);

/* Stops the threads that were attached to, so that tracer_report lets each go for good. */
void tracer_detach(struct tracer *);

/* Sends a signal to every process of a program. Processes that were attached to are left alone. */
void tracer_kill(struct tracer *, int program, int number);

/* How many threads of programs that were started, or attached to, are still traced. */
size_t tracer_count(const struct tracer *, bool attached);

#endif
