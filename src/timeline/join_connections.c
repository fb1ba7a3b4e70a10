/*
 * The two ends of TCP and Unix connections, matched by their addresses.
 *
 * A listening socket hands out connections in the order in which they were made. So among ends
 * with the same addresses the first that connected belongs to the first that was accepted, which
 * tells a port's later use from its earlier one.
 */
#include "timeline/join_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/flows.h"

struct end {
	int socket, call; /* the connect or accept, or -1 */
	int64_t began;
	struct address client, server;
	const char *path;
	uint32_t process; /* of a Unix socket, the client's process; 0 if unknown */
	bool matched;
};

struct ends {
	struct end *ends;
	size_t count;
};

static bool is_stream(const struct socket_record *socket)
{
	return !socket->listens && (socket->type & 0xf) != SOCK_DGRAM &&
	       (socket->family == AF_INET || socket->family == AF_INET6 ||
		socket->family == AF_UNIX);
}

/* --- Which call made a socket's connection. --- */

static bool connected(const struct call *call)
{
	return call->result == 0 || call->result == -EINPROGRESS || call->result == -EAGAIN ||
	       call->result == -EINTR || call->left < 0;
}

/* The calls that connected or accepted each socket. A later connect counts more than one that
 * failed. */
static void find_calls(const struct recording *recording, int *connects, int *accepts)
{
	for (size_t i = 0; i < recording->socket_count; i++)
		connects[i] = accepts[i] = -1;
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (call->kind == CALL_ACCEPT && call->accepted >= 0)
			accepts[call->accepted] = (int)i;
		if (call->kind == CALL_CONNECT && call->socket >= 0) {
			int *connect = &connects[call->socket];

			if (*connect < 0 || !connected(&recording->calls[*connect]))
				*connect = (int)i;
		}
	}
}

/* The ports on which sockets listen, as bits. */
struct ports {
	uint8_t bits[65536 / 8];
};

static void find_listening(const struct recording *recording, struct ports *ports)
{
	memset(ports, 0, sizeof(*ports));
	for (size_t i = 0; i < recording->socket_count; i++) {
		const struct socket_record *socket = &recording->sockets[i];

		if (socket->listens)
			ports->bits[socket->local.port / 8] |=
				(uint8_t)(1 << socket->local.port % 8);
	}
}

/* Whether a socket of which no call was seen was accepted: one on its port listens. */
static bool looks_accepted(const struct ports *ports, const struct socket_record *socket)
{
	return ports->bits[socket->local.port / 8] & (1 << socket->local.port % 8);
}

static struct end end_of(const struct recording *recording, int index, int call, bool accepted)
{
	const struct socket_record *socket = &recording->sockets[index];
	struct end end = {.socket = index, .call = call, .path = socket->path};
	struct address none = {0}, local = socket->local, remote = socket->remote;

	if (call >= 0) {
		const struct call *made = &recording->calls[call];

		end.began = accepted ? made->left : made->entered;
		if (remote.family == ADDRESS_NONE)
			remote = made->peer;
		if (accepted && !end.path[0] && made->socket >= 0)
			end.path = recording->sockets[made->socket].path;
		if (!accepted)
			end.process = (uint32_t)made->process;
	}
	if (socket->family == AF_UNIX) {
		if (accepted)
			end.process = remote.number;
		local = remote = none;
	}
	if (address_is_wildcard(&local))
		local = none;
	end.client = accepted ? remote : local;
	end.server = accepted ? local : remote;
	return end;
}

static bool find_ends(const struct recording *recording, struct ends *connecting,
		      struct ends *accepting)
{
	int *connects = malloc((recording->socket_count + 1) * sizeof(*connects));
	int *accepts = malloc((recording->socket_count + 1) * sizeof(*accepts));
	bool done = connects && accepts;
	struct ports listening;

	find_listening(recording, &listening);
	if (done)
		find_calls(recording, connects, accepts);
	for (size_t i = 0; done && i < recording->socket_count; i++) {
		const struct socket_record *socket = &recording->sockets[i];
		struct ends *ends = connecting;
		int call = connects[i];

		if (!is_stream(socket))
			continue;
		if (accepts[i] >= 0 && call < 0) {
			ends = accepting;
			call = accepts[i];
		} else if (call < 0) {
			if (socket->remote.port == 0)
				continue;
			if (looks_accepted(&listening, socket))
				ends = accepting;
		}
		/* Nothing came about, and nothing went over a wire. */
		if (socket->family == AF_UNIX && ends == connecting && call >= 0 &&
		    !connected(&recording->calls[call]))
			continue;
		ends->ends[ends->count++] = end_of(recording, (int)i, call, ends == accepting);
	}
	free(connects);
	free(accepts);
	return done;
}

/* --- Matching. --- */

static int compare_times(const struct end *a, const struct end *b)
{
	if (a->began != b->began)
		return a->began < b->began ? -1 : 1;
	return (a->socket > b->socket) - (a->socket < b->socket);
}

typedef int compare_ends(const struct end *, const struct end *);

