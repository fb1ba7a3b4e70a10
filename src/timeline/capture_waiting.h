/*
 * Packets that nobody wants yet: the newest of them, in bounded memory.
 */
#ifndef TIMELINE_CAPTURE_WAITING_H
#define TIMELINE_CAPTURE_WAITING_H

#include <stdbool.h>
#include <stddef.h>

#include "timeline/recording.h"

enum { WAITING_PACKETS = 8192, WAITING_BYTES = 32 * 1024 * 1024 };

struct waiting {
	struct packet packets[WAITING_PACKETS]; /* a ring */
	size_t first, count, bytes;
};

/* Takes over the packet and what it owns; the oldest ones make room. */
void waiting_add(struct waiting *, const struct packet *);

/* Moves the packets of a port, in their order, to the end of the recording. Returns how many bytes
 * of frames and data they have. */
size_t waiting_release(struct waiting *, struct recording *, bool udp, uint16_t port);

void waiting_clear(struct waiting *);

#endif
