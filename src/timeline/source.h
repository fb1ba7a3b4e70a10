/*
 * Where in their source the traced programs are: file and line of each call, and the lines that
 * Python programs run.
 *
 * Compiled programs are looked up by their debugging information (frames.h), Python programs tell
 * (script.h). Used by the tracer's thread.
 */
#ifndef TIMELINE_SOURCE_H
#define TIMELINE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "timeline/decode.h"
#include "timeline/tracees.h"
#include "timeline/tracer_calls.h"

struct error;
struct sources;

/* Returns NULL with the error filled. */
struct sources *sources_new(struct error *);
void sources_free(struct sources *);

/* A stopped thread has entered a call. Returns whether that was but the hook of a Python program,
 * which tells something; a line that is about to run is then in the recording. */
bool sources_hear(struct sources *, struct decoder *, struct tracee *, const struct call_entry *,
		  int64_t when);

/* Finds the place of a call that a stopped thread has entered. */
void sources_place(struct sources *, const struct tracee *, struct call *);

/* A process has ended, or has become another program. */
void sources_forget(struct sources *, pid_t number);

#endif