/* By everything that tells two connections apart. */
static int compare_exactly(const struct end *a, const struct end *b)
{
	int order = flow_compare_addresses(&a->server, &b->server);

	order = order ? order : flow_compare_addresses(&a->client, &b->client);
	order = order ? order : strcmp(a->path, b->path);
	if (a->server.family == ADDRESS_NONE && b->server.family == ADDRESS_NONE && order == 0)
		return (a->process > b->process) - (a->process < b->process);
	return order;
}

/* By what is known when one end does not know the client's address, or not the path. */
static int compare_servers(const struct end *a, const struct end *b)
{
	int order = flow_compare_addresses(&a->server, &b->server);

	return order ? order : strcmp(a->path, b->path);
}

static int by_everything(const void *a, const void *b)
{
	int order = compare_exactly(a, b);

	return order ? order : compare_times(a, b);
}

static int by_server(const void *a, const void *b)
{
	int order = compare_servers(a, b);

	return order ? order : compare_times(a, b);
}

/* Whether an end connected after the other one was accepted. Of one that io_uring accepted nobody
 * knows when. */
static bool comes_later(const struct end *connecting, const struct end *accepting)
{
	return accepting->call >= 0 && connecting->began > accepting->began;
}

static bool may_match(const struct recording *recording, const struct end *connecting,
		      const struct end *accepting)
{
	if (connecting->matched || accepting->matched || comes_later(connecting, accepting))
		return false;
	if (connecting->call >= 0 && !connected(&recording->calls[connecting->call]))
		return false;
	return connecting->client.family == ADDRESS_NONE ||
	       accepting->client.family == ADDRESS_NONE ||
	       joining_same_address(&connecting->client, &accepting->client);
}

static bool match(struct joining *joining, struct end *connecting, struct end *accepting);

/* Walks both sorted lists at once and matches each accepting end with the first connecting end of
 * the same key that is left. */
static bool match_ends(struct joining *joining, struct ends *connecting, struct ends *accepting,
		       compare_ends *compare)
{
	size_t i = 0;

	for (size_t k = 0; k < accepting->count; k++) {
		struct end *end = &accepting->ends[k];

		while (i < connecting->count) {
			struct end *other = &connecting->ends[i];
			int order = compare(other, end);

			if (order > 0)
				break;
			if (order == 0 && !other->matched && comes_later(other, end))
				break;
			i++;
			if (order == 0 && may_match(joining->recording, other, end)) {
				if (!match(joining, other, end))
					return false;
				break;
			}
		}
	}
	return true;
}

/* --- Conversations. --- */

static struct address better(const struct address *a, const struct address *b)
{
	return a->family == ADDRESS_NONE || a->port == 0 ? *b : *a;
}

/* Makes the conversation of two ends, one of which may be NULL. */
static bool match(struct joining *joining, struct end *connecting, struct end *accepting)
{
	struct end *first = connecting ? connecting : accepting;
	struct end *other = accepting ? accepting : connecting;
	int index = joining_conversation(joining, first->began);
	struct conversation *conversation;

	if (index < 0)
		return false;
	conversation = &joining->join->conversations[index];
	conversation->ends[0] = better(&first->client, &other->client);
	conversation->ends[1] = better(&first->server, &other->server);
	conversation->path = joining->recording->sockets[other->socket].path;
	if (!conversation->path[0])
		conversation->path = joining->recording->sockets[first->socket].path;
	if (connecting) {
		connecting->matched = true;
		conversation->sockets[0] = connecting->socket;
		joining->join->conversation_of_socket[connecting->socket] = index;
		joining->makings[index].connect = connecting->call;
	}
	if (accepting) {
		accepting->matched = true;
		conversation->sockets[1] = accepting->socket;
		joining->join->conversation_of_socket[accepting->socket] = index;
		joining->makings[index].accept = accepting->call;
	}
	return true;
}

static bool match_all(struct joining *joining, struct ends *connecting, struct ends *accepting)
{
	size_t size = sizeof(struct end);

	qsort(connecting->ends, connecting->count, size, by_everything);
	qsort(accepting->ends, accepting->count, size, by_everything);
	if (!match_ends(joining, connecting, accepting, compare_exactly))
		return false;
	qsort(connecting->ends, connecting->count, size, by_server);
	qsort(accepting->ends, accepting->count, size, by_server);
	if (!match_ends(joining, connecting, accepting, compare_servers))
		return false;
	for (size_t i = 0; i < connecting->count; i++)
		if (!connecting->ends[i].matched && !match(joining, &connecting->ends[i], NULL))
			return false;
	for (size_t i = 0; i < accepting->count; i++)
		if (!accepting->ends[i].matched && !match(joining, NULL, &accepting->ends[i]))
			return false;
	return true;
}

bool join_connections(struct joining *joining)
{
	size_t count = joining->recording->socket_count;
	struct ends connecting = {malloc((count + 1) * sizeof(struct end)), 0};
	struct ends accepting = {malloc((count + 1) * sizeof(struct end)), 0};
	bool done = connecting.ends && accepting.ends &&
		    find_ends(joining->recording, &connecting, &accepting) &&
		    match_all(joining, &connecting, &accepting);

	free(connecting.ends);
	free(accepting.ends);
	return done;
}
