/*
 * Where a report goes: standard output, and the files that were named.
 */
#ifndef BENCH_OUTPUTS_H
#define BENCH_OUTPUTS_H

#include <stdio.h>

#include "sockettool/bench.h"

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_HISTOGRAM, OUTPUT_SVG, OUTPUT_HTML, OUTPUTS };

struct outputs {
	const char *names[OUTPUTS]; /* as the user named the files; NULL: not wanted */
};

/* Looks before anything is measured whether the files can be written, which are as they were until
 * there is a report. The names are borrowed from the options. Returns 0, or a negative errno with
 * the error filled. */
int outputs_choose(struct outputs *, const struct bench_options *, struct error *);

/* Has each form that is wanted written, by a function that returns 0, -EIO or -ENOMEM. Returns 0,
 * or a negative errno with the error filled. */
int outputs_write(const struct outputs *, int (*write)(void *what, enum output, FILE *), void *what,
		  struct error *);

#endif
