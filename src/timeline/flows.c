/*
 * TCP packets cut into connections.
 */
#include "timeline/flows.h"

#include <stdlib.h>
#include <string.h>

int flow_compare_addresses(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int flow_compare(const struct flow_entry *a, const struct flow_entry *b)
{
	int order = flow_compare_addresses(&a->low, &b->low);

	return order ? order : flow_compare_addresses(&a->high, &b->high);
}

void flow_table_add(struct flow_table *table, const struct address *a, const struct address *b,
		    int64_t when, size_t index)
{
	bool swap = flow_compare_addresses(a, b) > 0;

	table->entries[table->count++] =
		(struct flow_entry){swap ? *b : *a, swap ? *a : *b, when, (int)index};
}

void flow_table_add_packets(struct flow_table *table, const struct recording *recording)
{
	for (size_t i = 0; i < recording->packet_count; i++) {
		const struct packet *packet = &recording->packets[i];

		if (!packet->udp)
			flow_table_add(table, &packet->from, &packet->to, packet->when, i);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct flow_entry *left = a, *right = b;
	int order = flow_compare(left, right);

	if (order)
		return order;
	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

void flow_table_sort(struct flow_table *table)
{
	qsort(table->entries, table->count, sizeof(*table->entries), by_key);
}

bool flow_is_syn(const struct packet *packet)
{
	return (packet->flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN;
}

/* Another connection begins at a SYN of another number, or after the end of the one before. */
struct flow flow_next(const struct recording *recording, const struct flow_table *table, size_t at)
{
	const struct flow_entry *packets = &table->entries[at];
	struct flow flow = {packets, 0, packets->when, packets->when};
	const struct packet *syn = NULL;
	bool over = false;

	for (; flow.count < table->count - at; flow.count++) {
		const struct flow_entry *entry = &packets[flow.count];
		const struct packet *packet = &recording->packets[entry->index];

		if (flow_compare(entry, packets) != 0)
			break;
		if (flow_is_syn(packet)) {
			if (flow.count > 0 && (over || !syn || syn->sequence != packet->sequence))
				break;
			syn = packet;
		}
		over = over || (packet->flags & (PACKET_FIN | PACKET_RST));
		flow.ended = packet->when;
	}
	return flow;
}
