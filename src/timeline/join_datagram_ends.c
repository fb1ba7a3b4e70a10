/*
 * Who exchanges datagrams with whom. Sockets that are bound to every host, and clients that are
 * bound to nothing, know only a port of their own address: the other end's calls and the packets
 * know the rest, and the conversation learns it from them.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>

/* A datagram where it was seen: as it was sent, on the wire, or as it was received. */
struct sight {
	int64_t when;
	bool is_packet;
	int index;
};

enum {
	BUCKETS = 1 << 16,
	CHAIN_MAX = 256, /* a datagram is compared with so many conversations of its ports */
};

/* Conversations by their two ports. */
struct directory {
	int *heads; /* BUCKETS of them: the latest, or -1 */
	int *next;  /* for each conversation, the one before it in its bucket */
	size_t capacity;
};

/* What is known of a datagram. */
struct datagram {
	struct address from, to;
	int socket; /* the one that sent it or that received it, or -1 */
	bool received;
};

static bool is_datagram_call(const struct recording *recording, const struct call *call)
{
	const struct socket_record *socket;

	if ((call->kind != CALL_SEND && call->kind != CALL_RECEIVE) || call->socket < 0)
		return false;
	socket = &recording->sockets[call->socket];
	return (socket->type & 0xf) == SOCK_DGRAM &&
	       (socket->family == AF_INET || socket->family == AF_INET6) &&
	       (call->kind == CALL_SEND || (call->left >= 0 && call->result >= 0));
}

static struct datagram datagram_of(const struct recording *recording, const struct sight *sight)
{
	struct datagram datagram = {.socket = -1};
	const struct socket_record *socket;
	const struct call *call;
	struct address peer;

	if (sight->is_packet) {
		datagram.from = recording->packets[sight->index].from;
		datagram.to = recording->packets[sight->index].to;
		return datagram;
	}
	call = &recording->calls[sight->index];
	socket = &recording->sockets[call->socket];
	peer = call->peer.family == ADDRESS_NONE ? socket->remote : call->peer;
	datagram.socket = call->socket;
	datagram.received = call->kind == CALL_RECEIVE;
	datagram.from = datagram.received ? peer : socket->local;
	datagram.to = datagram.received ? socket->local : peer;
	return datagram;
}

static unsigned bucket_of(uint16_t a, uint16_t b)
{
	return (unsigned)(a < b ? a * 31 + b : b * 31 + a) % BUCKETS;
}

/* Whether a datagram may be this conversation's, sent by that end. */
static bool suits(const struct conversation *conversation, const struct datagram *datagram, int end)
{
	int socket = conversation->sockets[datagram->received ? 1 - end : end];

	return joining_same_end(&conversation->ends[end], &datagram->from) &&
	       joining_same_end(&conversation->ends[1 - end], &datagram->to) &&
	       (datagram->socket < 0 || socket < 0 || socket == datagram->socket);
}

static void learn(struct address *known, const struct address *seen)
{
	if (known->family == ADDRESS_NONE ||
	    (address_is_wildcard(known) && seen->family != ADDRESS_NONE))
		*known = *seen;
}

static void learn_from(struct joining *joining, int index, const struct datagram *datagram, int end)
{
	struct conversation *conversation = &joining->join->conversations[index];

	learn(&conversation->ends[end], &datagram->from);
	learn(&conversation->ends[1 - end], &datagram->to);
	if (datagram->socket < 0)
		return;
	conversation->sockets[datagram->received ? 1 - end : end] = datagram->socket;
	if (joining->join->conversation_of_socket[datagram->socket] < 0)
		joining->join->conversation_of_socket[datagram->socket] = index;
}

/* The conversation of a datagram and the end that sent it, or -1. */
static int find(const struct joining *joining, const struct directory *directory,
		const struct datagram *datagram, int *end)
{
	int index = directory->heads[bucket_of(datagram->from.port, datagram->to.port)];

	for (int i = 0; index >= 0 && i < CHAIN_MAX; i++) {
		for (*end = 0; *end < 2; (*end)++)
			if (suits(&joining->join->conversations[index], datagram, *end))
				return index;
		index = directory->next[index];
	}
	return -1;
}

/* A datagram nobody has seen before begins a conversation; who sends first is the client. Returns
 * -1 for want of memory. */
static int begin(struct joining *joining, struct directory *directory,
		 const struct datagram *datagram, int64_t when)
{
	unsigned bucket = bucket_of(datagram->from.port, datagram->to.port);
	int index = joining_conversation(joining, when);

	if (index < 0)
		return -1;
	if ((size_t)index >= directory->capacity) {
		size_t capacity = 2 * (size_t)index + 64;
		int *more = realloc(directory->next, capacity * sizeof(*more));

		if (!more)
			return -1;
		directory->next = more;
		directory->capacity = capacity;
	}
	joining->join->conversations[index].udp = true;
	directory->next[index] = directory->heads[bucket];
	directory->heads[bucket] = index;
	return index;
}

static bool place(struct joining *joining, struct directory *directory, const struct sight *sight)
{
	struct datagram datagram = datagram_of(joining->recording, sight);
	int end = 0, index;

	if (datagram.from.family == ADDRESS_NONE && datagram.to.family == ADDRESS_NONE)
		return true;
	index = find(joining, directory, &datagram, &end);
	if (index < 0) {
		end = 0;
		index = begin(joining, directory, &datagram, sight->when);
	}
	if (index < 0)
		return false;
	learn_from(joining, index, &datagram, end);
	if (sight->is_packet) {
		joining->join->conversation_of_packet[sight->index] = index;
		joining->end_of_packet[sight->index] = (uint8_t)end;
	} else {
		joining->join->conversation_of_call[sight->index] = index;
		joining->end_of_call[sight->index] = (uint8_t)(datagram.received ? 1 - end : end);
	}
	return true;
}

/* --- In the order of time. --- */

static int by_time(const void *a, const void *b)
{
	const struct sight *left = a, *right = b;

	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	if (left->is_packet != right->is_packet)
		return left->is_packet ? 1 : -1;
	return (left->index > right->index) - (left->index < right->index);
}

static size_t find_sights(const struct recording *recording, struct sight *sights)
{
	size_t count = 0;

	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (is_datagram_call(recording, call))
			sights[count++] =
				(struct sight){call->kind == CALL_SEND ? call->entered : call->left,
					       false, (int)i};
	}
	for (size_t i = 0; i < recording->packet_count; i++)
		if (recording->packets[i].udp)
			sights[count++] = (struct sight){recording->packets[i].when, true, (int)i};
	qsort(sights, count, sizeof(*sights), by_time);
	return count;
}

bool join_datagram_ends(struct joining *joining)
{
	size_t max = joining->recording->call_count + joining->recording->packet_count;
	struct sight *sights = malloc((max + 1) * sizeof(*sights));
	struct directory directory = {.heads = malloc(BUCKETS * sizeof(*directory.heads))};
	bool done = sights && directory.heads;
	size_t count = done ? find_sights(joining->recording, sights) : 0;

	for (int i = 0; done && i < BUCKETS; i++)
		directory.heads[i] = -1;
	for (size_t i = 0; done && i < count; i++)
		done = place(joining, &directory, &sights[i]);
	free(sights);
	free(directory.heads);
	free(directory.next);
	return done;
}
