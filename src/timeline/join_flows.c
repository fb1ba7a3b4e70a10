/*
 * Which conversation each TCP packet belongs to. Packets between the same two addresses are cut
 * into flows where a new connection begins, and the flows are matched with the conversations of
 * these addresses in the order of time. A flow that is nobody's becomes a conversation of its own.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>

#include "timeline/flows.h"

/* --- Whose flow it is. --- */

/* The first conversation of the table that has the flow's addresses. */
static size_t first_of_key(const struct flow_table *table, const struct flow_entry *key)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (flow_compare(&table->entries[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a flow can be a conversation's: a client connects before its first packet, a server
 * accepts after it. */
static bool suits(const struct joining *joining, const struct flow_entry *entry,
		  const struct flow *flow)
{
	const struct making *making = &joining->makings[entry->index];

	if (making->connect >= 0)
		return entry->when <= flow->began ||
		       (flow->ended >= entry->when &&
			!flow_is_syn(&joining->recording->packets[flow->packets->index]));
	return making->accept < 0 || flow->began <= entry->when;
}

/* Whether the next conversation with the same addresses is as good: then this one had no packets.
 */
static bool is_past(const struct joining *joining, const struct flow_table *table, size_t at,
		    const struct flow *flow)
{
	const struct flow_entry *next = &table->entries[at + 1];

	return at + 1 < table->count && flow_compare(next, flow->packets) == 0 &&
	       joining->makings[table->entries[at].index].connect >= 0 && next->when <= flow->began;
}

/* The conversation of a flow, from *at on, which moves past it. Returns -1 if there is none. */
static int find_conversation(const struct joining *joining, const struct flow_table *table,
			     const struct flow *flow, size_t *at)
{
	for (; *at < table->count; (*at)++) {
		const struct flow_entry *entry = &table->entries[*at];

		if (flow_compare(entry, flow->packets) != 0)
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
static int find_nameless(const struct joining *joining, const struct flow_table *nameless,
			 const struct flow *flow)
{
	const struct packet *first = &joining->recording->packets[flow->packets->index];

	for (size_t i = 0; flow_is_syn(first) && i < nameless->count; i++) {
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
		return flow_is_syn(first);
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

static bool give_flows(struct joining *joining, const struct flow_table *packets,
		       const struct flow_table *conversations, const struct flow_table *nameless)
{
	size_t at = 0;

	for (size_t i = 0; i < packets->count;) {
		struct flow flow = flow_next(joining->recording, packets, i);
		int index;

		if (i == 0 || flow_compare(&packets->entries[i - 1], flow.packets) != 0)
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

static void fill(const struct joining *joining, struct flow_table *packets,
		 struct flow_table *conversations, struct flow_table *nameless)
{
	flow_table_add_packets(packets, joining->recording);
	for (size_t i = 0; i < joining->join->conversation_count; i++) {
		const struct conversation *conversation = &joining->join->conversations[i];
		const struct address *ends = conversation->ends;

		if (ends[0].family != ADDRESS_NONE && ends[0].port)
			flow_table_add(conversations, &ends[0], &ends[1], joining->makings[i].began,
				       i);
		else if (ends[1].family != ADDRESS_NONE && nameless->count < NAMELESS_MAX)
			flow_table_add(nameless, &ends[0], &ends[1], joining->makings[i].began, i);
	}
	flow_table_sort(packets);
	flow_table_sort(conversations);
}

bool join_flows(struct joining *joining)
{
	size_t count = joining->join->conversation_count;
	struct flow_table packets = {
		malloc((joining->recording->packet_count + 1) * sizeof(struct flow_entry)), 0};
	struct flow_table conversations = {malloc((count + 1) * sizeof(struct flow_entry)), 0};
	struct flow_table nameless = {malloc((count + 1) * sizeof(struct flow_entry)), 0};
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
