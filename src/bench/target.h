/*
 * Finding the server that is to be loaded.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include "bench/load.h"

struct error;

/* Resolves the name and takes the first address that can be connected to. Returns 0, or a negative
 * errno with the error filled. */
int target_find(struct target *, const char *host, const char *port, bool datagrams,
		int64_t timeout, struct error *);

#endif
