/*
 * Reads one frame: link layer, IP, and TCP or UDP.
 *
 * Frames come from strangers: no length in them is believed before it is compared with the bytes
 * that are there. Link types are Ethernet (with VLAN tags), the loopback of the BSDs, Linux cooked
 * captures of both versions, and IP itself. Of a fragmented IP packet only the first fragment is
 * opened beyond IP, since the others have no ports; nothing is reassembled.
 */
#ifndef TIMELINE_PACKET_PARSE_H
#define TIMELINE_PACKET_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timeline/packet_layers.h"
#include "timeline/recording.h"

/* A frame as it was captured. The bytes are borrowed. */
struct frame {
	int link_type; /* libpcap's DLT_ number */
	const uint8_t *bytes;
	uint32_t length;   /* bytes that are there */
	uint32_t original; /* bytes that were on the wire */
};

/* Bytes within a frame. */
struct span {
	const uint8_t *bytes;
	size_t length;
};

/* Whether packet_parse knows the link type. */
bool packet_parse_knows(int link_type);

/* Fills what the frame's headers say into the packet: udp, from, to, flags, numbers, window and
 * length. Nothing else in it is touched. Returns false, with the packet untouched, if there is no
 * TCP or UDP header in the frame that is all there, but for options of TCP that the capture cut.
 *
 * length counts the bytes of data that were on the wire; of a datagram whose first fragment this
 * is, those of the whole datagram. data gets those that are in the frame. If layers is not NULL it
 * gets the layers, as far as there are any; it must have been cleared. */
bool packet_parse(struct packet *, struct span *data, struct layers *, const struct frame *);

/* Copies the first bytes of data into the packet, at most text of them, and if frame is not NULL
 * the frame. Returns false for want of memory. */
bool packet_keep(struct packet *, const struct span *data, size_t text, const struct frame *);

/* Adds a packet made of the frame to the recording. Returns its index, or -1: neither TCP nor UDP,
 * no memory, or the recording is full. keep: whether to keep the frame. */
int packet_record(struct recording *, const struct frame *, size_t text, bool keep);

#endif
