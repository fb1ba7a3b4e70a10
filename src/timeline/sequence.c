/*
 * One state a direction, in a hash table; numbers wrap at 2^32 and are compared by their distance
 * (RFC 9293 section 3.4, RFC 1982).
 */
#include "timeline/sequence.h"

#include <stdlib.h>
#include <string.h>

enum { GAPS_MAX = 8 };

/* Bytes that have not been seen, though later ones were: from the first to before the end. */
struct gap {
	uint32_t from, to;
};

struct direction {
	struct address from, to;
	bool used, begun;
	uint32_t base; /* its number 0 */
	uint32_t next; /* after the highest byte seen */
	struct gap gaps[GAPS_MAX];
	unsigned gap_count;
};

struct follower {
	struct direction *table;
	size_t size; /* a power of 2 */
	size_t count;
};

/* --- The table. --- */

static uint32_t hash(const struct address *from, const struct address *to)
{
	uint64_t ports = (uint64_t)from->port << 16 | to->port;
	uint64_t hosts = address_hash(from) * 31 + address_hash(to);

	/* The upper half depends on every bit, the lower one would not. */
	return (uint32_t)((hosts << 32 ^ hosts ^ ports) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static bool same_end(const struct address *a, const struct address *b)
{
	return a->port == b->port && address_same_host(a, b);
}

/* The direction's entry, or the free one where it belongs. */
static struct direction *look_up(const struct follower *follower, const struct address *from,
				 const struct address *to)
{
	size_t at = hash(from, to) & (follower->size - 1);

	while (follower->table[at].used && (!same_end(&follower->table[at].from, from) ||
					    !same_end(&follower->table[at].to, to)))
		at = (at + 1) & (follower->size - 1);
	return &follower->table[at];
}

static bool grow(struct follower *follower)
{
	struct follower more = {.size = follower->size ? 2 * follower->size : 64};

	more.table = calloc(more.size, sizeof(*more.table));
	if (!more.table)
		return false;
	for (size_t i = 0; i < follower->size; i++) {
		const struct direction *old = &follower->table[i];
		if (old->used)
			*look_up(&more, &old->from, &old->to) = *old;
	}
	free(follower->table);
	follower->table = more.table;
	follower->size = more.size;
	return true;
}

/* NULL for want of memory. What it returned before may move. */
static struct direction *direction_of(struct follower *follower, const struct address *from,
				      const struct address *to)
{
	struct direction *direction;

	if (2 * (follower->count + 2) > follower->size && !grow(follower))
		return NULL;
	direction = look_up(follower, from, to);
	if (!direction->used) {
		*direction = (struct direction){.from = *from, .to = *to, .used = true};
		follower->count++;
	}
	return direction;
}

/* --- Numbers. --- */

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return before(a, b) ? b : a;
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
	return before(a, b) ? a : b;
}

static void add_gap(struct direction *direction, uint32_t from, uint32_t to)
{
	/* The oldest gap is the least likely to be filled. */
	if (direction->gap_count == GAPS_MAX)
		memmove(direction->gaps, direction->gaps + 1,
			--direction->gap_count * sizeof(direction->gaps[0]));
	direction->gaps[direction->gap_count++] = (struct gap){from, to};
}

/* Takes the numbers out of the gaps. Returns how many of them were in one. */
static uint32_t fill_gaps(struct direction *direction, uint32_t from, uint32_t to)
{
	uint32_t filled = 0;
	unsigned count = direction->gap_count;
	struct gap old[GAPS_MAX];

	memcpy(old, direction->gaps, sizeof(old));
	direction->gap_count = 0;
	for (unsigned i = 0; i < count; i++) {
		uint32_t first = later(from, old[i].from), last = earlier(to, old[i].to);
		if (!before(first, last)) {
			add_gap(direction, old[i].from, old[i].to);
			continue;
		}
		filled += last - first;
		if (before(old[i].from, first))
			add_gap(direction, old[i].from, first);
		if (before(last, old[i].to))
			add_gap(direction, last, old[i].to);
	}
	return filled;
}

/* Notes that the numbers were sent. Returns whether one of them had been sent before. */
static bool take(struct direction *direction, uint32_t from, uint32_t to)
{
	uint32_t next = direction->next, fresh = fill_gaps(direction, from, to);

	if (before(next, from))
		add_gap(direction, next, from);
	if (before(next, to)) {
		fresh += to - later(next, from);
		direction->next = to;
	}
	return fresh < to - from;
}

static void begin(struct direction *direction, uint32_t base, uint32_t next)
{
	direction->begun = true;
	direction->base = base;
	direction->next = next;
	direction->gap_count = 0;
}

/* --- Packets. --- */

static bool is_set(const struct packet *packet, unsigned flag)
{
	return (packet->flags & flag) != 0;
}

static bool take_packet(struct direction *direction, const struct packet *packet)
{
	uint32_t from = packet->sequence, length = packet->length;

	length += is_set(packet, PACKET_SYN) + is_set(packet, PACKET_FIN);
	if (is_set(packet, PACKET_SYN) && (!direction->begun || direction->base != from))
		begin(direction, from, from);
	else if (!direction->begun)
		begin(direction, from - 1, from);
	/* The numbers of a reset are what its receiver expects, not what was sent. */
	if (length == 0 || is_set(packet, PACKET_RST))
		return false;
	return take(direction, from, from + length);
}

/* What the other side acknowledges tells where a direction began of which nothing was seen. */
static uint32_t relative_acknowledgement(struct direction *direction, const struct packet *packet)
{
	if (!is_set(packet, PACKET_ACK))
		return 0;
	if (!direction->begun)
		begin(direction, packet->acknowledgement - 1, packet->acknowledgement);
	return packet->acknowledgement - direction->base;
}

/* A first SYN with a number of its own: whatever was between these ports is over. */
static bool is_new_connection(const struct direction *direction, const struct packet *packet)
{
	return is_set(packet, PACKET_SYN) && !is_set(packet, PACKET_ACK) &&
	       !(direction->begun && direction->base == packet->sequence);
}

static bool follow(struct follower *follower, const struct packet *packet,
		   struct relative *relative, bool *retransmission)
{
	struct direction *direction, *back;

	*relative = (struct relative){0, 0};
	*retransmission = false;
	if (packet->udp)
		return true;
	/* The table has room for two, so that the second does not move the first. */
	direction = direction_of(follower, &packet->from, &packet->to);
	if (!direction)
		return false;
	back = look_up(follower, &packet->to, &packet->from);
	if (!back->used) {
		*back = (struct direction){.from = packet->to, .to = packet->from, .used = true};
		follower->count++;
	}
	if (is_new_connection(direction, packet))
		back->begun = false;
	*retransmission = take_packet(direction, packet);
	relative->sequence = packet->sequence - direction->base;
	relative->acknowledgement = relative_acknowledgement(back, packet);
	return true;
}

bool sequence_mark(struct recording *recording)
{
	struct follower follower = {.table = NULL};
	bool done = true;

	for (size_t i = 0; i < recording->packet_count && done; i++) {
		struct packet *packet = &recording->packets[i];
		struct relative relative;
		done = follow(&follower, packet, &relative, &packet->retransmission);
	}
	free(follower.table);
	return done;
}

struct relative *sequence_relative(const struct recording *recording)
{
	struct follower follower = {.table = NULL};
	struct relative *numbers = calloc(recording->packet_count + 1, sizeof(*numbers));

	for (size_t i = 0; numbers && i < recording->packet_count; i++) {
		bool again;
		if (!follow(&follower, &recording->packets[i], &numbers[i], &again)) {
			free(numbers);
			numbers = NULL;
		}
	}
	free(follower.table);
	return numbers;
}
