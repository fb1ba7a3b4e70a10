/*
 * The uring model: one loop that tells the kernel what to do and is told what was done, instead of
 * asking what could be done. With several workers each has a thread, a loop, a ring, and listeners of
 * its own on the same ports.
 */
#include <errno.h>

#include "base/error.h"
#include "transport/models.h"

#ifdef HAVE_LIBURING

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sockettool/server.h"
#include "transport/stopping.h"
#include "transport/udp.h"
#include "transport/uring_channel.h"
#include "transport/workers.h"

enum { UDP_BATCH = 64 };

/* How long accepting pauses when descriptors are used up. */
#define ACCEPT_PAUSE (100 * NANOSECONDS_PER_MILLISECOND)
/* How long until what the kernel had no memory for is tried again. */
#define RETRY_PAUSE (10 * NANOSECONDS_PER_MILLISECOND)

/* A listener in the ring. */
struct door {
	struct listener *listener;
	struct udp *udp; /* NULL for streams */
	bool armed;      /* an accept, or a poll for datagrams, is in flight */
	bool cancelled;
};

struct reactor {
	struct server *server;
	struct loop *loop;
	struct door *doors;
	size_t door_count;
	int wake; /* an eventfd that other threads write to */
	bool wake_armed;
	int64_t resume; /* when what is not armed shall be; NEVER: all is */
	struct stopping stopping;
	struct ring ring;
	struct channels channels;
};

/* --- What is always in flight. --- */

/* Waits for a descriptor to be readable, once. */
static bool arm_poll(struct reactor *reactor, int fd, const void *what,
		     enum ring_operation operation)
{
	struct io_uring_sqe *submission = ring_submission(&reactor->ring);

	if (!submission)
		return false;
	io_uring_prep_poll_add(submission, fd, POLLIN);
	ring_mark(submission, what, operation);
	return true;
}

/* Accepts one connection after the other. */
static bool arm_accept(struct reactor *reactor, const struct door *door)
{
	struct io_uring_sqe *submission = ring_submission(&reactor->ring);

	if (!submission)
		return false;
	io_uring_prep_multishot_accept(submission, door->listener->socket, NULL, NULL,
				       SOCK_CLOEXEC);
	ring_mark(submission, door, RING_ACCEPT);
	return true;
}

static void arm_door(struct reactor *reactor, struct door *door)
{
	if (door->armed || stopping_begun(&reactor->stopping))
		return;
	door->armed = door->udp ? arm_poll(reactor, door->listener->socket, door, RING_DATAGRAMS)
				: arm_accept(reactor, door);
	if (!door->armed)
		reactor->resume = loop_now(reactor->loop) + RETRY_PAUSE;
}

static void arm_wake(struct reactor *reactor)
{
	if (!reactor->wake_armed)
		reactor->wake_armed = arm_poll(reactor, reactor->wake, NULL, RING_WAKE);
	if (!reactor->wake_armed)
		reactor->resume = loop_now(reactor->loop) + RETRY_PAUSE;
}

static void arm_all(struct reactor *reactor)
{
	reactor->resume = NEVER;
	arm_wake(reactor);
	for (size_t i = 0; i < reactor->door_count; i++)
		arm_door(reactor, &reactor->doors[i]);
}

/* --- Accepting. --- */

static void begin_connection(struct reactor *reactor, const struct door *door, int socket,
			     const struct address *peer)
{
	if (channel_open(&reactor->channels, door->listener->service, reactor->loop, peer,
			 socket) == 0)
		return;
	admission_release(reactor->server->admission, peer);
	close(socket);
	log_write(LOG_WARNING, NULL, NULL, "a connection was turned away: no memory is left");
}

/* Takes in those who wait. */
static void accept_waiting(struct reactor *reactor, const struct door *door)
{
	struct address peer;
	int socket;

	do {
		socket = admission_accept(reactor->server->admission, door->listener, 0, &peer);
		if (socket >= 0)
			begin_connection(reactor, door, socket, &peer);
	} while (socket >= 0 || socket == -EINTR || socket == -ECONNABORTED || socket == -EBUSY);
}

static void accepted(struct reactor *reactor, struct door *door, int socket)
{
	struct address peer;

	switch (socket) {
	case -ECANCELED:
	case -ECONNABORTED:
	case -EINTR:
	case -EAGAIN:
		break;
	default:
		if (socket < 0) {
			/* One is turned away if it is for want of descriptors. */
			accept_waiting(reactor, door);
			reactor->resume = loop_now(reactor->loop) + ACCEPT_PAUSE;
			return;
		}
		socket = admission_admit(reactor->server->admission, door->listener, socket, &peer);
		if (socket >= 0)
			begin_connection(reactor, door, socket, &peer);
	}
	arm_door(reactor, door);
}

