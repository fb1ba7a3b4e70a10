/*
 * Running programs while they are recorded: a server, clients that start when it can be talked to,
 * what is typed for them, and the end of all.
 */
#ifndef TIMELINE_PROGRAMS_H
#define TIMELINE_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "timeline/recording.h"

struct error;

struct run_program {
	const char *command; /* for sh -c; NULL: attach to pid */
	const char *title;   /* the command as it is shown; NULL: as it is */
	pid_t pid;
	/* What is typed for it (typing.h), after which its input ends. NULL: nobody types; its
	 * input is silent, or this program's own for the plan's first client (without clients, for
	 * its server). A program that is attached to keeps its own. */
	const char *input;
};

/* Work of others in the same loop. Functions may be NULL; they must not add to the recording's
 * calls. */
struct run_hooks {
	void *context;
	int descriptor; /* readable is called when it is; -1: none */
	void (*readable)(void *context);
	/* A program is about to use a port, its own or a peer's: the call that makes it do so
	 * has not begun, or not returned. Called again for ports that were told before. */
	void (*port)(void *context, bool udp, const struct address *);
	/* A thread has entered a call, an index in the recording, and stands still meanwhile. */
	void (*call)(void *context, pid_t thread, int call);
};

enum { START_WHEN_SERVED = -1 };

struct run_plan {
	const struct run_program *server; /* NULL: none */
	const struct run_program *clients;
	size_t client_count;
	int64_t start_delay; /* of clients, nanoseconds; START_WHEN_SERVED: when the server listens
				or has bound a datagram socket; at once if it is attached to */
	int64_t timeout;     /* nanoseconds after which all is ended; 0: never */
	size_t bytes;        /* of data kept of each call */
	bool source;         /* whether places in the programs' source are wanted */
	int output, errors;  /* descriptors where programs' output goes; -1: nowhere */
	const char *const *environment; /* "NAME=value" for the programs, up to NULL; or NULL */
	struct run_hooks hooks;
};

/* Runs the plan and records it, to the end: until the clients have ended and the server has nothing
 * to do any more, or all programs have ended, or SIGINT, SIGTERM, SIGHUP or SIGQUIT comes. Then
 * programs that were started are ended with all that came from them, by SIGTERM and at last
 * SIGKILL, and those that were attached to go on alone.
 *
 * Returns 0, or a negative errno with the error filled. The recording is good even so: with
 * STATUS_TIMEOUT in the error it is what happened until then, with STATUS_SIGNAL + n until signal n
 * came.
 *
 * Collects every child of this process that ends meanwhile. Orphans of the programs become children
 * of this process. */
int record_programs(struct recording *, const struct run_plan *, struct error *);

/* Reads "WHO:" in front of a text: "server:" or "client:", "client2:", ... Returns 0 for the
 * server, n for client n, or -EINVAL with the error filled. *rest is what stands behind the
 * colon. */
int run_who(const char *text, const char **rest, struct error *);

#endif
