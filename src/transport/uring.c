/*
 * The uring model: one loop that tells the kernel what to do and is told what was done, instead of
 * asking what could be done. With several workers each has a thread, a loop, a ring, and listeners
 * of its own on the same ports.
 */
#include <errno.h>

#include "base/error.h"
#include "transport/models.h"

#ifdef HAVE_LIBURING

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "transport/stopping.h"
#include "transport/uring_channel.h"
#include "transport/uring_door.h"
#include "transport/workers.h"

enum { BATCH = 256 };

/* How long until what the kernel had no memory for is tried again. */
#define RETRY_PAUSE (10 * NANOSECONDS_PER_MILLISECOND)

struct reactor {
	struct server *server;
	struct loop *loop;
	int wake; /* an eventfd that other threads write to */
	bool wake_armed;
	struct stopping stopping;
	struct ring ring;
	struct channels channels;
	struct doors doors;
};

/* --- Attending connections that have not had a completion. --- */

static void attend_pending(struct reactor *reactor)
{
	struct connection *connection;

	while ((connection = loop_pending(reactor->loop)))
		channel_attend(&reactor->channels, connection);
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

static void end_all(struct reactor *reactor)
{
	loop_each(reactor->loop, end_session, reactor);
	attend_pending(reactor);
	loop_each(reactor->loop, end_connection, reactor);
	attend_pending(reactor);
}

/* --- The loop. --- */

static void wake(void *owner)
{
	const struct reactor *reactor = owner;
	uint64_t one = 1;

	(void)!write(reactor->wake, &one, sizeof(one));
}

static void take_wake(struct reactor *reactor)
{
	uint64_t wakes;

	(void)!read(reactor->wake, &wakes, sizeof(wakes));
	reactor->wake_armed = false;
}

static void complete(struct reactor *reactor, const struct io_uring_cqe *completion)
{
	switch (ring_operation(completion)) {
	case RING_RECEIVE:
	case RING_SEND:
	case RING_CANCEL:
		channel_complete(&reactor->channels, ring_what(completion), completion);
		break;
	case RING_ACCEPT:
	case RING_READABLE:
		door_complete(&reactor->doors, ring_what(completion), completion);
		break;
	case RING_WAKE:
		take_wake(reactor);
		break;
	case RING_NOTHING:
		break;
	}
}

static void complete_all(struct reactor *reactor)
{
	struct io_uring *io = &reactor->ring.io;
	struct io_uring_cqe *completions[BATCH];
	unsigned count;

	while ((count = io_uring_peek_batch_cqe(io, completions, BATCH)) > 0) {
		for (unsigned i = 0; i < count; i++)
			complete(reactor, completions[i]);
		io_uring_cq_advance(io, count);
	}
}

/* How long to wait. */
static int64_t patience(const struct reactor *reactor)
{
	int64_t now = loop_now(reactor->loop);
	int64_t deadline = time_earlier(loop_deadline(reactor->loop), reactor->stopping.deadline);

	deadline = time_earlier(deadline, reactor->doors.resume);
	if (reactor->channels.first || !reactor->wake_armed)
		deadline = time_earlier(deadline, now + RETRY_PAUSE);
	if (deadline == NEVER)
		return NEVER;
	return deadline > now ? deadline - now : 0;
}

static int wait_for_completions(struct reactor *reactor)
{
	if (!reactor->wake_armed)
		reactor->wake_armed = ring_poll(&reactor->ring, reactor->wake, NULL, RING_WAKE);
	loop_tick(reactor->loop);
	int status = ring_wait(&reactor->ring, patience(reactor));
	loop_tick(reactor->loop);
	reactor->channels.turn++;
	return status;
}

static void begin_stopping(struct reactor *reactor)
{
	doors_close(&reactor->doors);
	stopping_begin(&reactor->stopping, reactor->server, reactor->loop);
}

static int turn(struct reactor *reactor)
{
	int status = wait_for_completions(reactor);

	if (status)
		return status;
	complete_all(reactor);
	if (reactor->server->stopping && !stopping_begun(&reactor->stopping))
		begin_stopping(reactor);
	loop_expire(reactor->loop);
	if (reactor->doors.resume <= loop_now(reactor->loop))
		doors_arm(&reactor->doors);
	channels_attend(&reactor->channels);
	attend_pending(reactor);
	if (stopping_over(&reactor->stopping, reactor->server, reactor->loop))
		end_all(reactor);
	log_flush();
	return 0;
}

static bool is_over(struct reactor *reactor)
{
	return stopping_begun(&reactor->stopping) && doors_are_closed(&reactor->doors) &&
	       loop_count(reactor->loop) == 0;
}

/* --- A worker. --- */

static void free_reactor(struct reactor *reactor)
{
	ring_close(&reactor->ring);
	doors_free(&reactor->doors);
	if (reactor->wake >= 0)
		close(reactor->wake);
	loop_free(reactor->loop);
	free(reactor);
}

static struct reactor *new_reactor(struct server *server)
{
	struct reactor *reactor = calloc(1, sizeof(*reactor));

	if (!reactor)
		return NULL;
	reactor->server = server;
	reactor->stopping.deadline = NEVER;
	reactor->ring.io.ring_fd = -1;
	reactor->loop = loop_new(server->clock, wake, reactor);
	reactor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	reactor->channels.ring = &reactor->ring;
	reactor->channels.admission = server->admission;
	reactor->doors = (struct doors){.server = server,
					.loop = reactor->loop,
					.ring = &reactor->ring,
					.channels = &reactor->channels};
	return reactor;
}

static int open_reactor(struct reactor *reactor, int worker, struct error *error)
{
	struct server *server = reactor->server;
	size_t first = (size_t)worker * server->listeners_per_worker;

	if (!reactor->loop || reactor->wake < 0 ||
	    doors_open(&reactor->doors, server->listeners + first))
		return error_set(error, STATUS_UNREACHABLE, ENOMEM,
				 "no memory or descriptor is left for the event loop");
	int status = ring_open(&reactor->ring, error);
	if (status)
		return status;
	if (!ring_poll(&reactor->ring, server->stop, NULL, RING_NOTHING) ||
	    !ring_poll(&reactor->ring, server->stop_now, NULL, RING_NOTHING))
		return error_system(error, ENOMEM, "wait for events");
	doors_arm(&reactor->doors);
	return 0;
}

static int run_worker(struct server *server, int worker, const void *context, struct error *error)
{
	struct reactor *reactor = new_reactor(server);

	(void)context;
	if (!reactor)
		return error_system(error, ENOMEM, "serve");
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

/* --- The model. --- */

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
	.summary = "the kernel does it and says when (io_uring)",
	.abilities = MODEL_SHARED | MODEL_WORKERS,
	.available = available,
	.run = run,
};
