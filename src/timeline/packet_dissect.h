/*
 * Between the parts of the dissector: how far it has come in a frame, and who goes on.
 * For packet_*.c only.
 */
#ifndef TIMELINE_PACKET_DISSECT_H
#define TIMELINE_PACKET_DISSECT_H

#include "timeline/packet_parse.h"

struct dissection {
	const uint8_t *bytes;  /* the frame */
	size_t end;            /* where the bytes of the layer at hand end, within the frame */
	size_t missing;        /* bytes of it that the capture cut off there */
	struct layers *layers; /* or NULL */
	struct packet packet;  /* what has been found */
	struct span data;
	bool fragmented; /* this is the first of several fragments */
};

/* Numbers in network byte order. The caller has compared the place with end. */
static inline uint16_t read_16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t read_32(const uint8_t *bytes)
{
	return (uint32_t)read_16(bytes) << 16 | read_16(bytes + 2);
}

/* Each opens the layer that begins at a place, adds it and those it carries to the layers, and
 * returns whether TCP or UDP was found. */
bool dissect_link(struct dissection *, int link_type);
bool dissect_ip(struct dissection *, size_t at, unsigned type); /* an Ethernet type */
bool dissect_transport(struct dissection *, size_t at, unsigned protocol);

/* Adds a layer that is not opened. Returns false. */
bool dissect_unknown(struct dissection *, size_t at, const char *why);

/* Tells that a layer of at least so many bytes does not fit before the end. Returns whether it
 * does not. */
bool dissect_short(struct dissection *, const char *kind, const char *name, size_t at,
		   size_t header);

/* Moves the end of the layer that begins at a place to where its own length says, if that is less
 * than what is there. Beyond it are fill bytes of the layer below. */
void dissect_limit(struct dissection *, size_t at, size_t length);

/* Goes through the options of IPv4 or TCP and tells each but the fillers. Says so if a length among
 * them is wrong. */
void dissect_options(struct layers *, const uint8_t *options, size_t n,
		     void (*tell)(struct layers *, const uint8_t *option, size_t length));

/* What a protocol number of IP stands for: "TCP". */
const char *dissect_protocol_name(unsigned protocol);

#endif
