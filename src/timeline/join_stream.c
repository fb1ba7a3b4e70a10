/*
 * The bytes of a connection on their way. Each direction is one sequence of bytes; the sends, the
 * segments and the receives each cut it into pieces, and an arrow is what lies between two cuts.
 */
#include "timeline/join_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes from offset on that one call or packet moved. */
struct piece {
	uint64_t offset, length;
	int index;
};

struct pieces {
	struct piece *pieces;
	size_t count, capacity, at; /* at: the first one that is not behind the sweep */
};

/* --- The pieces of calls. --- */

static bool add_piece(struct pieces *pieces, uint64_t offset, uint64_t length, int index)
{
	if (pieces->count == pieces->capacity) {
		size_t capacity = pieces->capacity ? 2 * pieces->capacity : 16;
		struct piece *more = realloc(pieces->pieces, capacity * sizeof(*more));

		if (!more)
			return false;
		pieces->pieces = more;
		pieces->capacity = capacity;
	}
	pieces->pieces[pieces->count++] = (struct piece){offset, length, index};
	return true;
}

static bool cut_by_calls(const struct recording *recording, struct pieces *pieces,
			 struct slice calls)
{
	uint64_t offset = 0;

	for (size_t i = 0; i < calls.count; i++) {
		uint64_t bytes = recording->calls[calls.items[i].index].bytes;

		if (bytes > UINT64_MAX - offset)
			bytes = UINT64_MAX - offset;
		if (bytes && !add_piece(pieces, offset, bytes, calls.items[i].index))
			return false;
		offset += bytes;
	}
	return true;
}

/* --- The pieces of segments. --- */

enum { HOLES_MAX = 64 };

/* What has been seen of a direction's bytes: all below high but for the holes, of which the latest
 * are kept. */
struct seen {
	uint32_t base; /* sequence number of the first byte */
	bool based;
	uint64_t high;
	struct {
		uint64_t from, to;
	} holes[HOLES_MAX];
	int hole_count;
};

static void forget_hole(struct seen *seen, int i)
{
	seen->hole_count--;
	memmove(&seen->holes[i], &seen->holes[i + 1],
		(size_t)(seen->hole_count - i) * sizeof(seen->holes[0]));
}

static void add_hole(struct seen *seen, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	if (seen->hole_count == HOLES_MAX)
		forget_hole(seen, 0);
	seen->holes[seen->hole_count].from = from;
	seen->holes[seen->hole_count++].to = to;
}

/* Bytes below high: those that fill holes are new. */
static bool fill_holes(struct seen *seen, struct pieces *pieces, uint64_t from, uint64_t to,
		       int index)
{
	for (int i = seen->hole_count - 1; i >= 0; i--) {
		uint64_t hole_from = seen->holes[i].from, hole_to = seen->holes[i].to;
		uint64_t start = from > hole_from ? from : hole_from;
		uint64_t stop = to < hole_to ? to : hole_to;

		if (start >= stop)
			continue;
		if (!add_piece(pieces, start, stop - start, index))
			return false;
		forget_hole(seen, i);
		add_hole(seen, hole_from, start);
		add_hole(seen, stop, hole_to);
	}
	return true;
}

/* Where a segment begins, near the bytes seen last: sequence numbers begin again after 2^32. */
static int64_t offset_of(const struct seen *seen, uint32_t sequence)
{
	return (int64_t)seen->high + (int32_t)(sequence - seen->base - (uint32_t)seen->high);
}

static bool cut_by_packet(struct seen *seen, struct pieces *pieces, const struct packet *packet,
			  int index)
{
	int64_t start;
	uint64_t from, to;

	if (packet->flags & PACKET_SYN) {
		seen->base = packet->sequence + 1;
		seen->based = true;
	}
	if (packet->length == 0)
		return true;
	if (!seen->based) {
		seen->base = packet->sequence;
		seen->based = true;
	}
	/* With TCP Fast Open a SYN carries data, whose first byte is the one after it. */
	start = offset_of(seen, packet->sequence + (packet->flags & PACKET_SYN ? 1 : 0));
	if (start + (int64_t)packet->length <= 0)
		return true;
	from = start > 0 ? (uint64_t)start : 0;
	to = (uint64_t)(start + (int64_t)packet->length);
	if (from < seen->high && !fill_holes(seen, pieces, from, to, index))
		return false;
	if (to <= seen->high)
		return true;
	add_hole(seen, seen->high, from);
	from = from > seen->high ? from : seen->high;
	seen->high = to;
	return add_piece(pieces, from, to - from, index);
}

