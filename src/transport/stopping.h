/*
 * The end of an event loop: from the wish to stop, sessions have the server's grace to finish.
 */
#ifndef TRANSPORT_STOPPING_H
#define TRANSPORT_STOPPING_H

#include "base/clock.h"
#include "sockettool/server.h"

struct stopping {
	bool begun;
	int64_t deadline; /* NEVER before the stop, and once the sessions have been ended */
};

static inline bool stopping_begun(const struct stopping *stopping)
{
	return stopping->begun;
}

/* Logs how many sessions are waited for, if any. */
void stopping_log(size_t sessions, int64_t grace);

/* Starts the grace; logs who is waited for. */
void stopping_begin(struct stopping *, const struct server *, struct loop *);

/* Whether the sessions that are left are to be ended now; true once. */
bool stopping_over(struct stopping *, const struct server *, struct loop *);

#endif
