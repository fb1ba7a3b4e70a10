/*
 * What the decoders of waiting calls share.
 */
#ifndef TIMELINE_DECODE_WAIT_H
#define TIMELINE_DECODE_WAIT_H

#include <time.h>

#include "timeline/decode_internal.h"

/* A wait for thousands of descriptors is not worth more than a look at the first ones. */
enum { DESCRIPTORS_LOOKED_AT = 1024, DESCRIPTORS_SHOWN = 16 };

struct waiting {
	struct decoder *decoder;
	struct activity *activity;
	struct call *call;
	int looked; /* descriptors */
	int found;  /* those that are sockets or the keyboard */
	int said;   /* those in the words, shown or not */
	int sets;   /* of select */
};

void wait_begin(struct waiting *, struct decoder *, struct activity *, struct call *);

/* Looks whether a descriptor that is waited for is a socket or the keyboard. */
void wait_look(struct waiting *, int descriptor);

/* Adds a descriptor with its events, if any. Beyond DESCRIPTORS_SHOWN there are only dots. */
void wait_say(struct waiting *, int descriptor, unsigned events);

/* Adds how long a wait may take; negative milliseconds are for ever, which goes without saying. */
void wait_say_time(struct wording *, const struct timespec *);
void wait_say_milliseconds(struct wording *, int timeout);

/* Begins the words of an outcome. Returns whether something is ready. */
bool wait_returned(struct decoder *, const struct call *);

#endif
