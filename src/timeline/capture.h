/*
 * Live capture of what goes over the wire to and from traced sockets, by libpcap.
 *
 * Every interface that has an address is captured by itself, not the cooked "any" device, so that
 * frames keep their Ethernet headers; interfaces with nothing but a link-local IPv6 address (ports
 * of a bridge) are left out, since their packets pass through the bridge, too. The kernel sends up
 * all TCP and UDP, and the choice is made here by port: a filter that is changed while it runs
 * loses packets in the meantime, and the port of a socket that the kernel chose is known only after
 * its first packet. Packets of ports that nobody wants wait in a ring of fixed size, in which
 * capture_want looks for those that came too early. Which of a port's packets are the traced
 * sockets' own is known in the end (packet_owners.h).
 *
 * Frames reach the program when the kernel hands over a block of them, some ten milliseconds after
 * they passed: blocks hold packets closely packed, where a ring for immediate delivery has a slot
 * of 64 KiB for each. Time stamps are of when they passed. A capture belongs to one thread.
 */
#ifndef TIMELINE_CAPTURE_H
#define TIMELINE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timeline/recording.h"

struct capture;
struct error;

struct capture_options {
	int64_t began; /* clock_monotonic() when the recording began */
	size_t text;   /* bytes of data to keep of each packet */
	bool frames;   /* keep frames, for pcapng and for opening packets */
};

/* Begins to capture, adding the interfaces to the recording, which is borrowed. NULL with the
 * error's sentence: mostly that a privilege is missing, and which one. */
struct capture *capture_open(struct recording *, const struct capture_options *, struct error *);

/* Ends the capture and frees it. Packets that wait are dropped. NULL is allowed. */
void capture_close(struct capture *);

/* A traced socket has this local port: its packets are wanted, those of before included. */
void capture_want(struct capture *, bool udp, uint16_t port);

/* A descriptor that is readable when packets have come; the capture's own. */
int capture_descriptor(const struct capture *);

/* Adds what has come to the recording, without waiting. Packets are in the order of their times
 * only after capture_finish. Call it at least every few seconds. */
void capture_take(struct capture *);

/* Waits until every packet that has passed is in the recording, a fraction of a second at most;
 * wants the local ports of all sockets of the recording; puts the packets in order; and marks
 * retransmissions. More may be taken afterwards. Returns false for want of memory. */
bool capture_finish(struct capture *);

/* How many packets the kernel had no room for since the beginning. */
uint64_t capture_dropped(const struct capture *);

#endif
