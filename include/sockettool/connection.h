/*
 * The engine of one connection: framing, the protocol's hooks, the send queue and deadlines,
 * without a single system call. Whoever owns the socket tells the engine what happened and does
 * what it wants; the engine has the shape of completions, because readiness can imitate completion
 * and not the reverse.
 *
 * Lending: bytes given to connection_received stay the engine's until connection_settle; bytes
 * given out by connection_outgoing stay where they are until connection_sent.
 *
 * Threads: a connection belongs to one loop and is used by that loop's thread alone, but for what
 * other sessions of a shared protocol queue for it, which the engine guards with the service's
 * lock. The lock is never held while a function of this header is not running.
 */
#ifndef SOCKETTOOL_CONNECTION_H
#define SOCKETTOOL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "sockettool/address.h"
#include "sockettool/protocol.h"

struct clock;
struct connection;
struct error;
struct loop;
struct service;

/* --- A service: one protocol being served, or spoken as a client. --- */

struct service_settings {
	bool client; /* run the client role */
	bool raw;    /* a message is a receive; nothing terminates what is sent */
	bool crlf;
	size_t max_line;      /* bytes, without the terminator */
	size_t send_queue;    /* bytes that may wait for a peer */
	int64_t idle_timeout; /* nanoseconds; 0: none */
};

/* What sessions ask of the people's side of the program. Clients have show, report, prompt, note
 * and progress, servers show, keyboard and stop; the others are NULL. A server's are called from
 * any of its threads, with the service's lock held if it has one. */
struct audience {
	/* Something for standard output: bytes as they are, or a message, to be a line of its
	 * own. */
	void (*show)(struct connection *, const char *bytes, size_t n, bool is_line);
	/* A line of the client's own for standard output. */
	void (*report)(struct connection *, const char *text);
	void (*prompt)(struct connection *, const char *prompt);
	void (*note)(struct connection *, const char *text, bool detail);
	void (*progress)(struct connection *, const char *text);
	/* A session wants lines from the server's keyboard (service_type), or no more for now. */
	void (*keyboard)(struct service *, bool wanted);
	void (*stop)(void);
};

/* Makes a service. The protocol, its options and the audience (clients; else NULL) are borrowed.
 * NULL: no memory. */
struct service *service_new(const struct protocol *, const void *options,
			    const struct service_settings *, const struct audience *);
void service_free(struct service *);

/* Runs the protocol's start hook, once, before the first connection. Returns 0, or -EINVAL and an
 * error. */
int service_start(struct service *, struct error *);

/* Gives a line from the server's keyboard to the session that wanted it last, or, if line is NULL,
 * tells it that the keyboard has ended. From any thread; the service must use its lock, and its
 * loops must have a wake. False: no session wants one now. */
bool service_type(struct service *, const char *line, size_t n);

/* Makes hooks take the service's lock; before the first connection, if several threads will run
 * connections of a shared protocol. */
void service_use_lock(struct service *);
bool service_uses_lock(const struct service *);

const struct protocol *service_protocol(const struct service *);

/* How many connections are open. service_adjust adds to the count what other processes hold. */
long service_active(const struct service *);
void service_adjust(struct service *, long change);

/* --- A loop: what the connections of one thread have in common. --- */

/* Makes a loop. wake is called from other threads, without a service's lock held, when sessions
 * there have queued something for connections of this loop: it has the loop's thread call
 * loop_pending soon. NULL: all is one thread. owner is the caller's. NULL: no memory. */
struct loop *loop_new(const struct clock *, void (*wake)(void *owner), void *owner);

/* The memory that a loop takes together with one connection of the service. */
size_t loop_size(const struct service *);

/* As loop_new, in that much memory of the caller's, aligned as malloc's, which may go after
 * loop_free. A connection lies there too while it is the only one: where each has a loop of its
 * own, a message touches fewer pages. */
struct loop *loop_new_in(void *memory, size_t size, const struct clock *, void (*wake)(void *owner),
			 void *owner);

/* Frees a loop without connections (loop_count is 0). */
void loop_free(struct loop *);

/* How many connections there are, those included that were freed while another thread was still
 * about to wake them: loop_pending lets go of these. */
size_t loop_count(const struct loop *);

/* Sets the time that deadlines are compared with; at the start of a turn. */
void loop_tick(struct loop *);
int64_t loop_now(const struct loop *);

/* The next connection, other than the one that was just given input, whose wants may have changed:
 * others queued something for it, or a deadline passed. NULL: no more. Call until NULL at the end
 * of each turn. */
struct connection *loop_pending(struct loop *);

/* The earliest deadline of the loop's connections, NEVER if there is none. */
int64_t loop_deadline(const struct loop *);

/* Lets the deadlines act that have passed; the connections concerned become pending. */
void loop_expire(struct loop *);

/* Visits every open connection of the loop; the visitor may close the one it is given. */
void loop_each(struct loop *, void (*visit)(struct connection *, void *), void *context);

