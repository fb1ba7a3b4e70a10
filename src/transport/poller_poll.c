/* poll: the whole list of descriptors is handed to the kernel at every call. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "transport/poller.h"

struct state {
	struct pollfd *list;
	void **whats; /* beside the list */
	int *places;  /* a descriptor's place in the list plus 1 */
	int count, capacity, place_count;
	/* Where the next look at the list begins, so that none is passed over for ever. */
	int start;
};

static void *poll_open(void)
{
	return calloc(1, sizeof(struct state));
}

static int grow_places(struct state *state, int fd)
{
	int count = fd + 1 > state->place_count * 2 ? fd + 1 : state->place_count * 2;

	if (fd < state->place_count)
		return 0;
	int *places = realloc(state->places, (size_t)count * sizeof(*places));
	if (!places)
		return -ENOMEM;
	memset(places + state->place_count, 0,
	       (size_t)(count - state->place_count) * sizeof(*places));
	state->places = places;
	state->place_count = count;
	return 0;
}

static int grow_list(struct state *state)
{
	int capacity = state->capacity ? state->capacity * 2 : 64;

	if (state->count < state->capacity)
		return 0;
	struct pollfd *list = realloc(state->list, (size_t)capacity * sizeof(*list));
	if (!list)
		return -ENOMEM;
	state->list = list;
	void **whats = realloc(state->whats, (size_t)capacity * sizeof(*whats));
	if (!whats)
		return -ENOMEM;
	state->whats = whats;
	state->capacity = capacity;
	return 0;
}

static int add(struct state *state, int fd, short events, void *what)
{
	if (grow_places(state, fd) || grow_list(state))
		return -ENOMEM;
	state->list[state->count] = (struct pollfd){.fd = fd, .events = events};
	state->whats[state->count] = what;
	state->places[fd] = ++state->count;
	return 0;
}

static void take_out(struct state *state, int fd)
{
	int place = state->places[fd] - 1, last = --state->count;

	state->list[place] = state->list[last];
	state->whats[place] = state->whats[last];
	state->places[state->list[place].fd] = place + 1;
	state->places[fd] = 0;
}

static int poll_watch(void *opaque, int fd, unsigned before, unsigned events, void *what)
{
	struct state *state = opaque;
	short wanted =
		(short)((events & READY_READ ? POLLIN : 0) | (events & READY_WRITE ? POLLOUT : 0));

	if (before == 0)
		return add(state, fd, wanted, what);
	if (events == 0)
		take_out(state, fd);
	else
		state->list[state->places[fd] - 1].events = wanted;
	return 0;
}

static int poll_wait(void *opaque, struct ready *ready, int max, int milliseconds)
{
	struct state *state = opaque;
	int left = poll(state->list, (nfds_t)state->count, milliseconds), count = 0;

	if (left < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; left > 0 && i < state->count && count < max; i++) {
		int place = (state->start + i) % state->count;
		short events = state->list[place].revents;
		if (!events)
			continue;
		left--;
		ready[count].what = state->whats[place];
		ready[count++].events =
			(events & POLLIN ? READY_READ : 0U) |
			(events & POLLOUT ? READY_WRITE : 0U) |
			(events & (POLLERR | POLLHUP | POLLNVAL) ? READY_BROKEN : 0U);
	}
	state->start = state->count ? (state->start + 1) % state->count : 0;
	return count;
}

static void poll_close(void *opaque)
{
	struct state *state = opaque;

	free(state->list);
	free(state->whats);
	free(state->places);
	free(state);
}

const struct poller poll_poller = {
	.open = poll_open,
	.watch = poll_watch,
	.wait = poll_wait,
	.close = poll_close,
};
