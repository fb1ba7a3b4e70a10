/*
 * Which conversation each TCP packet belongs to. Packets between the same two addresses are cut
 * into flows where a new connection begins, and the flows are matched with the conversations of
 * these addresses in the order of time. A flow that is nobody's becomes a conversation of its own.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>

/* A packet, or a conversation, with its two addresses in an order that is the same for both
 * directions. */
struct keyed {
	struct address low, high;
	int64_t when;
	int index;
};

struct table {
	struct keyed *entries;
	size_t count;
};

static int compare_keys(const struct keyed *a, const struct keyed *b)
{
	int order = joining_compare_addresses(&a->low, &b->low);

	return order ? order : joining_compare_addresses(&a->high, &b->high);
}

static int by_key(const void *a, const void *b)
{
	const struct keyed *left = a, *right = b;
	int order = compare_keys(left, right);

	if (order)
		return order;
	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static void add(struct table *table, const struct address *a, const struct address *b, int64_t when,
		size_t index)
{
	bool swap = joining_compare_addresses(a, b) > 0;

	table->entries[table->count++] =
		(struct keyed){swap ? *b : *a, swap ? *a : *b, when, (int)index};
}

/* --- Where a flow begins. --- */

static bool is_syn(const struct packet *packet)
{
	return (packet->flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN;
}

struct flow {
	const struct keyed *packets;
	size_t count;
	int64_t began, ended;
};

/* The packets from the first one to where another connection of the same addresses begins: at a
 * SYN of another number, or after the end of the one before. */
static struct flow next_flow(const struct recording *recording, const struct keyed *packets,
			     size_t count)
{
	struct flow flow = {packets, 0, packets->when, packets->when};
	const struct packet *syn = NULL;
	bool over = false;

	for (; flow.count < count; flow.count++) {
		const struct keyed *entry = &packets[flow.count];
		const struct packet *packet = &recording->packets[entry->index];

		if (compare_keys(entry, packets) != 0)
			break;
		if (is_syn(packet)) {
			if (flow.count > 0 && (over || !syn || syn->sequence != packet->sequence))
				break;
			syn = packet;
		}
		over = over || (packet->flags & (PACKET_FIN | PACKET_RST));
		flow.ended = packet->when;
	}
	return flow;
}

/* --- Whose flow it is. --- */

/* The first conversation of the table that has the flow's addresses. */
static size_t first_of_key(const struct table *table, const struct keyed *key)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_keys(&table->entries[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a flow can be a conversation's: a client connects before its first packet, a server
 * accepts after it. */
static bool suits(const struct joining *joining, const struct keyed *entry, const struct flow *flow)
{
	const struct making *making = &joining->makings[entry->index];

	if (making->connect >= 0)
		return entry->when <= flow->began ||
		       (flow->ended >= entry->when &&
			!is_syn(&joining->recording->packets[flow->packets->index]));
	return making->accept < 0 || flow->began <= entry->when;
}

/* Whether the next conversation with the same addresses is as good: then this one had no packets.
 */
static bool is_past(const struct joining *joining, const struct table *table, size_t at,
		    const struct flow *flow)
{
	const struct keyed *next = &table->entries[at + 1];

	return at + 1 < table->count && compare_keys(next, flow->packets) == 0 &&
	       joining->makings[table->entries[at].index].connect >= 0 && next->when <= flow->began;
}

/* The conversation of a flow, from *at on, which moves past it. Returns -1 if there is none. */
static int find_conversation(const struct joining *joining, const struct table *table,
			     const struct flow *flow, size_t *at)
{
	for (; *at < table->count; (*at)++) {
		const struct keyed *entry = &table->entries[*at];

		if (compare_keys(entry, flow->packets) != 0)
			return -1;
		if (is_past(joining, table, *at, flow))
			continue;
		if (suits(joining, entry, flow)) {
			(*at)++;
			return entry->index;
		}
		if (joining->makings[entry->index].connect >= 0)
			return -1;
	}
	return -1;
}

/* A failed connect leaves a socket that knows no address of its own: its flow begins with a SYN to
 * the server while that call lasts. */
static int find_nameless(const struct joining *joining, const struct table *nameless,
			 const struct flow *flow)
{
	const struct packet *first = &joining->recording->packets[flow->packets->index];

	for (size_t i = 0; is_syn(first) && i < nameless->count; i++) {
		int index = nameless->entries[i].index;
		struct conversation *conversation = &joining->join->conversations[index];
		int connect = joining->makings[index].connect;

		if (conversation->ends[0].family == ADDRESS_NONE && connect >= 0 &&
		    joining_same_address(&conversation->ends[1], &first->to) &&
		    joining->recording->calls[connect].entered <= flow->began &&
		    joining->call_ends[connect] >= flow->began) {
			conversation->ends[0] = first->from;
			return index;
		}
	}
	return -1;
}

/* Which side connected, in a flow of which nothing else is known: the one that sent the SYN, else
 * the one with the greater port. */
static bool first_sender_connected(const struct packet *first)
{
	if (first->flags & PACKET_SYN)
		return is_syn(first);
	return first->from.port >= first->to.port;
}

static int new_conversation(struct joining *joining, const struct flow *flow)
{
	const struct packet *first = &joining->recording->packets[flow->packets->index];
	int index = joining_conversation(joining, flow->began);
	bool connected = first_sender_connected(first);

	if (index >= 0) {
		joining->join->conversations[index].ends[0] = connected ? first->from : first->to;
		joining->join->conversations[index].ends[1] = connected ? first->to : first->from;
	}
	return index;
}

static void give(struct joining *joining, const struct flow *flow, int index)
{
	const struct conversation *conversation = &joining->join->conversations[index];

	for (size_t i = 0; i < flow->count; i++) {
		int packet = flow->packets[i].index;

		joining->join->conversation_of_packet[packet] = index;
		joining->end_of_packet[packet] = !joining_same_address(
			&joining->recording->packets[packet].from, &conversation->ends[0]);
	}
}

static bool give_flows(struct joining *joining, const struct table *packets,
		       const struct table *conversations, const struct table *nameless)
{
	size_t at = 0;

	for (size_t i = 0; i < packets->count;) {
		struct flow flow =
			next_flow(joining->recording, packets->entries + i, packets->count - i);
		int index;

		if (i == 0 || compare_keys(&packets->entries[i - 1], flow.packets) != 0)
			at = first_of_key(conversations, flow.packets);
		index = find_conversation(joining, conversations, &flow, &at);
		if (index < 0)
			index = find_nameless(joining, nameless, &flow);
		if (index < 0)
			index = new_conversation(joining, &flow);
		if (index < 0)
			return false;
		give(joining, &flow, index);
		i += flow.count;
	}
	return true;
}

/* --- The whole. --- */

enum { NAMELESS_MAX = 256 }; /* each flow is compared with so many, at most */

static void fill(const struct joining *joining, struct table *packets, struct table *conversations,
		 struct table *nameless)
{
	for (size_t i = 0; i < joining->recording->packet_count; i++) {
		const struct packet *packet = &joining->recording->packets[i];

		if (!packet->udp)
			add(packets, &packet->from, &packet->to, packet->when, i);
	}
	for (size_t i = 0; i < joining->join->conversation_count; i++) {
		const struct conversation *conversation = &joining->join->conversations[i];
		const struct address *ends = conversation->ends;

		if (ends[0].family != ADDRESS_NONE && ends[0].port)
			add(conversations, &ends[0], &ends[1], joining->makings[i].began, i);
		else if (ends[1].family != ADDRESS_NONE && nameless->count < NAMELESS_MAX)
			add(nameless, &ends[0], &ends[1], joining->makings[i].began, i);
	}
	qsort(packets->entries, packets->count, sizeof(*packets->entries), by_key);
	qsort(conversations->entries, conversations->count, sizeof(*conversations->entries),
	      by_key);
}

bool join_flows(struct joining *joining)
{
	size_t count = joining->join->conversation_count;
	struct table packets = {
		malloc((joining->recording->packet_count + 1) * sizeof(struct keyed)), 0};
	struct table conversations = {malloc((count + 1) * sizeof(struct keyed)), 0};
	struct table nameless = {malloc((count + 1) * sizeof(struct keyed)), 0};
	bool done = packets.entries && conversations.entries && nameless.entries;

	if (done) {
		fill(joining, &packets, &conversations, &nameless);
		done = give_flows(joining, &packets, &conversations, &nameless);
	}
	free(packets.entries);
	free(conversations.entries);
	free(nameless.entries);
	return done;
}
