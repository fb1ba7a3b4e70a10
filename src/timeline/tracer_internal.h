/*
 * What the parts of the tracer share.
 */
#ifndef TIMELINE_TRACER_INTERNAL_H
#define TIMELINE_TRACER_INTERNAL_H

#include "timeline/tracer.h"

/* What the kernel shall report of every thread. */
extern const int trace_options;

/* The signal that a stopped thread is about to get, which goes with it when it goes on; or 0. */
int tracer_signal_of(int status);

/* Adds a thread whose process and program are found out, the latter unless program is not -1. NULL
 * for want of memory. */
struct tracee *tracer_adopt(struct tracer *, pid_t thread, int program);

/* Lets a thread that was attached to go, from the stop that waitpid reported. */
void tracer_let_go(struct tracer *, struct tracee *, int status);

#endif
