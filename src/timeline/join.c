/*
 * The join's memory, and the order in which its parts are made.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>
#include <string.h>

#include "timeline/ends.h"
#include "timeline/flows.h"

/* --- Arrays that grow. --- */

/* Room for twice as many. Returns the new array, or NULL for want of memory: the old one stays. */
static void *grown(void *array, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 64;
	void *more = realloc(array, wanted * size);

	if (more)
		*capacity = wanted;
	return more;
}

static bool grow_conversations(struct joining *joining)
{
	struct join *join = joining->join;
	size_t capacity = joining->conversation_capacity;
	struct making *makings = grown(joining->makings, &capacity, sizeof(*makings));
	struct conversation *conversations;

	if (!makings)
		return false;
	joining->makings = makings;
	capacity = joining->conversation_capacity;
	conversations = grown(join->conversations, &capacity, sizeof(*conversations));
	if (!conversations)
		return false;
	join->conversations = conversations;
	joining->conversation_capacity = capacity;
	return true;
}

int joining_conversation(struct joining *joining, int64_t began)
{
	struct join *join = joining->join;
	size_t index = join->conversation_count;

	if (index == joining->conversation_capacity && !grow_conversations(joining))
		return -1;
	join->conversations[index] =
		(struct conversation){.sockets = {-1, -1}, .blocked_most = {-1, -1}, .path = ""};
	joining->makings[index] = (struct making){-1, -1, began};
	join->conversation_count++;
	return (int)index;
}

bool joining_arrow(struct joining *joining, struct arrow arrow)
{
	struct join *join = joining->join;

	if (join->arrow_count == joining->arrow_capacity) {
		struct arrow *more =
			grown(join->arrows, &joining->arrow_capacity, sizeof(*join->arrows));

		if (!more)
			return false;
		join->arrows = more;
	}
	join->arrows[join->arrow_count++] = arrow;
	return true;
}

/* --- What the parts share. --- */

bool joining_same_address(const struct address *a, const struct address *b)
{
	return flow_compare_addresses(a, b) == 0;
}

bool joining_same_end(const struct address *a, const struct address *b)
{
	if (a->family == ADDRESS_NONE || b->family == ADDRESS_NONE)
		return true;
	return a->port == b->port &&
	       (address_is_wildcard(a) || address_is_wildcard(b) || joining_same_address(a, b));
}

bool joining_peeks(const struct call *call)
{
	return call->kind == CALL_RECEIVE && call->result > 0 && call->bytes == 0;
}

/* --- The items. --- */

/* Which kind of item a call is. Returns false if it is none. */
static bool item_of_call(struct item *item, const struct call *call)
{
	switch (call->kind) {
	case CALL_SEND:
		item->kind = ITEM_SEND;
		item->when = call->entered;
		return true;
	case CALL_RECEIVE:
		item->kind = ITEM_RECEIVE;
		item->when = call->left;
		return call->left >= 0 && !joining_peeks(call);
	case CALL_SHUTDOWN:
	case CALL_CLOSE:
		item->kind = ITEM_CLOSING;
		item->when = call->entered;
		return true;
	default:
		return false;
	}
}

static int by_conversation(const void *a, const void *b)
{
	const struct item *left = a, *right = b;

	if (left->conversation != right->conversation)
		return left->conversation < right->conversation ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Calls on connected sockets belong to the socket's conversation; datagrams have theirs already. */
static void place_call(struct joining *joining, size_t index)
{
	const struct call *call = &joining->recording->calls[index];
	struct join *join = joining->join;
	int socket = call->kind == CALL_ACCEPT ? call->accepted : call->socket;
	int conversation;

	if (join->conversation_of_call[index] >= 0 || socket < 0)
		return;
	conversation = join->conversation_of_socket[socket];
	join->conversation_of_call[index] = conversation;
	if (conversation >= 0)
		joining->end_of_call[index] = join->conversations[conversation].sockets[1] ==
					      socket;
}

bool join_items(struct joining *joining, struct item **items, size_t *count)
{
	const struct recording *recording = joining->recording;
	size_t max = recording->call_count + recording->packet_count;

	*count = 0;
	*items = malloc((max + 1) * sizeof(**items));
	if (!*items)
		return false;
	for (size_t i = 0; i < recording->call_count; i++) {
		struct item item = {.index = (int)i};

		place_call(joining, i);
		item.conversation = joining->join->conversation_of_call[i];
		item.end = joining->end_of_call[i];
		if (item.conversation >= 0 && item_of_call(&item, &recording->calls[i]))
			(*items)[(*count)++] = item;
	}
	for (size_t i = 0; i < recording->packet_count; i++) {
		int conversation = joining->join->conversation_of_packet[i];

		if (conversation >= 0)
			(*items)[(*count)++] = (struct item){conversation, ITEM_PACKET,
							     joining->end_of_packet[i],
							     recording->packets[i].when, (int)i};
	}
	qsort(*items, *count, sizeof(**items), by_conversation);
	return true;
}

struct slice join_slice(const struct item *items, size_t count, enum item_kind kind, int end)
{
	struct slice slice = {items, 0};

	while (count > 0 && (slice.items->kind != kind || slice.items->end != end)) {
		slice.items++;
		count--;
	}
	while (slice.count < count && slice.items[slice.count].kind == kind &&
	       slice.items[slice.count].end == end)
		slice.count++;
	return slice;
}

static bool join_bytes(struct joining *joining)
{
	struct item *items;
	size_t count;
	bool done = join_items(joining, &items, &count);

	for (size_t from = 0; done && from < count;) {
		int conversation = items[from].conversation;
		size_t to = from;

		while (to < count && items[to].conversation == conversation)
			to++;
		if (joining->join->conversations[conversation].udp)
			done = join_datagrams(joining, conversation, items + from, to - from);
		else
			done = join_stream(joining, conversation, items + from, to - from);
		from = to;
	}
	free(items);
	return done;
}

/* --- Order. --- */

/* A thing and the time it began. */
struct dated {
	int64_t when;
	size_t index;
};

static int by_time(const void *a, const void *b)
{
	const struct dated *left = a, *right = b;

	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static void renumber(int *numbers, size_t count, const int *names)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] >= 0)
			numbers[i] = names[numbers[i]];
}

