/*
 * Packets for people: in a few words, and opened layer by layer as boxes within boxes.
 */
#ifndef TIMELINE_PACKET_VIEW_H
#define TIMELINE_PACKET_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "timeline/recording.h"
#include "timeline/sequence.h"

/* Writes what a packet is: SYN, SYN ACK, PSH 12 "Hello, world", FIN ACK, RST, UDP 9 "SEND_DATE",
 * "retransmitted PSH 5 "again"", and with relative numbers SYN seq 0 or ACK seq 1 ack 13. Of the
 * data it shows text bytes at most, escaped as in C, with ... behind them if there were more.
 * Always ends in a NUL; what does not fit in size bytes is cut as text_escape cuts. size must be at
 * least 4. Returns the length written. relative may be NULL. */
size_t packet_words(char *out, size_t size, const struct packet *, const struct relative *,
		    size_t text);

struct packet_view {
	size_t width; /* columns of the outermost box; fewer than 60 count as 60 */
	bool ascii;   /* draw with + - | only */
	size_t bytes; /* how many bytes of data to show */
};

/* Draws one packet of a recording: a title with its number, time and interface, the frame as a
 * strip of its parts, and each layer as a box within that of the layer below. A packet whose frame
 * was not kept is drawn from what is known of it. relative may be NULL. Returns false if the stream
 * failed or for want of memory. */
bool packet_draw(FILE *, const struct packet_view *, const struct recording *, size_t packet,
		 const struct relative *);

/* The drawings of all packets, one after the other. */
bool packet_draw_all(FILE *, const struct packet_view *, const struct recording *);

/* A packet's drawing as a text that the caller frees, or NULL for want of memory. */
char *packet_drawing(const struct packet_view *, const struct recording *, size_t packet,
		     const struct relative *);

#endif
