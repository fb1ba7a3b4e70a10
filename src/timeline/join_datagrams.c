/*
 * Datagrams on their way: each packet is one send's, each receive takes one, and any of them may be
 * missing.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1024 }; /* what is looked for is among so many that came last */

struct window {
	size_t from, to;
};

/* The last entries before one. from: the first that is worth a look. */
static struct window window_before(size_t from, size_t to)
{
	return (struct window){to > WINDOW && to - WINDOW > from ? to - WINDOW : from, to};
}

/* Both begin with the same bytes, as far as they were kept. */
static bool same_data(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t n = a_length < b_length ? a_length : b_length;

	return n == 0 || memcmp(a, b, n) == 0;
}

/* --- Packets and their sends. --- */

/* A send that waits for its packets: sendmmsg has several. */
struct waiting {
	int call;
	uint64_t missing;
	bool begun;
};

static bool may_be_sent_by(const struct recording *recording, const struct waiting *waiting,
			   const struct packet *packet)
{
	const struct call *call = &recording->calls[waiting->call];

	if (call->entered > packet->when || packet->length > waiting->missing)
		return false;
	if (waiting->begun)
		return waiting->missing > 0;
	return same_data(call->data, call->data_length, packet->data, packet->data_length);
}

/* How many of the sends were made before a packet left. */
static size_t sends_before(const struct recording *recording, const struct waiting *sends,
			   size_t count, int64_t when)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (recording->calls[sends[middle].call].entered <= when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The send of a packet: the one during which it left, else the first that still waits. Returns its
 * number, or -1. */
static long find_send(const struct recording *recording, const struct waiting *sends, size_t from,
		      size_t count, const struct packet *packet)
{
	size_t before = sends_before(recording, sends, count, packet->when);
	struct window window = window_before(from, before);
	long found = -1;

	for (size_t i = window.from; i < window.to; i++) {
		const struct call *call = &recording->calls[sends[i].call];

		if (!may_be_sent_by(recording, &sends[i], packet))
			continue;
		if (call->left < 0 || call->left >= packet->when)
			return (long)i;
		if (found < 0)
			found = (long)i;
	}
	return found;
}

/* --- The datagrams of a direction. --- */

struct flight {
	int64_t when; /* when it left */
	int send, packet;
	uint64_t length;
	bool taken;
};

static int by_departure(const void *a, const void *b)
{
	const struct flight *left = a, *right = b;

	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	if (left->packet != right->packet)
		return left->packet < right->packet ? -1 : 1;
	return (left->send > right->send) - (left->send < right->send);
}

static bool is_sent(const struct recording *recording, const struct waiting *waiting)
{
	const struct call *call = &recording->calls[waiting->call];

	return waiting->begun && (waiting->missing == 0 || call->result < 0);
}

/* Lists the packets with their sends, and the sends without packets, in the order of time. */
static size_t find_flights(const struct recording *recording, struct flight *flights,
			   struct waiting *sends, size_t send_count, struct slice packets)
{
	size_t count = 0, from = 0;

	for (size_t i = 0; i < packets.count; i++) {
		int index = packets.items[i].index;
		const struct packet *packet = &recording->packets[index];
		long found = find_send(recording, sends, from, send_count, packet);

		flights[count] = (struct flight){packet->when, -1, index, packet->length, false};
		if (found >= 0) {
			sends[found].begun = true;
			sends[found].missing -= packet->length;
			flights[count].send = sends[found].call;
		}
		count++;
		while (from < send_count && is_sent(recording, &sends[from]))
			from++;
	}
	for (size_t i = 0; i < send_count; i++) {
		const struct call *call = &recording->calls[sends[i].call];

		if (!sends[i].begun && call->result >= 0)
			flights[count++] = (struct flight){call->entered, sends[i].call, -1,
							   call->bytes, false};
	}
	qsort(flights, count, sizeof(*flights), by_departure);
	return count;
}

static size_t flights_before(const struct flight *flights, size_t count, int64_t when)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (flights[middle].when <= when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a receive can have taken a datagram, or the beginning that there was room for. */
static bool may_be_received_by(const struct recording *recording, const struct flight *flight,
			       const struct call *receive)
{
	const char *data;
	size_t data_length;

	if (flight->taken || receive->bytes > flight->length)
		return false;
	if (flight->packet >= 0) {
		data = recording->packets[flight->packet].data;
		data_length = recording->packets[flight->packet].data_length;
	} else {
		data = recording->calls[flight->send].data;
		data_length = recording->calls[flight->send].data_length;
	}
	return same_data(data, data_length, receive->data, receive->data_length);
}

/* The datagram that a receive took: the first of its very length, else the first that was longer
 * than the room for it. Returns its number, or -1. */
static long find_flight(const struct recording *recording, const struct flight *flights,
			size_t from, size_t count, const struct call *receive)
{
	struct window window = window_before(from, flights_before(flights, count, receive->left));
	long found = -1;

	for (size_t i = window.from; i < window.to; i++) {
		if (!may_be_received_by(recording, &flights[i], receive))
			continue;
		if (flights[i].length == receive->bytes)
			return (long)i;
		if (found < 0)
			found = (long)i;
	}
	return found;
}

/* --- Arrows. --- */

/* A direction while its arrows are made. */
struct direction {
	int conversation, from;
	uint64_t offset;
};

static bool add(struct joining *joining, struct direction *direction, const struct flight *flight,
		int receive)
{
	struct arrow arrow = {.conversation = direction->conversation,
			      .from = direction->from,
			      .send = flight ? flight->send : -1,
			      .packet = flight ? flight->packet : -1,
			      .receive = receive,
			      .offset = direction->offset};

	arrow.length = flight ? flight->length : joining->recording->calls[receive].bytes;
	direction->offset += arrow.length;
	return joining_arrow(joining, arrow);
}

/* What a recvmmsg took: the datagrams that wait, as long as they fit. */
static bool receive_many(struct joining *joining, struct direction *direction,
			 struct flight *flights, size_t from, size_t count, int index)
{
	const struct call *receive = &joining->recording->calls[index];
	size_t before = flights_before(flights, count, receive->left);
	uint64_t missing = receive->bytes;

	for (size_t i = from; i < before && missing > 0 && flights[i].length <= missing; i++) {
		if (flights[i].taken)
			continue;
		if (!add(joining, direction, &flights[i], index))
			return false;
		flights[i].taken = true;
		missing -= flights[i].length;
	}
	return true;
}

static bool receive_one(struct joining *joining, struct direction *direction,
			struct flight *flights, size_t from, size_t count, int index)
{
	const struct call *receive = &joining->recording->calls[index];
	long found = find_flight(joining->recording, flights, from, count, receive);

	if (found >= 0)
		flights[found].taken = true;
	return add(joining, direction, found >= 0 ? &flights[found] : NULL, index);
}

static bool receive_all(struct joining *joining, struct direction *direction,
			struct flight *flights, size_t count, struct slice receives)
{
	const struct recording *recording = joining->recording;
	size_t from = 0;

	for (size_t i = 0; i < receives.count; i++) {
		int index = receives.items[i].index;
		bool many = strcmp(recording->calls[index].name, "recvmmsg") == 0;
		bool done = recording->calls[index].result < 0 ||
			    (many ? receive_many : receive_one)(joining, direction, flights, from,
								count, index);

		if (!done)
			return false;
		while (from < count && flights[from].taken)
			from++;
	}
	for (size_t i = 0; i < count; i++)
		if (!flights[i].taken && !add(joining, direction, &flights[i], -1))
			return false;
	return true;
}

static bool join_direction(struct joining *joining, int conversation, int from,
			   const struct item *items, size_t count)
{
	struct slice sends = join_slice(items, count, ITEM_SEND, from);
	struct slice packets = join_slice(items, count, ITEM_PACKET, from);
	struct slice receives = join_slice(items, count, ITEM_RECEIVE, 1 - from);
	struct waiting *waiting = malloc((sends.count + 1) * sizeof(*waiting));
	struct flight *flights = malloc((sends.count + packets.count + 1) * sizeof(*flights));
	struct direction direction = {conversation, from, 0};
	bool done = waiting && flights;

	if (done) {
		for (size_t i = 0; i < sends.count; i++)
			waiting[i] = (struct waiting){
				sends.items[i].index,
				joining->recording->calls[sends.items[i].index].bytes, false};
		count = find_flights(joining->recording, flights, waiting, sends.count, packets);
		done = receive_all(joining, &direction, flights, count, receives);
	}
	free(waiting);
	free(flights);
	return done;
}

bool join_datagrams(struct joining *joining, int conversation, const struct item *items,
		    size_t count)
{
	return join_direction(joining, conversation, 0, items, count) &&
	       join_direction(joining, conversation, 1, items, count);
}