/* --- Datagrams served: each is one short session. --- */

struct datagram_desk;

struct datagram_policy {
	const uint16_t *own_ports; /* ports this process serves; borrowed */
	size_t own_port_count;
	bool allow_amplification; /* replies longer than their request, off loopback */
};

/* Makes a desk that can hold so many answers at once. The policy is copied. NULL: no memory. */
struct datagram_desk *datagram_desk_new(struct service *, struct loop *, int slots,
					const struct datagram_policy *);
void datagram_desk_free(struct datagram_desk *);

/* Lets the protocol answer a datagram. Writes the answer's runs (at most max, at least 2) and
 * returns their number; 0: no answer. They, and the bytes, stay as they are until datagram_done of
 * that slot. */
int datagram_answer(struct datagram_desk *, int slot, const struct address *peer, const void *bytes,
		    size_t n, struct iovec *, int max);

/* When an answer has been sent: whether the slot has another datagram for that peer. As
 * datagram_answer. */
int datagram_next(struct datagram_desk *, int slot, struct iovec *, int max);
void datagram_done(struct datagram_desk *, int slot);

/* --- A connection. --- */

/* What the engine asks of its socket's owner. */
enum connection_want {
	WANT_RECEIVE = 1,  /* receive and hand over what comes */
	WANT_SEND = 2,     /* send connection_outgoing */
	WANT_SHUTDOWN = 4, /* shutdown(SHUT_WR), then connection_shut */
	WANT_CLOSE = 8,    /* close the socket, then connection_free; nothing else is wanted */
};

/* The owner's own part of a connection; the engine does not touch it. */
struct carriage {
	int socket;
	unsigned watched; /* what the socket is watched for */
	void *data;
};

/* Makes a connection of the service in the loop. peer is copied. datagrams: every receive is one
 * message and so is what each hook call sends. NULL: no memory, nothing was changed. */
struct connection *connection_new(struct service *, struct loop *, const struct address *peer,
				  int socket, bool datagrams);

/* Runs the open hook. */
void connection_open(struct connection *);

/* Frees a connection that wants CLOSE; the socket is the owner's to close before. */
void connection_free(struct connection *);

struct carriage *connection_carriage(struct connection *);
struct loop *connection_loop(struct connection *);
const struct address *connection_peer(const struct connection *);

unsigned connection_wants(const struct connection *);

/* Bytes, or a datagram, have come. The hooks run. */
void connection_received(struct connection *, const void *bytes, size_t n);

/* Whether bytes given to connection_received are queued where they lie. If not they may go. */
bool connection_borrows(const struct connection *);

/* The bytes given to connection_received are about to go: what is still queued of them is kept by
 * copying. */
void connection_settle(struct connection *);

/* The peer ended its side. */
void connection_ended(struct connection *);

/* Receiving or sending failed for good, with an errno. */
void connection_failed(struct connection *, int code);

/* What to send next, at most max runs, for datagrams one datagram. Returns the number of runs; 0:
 * nothing. An empty datagram is one run of no bytes. */
int connection_outgoing(struct connection *, struct iovec *, int max);

/* Whether that is all that will be sent: the sending side is shut next, and both can leave in one
 * packet. */
bool connection_concludes(const struct connection *);

/* So many bytes of that were taken by the kernel, for datagrams all of it. Fewer than were given
 * out: the kernel takes no more for now, and a queue past the service's limit ends the session. */
void connection_sent(struct connection *, size_t n);

/* The kernel was given that a while ago and has not taken it yet: it takes no more for now, as if
 * connection_sent had said so. What was given out stays lent. */
void connection_stalled(struct connection *);

/* The sending side has been shut down, as wanted. */
void connection_shut(struct connection *);

/* Clients: a line from the keyboard; verbatim input if connection_verbatim says so. */
void connection_user(struct connection *, const char *line, size_t n);
bool connection_verbatim(const struct connection *);

/* Clients: whether lines from the keyboard are wanted now (session_keyboard). */
bool connection_listens(const struct connection *);

/* Clients: the keyboard has ended: the sending side closes when the queue has drained. */
void connection_finish(struct connection *);

/* Clients: calls the leave hook, or, without one, does what connection_finish does. */
void connection_leave(struct connection *);

/* Ends the session for a reason that lies outside it, as session_end does. */
void connection_stop(struct connection *, enum close_reason);

/* Ends it at once: what is queued is dropped. */
void connection_abort(struct connection *, enum close_reason);

/* When the engine wants to be looked at again: NEVER, or a monotonic time. */
int64_t connection_deadline(const struct connection *);

/* The bytes that are queued, and why the session closed (valid once it has). */
size_t connection_queued(const struct connection *);
bool connection_closed(const struct connection *, enum close_reason *);

/* What session_fail said, or NULL. */
const char *connection_failure(const struct connection *);

#endif