/* Numbers the conversations in the order in which they began. */
static bool order_conversations(struct joining *joining)
{
	const struct recording *recording = joining->recording;
	struct join *join = joining->join;
	size_t n = join->conversation_count;
	struct dated *order = malloc((n + 1) * sizeof(*order));
	struct conversation *conversations = calloc(n + 1, sizeof(*conversations));
	struct making *makings = calloc(n + 1, sizeof(*makings));
	int *names = malloc((n + 1) * sizeof(*names));
	bool done = order && conversations && makings && names;

	if (done) {
		for (size_t i = 0; i < n; i++)
			order[i] = (struct dated){joining->makings[i].began, i};
		qsort(order, n, sizeof(*order), by_time);
		for (size_t i = 0; i < n; i++) {
			conversations[i] = join->conversations[order[i].index];
			makings[i] = joining->makings[order[i].index];
			names[order[i].index] = (int)i;
		}
		renumber(join->conversation_of_socket, recording->socket_count, names);
		renumber(join->conversation_of_packet, recording->packet_count, names);
		renumber(join->conversation_of_call, recording->call_count, names);
		free(join->conversations);
		free(joining->makings);
		join->conversations = conversations;
		joining->makings = makings;
		joining->conversation_capacity = n + 1;
	} else {
		free(conversations);
		free(makings);
	}
	free(order);
	free(names);
	return done;
}

static int64_t arrow_begins(const struct recording *recording, const struct arrow *arrow)
{
	if (arrow->send >= 0)
		return recording->calls[arrow->send].entered;
	if (arrow->packet >= 0)
		return recording->packets[arrow->packet].when;
	return recording->calls[arrow->receive].left;
}

static bool order_arrows(struct joining *joining)
{
	struct join *join = joining->join;
	size_t n = join->arrow_count;
	struct dated *order = malloc((n + 1) * sizeof(*order));
	struct arrow *arrows = malloc((n + 1) * sizeof(*arrows));

	if (!order || !arrows) {
		free(order);
		free(arrows);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = (struct dated){arrow_begins(joining->recording, &join->arrows[i]), i};
	qsort(order, n, sizeof(*order), by_time);
	for (size_t i = 0; i < n; i++)
		arrows[i] = join->arrows[order[i].index];
	free(order);
	free(join->arrows);
	join->arrows = arrows;
	return true;
}

/* --- The whole. --- */

static int *unjoined(size_t count)
{
	int *numbers = malloc((count + 1) * sizeof(*numbers));

	for (size_t i = 0; numbers && i < count; i++)
		numbers[i] = -1;
	return numbers;
}

static bool start(struct joining *joining)
{
	const struct recording *recording = joining->recording;
	struct join *join = joining->join;

	join->conversation_of_socket = unjoined(recording->socket_count);
	join->conversation_of_packet = unjoined(recording->packet_count);
	join->conversation_of_call = unjoined(recording->call_count);
	joining->end_of_packet = calloc(recording->packet_count + 1, 1);
	joining->end_of_call = calloc(recording->call_count + 1, 1);
	joining->call_ends = call_ends(recording);
	return join->conversation_of_socket && join->conversation_of_packet &&
	       join->conversation_of_call && joining->end_of_packet && joining->end_of_call &&
	       joining->call_ends;
}

struct join *join_make(const struct recording *recording)
{
	struct join *join = calloc(1, sizeof(*join));
	struct joining joining = {.recording = recording, .join = join};
	bool done;

	if (!join)
		return NULL;
	done = start(&joining) && join_connections(&joining) && join_flows(&joining) &&
	       join_datagram_ends(&joining) && order_conversations(&joining) &&
	       join_bytes(&joining) && join_totals(&joining) && order_arrows(&joining);
	free(joining.makings);
	free(joining.end_of_packet);
	free(joining.end_of_call);
	free(joining.call_ends);
	if (!done) {
		join_free(join);
		return NULL;
	}
	return join;
}

void join_free(struct join *join)
{
	if (!join)
		return;
	free(join->conversations);
	free(join->arrows);
	free(join->conversation_of_socket);
	free(join->conversation_of_packet);
	free(join->conversation_of_call);
	free(join);
}