static void serve_datagrams(struct reactor *reactor, struct door *door)
{
	door->armed = false;
	if (door->listener->socket < 0)
		return;
	(void)udp_serve(door->udp, MSG_DONTWAIT);
	arm_door(reactor, door);
}

/* --- Stopping. --- */

static void cancel_door(struct reactor *reactor, struct door *door)
{
	struct io_uring_sqe *submission;

	if (!door->armed || door->cancelled)
		return;
	submission = ring_submission(&reactor->ring);
	if (!submission)
		return;
	io_uring_prep_cancel64(submission,
			       ring_name(door, door->udp ? RING_DATAGRAMS : RING_ACCEPT), 0);
	ring_mark(submission, NULL, RING_NOTHING);
	door->cancelled = true;
}

/* Takes in those who wait already, and then nobody any more. */
static void close_door(struct reactor *reactor, struct door *door)
{
	if (door->udp)
		while (udp_serve(door->udp, MSG_DONTWAIT) > 0)
			;
	else
		accept_waiting(reactor, door);
	listener_close(door->listener);
}

static void begin_stopping(struct reactor *reactor)
{
	for (size_t i = 0; i < reactor->door_count; i++)
		close_door(reactor, &reactor->doors[i]);
	stopping_begin(&reactor->stopping, reactor->server, reactor->loop);
}

/* Whether nobody can come any more. */
static bool doors_are_closed(struct reactor *reactor)
{
	bool closed = true;

	for (size_t i = 0; i < reactor->door_count; i++) {
		cancel_door(reactor, &reactor->doors[i]);
		closed = closed && !reactor->doors[i].armed;
	}
	return closed;
}

static void end_session(struct connection *connection, void *context)
{
	struct reactor *reactor = context;

	connection_stop(connection, CLOSE_STOPPING);
	channel_attend(&reactor->channels, connection);
}

static void end_connection(struct connection *connection, void *context)
{
	struct reactor *reactor = context;

	connection_abort(connection, CLOSE_STOPPING);
	channel_attend(&reactor->channels, connection);
}

static void attend_pending(struct reactor *reactor)
{
	struct connection *connection;

	while ((connection = loop_pending(reactor->loop)))
		channel_attend(&reactor->channels, connection);
}

static void end_all(struct reactor *reactor)
{
	loop_each(reactor->loop, end_session, reactor);
	attend_pending(reactor);
	loop_each(reactor->loop, end_connection, reactor);
	attend_pending(reactor);
}

/* --- The loop. --- */

static void complete(struct reactor *reactor, const struct io_uring_cqe *completion)
{
	struct door *door = ring_what(completion);
	uint64_t wakes;

	switch (ring_operation(completion)) {
	case RING_RECEIVE:
	case RING_SEND:
	case RING_CANCEL:
		channel_complete(&reactor->channels, ring_what(completion), completion);
		break;
	case RING_ACCEPT:
		door->armed = completion->flags & IORING_CQE_F_MORE;
		accepted(reactor, door, completion->res);
		break;
	case RING_DATAGRAMS:
		serve_datagrams(reactor, door);
		break;
	case RING_WAKE:
		(void)!read(reactor->wake, &wakes, sizeof(wakes));
		reactor->wake_armed = false;
		arm_wake(reactor);
		break;
	case RING_NOTHING:
		break;
	}
}

