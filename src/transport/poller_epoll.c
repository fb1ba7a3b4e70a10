/* epoll: the kernel keeps the list of descriptors and names those that are ready. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "transport/poller.h"

enum { EVENTS_MAX = 512 };

struct state {
	int fd;
	struct epoll_event events[EVENTS_MAX];
};

static void *epoll_open(void)
{
	struct state *state = malloc(sizeof(*state));

	if (!state)
		return NULL;
	state->fd = epoll_create1(EPOLL_CLOEXEC);
	if (state->fd < 0) {
		free(state);
		return NULL;
	}
	return state;
}

static int epoll_watch(void *opaque, int fd, unsigned before, unsigned events, void *what)
{
	const struct state *state = opaque;
	struct epoll_event event = {.data.ptr = what};
	int operation = EPOLL_CTL_MOD;

	event.events = (events & READY_READ ? EPOLLIN : 0U) |
		       (events & READY_WRITE ? EPOLLOUT : 0U);
	if (events == 0)
		operation = EPOLL_CTL_DEL;
	else if (before == 0)
		operation = EPOLL_CTL_ADD;
	return epoll_ctl(state->fd, operation, fd, &event) ? -errno : 0;
}

static int epoll_wait_ready(void *opaque, struct ready *ready, int max, int milliseconds)
{
	struct state *state = opaque;
	int count = epoll_wait(state->fd, state->events, max < EVENTS_MAX ? max : EVENTS_MAX,
			       milliseconds);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		uint32_t events = state->events[i].events;
		ready[i].what = state->events[i].data.ptr;
		ready[i].events = (events & EPOLLIN ? READY_READ : 0U) |
				  (events & EPOLLOUT ? READY_WRITE : 0U) |
				  (events & (EPOLLERR | EPOLLHUP) ? READY_BROKEN : 0U);
	}
	return count;
}

static void epoll_close(void *opaque)
{
	struct state *state = opaque;

	close(state->fd);
	free(state);
}

const struct poller epoll_poller = {
	.unwatches_closed = true,
	.open = epoll_open,
	.watch = epoll_watch,
	.wait = epoll_wait_ready,
	.close = epoll_close,
};
