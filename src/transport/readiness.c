/*
 * The readiness models: one nonblocking loop over a poller, which is select, poll or epoll. With
 * several workers each has a thread, a loop, and listeners of its own on the same ports.
 */
#include "transport/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/models.h"
#include "transport/stream.h"
#include "transport/udp.h"
#include "transport/workers.h"

enum { READY_MAX = 512 };

/* --- Connections. --- */

/* Watches the connection for events. A change may fail, and with it the connection. */
static void watch(struct reactor *reactor, struct connection *connection, unsigned events)
{
	struct carriage *carriage = connection_carriage(connection);
	int status = reactor->poller->watch(reactor->state, carriage->socket, carriage->watched,
					    events, connection);
	if (status)
		connection_failed(connection, -status);
	else
		carriage->watched = events;
}

static void close_connection(struct reactor *reactor, struct connection *connection)
{
	const struct carriage *carriage = connection_carriage(connection);

	if (carriage->watched && !reactor->poller->unwatches_closed)
		watch(reactor, connection, 0);
	close(carriage->socket);
	admission_release(reactor->server->admission, connection_peer(connection));
	connection_free(connection);
	readiness_descriptor_freed(reactor);
}

void readiness_attend(struct reactor *reactor, struct connection *connection)
{
	const struct carriage *carriage = connection_carriage(connection);
	unsigned wants = connection_wants(connection);

	if ((wants & WANT_SEND) && !(carriage->watched & READY_WRITE)) {
		(void)stream_send(connection, MSG_DONTWAIT);
		wants = connection_wants(connection);
	}
	if (wants & WANT_SHUTDOWN) {
		stream_shutdown(connection);
		wants = connection_wants(connection);
	}
	unsigned events = (wants & WANT_RECEIVE ? READY_READ : 0U) |
			  (wants & WANT_SEND ? READY_WRITE : 0U);
	if (!(wants & WANT_CLOSE) && carriage->watched != events) {
		watch(reactor, connection, events);
		wants = connection_wants(connection);
	}
	if (wants & WANT_CLOSE)
		close_connection(reactor, connection);
}

static int socket_error(int socket)
{
	int code = 0;
	socklen_t length = sizeof(code);

	if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length))
		return errno;
	return code ? code : ECONNRESET;
}

static void serve_connection(struct reactor *reactor, struct connection *connection,
			     unsigned events)
{
	const struct carriage *carriage = connection_carriage(connection);

	if (events & READY_WRITE)
		(void)stream_send(connection, MSG_DONTWAIT);
	/* A connection that is not to be received from may break all the same. */
	if (!(carriage->watched & READY_READ) && (events & READY_BROKEN))
		connection_failed(connection, socket_error(carriage->socket));
	else if ((events & (READY_READ | READY_BROKEN)) &&
		 (connection_wants(connection) & WANT_RECEIVE))
		(void)stream_receive(connection, reactor->buffer, MSG_DONTWAIT);
	readiness_attend(reactor, connection);
}

/* --- Stopping. --- */

static void end_session(struct connection *connection, void *context)
{
	connection_stop(connection, CLOSE_STOPPING);
	readiness_attend(context, connection);
}

static void end_connection(struct connection *connection, void *context)
{
	connection_abort(connection, CLOSE_STOPPING);
	readiness_attend(context, connection);
}

static void attend_pending(struct reactor *reactor)
{
	struct connection *connection;

	while ((connection = loop_pending(reactor->loop)))
		readiness_attend(reactor, connection);
}

static void end_all(struct reactor *reactor)
{
	loop_each(reactor->loop, end_session, reactor);
	attend_pending(reactor);
	loop_each(reactor->loop, end_connection, reactor);
	attend_pending(reactor);
}

/* --- The loop. --- */

static void serve_events(struct reactor *reactor, const struct ready *ready, int count)
{
	struct server *server = reactor->server;

	for (int i = 0; i < count; i++) {
		struct listener *listener = ready[i].what;
		uint64_t wakes;
		if (ready[i].what == &reactor->wake)
			(void)!read(reactor->wake, &wakes, sizeof(wakes));
		else if (ready[i].what == &server->stop || ready[i].what == &server->stop_now)
			continue;
		else if (listener >= reactor->listeners &&
			 listener < reactor->listeners + server->listeners_per_worker)
			readiness_serve_listener(reactor, listener);
		else
			serve_connection(reactor, ready[i].what, ready[i].events);
	}
}

static void begin_stopping(struct reactor *reactor)
{
	readiness_close_listeners(reactor);
	reactor->poller->watch(reactor->state, reactor->server->stop, READY_READ, 0,
			       &reactor->server->stop);
	stopping_begin(&reactor->stopping, reactor->server, reactor->loop);
}

static int64_t next_deadline(const struct reactor *reactor)
{
	int64_t deadline = loop_deadline(reactor->loop);

	deadline = time_earlier(deadline, reactor->resume);
	return time_earlier(deadline, reactor->stopping.deadline);
}

