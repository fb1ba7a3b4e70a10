/*
 * Who exchanges datagrams with whom. Sockets that are bound to every host, and clients that are
 * bound to nothing, know only a port of their own address: the other end's calls and the packets
 * know the rest, and the conversation learns it from them.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>
#include <string.h>

/* A datagram where it was seen: as it was sent, on the wire, or as it was received. */
struct sight {
	int64_t when;
	bool is_packet;
	bool taken; /* by a receive */
	int index;
};

enum {
	BUCKETS = 1 << 16,
	CHAIN_MAX = 256, /* a datagram is compared with so many conversations of its ports */
	WINDOW = 1024,   /* whose datagram was received is looked for among so many sights */
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

/* --- Senders that a receive did not ask for. --- */

/* Whether a receive can have taken a datagram that was seen before. */
static bool may_take(const struct recording *recording, const struct sight *sight,
		     const struct call *receive, const struct datagram *received)
{
	struct datagram sent = datagram_of(recording, sight);
	const char *data;
	uint64_t length;
	size_t n;

	if (sight->is_packet) {
		data = recording->packets[sight->index].data;
		n = recording->packets[sight->index].data_length;
		length = recording->packets[sight->index].length;
	} else {
		data = recording->calls[sight->index].data;
		n = recording->calls[sight->index].data_length;
		length = recording->calls[sight->index].bytes;
	}
	if (sent.received || length < receive->bytes || sent.to.family == ADDRESS_NONE ||
	    !joining_same_end(&sent.to, &received->to) ||
	    !joining_same_end(&sent.from, &received->from))
		return false;
	n = n < receive->data_length ? n : receive->data_length;
	return n == 0 || memcmp(data, receive->data, n) == 0;
}

/* The first datagram before a receive that it can have taken, on the wire or as it was sent. */
static struct sight *find_taken(const struct recording *recording, struct sight *sights,
				size_t before, const struct datagram *received, bool is_packet)
{
	const struct call *receive = &recording->calls[sights[before].index];

	for (size_t i = before > WINDOW ? before - WINDOW : 0; i < before; i++)
		if (sights[i].is_packet == is_packet && !sights[i].taken &&
		    may_take(recording, &sights[i], receive, received))
			return &sights[i];
	return NULL;
}

/* recv, and recvfrom without an address, do not say who sent what they took. The datagrams on
 * their way to that port do. */
static void learn_sender(const struct recording *recording, struct sight *sights, size_t index,
			 struct datagram *received)
{
	struct sight *taken = find_taken(recording, sights, index, received, true);

	if (!taken)
		taken = find_taken(recording, sights, index, received, false);
	if (!taken)
		return;
	taken->taken = !joining_peeks(&recording->calls[sights[index].index]);
	if (received->from.family == ADDRESS_NONE)
		received->from = datagram_of(recording, taken).from;
}

/* --- Conversations. --- */

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

static bool place(struct joining *joining, struct directory *directory, struct sight *sights,
		  size_t at)
{
	const struct sight *sight = &sights[at];
	struct datagram datagram = datagram_of(joining->recording, sight);
	int end = 0, index;

	if (datagram.received && datagram.to.family != ADDRESS_NONE)
		learn_sender(joining->recording, sights, at, &datagram);

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
					       false, false, (int)i};
	}
	for (size_t i = 0; i < recording->packet_count; i++)
		if (recording->packets[i].udp)
			sights[count++] =
				(struct sight){recording->packets[i].when, true, false, (int)i};
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
		done = place(joining, &directory, sights, i);
	free(sights);
	free(directory.heads);
	free(directory.next);
	return done;
}
