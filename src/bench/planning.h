/*
 * From the options to a plan that makes sense.
 */
#ifndef BENCH_PLANNING_H
#define BENCH_PLANNING_H

#include "bench/result.h"
#include "sockettool/bench.h"

struct error;

enum { PLAN_LEVELS_MAX = 16 };

/* Makes the plan for all but its connections, which are put into levels: one number, or several for
 * a comparison. Of a room they are the members, its speakers included. Returns 0,
 * or a negative errno with a sentence about what does not go together. */
int plan_make(struct plan *, int levels[PLAN_LEVELS_MAX], size_t *level_count,
	      const struct protocol *, const struct bench_options *, struct error *);

#endif
