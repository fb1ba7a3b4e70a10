/*
 * Who plays: from the options to a plan of programs to run.
 */
#ifndef TIMELINE_CAST_H
#define TIMELINE_CAST_H

#include "sockettool/timeline.h"
#include "timeline/programs.h"

struct error;

struct cast {
	struct run_plan plan; /* its pointers lead into the cast and the options */
	struct run_program server, *clients;
	char *commands[2]; /* of a protocol's own two ends */
	char titles[2][80];
	char *input;
};

/* Makes the plan, which borrows the options' texts. Returns 0, or a negative errno with the error
 * filled; cast_free is due in any case. */
int cast_make(struct cast *, const struct protocol *, const struct timeline_options *,
	      struct error *);
void cast_free(struct cast *);

#endif
