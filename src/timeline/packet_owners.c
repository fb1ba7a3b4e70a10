/*
 * Sockets by their ports, each with its address and the time it had it.
 */
#include "timeline/packet_owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "timeline/ends.h"
#include "timeline/flows.h"

/* The packets' clock and that of the calls differ by less. */
static const int64_t tolerance = NANOSECONDS_PER_MILLISECOND;

/* A socket, or a connect of which no address of its own is known any more, because it failed. */
struct owner {
	uint16_t port; /* by which it is found: its own, of a failed connect the other end's */
	bool udp, failed;
	bool listens;
	struct address local, remote;
	int64_t from, to; /* the connection began, or the datagram passed, between these */
	bool used;        /* a failed connect has its connection */
};

struct owners {
	const struct recording *recording;
	struct owner *owners;
	size_t count;
	int64_t *born, *died; /* for each socket */
	int64_t *call_ends;
	bool *kept; /* for each packet */
};

/* --- When sockets lived. --- */

/* A call by which a socket comes to an address. */
static bool names(const struct call *call)
{
	return call->kind == CALL_CONNECT || call->kind == CALL_SEND ||
	       ((call->kind == CALL_BIND || call->kind == CALL_LISTEN) && call->result >= 0);
}

/* Sockets whose making was seen have their address from the first call on that gave them one, and
 * accepted ones from when their listening socket had it; others had theirs before. */
static bool find_births(struct owners *owners)
{
	const struct recording *recording = owners->recording;
	bool *rings = recording_rings(recording);

	if (!rings)
		return false;
	for (size_t i = 0; i < recording->socket_count; i++)
		owners->born[i] = INT64_MIN;
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];
		int64_t *born = call->socket >= 0 ? &owners->born[call->socket] : NULL;

		if (born && call->kind == CALL_SOCKET &&
		    !(call->program >= 0 && rings[call->program]))
			*born = INT64_MAX;
		else if (born && *born == INT64_MAX && names(call))
			*born = call->entered;
		if (born && call->kind == CALL_ACCEPT && call->accepted >= 0)
			owners->born[call->accepted] = *born;
	}
	free(rings);
	return true;
}

/* A socket on which nothing happens after a close is gone, though others may still have it. */
static void find_deaths(struct owners *owners)
{
	const struct recording *recording = owners->recording;
	int64_t *last = owners->died;

	for (size_t i = 0; i < recording->socket_count; i++)
		last[i] = INT64_MIN;
	for (size_t i = 0; i < recording->call_count; i++) {
		int socket = recording->calls[i].socket;

		if (socket >= 0 && owners->call_ends[i] > last[socket])
			last[socket] = owners->call_ends[i];
	}
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		/* What ended last marks the socket: as living for ever, unless it is a close. */
		if (call->socket >= 0 && owners->call_ends[i] == last[call->socket] &&
		    call->kind != CALL_CLOSE)
			last[call->socket] = INT64_MAX;
	}
	for (size_t i = 0; i < recording->socket_count; i++)
		if (last[i] == INT64_MIN)
			last[i] = INT64_MAX;
}

/* --- The owners. --- */

static bool is_internet(const struct address *address)
{
	return (address->family == ADDRESS_IPV4 || address->family == ADDRESS_IPV6) &&
	       address->port;
}

static void add_sockets(struct owners *owners)
{
	const struct recording *recording = owners->recording;

	for (size_t i = 0; i < recording->socket_count; i++) {
		const struct socket_record *socket = &recording->sockets[i];

		if (!is_internet(&socket->local) || socket->elsewhere)
			continue;
		owners->owners[owners->count++] = (struct owner){
			.port = socket->local.port,
			.udp = (socket->type & 0xf) == SOCK_DGRAM,
			.listens = socket->listens,
			.local = socket->local,
			.remote = socket->remote,
			.from = owners->born[i],
			.to = owners->died[i],
		};
	}
}

static bool has_failed(const struct call *call)
{
	return call->left < 0 || (call->result < 0 && call->result != -EINPROGRESS);
}

static void add_failed_connects(struct owners *owners)
{
	const struct recording *recording = owners->recording;

	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];
		const struct socket_record *socket =
			call->socket >= 0 ? &recording->sockets[call->socket] : NULL;

		if (!socket || call->kind != CALL_CONNECT || !has_failed(call) ||
		    !is_internet(&call->peer) || socket->elsewhere ||
		    (socket->type & 0xf) == SOCK_DGRAM)
			continue;
		owners->owners[owners->count++] = (struct owner){
			.port = call->peer.port,
			.failed = true,
			.remote = call->peer,
			.from = call->entered,
			.to = owners->call_ends[i],
		};
	}
}

/* Listening sockets come first among those of a port: they have most of its connections. */
static int by_port(const void *a, const void *b)
{
	const struct owner *left = a, *right = b;

	if (left->udp != right->udp)
		return left->udp ? 1 : -1;
	if (left->port != right->port)
		return left->port < right->port ? -1 : 1;
	if (left->failed != right->failed)
		return left->failed ? 1 : -1;
	if (left->listens != right->listens)
		return left->listens ? -1 : 1;
	return (left->from > right->from) - (left->from < right->from);
}

