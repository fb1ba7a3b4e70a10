/* select: two sets of bits, copied for every call, and no descriptor from FD_SETSIZE on. */
#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>

#include "transport/poller.h"

struct state {
	fd_set read, write;
	void *whats[FD_SETSIZE];
	int end; /* one more than the highest descriptor that was watched */
	/* Where the next look at the sets begins, so that none is passed over for ever. */
	int start;
};

static void *select_open(void)
{
	return calloc(1, sizeof(struct state));
}

static int select_watch(void *opaque, int fd, unsigned before, unsigned events, void *what)
{
	struct state *state = opaque;

	(void)before;
	if (fd >= FD_SETSIZE)
		return -ERANGE;
	FD_CLR(fd, &state->read);
	FD_CLR(fd, &state->write);
	if (events & READY_READ)
		FD_SET(fd, &state->read);
	if (events & READY_WRITE)
		FD_SET(fd, &state->write);
	state->whats[fd] = what;
	if (fd >= state->end)
		state->end = fd + 1;
	return 0;
}

static int select_wait(void *opaque, struct ready *ready, int max, int milliseconds)
{
	struct state *state = opaque;
	fd_set read = state->read, write = state->write;
	struct timeval timeout = {milliseconds / 1000, milliseconds % 1000 * 1000L};
	int left = select(state->end, &read, &write, NULL, milliseconds < 0 ? NULL : &timeout);
	int count = 0;

	if (left < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; left > 0 && i < state->end && count < max; i++) {
		int fd = (state->start + i) % state->end;
		unsigned events = (FD_ISSET(fd, &read) ? READY_READ : 0U) |
				  (FD_ISSET(fd, &write) ? READY_WRITE : 0U);
		if (events) {
			left--;
			ready[count++] = (struct ready){state->whats[fd], events};
		}
	}
	state->start = state->end ? (state->start + 1) % state->end : 0;
	return count;
}

const struct poller select_poller = {
	.limit = FD_SETSIZE,
	.open = select_open,
	.watch = select_watch,
	.wait = select_wait,
	.close = free,
};
