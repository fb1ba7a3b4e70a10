/*
 * The load generator: a plan against a target, by as many threads as the plan says.
 */
#ifndef BENCH_GENERATOR_H
#define BENCH_GENERATOR_H

#include "bench/load.h"

struct error;

/* What a run is told of while it goes on. */
struct watcher {
	/* Called by the caller's thread about twice a second, NULL: nobody looks. done: messages
	 * measured so far. */
	void (*look)(const struct plan *, int connected, uint64_t done);
};

/* Runs the load, and returns when its threads have ended. The histograms are the caller's and are
 * cleared first; uncorrected may be NULL in a closed loop. One run at a time.
 * Returns 0, whatever the server did (the result tells), or a negative errno with the error filled
 * if the load could not be run at all. */
int generate(const struct plan *, const struct target *, const struct watcher *, struct result *,
	     struct histogram *latency, struct histogram *uncorrected, struct error *);

/* Has SIGINT, SIGTERM and SIGHUP end the run, and those to come, but for those that are ignored. */
void generate_on_signal(void);

/* The one of them that came, or 0. */
int generate_stopped(void);

#endif