static size_t first_of_port(const struct owners *owners, bool udp, uint16_t port)
{
	size_t low = 0, high = owners->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct owner *owner = &owners->owners[middle];

		if (owner->udp < udp || (owner->udp == udp && owner->port < port))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* --- What is whose. --- */

static bool has_address(const struct address *own, const struct address *end)
{
	if (own->port != end->port)
		return false;
	if (address_is_wildcard(own))
		/* "::" takes IPv4, too. */
		return own->family == ADDRESS_IPV6 || end->family == own->family;
	return address_same_host(own, end);
}

/* Whether a time is between the owner's two. */
static bool within(const struct owner *owner, int64_t when)
{
	return (owner->from < INT64_MIN + tolerance || when >= owner->from - tolerance) &&
	       when <= time_after(owner->to, tolerance);
}

/* Whether a connection is an owner's that has one of its ends. */
static bool owns_flow(struct owner *owner, const struct recording *recording,
		      const struct flow *flow, const struct address *end,
		      const struct address *other)
{
	const struct packet *first = &recording->packets[flow->packets->index];
	bool begins = flow_is_syn(first);

	if (owner->failed) {
		if (owner->used || !begins || !has_address(&owner->remote, &first->to) ||
		    !within(owner, flow->began))
			return false;
		owner->used = true;
		return true;
	}
	if (!has_address(&owner->local, end))
		return false;
	if (owner->listens)
		return begins && within(owner, flow->began);
	/* Of what had begun before the capture did, only the end is seen. */
	return has_address(&owner->remote, other) &&
	       within(owner, begins ? flow->began : flow->ended);
}

static bool is_owned(struct owners *owners, const struct flow *flow, const struct address *end,
		     const struct address *other)
{
	for (size_t i = first_of_port(owners, false, end->port);
	     i < owners->count && !owners->owners[i].udp && owners->owners[i].port == end->port;
	     i++)
		if (owns_flow(&owners->owners[i], owners->recording, flow, end, other))
			return true;
	return false;
}

static bool keep_flows(struct owners *owners)
{
	const struct recording *recording = owners->recording;
	struct flow_table packets = {
		malloc((recording->packet_count + 1) * sizeof(struct flow_entry)), 0};

	if (!packets.entries)
		return false;
	flow_table_add_packets(&packets, recording);
	flow_table_sort(&packets);
	for (size_t i = 0; i < packets.count;) {
		struct flow flow = flow_next(recording, &packets, i);
		const struct flow_entry *ends = flow.packets;
		bool owned = is_owned(owners, &flow, &ends->low, &ends->high) ||
			     is_owned(owners, &flow, &ends->high, &ends->low);

		for (size_t k = 0; k < flow.count; k++)
			owners->kept[flow.packets[k].index] = owned;
		i += flow.count;
	}
	free(packets.entries);
	return true;
}

static bool is_owned_datagram(const struct owners *owners, const struct packet *packet,
			      const struct address *end)
{
	for (size_t i = first_of_port(owners, true, end->port);
	     i < owners->count && owners->owners[i].port == end->port; i++)
		if (has_address(&owners->owners[i].local, end) &&
		    within(&owners->owners[i], packet->when))
			return true;
	return false;
}

static void keep_datagrams(struct owners *owners)
{
	for (size_t i = 0; i < owners->recording->packet_count; i++) {
		const struct packet *packet = &owners->recording->packets[i];

		if (packet->udp)
			owners->kept[i] = is_owned_datagram(owners, packet, &packet->from) ||
					  is_owned_datagram(owners, packet, &packet->to);
	}
}

/* --- The whole. --- */

static void drop_others(struct recording *recording, const bool *kept)
{
	size_t count = 0;

	for (size_t i = 0; i < recording->packet_count; i++) {
		struct packet *packet = &recording->packets[i];

		if (kept[i]) {
			recording->packets[count++] = *packet;
			continue;
		}
		recording_set_bytes(&packet->data, &packet->data_length, NULL, 0);
		free(packet->frame);
	}
	recording->packet_count = count;
}

bool packet_owners_keep(struct recording *recording)
{
	struct owners owners = {
		.recording = recording,
		.owners = malloc((recording->socket_count + recording->call_count + 1) *
				 sizeof(struct owner)),
		.born = malloc((recording->socket_count + 1) * sizeof(int64_t)),
		.died = malloc((recording->socket_count + 1) * sizeof(int64_t)),
		.call_ends = call_ends(recording),
		.kept = calloc(recording->packet_count + 1, sizeof(bool)),
	};
	bool done = owners.owners && owners.born && owners.died && owners.call_ends &&
		    owners.kept && find_births(&owners);

	if (done) {
		find_deaths(&owners);
		add_sockets(&owners);
		add_failed_connects(&owners);
		qsort(owners.owners, owners.count, sizeof(*owners.owners), by_port);
		keep_datagrams(&owners);
		done = keep_flows(&owners);
	}
	if (done)
		drop_others(recording, owners.kept);
	free(owners.owners);
	free(owners.born);
	free(owners.died);
	free(owners.call_ends);
	free(owners.kept);
	return done;
}
