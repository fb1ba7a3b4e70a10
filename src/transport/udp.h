/*
 * Serving datagrams from one UDP socket: several at a time with recvmmsg and sendmmsg, or one at a
 * time with recvmsg and sendmsg, as a program from a textbook would.
 */
#ifndef TRANSPORT_UDP_H
#define TRANSPORT_UDP_H

#include <stdbool.h>

#include "sockettool/server.h"

struct udp;

/* Prepares to serve the listener's datagrams in batches of at most that many. The listener and the
 * loop are borrowed. NULL: no memory. */
struct udp *udp_new(const struct listener *, struct loop *, const struct datagram_policy *,
		    int batch);
void udp_free(struct udp *);

/* Receives what has come, at most one batch, and answers it. flags: MSG_DONTWAIT, or 0 to wait for
 * one datagram. Returns how many came, or a negative errno: -EAGAIN none, -EINTR a signal. */
int udp_serve(struct udp *, int flags);

/* Answers what waits already: after a stop, and however fast more comes. */
void udp_drain(struct udp *);

#endif
