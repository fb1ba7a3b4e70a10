/*
 * Waiting at the listeners. With a single one the wait is the plain call of the textbooks; with
 * several, poll says which to call. Signals end the wait: their handler makes the listeners
 * nonblocking first, so that a call which begins after it does not block either.
 */
#include "transport/blocking.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/udp.h"

/* How long accepting pauses when descriptors are used up. */
static const struct timespec accept_pause = {.tv_nsec = 100 * NANOSECONDS_PER_MILLISECOND};

void entrance_interrupt(struct server *server)
{
	for (size_t i = 0; i < server->listeners_per_worker; i++) {
		if (server->listeners[i].socket >= 0)
			(void)fcntl(server->listeners[i].socket, F_SETFL, O_RDWR | O_NONBLOCK);
	}
}

int entrance_open(struct entrance *entrance, struct server *server, bool datagrams,
		  struct error *error)
{
	*entrance = (struct entrance){.server = server};
	entrance->loop = loop_new(server->clock, NULL, NULL);
	entrance->udps = calloc(server->listeners_per_worker, sizeof(struct udp *));
	entrance->list = calloc(server->listeners_per_worker + 1, sizeof(*entrance->list));
	if (!entrance->loop || !entrance->udps || !entrance->list)
		goto no_memory;
	for (size_t i = 0; datagrams && i < server->listeners_per_worker; i++) {
		if (server->listeners[i].transport != TRANSPORT_UDP)
			continue;
		entrance->udps[i] =
			udp_new(&server->listeners[i], entrance->loop, &server->datagrams, 1);
		if (!entrance->udps[i])
			goto no_memory;
	}
	return 0;
no_memory:
	entrance_close(entrance);
	return error_system(error, ENOMEM, "serve");
}

void entrance_close(struct entrance *entrance)
{
	for (size_t i = 0; entrance->udps && i < entrance->server->listeners_per_worker; i++)
		udp_free(entrance->udps[i]);
	free(entrance->udps);
	free(entrance->list);
	loop_free(entrance->loop);
}

/* Finds out which listeners have somebody waiting. A single one is not asked: the call that serves
 * it waits. */
static void wait_at_listeners(const struct entrance *entrance)
{
	const struct server *server = entrance->server;
	size_t count = server->listeners_per_worker;

	for (size_t i = 0; i < count; i++)
		entrance->list[i] =
			(struct pollfd){.fd = server->listeners[i].socket, .events = POLLIN};
	entrance->list[count] = (struct pollfd){.fd = server->stop, .events = POLLIN};
	if (count == 1)
		entrance->list[0].revents = POLLIN;
	else if (poll(entrance->list, count + 1, -1) < 0)
		entrance->list[0].revents = 0;
}

/* Accepts at a listener. Returns the socket, or -1. */
static int accept_at(const struct entrance *entrance, const struct listener *listener,
		     struct address *peer)
{
	int fd = admission_accept(entrance->server->admission, listener, 0, peer);

	if (fd == -EMFILE)
		nanosleep(&accept_pause, NULL);
	return fd < 0 ? -1 : fd;
}

/* After a stop: takes in one of those who wait already. */
static int accept_last(struct entrance *entrance, const struct listener **listener,
		       struct address *peer)
{
	const struct server *server = entrance->server;

	if (++entrance->last_intake > LAST_INTAKE_MAX)
		return -1;
	entrance_interrupt(entrance->server);
	for (size_t i = 0; i < server->listeners_per_worker; i++) {
		int fd = -EAGAIN;
		*listener = &server->listeners[i];
		if (entrance->udps[i]) {
			udp_drain(entrance->udps[i]);
		} else if ((*listener)->transport != TRANSPORT_UDP) {
			do
				fd = admission_accept(server->admission, *listener, 0, peer);
			while (fd == -EBUSY || fd == -EINTR || fd == -ECONNABORTED);
		}
		if (fd >= 0)
			return fd;
	}
	return -1;
}

int entrance_accept(struct entrance *entrance, const struct listener **listener,
		    struct address *peer)
{
	const struct server *server = entrance->server;

	log_flush();
	if (server->stopping)
		return server->stopping > 1 ? -1 : accept_last(entrance, listener, peer);
	wait_at_listeners(entrance);
	size_t start = ++entrance->start, count = server->listeners_per_worker;
	for (size_t n = 0; n < count; n++) {
		size_t i = (start + n) % count;
		if (!(entrance->list[i].revents & POLLIN))
			continue;
		*listener = &server->listeners[i];
		if (entrance->udps[i]) {
			/* What poll announced may be dropped for its checksum. */
			(void)udp_serve(entrance->udps[i], count > 1 ? MSG_DONTWAIT : 0);
		} else if ((*listener)->transport != TRANSPORT_UDP) {
			int fd = accept_at(entrance, *listener, peer);
			if (fd >= 0)
				return fd;
		}
	}
	return -2;
}
