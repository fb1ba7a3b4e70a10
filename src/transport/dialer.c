/*
 * Dialing: the race of a target's addresses, as a state machine over nonblocking sockets. See
 * sockettool/dialer.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "transport/dialer_internal.h"
#include "transport/resolution.h"

_Static_assert((int)DIAL_ADDRESSES_MAX == (int)RESOLUTION_ADDRESSES_MAX, "room for all");

/* How long to wait until a local server's full queue is tried again: it cannot be polled. */
#define UNIX_RETRY_DELAY (10 * NANOSECONDS_PER_MILLISECOND)

/* --- The target --- */

void dial_interleave(struct address *addresses, int count)
{
	for (int at = 1; at < count; at++) {
		int other = at;
		while (other < count && addresses[other].family == addresses[at - 1].family)
			other++;
		if (other == count)
			return;
		struct address moved = addresses[other];
		memmove(&addresses[at + 1], &addresses[at], (other - at) * sizeof(moved));
		addresses[at] = moved;
	}
}

static void write_name(struct dialer *dialer)
{
	const struct dial_target *target = &dialer->target;

	if (target->unix_path)
		snprintf(dialer->name, sizeof(dialer->name), "%s", target->unix_path);
	else if (strchr(target->host, ':'))
		snprintf(dialer->name, sizeof(dialer->name), "[%.120s]:%.20s", target->host,
			 target->port);
	else
		snprintf(dialer->name, sizeof(dialer->name), "%.120s:%.20s", target->host,
			 target->port);
}

static bool begin_search(struct dialer *dialer, struct error *error)
{
	const struct dial_target *target = &dialer->target;
	size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	if (!target->unix_path) {
		dialer->resolution = resolution_start(target->host, target->port,
						      target->datagrams ? SOCK_DGRAM : SOCK_STREAM,
						      error);
		return dialer->resolution != NULL;
	}
	if (strlen(target->unix_path) >= room) {
		error_set(error, STATUS_UNREACHABLE, ENAMETOOLONG,
			  "connect %.150s: a socket's path has at most %zu bytes",
			  target->unix_path, room - 1);
		return false;
	}
	dialer->addresses[0].family = ADDRESS_UNIX;
	dialer->count = 1;
	return true;
}

struct dialer *dialer_new(const struct dial_target *target, const struct clock *clock,
			  int64_t timeout, struct error *error)
{
	struct dialer *dialer = calloc(1, sizeof(*dialer));

	if (!dialer) {
		error_system(error, ENOMEM, "connect");
		return NULL;
	}
	dialer->clock = clock;
	dialer->timeout = timeout;
	dialer->deadline = time_after(clock->monotonic(clock), timeout);
	dialer->target = *target;
	write_name(dialer);
	if (!begin_search(dialer, error)) {
		free(dialer);
		return NULL;
	}
	return dialer;
}

void dialer_free(struct dialer *dialer)
{
	if (!dialer)
		return;
	resolution_end(dialer->resolution);
	free(dialer);
}

const char *dialer_name(const struct dialer *dialer)
{
	return dialer->name;
}

/* Returns how many addresses there are, 0 if that is not known yet, or a negative errno. */
static int find_addresses(struct dialer *dialer, struct error *error)
{
	int count = dialer->count;

	if (count > 0)
		return count;
	count = resolution_result(dialer->resolution, dialer->addresses, error);
	if (count == -EAGAIN)
		return 0;
	if (count > 0) {
		dialer->count = count;
		dial_interleave(dialer->addresses, count);
	}
	return count;
}

/* --- One attempt --- */

static socklen_t attempt_sockaddr(const struct dialer *dialer, int index,
				  struct sockaddr_storage *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;

	if (!dialer->target.unix_path)
		return address_to_sockaddr(out, &dialer->addresses[index]);
	memset(out, 0, sizeof(*out));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, dialer->target.unix_path, strlen(dialer->target.unix_path));
	return sizeof(*un);
}

/* A connection to a free port of this machine may meet itself, if the kernel happens to choose the
 * same port for our end. */
static bool is_itself(int socket)
{
	struct sockaddr_storage own, other;
	socklen_t own_length = sizeof(own), other_length = sizeof(other);

	if (getsockname(socket, (struct sockaddr *)&own, &own_length) < 0 ||
	    getpeername(socket, (struct sockaddr *)&other, &other_length) < 0)
		return false;
	struct address a = address_from_sockaddr((struct sockaddr *)&own, own_length);
	struct address b = address_from_sockaddr((struct sockaddr *)&other, other_length);
	return a.family != ADDRESS_UNIX && address_same_host(&a, &b) && a.port == b.port;
}

static void attempt_drop(struct attempt *attempt)
{
	if (attempt->socket >= 0)
		close(attempt->socket);
	attempt->socket = -1;
	attempt->waits = false;
}

static void attempt_fail(struct dial *dial, int index, int code)
{
	attempt_drop(&dial->attempts[index]);
	dial->attempts[index].failure = code;
	dial->next_at = INT64_MIN;
}

