/*
 * TCP's sequence numbers, followed through a recording's packets: which bytes had been sent before,
 * and numbers that begin with 0 at the SYN, as people read them (RFC 9293 section 3.4).
 */
#ifndef TIMELINE_SEQUENCE_H
#define TIMELINE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "timeline/recording.h"

/* Counted from the SYN of each direction, which is 0 itself. Without a SYN in the recording the
 * first byte seen is number 1. */
struct relative {
	uint32_t sequence, acknowledgement; /* 0 for UDP; acknowledgement 0 without the ACK flag */
};

/* Marks the packets whose bytes, SYN or FIN had all or in part been sent before in the recording.
 * A packet that fills a gap came late, but is no retransmission. A new SYN begins a new connection
 * between the same ports. Returns false for want of memory. */
bool sequence_mark(struct recording *);

/* The numbers of each packet, in an array that the caller frees; NULL for want of memory. */
struct relative *sequence_relative(const struct recording *);

#endif
