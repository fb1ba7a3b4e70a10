/*
 * A server as the models see it: bound listeners, limits, and the wish to stop.
 */
#ifndef SOCKETTOOL_SERVER_H
#define SOCKETTOOL_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sockettool/address.h"
#include "sockettool/connection.h"
#include "sockettool/protocol.h"

struct admission;
struct clock;
struct error;
struct model;

/* After a stop at most so many of those who wait at a listener are still taken in. */
enum { LAST_INTAKE_MAX = 4096 };

/* A bound socket and the service behind it. */
struct listener {
	int socket; /* -1 once closed */
	enum transport transport;
	struct address address;
	const char *path; /* of a Unix socket, which goes with this listener; or NULL */
	dev_t device;     /* with inode, the file at path that is this listener's */
	ino_t inode;
	struct service *service;
};

/* How many connections there may be. */
struct connection_limits {
	int64_t connections;          /* 0: as many as descriptors allow */
	int64_t connections_per_host; /* 0: no limit */
	int64_t send_timeout;         /* nanoseconds a blocking send may stand still; 0: for ever */
};

struct server {
	const struct model *model;
	const struct clock *clock;
	/* workers times listeners_per_worker: each event loop has a set of its own. */
	struct listener *listeners;
	size_t listeners_per_worker;
	int workers;
	struct datagram_policy datagrams;
	struct connection_limits limits;
	struct admission *admission;
	int64_t grace; /* nanoseconds that sessions have to finish after a stop */

	/* Set by the signal handler, before the descriptors become readable: 1 stop accepting and
	 * let sessions finish, 2 end now. */
	atomic_int stopping;
	int stop;     /* an eventfd, readable from the first wish to stop; nobody reads it */
	int stop_now; /* the same from the second */
};

/* The traffic class of answers to datagrams: DSCP 1, lower effort (RFC 8622). */
enum { DATAGRAM_MARK = 1 << 2 };

/* --- Listening (listener.c). Each returns 0 or a negative errno and an error. --- */

struct listen_options {
	int backlog;
	bool share_port; /* SO_REUSEPORT: other loops may listen on the port, too */
	bool join_port;  /* another loop of this process has the port already */
};

/* Binds a TCP or UDP socket to the address (its port may be 0) and, for TCP, listens. On success
 * the listener has its socket and the address that was bound. */
int listener_open(struct listener *, enum transport, const struct address *,
		  const struct listen_options *, struct error *);

/* The same for a Unix socket, which only this user may connect to. A socket that nobody answers at
 * is replaced. */
int listener_open_unix(struct listener *, const char *path, const struct listen_options *,
		       struct error *);

/* Closes the listener. Its Unix socket's file is removed first, while the name is still its own. */
void listener_close(struct listener *);

/* --- Accepting (admission.c). May be called from any thread. --- */

struct admission *admission_new(const struct connection_limits *);
void admission_free(struct admission *);

/* Accepts a connection, with SOCK_NONBLOCK in flags or without. Returns the socket and its peer, or
 * a negative errno: -EAGAIN nobody waits; -EINTR and -ECONNABORTED try again; -EBUSY one was turned
 * away because of the limits; -EMFILE descriptors are used up, one was turned away: pause. */
int admission_accept(struct admission *, const struct listener *, int flags, struct address *peer);

/* The same for a connection that was accepted otherwise: finds its peer and keeps to the limits.
 * Returns the socket; or -EBUSY, or -ECONNABORTED when it is broken already, having closed it. */
int admission_admit(struct admission *, const struct listener *, int socket, struct address *peer);

/* Has a function called before a connection is judged by the limits: it gives back those that have
 * ended unnoticed. */
void admission_settle(struct admission *, void (*settle)(void *context), void *context);

/* Every accepted connection is given back when it has been closed. */
void admission_release(struct admission *, const struct address *peer);

#endif
