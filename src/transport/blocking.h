/*
 * What the blocking models share: waiting at the listeners.
 */
#ifndef TRANSPORT_BLOCKING_H
#define TRANSPORT_BLOCKING_H

#include "sockettool/server.h"

/* The listeners of a blocking model, and the datagrams some of them get. */
struct entrance {
	struct server *server;
	struct loop *loop;   /* of the datagrams' sessions */
	struct udp **udps;   /* beside the server's listeners; NULL for streams */
	struct pollfd *list; /* the listeners, and the stop descriptor behind them */
	int last_intake;     /* who was taken in after a stop */
	size_t start;        /* the listener that is asked first, so that none is passed over */
};

/* Prepares the listeners. datagrams: also to serve those of UDP. Returns 0, or a negative errno and
 * an error. */
int entrance_open(struct entrance *, struct server *, bool datagrams, struct error *);
void entrance_close(struct entrance *);

/* Waits until somebody connects, and serves datagrams meanwhile. Returns a socket and its
 * listener and peer; -1: a stop was asked for and nobody waits any more; -2: look at what
 * signals changed. */
int entrance_accept(struct entrance *, const struct listener **, struct address *peer);

/* Makes the listeners nonblocking, so that a call that is about to block does not. For signal
 * handlers. */
void entrance_interrupt(struct server *);

#endif