static void attempt_succeed(struct dial *dial, int index)
{
	int one = 1;

	if (!dial->dialer->target.datagrams && is_itself(dial->attempts[index].socket)) {
		attempt_fail(dial, index, ECONNREFUSED);
		return;
	}
	if (!dial->dialer->target.unix_path && !dial->dialer->target.datagrams)
		setsockopt(dial->attempts[index].socket, IPPROTO_TCP, TCP_NODELAY, &one,
			   sizeof(one));
	dial->winner = index;
}

static void attempt_connect(struct dial *dial, int index)
{
	struct attempt *attempt = &dial->attempts[index];
	struct sockaddr_storage to;
	socklen_t length = attempt_sockaddr(dial->dialer, index, &to);
	int type = dial->dialer->target.datagrams ? SOCK_DGRAM : SOCK_STREAM;

	attempt->waits = false;
	if (attempt->socket < 0)
		attempt->socket = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->socket < 0) {
		attempt_fail(dial, index, errno);
		return;
	}
	if (connect(attempt->socket, (struct sockaddr *)&to, length) == 0)
		attempt_succeed(dial, index);
	else if (errno == EAGAIN)
		attempt->waits = true;
	else if (errno != EINPROGRESS && errno != EINTR)
		attempt_fail(dial, index, errno);
}

static void attempt_look(struct dial *dial, int index)
{
	struct attempt *attempt = &dial->attempts[index];
	struct pollfd event = {.fd = attempt->socket, .events = POLLOUT};
	int code = 0;
	socklen_t length = sizeof(code);

	if (attempt->waits) {
		attempt_connect(dial, index);
		return;
	}
	if (attempt->socket < 0 || poll(&event, 1, 0) != 1)
		return;
	if (getsockopt(attempt->socket, SOL_SOCKET, SO_ERROR, &code, &length) < 0)
		code = errno;
	if (code)
		attempt_fail(dial, index, code);
	else
		attempt_succeed(dial, index);
}

/* --- The race --- */

struct dial *dial_new(struct dialer *dialer)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	if (!dial)
		return NULL;
	dial->dialer = dialer;
	dial->winner = -1;
	dial->next_at = INT64_MIN;
	for (int i = 0; i < DIAL_ADDRESSES_MAX; i++)
		dial->attempts[i].socket = -1;
	return dial;
}

void dial_free(struct dial *dial)
{
	if (!dial)
		return;
	for (int i = 0; i < DIAL_ADDRESSES_MAX; i++)
		attempt_drop(&dial->attempts[i]);
	free(dial);
}

int dial_events(const struct dial *dial, struct pollfd *events)
{
	int n = 0;

	if (dial->dialer->count == 0) {
		events[0] = (struct pollfd){.fd = resolution_descriptor(dial->dialer->resolution),
					    .events = POLLIN};
		return 1;
	}
	for (int i = 0; i < dial->started; i++) {
		const struct attempt *attempt = &dial->attempts[i];
		if (dial_attempt_runs(attempt) && !attempt->waits)
			events[n++] = (struct pollfd){.fd = attempt->socket, .events = POLLOUT};
	}
	return n;
}

int64_t dial_deadline(const struct dial *dial)
{
	const struct dialer *dialer = dial->dialer;
	int64_t deadline = dialer->deadline;

	/* Another dial has seen the look-up's end, which woke only that one. */
	if (dialer->count > 0 && dial->started == 0)
		return INT64_MIN;
	if (dial->started > 0 && dial->started < dialer->count)
		deadline = time_earlier(deadline, dial->next_at);
	for (int i = 0; i < dial->started; i++) {
		if (dial->attempts[i].waits)
			deadline = time_earlier(deadline, dialer->clock->monotonic(dialer->clock) +
								  UNIX_RETRY_DELAY);
	}
	return deadline;
}

static bool any_runs(const struct dial *dial)
{
	for (int i = 0; i < dial->started; i++) {
		if (dial_attempt_runs(&dial->attempts[i]))
			return true;
	}
	return false;
}

int dial_step(struct dial *dial, struct error *error)
{
	const struct dialer *dialer = dial->dialer;
	int64_t now = dialer->clock->monotonic(dialer->clock);
	int count = find_addresses(dial->dialer, error);

	if (count < 0)
		return count;
	if (count == 0)
		return now < dialer->deadline ? 0 : dialer_unresolved(dialer, error);
	for (int i = 0; i < dial->started && dial->winner < 0; i++)
		attempt_look(dial, i);
	while (dial->winner < 0 && dial->started < count && now >= dial->next_at) {
		dial->next_at = now + DIAL_ATTEMPT_DELAY;
		attempt_connect(dial, dial->started++);
	}
	if (dial->winner >= 0)
		return 1;
	if (dial->started == count && !any_runs(dial))
		return dial_failed(dial, false, error);
	return now < dialer->deadline ? 0 : dial_failed(dial, true, error);
}

int dial_take(struct dial *dial, struct address *peer)
{
	struct attempt *attempt = &dial->attempts[dial->winner];
	struct ucred credentials;
	socklen_t length = sizeof(credentials);
	int socket = attempt->socket;

	*peer = dial->dialer->addresses[dial->winner];
	if (peer->family == ADDRESS_UNIX &&
	    getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0)
		peer->number = (uint32_t)credentials.pid;
	attempt->socket = -1;
	return socket;
}
