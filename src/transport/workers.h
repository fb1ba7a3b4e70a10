/*
 * Workers: event loops in threads of their own.
 */
#ifndef TRANSPORT_WORKERS_H
#define TRANSPORT_WORKERS_H

#include "sockettool/server.h"

struct error;

/* Runs one event loop, that of the worker with that number. Returns 0 after a stop, or a negative
 * errno and an error. */
typedef int worker_function(struct server *, int worker, const void *context, struct error *);

/* Runs the server's number of workers, the first in the calling thread, until all have ended. If
 * one fails the others are stopped. Returns 0, or the first failure's errno and error. */
int workers_run(struct server *, worker_function *, const void *context, struct error *);

#endif
