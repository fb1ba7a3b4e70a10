/* Doors: a worker's listeners in its ring. */
#ifdef HAVE_LIBURING

#include "transport/uring_door.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "transport/udp.h"

enum { UDP_BATCH = 64 };

/* How long accepting pauses when descriptors are used up, or the kernel lacks memory. */
#define ACCEPT_PAUSE (100 * NANOSECONDS_PER_MILLISECOND)

struct door {
	struct listener *listener;
	struct udp *udp; /* NULL for streams */
	/* An accept failed. For want of a descriptor the ring's accept fails even if nobody comes,
	 * so this door waits for somebody first. */
	bool wary;
	enum ring_operation flight; /* what is in flight, or RING_NOTHING */
	bool cancelled;
};

/* --- Opening. --- */

/* The ring waits where it has to, so listeners are blocking ones. Calls of accept(2), which are
 * made for those who wait already, shall not wait for more: the ring's accept knows no limit. */
static int limit_accept(int socket)
{
	const struct timeval moment = {.tv_usec = 1};

	return setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof(moment)) ? -errno : 0;
}

static int open_door(struct doors *doors, struct door *door, struct listener *listener)
{
	door->listener = listener;
	door->flight = RING_NOTHING;
	if (listener->transport != TRANSPORT_UDP)
		return limit_accept(listener->socket);
	door->udp = udp_new(listener, doors->loop, &doors->server->datagrams, UDP_BATCH);
	return door->udp ? 0 : -ENOMEM;
}

int doors_open(struct doors *doors, struct listener *listeners)
{
	size_t count = doors->server->listeners_per_worker;
	int status = 0;

	doors->resume = NEVER;
	doors->list = calloc(count, sizeof(*doors->list));
	if (!doors->list)
		return -ENOMEM;
	doors->count = count;
	for (size_t i = 0; i < count && status == 0; i++)
		status = open_door(doors, &doors->list[i], &listeners[i]);
	return status;
}

void doors_free(struct doors *doors)
{
	for (size_t i = 0; i < doors->count; i++)
		udp_free(doors->list[i].udp);
	free(doors->list);
}

/* --- In flight. --- */

static bool arm_accept(struct doors *doors, const struct door *door)
{
	struct io_uring_sqe *submission = ring_submission(doors->ring);

	if (!submission)
		return false;
	io_uring_prep_multishot_accept(submission, door->listener->socket, NULL, NULL,
				       SOCK_CLOEXEC);
	ring_mark(submission, door, RING_ACCEPT);
	return true;
}

static void pause_door(struct doors *doors)
{
	doors->resume = loop_now(doors->loop) + ACCEPT_PAUSE;
}

static void arm(struct doors *doors, struct door *door)
{
	enum ring_operation operation = door->udp || door->wary ? RING_READABLE : RING_ACCEPT;
	bool armed;

	if (door->flight != RING_NOTHING || doors->closing)
		return;
	if (operation == RING_ACCEPT)
		armed = arm_accept(doors, door);
	else
		armed = ring_poll(doors->ring, door->listener->socket, door, RING_READABLE);
	if (armed)
		door->flight = operation;
	else
		pause_door(doors);
}

void doors_arm(struct doors *doors)
{
	doors->resume = NEVER;
	for (size_t i = 0; i < doors->count; i++)
		arm(doors, &doors->list[i]);
}

/* --- Accepting. --- */

static void begin_connection(struct doors *doors, const struct door *door, int socket,
			     const struct address *peer)
{
	if (channel_open(doors->channels, door->listener->service, doors->loop, peer, socket) == 0)
		return;
	admission_release(doors->server->admission, peer);
	close(socket);
	log_write(LOG_WARNING, NULL, NULL, "a connection was turned away: no memory is left");
}

/* Takes in those who wait. Returns -EAGAIN after the last, or the errno for which it must stop. */
static int accept_waiting(struct doors *doors, const struct door *door)
{
	struct address peer;
	int socket;

	for (int i = 0; i < LAST_INTAKE_MAX; i++) {
		socket = admission_accept(doors->server->admission, door->listener, 0, &peer);
		if (socket >= 0)
			begin_connection(doors, door, socket, &peer);
		else if (socket != -EINTR && socket != -ECONNABORTED && socket != -EBUSY)
			return socket;
	}
	return -EAGAIN;
}

static void admit(struct doors *doors, const struct door *door, int socket)
{
	struct address peer;

	socket = admission_admit(doors->server->admission, door->listener, socket, &peer);
	if (socket >= 0)
		begin_connection(doors, door, socket, &peer);
}

void door_complete(struct doors *doors, struct door *door, const struct io_uring_cqe *completion)
{
	bool accepted = ring_operation(completion) == RING_ACCEPT;

	if (!(completion->flags & IORING_CQE_F_MORE))
		door->flight = RING_NOTHING;
	if (accepted && completion->res >= 0) {
		admit(doors, door, completion->res);
	} else if (accepted) {
		door->wary = true;
	} else if (door->listener->socket < 0) {
		return;
	} else if (door->udp) {
		(void)udp_serve(door->udp, MSG_DONTWAIT);
	} else if (accept_waiting(doors, door) == -EAGAIN) {
		door->wary = false;
	} else {
		pause_door(doors);
		return;
	}
	arm(doors, door);
}

/* --- Closing. --- */

void doors_close(struct doors *doors)
{
	doors->closing = true;
	doors->resume = NEVER;
	for (size_t i = 0; i < doors->count; i++) {
		const struct door *door = &doors->list[i];
		if (!door->udp)
			(void)accept_waiting(doors, door);
		else
			udp_drain(door->udp);
		listener_close(door->listener);
	}
}

bool doors_are_closed(struct doors *doors)
{
	bool closed = true;

	for (size_t i = 0; i < doors->count; i++) {
		struct door *door = &doors->list[i];
		if (door->flight == RING_NOTHING)
			continue;
		if (!door->cancelled)
			door->cancelled = ring_cancel(doors->ring, door, door->flight);
		closed = false;
	}
	return closed;
}

#endif
