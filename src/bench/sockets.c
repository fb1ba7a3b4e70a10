/*
 * Connected sockets for a load.
 */
#include "bench/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum {
	/* Connections in the making at a time; more would overflow the backlogs of many servers. */
	DIALS_MAX = 64,
	RECEIVE_BUFFER = 1 << 20, /* bytes, of UDP: what comes in a burst must not be lost here */
};

int socket_begin(const struct target *target)
{
	int one = 1;
	int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&target->address, target->address_length) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	int code = errno;
	close(fd);
	return -code;
}

int socket_failure(int socket)
{
	int code = 0;
	socklen_t length = sizeof(code);

	if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length))
		return errno;
	return code;
}

void socket_reset(int socket)
{
	struct linger linger = {.l_onoff = 1};

	(void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(socket);
}

/* Connections in the making. */
struct dials {
	struct pollfd polls[DIALS_MAX];
	int places[DIALS_MAX]; /* where the socket goes */
	int count;
};

static void refused(struct load *load, int code)
{
	load_fault(load, FAULT_REFUSED, "connect %s: %s", load->target->name, error_reason(code));
}

static void take(struct load *load, struct dials *dials, int *sockets, int i)
{
	int fd = dials->polls[i].fd, code = socket_failure(fd);

	if (code) {
		refused(load, code);
		close(fd);
	} else {
		sockets[dials->places[i]] = fd;
		load->connected++;
		atomic_fetch_add(&load->conductor->connected, 1);
	}
	dials->count--;
	dials->polls[i] = dials->polls[dials->count];
	dials->places[i] = dials->places[dials->count];
}

/* Those in the making, and those that were not begun. They are no fault of the server if the user
 * has ended it all. */
static void give_up(struct load *load, struct dials *dials, int *sockets, int next)
{
	if (!atomic_load(load->conductor->stop))
		load_faults(load, FAULT_REFUSED,
			    (uint64_t)(dials->count + load->connections - next), "connect %s: %s",
			    load->target->name, error_reason(ETIMEDOUT));
	while (dials->count > 0)
		close(dials->polls[--dials->count].fd);
	while (next < load->connections)
		sockets[next++] = -1;
}

/* Begins connections while there may be more at a time. Returns the place of the next one. */
static int begin_some(struct load *load, struct dials *dials, int *sockets, int next)
{
	while (next < load->connections && dials->count < DIALS_MAX) {
		int place = next++, fd = socket_begin(load->target);
		sockets[place] = -1;
		if (fd < 0) {
			refused(load, -fd);
			continue;
		}
		dials->polls[dials->count] = (struct pollfd){.fd = fd, .events = POLLOUT};
		dials->places[dials->count++] = place;
	}
	return next;
}

void sockets_connect(struct load *load, int *sockets)
{
	struct dials dials = {.count = 0};
	int64_t until = time_after(clock_monotonic(), load->plan->timeout);
	int next = 0;

	while ((next = begin_some(load, &dials, sockets, next)) < load->connections ||
	       dials.count > 0) {
		int64_t now = clock_monotonic();
		int ready =
			poll(dials.polls, (nfds_t)dials.count,
			     clock_poll_timeout(now, time_earlier(until, now + LOAD_LOOK_AGAIN)));
		for (int i = dials.count - 1; ready > 0 && i >= 0; i--) {
			if (dials.polls[i].revents)
				take(load, &dials, sockets, i);
		}
		if (ready > 0)
			until = time_after(clock_monotonic(), load->plan->timeout);
		if ((ready <= 0 && clock_monotonic() >= until) ||
		    atomic_load(load->conductor->stop)) {
			give_up(load, &dials, sockets, next);
			return;
		}
	}
}

void sockets_connect_udp(struct load *load, int *sockets)
{
	const struct target *target = load->target;
	int size = RECEIVE_BUFFER;

	for (int i = 0; i < load->connections; i++) {
		int fd = socket(target->address.ss_family,
				SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd >= 0)
			(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		if (fd < 0 || connect(fd, (const struct sockaddr *)&target->address,
				      target->address_length)) {
			refused(load, errno);
			if (fd >= 0)
				close(fd);
			sockets[i] = -1;
			continue;
		}
		sockets[i] = fd;
		load->connected++;
		atomic_fetch_add(&load->conductor->connected, 1);
	}
}
