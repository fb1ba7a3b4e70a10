/*
 * The calls of a thread, from stop to stop: which entry belongs to which return when signals come
 * between.
 *
 * The kernel restarts most calls that a signal interrupts, after the signal's handler if it has one
 * that asks for that (SA_RESTART). Such a call is one call here. Whether it was restarted or failed
 * with EINTR shows when the handler returns.
 */
#ifndef TIMELINE_TRACER_CALLS_H
#define TIMELINE_TRACER_CALLS_H

#include "timeline/tracer.h"

/* An entry into the kernel. */
struct call_entry {
	long number;
	uint64_t arguments[CALL_ARGUMENTS];
	uint64_t stack;
};

/* A thread has entered a call, at a time since the recording began. */
void calls_enter(struct decoder *, struct tracee *, const struct call_entry *, int64_t when);

/* A thread leaves a call with a result. */
void calls_leave(struct decoder *, struct tracee *, int64_t result, int64_t when);

/* A signal is being delivered to a handler. */
void calls_handle_signal(struct tracee *);

/* Whether the thread's next return from the kernel matters. */
bool calls_await_return(const struct tracee *);

/* A thread that will be attached to is in a call already, which is interrupted thereby. */
void calls_note_earlier(struct tracee *, const struct call_entry *);

#endif
