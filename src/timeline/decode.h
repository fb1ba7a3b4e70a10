/*
 * System calls put into words: what a stopped thread asks of the kernel, and what it got.
 *
 * A call is entered in the recording when it begins and completed when it returns; the thread must
 * be stopped both times. Receiving calls have their bytes in data only, sending and printing ones
 * in their text, too.
 */
#ifndef TIMELINE_DECODE_H
#define TIMELINE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timeline/recording.h"
#include "timeline/traced_sockets.h"
#include "timeline/wording.h"

enum { CALL_ARGUMENTS = 6 };

/* Who wants to know what happens. Any function may be NULL; the thread stands still meanwhile. */
struct decode_events {
	void *context;
	/* A program's sockets are about to use a port, their own or a peer's. */
	void (*port)(void *context, bool udp, const struct address *);
	/* A program can be talked to: it listens, or has bound a datagram socket. */
	void (*serves)(void *context, int program);
	/* A call was entered in the recording. */
	void (*call)(void *context, pid_t thread, int call);
};

/* What a program's standard streams were when it began: their links in /proc. A pipe in the place
 * of one of them is between its own processes; what goes through it is neither printed nor
 * typed. */
struct streams {
	char links[3][DESCRIPTOR_LINK];
};

struct decoder {
	struct recording *recording; /* borrowed */
	struct traced_sockets sockets;
	struct decode_events events;
	size_t limit; /* bytes of data to keep of each call; few once there are very many */
	size_t kept;  /* bytes of data and text, of all calls */
	struct wording words;
	char *data;              /* room for limit bytes */
	struct streams *streams; /* by program */
};

struct system_call;

/* A system call under way. */
struct activity {
	const struct system_call *what; /* how to decode it; NULL: of no interest */
	struct owner owner;
	uint64_t arguments[CALL_ARGUMENTS];
	int call; /* its index in the recording, or -1 */
};

/* Prepares a decoder for so many programs. Returns false for want of memory. */
bool decoder_init(struct decoder *, struct recording *, size_t programs, size_t limit);
void decoder_free(struct decoder *);

/* Looks at the standard streams of a program that begins. */
void decode_note_streams(struct decoder *, const struct owner *);

/* Begins a call. Of the activity, owner and arguments must be filled; when: -1 if it began before
 * the recording. Returns whether the call's end is of interest. */
bool decode_begin(struct decoder *, struct activity *, long number, int64_t when);

/* Completes it with what it returned: a value, or a negative errno. */
void decode_end(struct decoder *, struct activity *, int64_t result, int64_t when);

/* Enters something that is no system call: a signal, an end. Returns false if there is no room. */
bool decode_event(struct decoder *, enum call_kind, const struct owner *, const char *name,
		  const char *text, int64_t result, int64_t when);

/* The numbers of the calls that must be seen, by index; -1 after the last. */
long decode_number(size_t index);

#endif