static int turn(struct reactor *reactor)
{
	struct ready ready[READY_MAX];

	int64_t deadline = next_deadline(reactor);
	if (deadline != NEVER)
		loop_tick(reactor->loop);
	int timeout = reactor->busy ? 0 : clock_poll_timeout(loop_now(reactor->loop), deadline);
	int count = reactor->poller->wait(reactor->state, ready, READY_MAX, timeout);
	if (count < 0)
		return count;
	loop_tick(reactor->loop);
	readiness_serve_busy(reactor);
	serve_events(reactor, ready, count);
	if (reactor->server->stopping && !stopping_begun(&reactor->stopping))
		begin_stopping(reactor);
	loop_expire(reactor->loop);
	if (reactor->resume <= loop_now(reactor->loop))
		readiness_resume(reactor);
	attend_pending(reactor);
	if (stopping_over(&reactor->stopping, reactor->server, reactor->loop))
		end_all(reactor);
	log_flush();
	return 0;
}

static void wake(void *owner)
{
	const struct reactor *reactor = owner;
	uint64_t one = 1;

	(void)!write(reactor->wake, &one, sizeof(one));
}

static int watch_all(struct reactor *reactor)
{
	struct server *server = reactor->server;
	const struct poller *poller = reactor->poller;
	int status = 0;

	for (size_t i = 0; i < server->listeners_per_worker && status == 0; i++) {
		struct listener *listener = &reactor->listeners[i];
		if (listener->transport == TRANSPORT_UDP) {
			struct udp *udp = udp_new(listener, reactor->loop, &server->datagrams,
						  READINESS_UDP_BATCH);
			reactor->mailboxes[i].udp = udp;
			if (!udp)
				return -ENOMEM;
			status = poller->watch(reactor->state, listener->socket, 0, READY_READ,
					       listener);
		} else if (fcntl(listener->socket, F_SETFL, O_NONBLOCK)) {
			status = -errno;
		}
	}
	if (status == 0)
		status =
			poller->watch(reactor->state, reactor->wake, 0, READY_READ, &reactor->wake);
	if (status == 0)
		status = poller->watch(reactor->state, server->stop, 0, READY_READ, &server->stop);
	if (status == 0)
		status = poller->watch(reactor->state, server->stop_now, 0, READY_READ,
				       &server->stop_now);
	return status;
}

static void free_reactor(struct reactor *reactor)
{
	if (reactor->mailboxes) {
		for (size_t i = 0; i < reactor->server->listeners_per_worker; i++)
			udp_free(reactor->mailboxes[i].udp);
	}
	if (reactor->state)
		reactor->poller->close(reactor->state);
	if (reactor->wake >= 0)
		close(reactor->wake);
	loop_free(reactor->loop);
	free(reactor->mailboxes);
	free(reactor);
}

static struct reactor *new_reactor(struct server *server, int worker, const struct poller *poller)
{
	struct reactor *reactor = calloc(1, sizeof(*reactor));

	if (!reactor)
		return NULL;
	reactor->server = server;
	reactor->poller = poller;
	reactor->listeners = server->listeners + (size_t)worker * server->listeners_per_worker;
	reactor->resume = NEVER;
	reactor->stopping.deadline = NEVER;
	reactor->loop = loop_new(server->clock, wake, reactor);
	reactor->mailboxes = calloc(server->listeners_per_worker, sizeof(struct mailbox));
	reactor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	reactor->state = poller->open();
	if (reactor->loop && reactor->mailboxes && reactor->wake >= 0 && reactor->state &&
	    watch_all(reactor) == 0) {
		readiness_watch_listeners(reactor, true);
		return reactor;
	}
	free_reactor(reactor);
	return NULL;
}

static int run_worker(struct server *server, int worker, const void *poller, struct error *error)
{
	struct reactor *reactor = new_reactor(server, worker, poller);
	int status = 0;

	if (!reactor)
		return error_set(error, STATUS_UNREACHABLE, ENOMEM,
				 "no memory or descriptor is left for the event loop");
	while (status == 0 &&
	       !(stopping_begun(&reactor->stopping) && loop_count(reactor->loop) == 0))
		status = turn(reactor);
	if (status)
		error_system(error, -status, "wait for events");
	free_reactor(reactor);
	return status;
}

/* --- The models. --- */

static int run_select(struct server *server, struct error *error)
{
	return workers_run(server, run_worker, &select_poller, error);
}

static int run_poll(struct server *server, struct error *error)
{
	return workers_run(server, run_worker, &poll_poller, error);
}

static int run_epoll(struct server *server, struct error *error)
{
	return workers_run(server, run_worker, &epoll_poller, error);
}

const struct model select_model = {
	.name = "select",
	.summary = "one loop, 1,024 descriptors at most",
	.abilities = MODEL_SHARED | MODEL_WORKERS,
	.run = run_select,
};

const struct model poll_model = {
	.name = "poll",
	.summary = "one loop, a list handed over at every call",
	.abilities = MODEL_SHARED | MODEL_WORKERS,
	.run = run_poll,
};

const struct model epoll_model = {
	.name = "epoll",
	.summary = "one loop, a list that the kernel keeps",
	.abilities = MODEL_SHARED | MODEL_WORKERS,
	.run = run_epoll,
};
