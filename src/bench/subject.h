/*
 * A server that is started to be measured, on a processor of its own where there are two.
 */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bench/load.h"

struct error;

/* Where servers and the generator run. */
struct placement {
	bool pinned; /* there is more than one processor */
	cpu_set_t server, generator;
};

/* Gives the first processor that this program may use to servers and the others to the generator,
 * which is this process, and writes that down in words. */
void placement_choose(struct placement *, struct machine *);

/* A server under way: a process group of its own. */
struct running {
	pid_t group;
	int messages; /* what it writes to standard error */
	int elders;   /* children that this program had before */
	struct target target;
};

/* Whether a command can be started with a port: it names {port} and is not too long. Returns 0, or
 * a negative errno with the error filled. */
int running_check(const char *command, struct error *);

/* Starts a shell command, in which {port} stands for a free port of 127.0.0.1, and waits until that
 * port is served. Returns 0, or a negative errno with the error filled and the process ended.
 * The structure must stay where it is until running_stop. */
int running_start(struct running *, const char *command, bool datagrams, const struct placement *,
		  int64_t timeout, struct error *);

/* Ends the group: SIGTERM, and SIGKILL if that does not do. What has left the group is killed.
 * To be called by the thread that started it. */
void running_stop(struct running *);

#endif
