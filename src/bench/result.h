/*
 * What is measured (the plan) and what came of it (the result). Times are nanoseconds.
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/histogram.h"
#include "sockettool/protocol.h"

/* What a plan counts, by the kind of its protocol's workload: echo and other answers are messages,
 * a visit is a connection, what a chat member receives is a delivery. */
struct plan {
	const struct protocol *protocol;
	bool datagrams;
	int connections; /* chat: those of the members and of the speakers */
	int speakers;    /* chat only */
	size_t size;     /* bytes of a message, where the workload leaves it open */
	int pipeline;    /* messages in flight on a connection, or of a speaker */
	int threads;     /* of the generator */
	double rate;     /* messages a second in all, open loop; 0: closed loop */
	int64_t warmup, duration;
	uint64_t count;  /* messages to measure instead of a duration; 0: the duration counts */
	int64_t timeout; /* how long an answer, or connecting, may take */
};

/* What can go wrong, counted apart. */
enum fault {
	FAULT_REFUSED,    /* a connection that could not be made */
	FAULT_CLOSED,     /* the server closed or reset a connection that had more to do */
	FAULT_WRONG,      /* an answer that was not the right one */
	FAULT_SHORT,      /* the stream ended within an answer */
	FAULT_TIMEOUT,    /* no answer in time over a stream */
	FAULT_LOST,       /* a datagram without an answer */
	FAULT_LATE,       /* an answer to a datagram that had been counted as lost */
	FAULT_DISORDERED, /* chat: a member saw another order than the others */
	FAULTS,
};

/* The faults as a report names them: "refused", "closed", ... */
extern const char *const fault_names[FAULTS];

struct result {
	int connected;     /* connections that were made of those asked for */
	uint64_t messages; /* answered in the time measured, each verified */
	uint64_t bytes;    /* received in the time measured */
	int64_t elapsed;   /* the time measured */
	double achieved;   /* messages a second (chat: deliveries a second) */
	double sent;       /* messages a second that speakers or open-loop connections sent */
	uint64_t faults[FAULTS];
	char complaint[256];        /* the first fault as a sentence, or "" */
	struct latency latency;     /* from when a message was due, which in a closed loop is when
				     * it was sent */
	struct latency uncorrected; /* open loop: from when it was really sent */
	int64_t generator_time;     /* processor time the generator used in the time measured */
	int64_t server_time;        /* processor time the server used; -1 if not known */
};

/* How the plan's protocol is loaded. */
enum workload_kind plan_kind(const struct plan *);

/* The noun for what messages counts: "messages", "connections", "deliveries" or "datagrams". */
const char *plan_unit(const struct plan *);

/* Whether all went as planned: no fault, all connections, and at least 99 % of the rate asked for.
 * If not, writes a sentence of what fell short, at most size bytes. */
bool result_holds(const struct plan *, const struct result *, char *sentence, size_t size);

/* The machine and its settings, so that another person can repeat a measurement. Texts are "?"
 * where they cannot be found out. */
struct machine {
	char program[64];    /* "sockettool 0.1.0" */
	char kernel[128];    /* "Linux 6.1.0-18-amd64" */
	char processor[128]; /* the model's name */
	int processors;      /* that this program may use */
	char congestion[32]; /* congestion control of TCP: "cubic" */
	char placement[96];  /* "server on processor 0, generator on 1", or "not pinned" */
	char date[32];       /* "2026-01-31T12:00:00Z" */
};

/* One server of a comparison. */
struct subject {
	const char *name;    /* "epoll", or the command */
	const char *command; /* as it was started */
};

/* Several servers under one plan, at several numbers of connections. */
struct comparison {
	const struct plan *plan; /* its connections are those of the levels */
	const struct machine *machine;
	const struct subject *subjects;
	size_t subject_count;
	size_t base;       /* the subject that the others' rates are compared with */
	const int *levels; /* numbers of connections, in the order they were given */
	size_t level_count;
	size_t rounds;
	/* For each subject, for each level, for each round. A round that could not be run has
	 * elapsed 0 and a complaint. */
	const struct result *results;
	const char *command; /* that repeats it, see command_line(); NULL: not known */
};

static inline const struct result *comparison_result(const struct comparison *comparison,
						     size_t subject, size_t level, size_t round)
{
	return &comparison
			->results[(subject * comparison->level_count + level) * comparison->rounds +
				  round];
}

#endif
