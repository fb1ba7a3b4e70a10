/*
 * A run of programs: what its beginning, its loop and its end share.
 */
#ifndef TIMELINE_PROGRAMS_INTERNAL_H
#define TIMELINE_PROGRAMS_INTERNAL_H

#include <poll.h>
#include <signal.h>

#include "timeline/programs.h"
#include "timeline/python_hook.h"
#include "timeline/tracer.h"
#include "timeline/typing.h"

enum run_phase {
	RUN_GOES_ON,
	RUN_LINGERS, /* the clients have ended; the server may finish what it is at */
	RUN_ENDS,    /* SIGTERM was sent */
	RUN_KILLS,   /* SIGKILL was sent */
};

/* A program of the plan. */
struct run_member {
	const struct run_program *program;
	struct typing typing; /* its descriptor: the program's keyboard, even if nobody types */
	bool started;
};

struct run {
	const struct run_plan *plan;
	struct recording *recording;
	struct tracer tracer;
	struct python_hook hook;    /* if source is wanted */
	struct run_member *members; /* by index in the recording, like traced */
	struct traced_program *traced;
	size_t count, first_client; /* first_client: 1 with a server, else 0 */
	struct pollfd *polls;
	int signals;      /* a signalfd */
	sigset_t mask;    /* of signals, before the run */
	int64_t began;    /* CLOCK_MONOTONIC, like all times of a run */
	int64_t deadline; /* of the phase */
	int64_t lingers_from;
	int64_t patience; /* until when threads that were attached to are waited for */
	enum run_phase phase;
	bool served; /* the server can be talked to */
	bool clients_started;
	int status; /* what the run returns */
	struct error *error;
};

/* Starts a program of the plan, or attaches to it. Returns 0, or a negative errno with the error
 * filled. (programs_start.c) */
int run_start(struct run *, size_t index, int64_t now, struct error *);

/* Ends what was started and lets go what was attached to, unless that has begun. (programs.c) */
void run_end(struct run *, int64_t now);

/* Runs until nothing is traced any more. (programs.c) */
void run_loop(struct run *);

#endif
