/*
 * What the two halves of the readiness loop share: readiness.c (the loop and its connections) and
 * readiness_accept.c (its listeners).
 */
#ifndef TRANSPORT_READINESS_H
#define TRANSPORT_READINESS_H

#include "sockettool/server.h"
#include "transport/poller.h"
#include "transport/stopping.h"
#include "transport/stream.h"
#include "transport/udp.h"

enum { READINESS_UDP_BATCH = 64 };

/* A UDP socket. While datagrams come faster than they are answered it is not watched but asked in
 * each turn: a watched one wakes its poller for each datagram that comes or leaves. */
struct mailbox {
	struct udp *udp; /* NULL: the listener is one of streams */
	bool busy;
};

struct reactor {
	struct server *server;
	const struct poller *poller;
	void *state; /* the poller's */
	struct loop *loop;
	struct listener *listeners;
	struct mailbox *mailboxes; /* beside the listeners */
	unsigned busy;             /* mailboxes that are */
	int wake;                  /* an eventfd that other threads write to */
	bool accepting;            /* the listeners are watched */
	bool near_limit;           /* there were as many descriptors as the poller can watch */
	bool at_limit;             /* there are */
	int64_t resume;            /* when accepting goes on; NEVER: not paused by time */
	struct stopping stopping;
	char buffer[STREAM_BUFFER];
};

/* --- readiness.c --- */

/* Does what the connection wants by now, and watches it for the rest. */
void readiness_attend(struct reactor *, struct connection *);

/* --- readiness_accept.c --- */

/* Watches the listeners of streams, or does so no more. */
void readiness_watch_listeners(struct reactor *, bool accepting);

/* Accepts again after a pause, unless there is another reason not to. */
void readiness_resume(struct reactor *);

/* Tells that a connection's descriptor has been closed. */
void readiness_descriptor_freed(struct reactor *);

/* Accepts those who wait, up to a number, or answers datagrams. */
void readiness_serve_listener(struct reactor *, struct listener *);

/* Answers datagrams of the sockets that are not watched. */
void readiness_serve_busy(struct reactor *);

/* Takes in those who wait already, and then nobody any more. */
void readiness_close_listeners(struct reactor *);

#endif
