/*
 * One thread's share of the load on a server: the phases it goes through, and what it counts.
 *
 * The kinds of load (stream, visit, datagram, room) each have a function that runs a share from the
 * first connection to the last answer. They poll, look at the phase once a turn, and count what
 * load_measures says is to be measured.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "bench/histogram.h"
#include "bench/result.h"

enum phase {
	PHASE_WARMUP,
	PHASE_MEASURE,
	PHASE_DRAIN, /* nothing becomes due any more; what was sent is still awaited */
	PHASE_OVER,
};

/* Where the server is, and how its processor time can be asked for. */
struct target {
	struct sockaddr_storage address;
	socklen_t address_length;
	char name[80];                         /* "127.0.0.1:7007" */
	int64_t (*processor_time)(void *whom); /* nanoseconds; NULL: not known */
	void *whom;
};

/* What the shares of a run have in common; each share writes only what is atomic, but for those who
 * are named. */
struct conductor {
	const struct plan *plan;
	const struct target *target;
	atomic_int connecting; /* shares that have not made their connections yet */
	atomic_bool begun;     /* all have: `start` holds */
	int64_t start;     /* when the warm-up begins: by the last one to connect, before begun */
	atomic_bool *stop; /* end now: interrupted, or a share could not be run */
	/* For whoever watches: messages answered so far, and connections made. */
	atomic_ullong done;
	atomic_int connected;
	int64_t server_before, server_after; /* its processor time, taken by the first share */
};

/* Belongs to the share's thread until that has ended; times are nanoseconds of the monotonic clock.
 * The histograms are the caller's. */
struct load {
	struct conductor *conductor;
	const struct plan *plan;
	const struct target *target;
	int first, connections; /* its share of the plan's connections */
	uint64_t quota;         /* its share of the plan's count; 0: the duration counts */
	double interval;        /* nanoseconds between its messages in an open loop; 0: closed */
	int64_t early; /* so long before a message is due, sleeping ends: waking up takes time */

	enum phase phase;
	int64_t now;               /* read once a turn */
	int64_t start, begin, end; /* of the load, and of what is measured */
	int64_t drained;           /* when waiting for the last answers is given up */
	int64_t processor_before, processor_time; /* of this thread, while it is measured */

	int connected;
	uint64_t outstanding; /* sent, or due in an open loop, and not answered */
	uint64_t unsent;      /* of the outstanding, those that are due and wait to be sent */
	uint64_t messages;    /* right answers that came in the time measured */
	uint64_t failed;      /* given up, so that a plan of so many messages ends all the same */
	uint64_t bytes, sent; /* in the time measured */
	uint64_t reported;    /* of the conductor's done, this share's part */
	uint64_t faults[FAULTS];
	char complaint[256];
	struct histogram *latency, *uncorrected; /* uncorrected: NULL in a closed loop */
};

/* Runs a share, in a thread of its own. Each returns 0, whatever the server did, or a negative
 * errno if it had no memory or no descriptors; nothing is left open. */
int stream_load(struct load *);
int visit_load(struct load *);
int datagram_load(struct load *);
int room_load(struct load *);

/* Counts a fault, and keeps the sentence of the first one. The text of the server in it has been
 * escaped by load_quote. */
void load_fault(struct load *, enum fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for `times` faults of one kind. */
void load_faults(struct load *, enum fault, uint64_t times, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Bytes from the server made fit for a sentence: escaped, at most 60 columns. Lasts until the next
 * call of this thread. */
const char *load_quote(const char *bytes, size_t n);

/* Says that this share's connections are made, waits until all shares' are, and begins the
 * warm-up. */
void load_begin(struct load *);

/* Reads the clock and moves on to the next phase if it is time. Once a turn. */
enum phase load_turn(struct load *);

/* To be called when the turns are over: ends what is measured, if connections ran out before that,
 * and counts as timed out what was sent and is still outstanding. */
void load_finish(struct load *);

/* How many messages of the share's count are neither answered nor given up. */
static inline uint64_t load_left(const struct load *load)
{
	uint64_t ended = load->messages + load->failed;

	return ended < load->quota ? load->quota - ended : 0;
}

/* Gives up messages that were outstanding. */
static inline void load_give_up(struct load *load, uint64_t messages)
{
	load->outstanding -= messages;
	load->failed += messages;
}

/* Whether a message that is sent at this moment still belongs to the plan. */
static inline bool load_sends(const struct load *load)
{
	if (load->phase >= PHASE_DRAIN)
		return false;
	return load->quota == 0 || load->phase == PHASE_WARMUP ||
	       load->outstanding < load_left(load);
}

/* Whether what was due in an open loop may not be sent any more. */
static inline bool load_is_late(const struct load *load)
{
	return load->phase >= PHASE_DRAIN;
}

/* When message number n of this share is due in an open loop. */
static inline int64_t load_due(const struct load *load, uint64_t n)
{
	return load->start + (int64_t)((double)n * load->interval);
}

/* The number before which a turn stops looking for what is due, if it looked for number n first: no
 * more can be in flight. Where messages become due faster than they can be counted, a turn would
 * never end otherwise, and no answer would be received. */
static inline uint64_t load_turn_end(const struct load *load, uint64_t n, int senders)
{
	return n + (uint64_t)senders * (uint64_t)load->plan->pipeline;
}

/* Whether message number n of this share is due and still belongs to the plan. */
static inline bool load_is_due(const struct load *load, uint64_t n)
{
	int64_t due = load_due(load, n);

	return due <= load->now && due < load->end && !load_is_late(load) &&
	       (load->quota == 0 || load_sends(load));
}

/* Counts answers to messages that were due (in a closed loop: sent) and really sent at one time. */
static inline void load_answered(struct load *load, int64_t due, int64_t sent, int64_t now,
				 uint64_t times)
{
	if (load->phase == PHASE_WARMUP)
		return;
	if (load->quota && times > load_left(load))
		times = load_left(load);
	/* One that is not counted must not be the greatest either. */
	if (times == 0)
		return;
	if (load->phase == PHASE_MEASURE)
		load->messages += times;
	/* In an open loop a latency counts, too, if the message was due in the time measured and
	 * its answer comes later: to leave out the slowest would flatter the server. */
	else if (load->interval == 0 || due < load->begin || due >= load->end)
		return;
	if (load->interval > 0)
		histogram_record(load->uncorrected, now - sent, times);
	histogram_record(load->latency, now - due, times);
}

/* How long anything may wait without a look at the conductor's stop. */
#define LOAD_LOOK_AGAIN (100 * INT64_C(1000000))

#define LOAD_NOTHING UINT64_MAX

/* Until when the poll may wait: the next phase, or in an open loop the moment when message number n
 * is due (LOAD_NOTHING: none can be sent). 100 ms at most, for a look at the time-outs. */
int64_t load_deadline(const struct load *, uint64_t n);

#endif