static int by_offset(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool cut_by_packets(const struct recording *recording, struct pieces *pieces,
			   struct slice packets)
{
	struct seen seen = {0};

	for (size_t i = 0; i < packets.count; i++) {
		int index = packets.items[i].index;

		if (!cut_by_packet(&seen, pieces, &recording->packets[index], index))
			return false;
	}
	if (pieces->count)
		qsort(pieces->pieces, pieces->count, sizeof(*pieces->pieces), by_offset);
	return true;
}

/* --- The sweep. --- */

enum { SENDS, PACKETS, RECEIVES, CUTS };

/* Looks at the piece that holds an offset, or the next one. Sets *index to the piece's if it holds
 * it, and *next to the nearest cut behind the offset. Returns false if nothing is left. */
static bool look(struct pieces *pieces, uint64_t offset, int *index, uint64_t *next)
{
	const struct piece *piece;
	uint64_t cut;

	*index = -1;
	while (pieces->at < pieces->count &&
	       pieces->pieces[pieces->at].offset + pieces->pieces[pieces->at].length <= offset)
		pieces->at++;
	if (pieces->at == pieces->count)
		return false;
	piece = &pieces->pieces[pieces->at];
	cut = piece->offset;
	if (piece->offset <= offset) {
		*index = piece->index;
		cut += piece->length;
	}
	if (cut < *next)
		*next = cut;
	return true;
}

static bool sweep(struct joining *joining, int conversation, int from, struct pieces cuts[CUTS])
{
	uint64_t offset = 0;

	for (;;) {
		struct arrow arrow = {.conversation = conversation, .from = from, .offset = offset};
		uint64_t next = UINT64_MAX;
		bool left = look(&cuts[SENDS], offset, &arrow.send, &next);

		left |= look(&cuts[PACKETS], offset, &arrow.packet, &next);
		left |= look(&cuts[RECEIVES], offset, &arrow.receive, &next);
		if (!left)
			return true;
		arrow.length = next - offset;
		if ((arrow.send >= 0 || arrow.packet >= 0 || arrow.receive >= 0) &&
		    !joining_arrow(joining, arrow))
			return false;
		offset = next;
	}
}

static bool join_direction(struct joining *joining, int conversation, int from,
			   const struct item *items, size_t count)
{
	const struct recording *recording = joining->recording;
	struct pieces cuts[CUTS] = {{0}};
	bool done =
		cut_by_calls(recording, &cuts[SENDS], join_slice(items, count, ITEM_SEND, from)) &&
		cut_by_packets(recording, &cuts[PACKETS],
			       join_slice(items, count, ITEM_PACKET, from)) &&
		cut_by_calls(recording, &cuts[RECEIVES],
			     join_slice(items, count, ITEM_RECEIVE, 1 - from)) &&
		sweep(joining, conversation, from, cuts);

	for (int i = 0; i < CUTS; i++)
		free(cuts[i].pieces);
	return done;
}

/* --- Packets without data. --- */

/* The last call of a kind that an end made before a packet left, or -1. */
static int last_before(struct slice slice, int64_t when)
{
	size_t low = 0, high = slice.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice.items[middle].when <= when)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? slice.items[low - 1].index : -1;
}

/* The receive that said so when the other end's bytes ended or the connection was reset, or -1. */
static int told_of(const struct recording *recording, struct slice receives, unsigned flags)
{
	for (size_t i = 0; i < receives.count; i++) {
		int index = receives.items[i].index;
		int64_t result = recording->calls[index].result;

		if (flags & PACKET_RST ? result == -ECONNRESET : result == 0)
			return index;
	}
	return -1;
}

/* What of a conversation's calls belongs to its packets without data. */
struct quiet {
	int connect, accept;
	struct slice closings[2], receives[2];
	bool answered[2]; /* by end: what told it has its arrow */
};

/* The call that made a packet leave, and the one that it let return. */
static void explain(const struct recording *recording, struct quiet *quiet,
		    const struct packet *packet, int end, struct arrow *arrow)
{
	unsigned flags = packet->flags;

	if (flags & PACKET_SYN) {
		arrow->send = end == 0 ? quiet->connect : -1;
		arrow->receive = end == 1 ? quiet->connect : -1;
	} else if (flags & (PACKET_FIN | PACKET_RST)) {
		bool refused = flags & PACKET_RST && quiet->connect >= 0 &&
			       recording->calls[quiet->connect].result == -ECONNREFUSED;

		arrow->send = last_before(quiet->closings[end], packet->when);
		if (refused)
			arrow->receive = quiet->connect;
		else if (!quiet->answered[end])
			arrow->receive = told_of(recording, quiet->receives[1 - end], flags);
		quiet->answered[end] = true;
	} else if (end == 0) {
		/* The acknowledgement of the SYN ACK is what an accept waits for. */
		arrow->receive = quiet->accept;
		quiet->accept = -1;
	}
}

static bool join_quiet(struct joining *joining, int conversation, const struct item *items,
		       size_t count)
{
	struct quiet quiet = {.connect = joining->makings[conversation].connect,
			      .accept = joining->makings[conversation].accept};

	for (int end = 0; end < 2; end++) {
		struct slice packets = join_slice(items, count, ITEM_PACKET, end);

		for (int i = 0; i < 2; i++) {
			quiet.closings[i] = join_slice(items, count, ITEM_CLOSING, i);
			quiet.receives[i] = join_slice(items, count, ITEM_RECEIVE, i);
		}
		for (size_t i = 0; i < packets.count; i++) {
			int index = packets.items[i].index;
			const struct packet *packet = &joining->recording->packets[index];
			struct arrow arrow = {conversation, end, -1, index, -1, 0, 0};

			if (packet->length > 0 && !(packet->flags & (PACKET_FIN | PACKET_RST)))
				continue;
			explain(joining->recording, &quiet, packet, end, &arrow);
			if (!joining_arrow(joining, arrow))
				return false;
		}
	}
	return true;
}

bool join_stream(struct joining *joining, int conversation, const struct item *items, size_t count)
{
	return join_direction(joining, conversation, 0, items, count) &&
	       join_direction(joining, conversation, 1, items, count) &&
	       join_quiet(joining, conversation, items, count);
}
