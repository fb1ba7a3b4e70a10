/*
 * What a stream load sends and expects: a run of messages that is sent over and over, and the
 * answers to them, both as bytes that can be sent and compared in long pieces.
 */
#ifndef BENCH_TAPE_H
#define BENCH_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/result.h"

enum {
	TAPE_SEND_MAX = 1 << 20,    /* bytes that may be sent from any place in one piece */
	TAPE_COMPARE_MAX = 1 << 18, /* and compared */
};

/* One side. Behind the cycle its beginning is repeated, so that a piece may run over its end. */
struct reel {
	char *bytes;
	size_t cycle;
	size_t *marks; /* where each message of the cycle begins, and where the last one ends */
};

struct tape {
	size_t count; /* messages in a cycle */
	struct reel requests, answers;
};

/* Makes the tape for a protocol whose workload is an echo or an exchange. Returns 0 or -ENOMEM. */
int tape_make(struct tape *, const struct plan *);
void tape_free(struct tape *);

#endif