static void complete_all(struct reactor *reactor)
{
	struct io_uring_cqe *completion;
	unsigned head, count = 0;

	io_uring_for_each_cqe(&reactor->ring.io, head, completion) {
		complete(reactor, completion);
		count++;
	}
	io_uring_cq_advance(&reactor->ring.io, count);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long to wait. */
static int64_t patience(const struct reactor *reactor)
{
	int64_t now = loop_now(reactor->loop);
	int64_t deadline = earlier(loop_deadline(reactor->loop), reactor->stopping.deadline);

	deadline = earlier(deadline, reactor->resume);
	if (reactor->channels.first)
		deadline = earlier(deadline, now + RETRY_PAUSE);
	if (deadline == NEVER)
		return NEVER;
	return deadline > now ? deadline - now : 0;
}

static int turn(struct reactor *reactor)
{
	struct loop *loop = reactor->loop;

	loop_tick(loop);
	reactor->channels.turn++;
	int status = ring_wait(&reactor->ring, patience(reactor));
	if (status)
		return status;
	loop_tick(loop);
	complete_all(reactor);
	if (reactor->server->stopping && !stopping_begun(&reactor->stopping))
		begin_stopping(reactor);
	loop_expire(loop);
	if (reactor->resume <= loop_now(loop))
		arm_all(reactor);
	channels_attend(&reactor->channels);
	attend_pending(reactor);
	if (stopping_over(&reactor->stopping, reactor->server, loop))
		end_all(reactor);
	log_flush();
	return 0;
}

static bool is_over(struct reactor *reactor)
{
	return stopping_begun(&reactor->stopping) && doors_are_closed(reactor) &&
	       loop_count(reactor->loop) == 0;
}

static void wake(void *owner)
{
	const struct reactor *reactor = owner;
	uint64_t one = 1;

	(void)!write(reactor->wake, &one, sizeof(one));
}

/* --- A worker. --- */

/* The ring waits where it has to, so that listeners are blocking ones; calls of accept(2), which are
 * made for those who wait already, shall not wait for more. */
static int open_door(struct reactor *reactor, struct door *door, struct listener *listener)
{
	const struct timeval moment = {.tv_usec = 1};

	door->listener = listener;
	if (listener->transport != TRANSPORT_UDP)
		return setsockopt(listener->socket, SOL_SOCKET, SO_RCVTIMEO, &moment,
				  sizeof(moment))
			       ? -errno
			       : 0;
	door->udp = udp_new(listener, reactor->loop, &reactor->server->datagrams, UDP_BATCH);
	return door->udp ? 0 : -ENOMEM;
}

static int open_doors(struct reactor *reactor, struct listener *listeners)
{
	int status = 0;

	for (size_t i = 0; i < reactor->door_count && status == 0; i++)
		status = open_door(reactor, &reactor->doors[i], &listeners[i]);
	return status;
}

static void free_reactor(struct reactor *reactor)
{
	ring_close(&reactor->ring);
	for (size_t i = 0; reactor->doors && i < reactor->door_count; i++)
		udp_free(reactor->doors[i].udp);
	if (reactor->wake >= 0)
		close(reactor->wake);
	loop_free(reactor->loop);
	free(reactor->doors);
	free(reactor);
}

static int open_reactor(struct reactor *reactor, int worker, struct error *error)
{
	struct server *server = reactor->server;
	size_t count = server->listeners_per_worker;

	reactor->door_count = count;
	reactor->doors = calloc(count, sizeof(*reactor->doors));
	reactor->loop = loop_new(server->clock, server->workers > 1 ? wake : NULL, reactor);
	reactor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!reactor->doors || !reactor->loop || reactor->wake < 0 ||
	    open_doors(reactor, server->listeners + (size_t)worker * count))
		return error_set(error, STATUS_UNREACHABLE, ENOMEM,
				 "no memory or descriptor is left for the event loop");
	int status = ring_open(&reactor->ring, error);
	if (status)
		return status;
	if (!arm_poll(reactor, server->stop, NULL, RING_NOTHING) ||
	    !arm_poll(reactor, server->stop_now, NULL, RING_NOTHING))
		return error_system(error, ENOMEM, "wait for events");
	arm_all(reactor);
	return 0;
}

static int run_worker(struct server *server, int worker, const void *context, struct error *error)
{
	struct reactor *reactor = calloc(1, sizeof(*reactor));

	(void)context;
	if (!reactor)
		return error_system(error, ENOMEM, "serve");
	reactor->server = server;
	reactor->wake = -1;
	reactor->ring.io.ring_fd = -1;
	reactor->stopping.deadline = NEVER;
	reactor->channels.ring = &reactor->ring;
	reactor->channels.admission = server->admission;
	int status = open_reactor(reactor, worker, error);
	if (status == 0) {
		while (status == 0 && !is_over(reactor))
			status = turn(reactor);
		if (status)
			error_system(error, -status, "wait for events");
	}
	free_reactor(reactor);
	return status;
}

static bool available(struct error *error)
{
	return ring_available(error);
}

static int run(struct server *server, struct error *error)
{
	return workers_run(server, run_worker, NULL, error);
}

#else

static bool available(struct error *error)
{
	error_set(error, STATUS_USAGE, ENOSYS, "this build was made without liburing");
	return false;
}

static int run(struct server *server, struct error *error)
{
	(void)server;
	(void)available(error);
	return -ENOSYS;
}

#endif

const struct model uring_model = {
	.name = "uring",
	.summary = "the kernel is told what to do and says when it is done (io_uring)",
	.abilities = MODEL_SHARED | MODEL_WORKERS,
	.available = available,
	.run = run,
};
