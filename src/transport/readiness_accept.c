/*
 * The listeners of a readiness loop: accepting, pausing where descriptors are used up or cannot be
 * watched, and closing at the end.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "sockettool/model.h"
#include "transport/readiness.h"

/* Connections taken in a turn, so that the others are served too. */
enum { ACCEPT_MAX = 64 };

/* How long accepting pauses when descriptors are used up. */
#define ACCEPT_PAUSE (100 * NANOSECONDS_PER_MILLISECOND)

void readiness_watch_listeners(struct reactor *reactor, bool accepting)
{
	const struct server *server = reactor->server;

	if (reactor->accepting == accepting)
		return;
	reactor->accepting = accepting;
	for (size_t i = 0; i < server->listeners_per_worker; i++) {
		struct listener *listener = &reactor->listeners[i];
		if (listener->transport != TRANSPORT_UDP && listener->socket >= 0)
			reactor->poller->watch(reactor->state, listener->socket,
					       accepting ? 0 : READY_READ,
					       accepting ? READY_READ : 0, listener);
	}
}

/* Whether the next descriptor can be watched: another worker's connection may have closed. */
static bool is_below_limit(const struct reactor *reactor)
{
	int next = dup(reactor->wake);

	if (next >= 0)
		close(next);
	return next >= 0 && next < reactor->poller->limit;
}

void readiness_resume(struct reactor *reactor)
{
	reactor->resume = NEVER;
	if (stopping_begun(&reactor->stopping))
		return;
	reactor->at_limit = reactor->at_limit && !is_below_limit(reactor);
	if (reactor->at_limit)
		reactor->resume = loop_now(reactor->loop) + ACCEPT_PAUSE;
	else
		readiness_watch_listeners(reactor, true);
}

void readiness_descriptor_freed(struct reactor *reactor)
{
	if (reactor->at_limit)
		readiness_resume(reactor);
}

static void pause_at_limit(struct reactor *reactor, int socket)
{
	if (!reactor->poller->limit)
		return;
	/* Later a low descriptor that was freed may be the last one. */
	reactor->near_limit |= socket >= reactor->poller->limit - 1;
	if (!reactor->near_limit || is_below_limit(reactor))
		return;
	log_write(LOG_WARNING, NULL, NULL,
		  "%s watches no descriptor above %d: nobody is accepted until a connection closes "
		  "(poll and epoll have no such limit)",
		  reactor->server->model->name, reactor->poller->limit - 1);
	reactor->at_limit = true;
	reactor->resume = loop_now(reactor->loop) + ACCEPT_PAUSE;
	readiness_watch_listeners(reactor, false);
}

static void begin_connection(struct reactor *reactor, const struct listener *listener, int socket,
			     const struct address *peer)
{
	struct connection *connection = NULL;

	if (!reactor->poller->limit || socket < reactor->poller->limit)
		connection = connection_new(listener->service, reactor->loop, peer, socket, false);
	if (!connection) {
		admission_release(reactor->server->admission, peer);
		close(socket);
		log_write(LOG_WARNING, NULL, NULL, "a connection was turned away: %s",
			  "no memory or no descriptor that can be watched is left");
		return;
	}
	connection_open(connection);
	readiness_attend(reactor, connection);
}

/* Accepts those who wait. Returns false when nobody waits any more. */
static bool accept_some(struct reactor *reactor, const struct listener *listener)
{
	struct address peer;

	for (int i = 0; i < ACCEPT_MAX && !reactor->at_limit; i++) {
		int socket = admission_accept(reactor->server->admission, listener, SOCK_NONBLOCK,
					      &peer);
		if (socket == -EMFILE) {
			readiness_watch_listeners(reactor, false);
			reactor->resume = loop_now(reactor->loop) + ACCEPT_PAUSE;
			return false;
		}
		if (socket == -EAGAIN || socket == -EINVAL)
			return false;
		if (socket < 0)
			continue;
		begin_connection(reactor, listener, socket, &peer);
		pause_at_limit(reactor, socket);
	}
	return true;
}

/* Answers a batch. A socket that fills it is asked again without being watched, until it has
 * nothing more. */
static void serve_mailbox(struct reactor *reactor, struct listener *listener,
			  struct mailbox *mailbox)
{
	int count = udp_serve(mailbox->udp, MSG_DONTWAIT);
	bool busy = mailbox->busy ? count > 0 : count == READINESS_UDP_BATCH;

	if (busy == mailbox->busy ||
	    reactor->poller->watch(reactor->state, listener->socket, busy ? READY_READ : 0,
				   busy ? 0 : READY_READ, listener))
		return;
	mailbox->busy = busy;
	if (busy)
		reactor->busy++;
	else
		reactor->busy--;
}

void readiness_serve_listener(struct reactor *reactor, struct listener *listener)
{
	struct mailbox *mailbox = &reactor->mailboxes[listener - reactor->listeners];

	if (mailbox->udp)
		serve_mailbox(reactor, listener, mailbox);
	else
		(void)accept_some(reactor, listener);
}

void readiness_serve_busy(struct reactor *reactor)
{
	for (size_t i = 0; i < reactor->server->listeners_per_worker && reactor->busy > 0; i++) {
		if (reactor->mailboxes[i].busy)
			serve_mailbox(reactor, &reactor->listeners[i], &reactor->mailboxes[i]);
	}
}

void readiness_close_listeners(struct reactor *reactor)
{
	for (size_t i = 0; i < reactor->server->listeners_per_worker; i++) {
		struct listener *listener = &reactor->listeners[i];
		struct mailbox *mailbox = &reactor->mailboxes[i];
		struct udp *udp = mailbox->udp;
		if (listener->socket < 0)
			continue;
		if (udp)
			udp_drain(udp);
		else
			for (int n = 0; n < LAST_INTAKE_MAX && !reactor->at_limit; n += ACCEPT_MAX)
				if (!accept_some(reactor, listener))
					break;
		if (udp ? !mailbox->busy : reactor->accepting)
			reactor->poller->watch(reactor->state, listener->socket, READY_READ, 0,
					       listener);
		listener_close(listener);
		mailbox->busy = false;
	}
	reactor->busy = 0;
	reactor->accepting = false;
}
