/*
 * The parts of fanout: the dialects it speaks (fanout_dialects.c), the members and speakers
 * (fanout_room.c), and what is measured and printed (fanout.c).
 */
#ifndef FANOUT_H
#define FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/histogram.h"

#define SECOND INT64_C(1000000000)
#define PATIENCE (20 * SECOND) /* how long nothing may happen */

/* Monotonic nanoseconds. */
int64_t now(void);

/* Ends the program with that status and a sentence. */
void fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* --- Dialects. In the templates ~ stands for the name of the connection and ^ for the number of
 * bytes of a message. --- */

/* What is sent, and the text that a line of the answer has before things go on. */
struct step {
	const char *send, *awaited;
};

enum { STEPS_MOST = 3 };

struct dialect {
	const char *name;
	/* Until a step without a text to send. A connection has joined when all are done. */
	struct step member[STEPS_MOST];
	struct step speaker[STEPS_MOST];
	const char *said_head, *said_tail;   /* around a message that is sent */
	const char *heard_head, *heard_tail; /* around a message that arrives; ~ is its speaker. A
					      * NULL head is learned when the speaker joins. */
	const char *learned; /* what follows the speaker's own name and address in such a head */
};

/* The dialect of that name, or NULL. */
const struct dialect *dialect_find(const char *name);

/* Fills a template in. Returns the length, less than size; the program ends if it is longer. */
size_t dialect_fill(char *text, size_t size, const char *template, const char *name, size_t bytes);

/* --- The room. --- */

struct plan {
	const struct dialect *dialect;
	int port;
	int members, speakers;
	int in_flight; /* messages of each speaker */
	int size;      /* bytes of a message */
};

struct tally {
	uint64_t deliveries;
	uint64_t wrong;              /* lines that should not have come */
	uint64_t disordered;         /* messages that a member saw in another order than others */
	char complaint[256];         /* the first of these, or "" */
	struct histogram *latencies; /* from sending to each delivery; NULL: not recorded yet */
};

/* Connects everybody and waits until all have joined. Both arguments stay in use. Returns how long
 * that took. As in all of these, whatever cannot go on ends the program. */
int64_t room_join(const struct plan *, struct tally *);

/* Waits a moment for what comes, verifies it, and says what may be said. */
void room_turn(void);

/* Whether the speakers speak. */
void room_speak(bool on);

/* How many deliveries of what was said have not come. */
uint64_t room_missing(void);

#endif
