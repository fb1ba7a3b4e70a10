/*
 * The parts of the join, which are used in this order: connections, then datagrams, then the calls
 * and packets of each conversation, then their bytes, then the totals.
 */
#ifndef TIMELINE_JOIN_INTERNAL_H
#define TIMELINE_JOIN_INTERNAL_H

#include "timeline/join.h"

struct joining {
	const struct recording *recording;
	struct join *join;
	int64_t *call_ends;
	/* For each conversation, as far as they are known: the calls that made it, or -1, and when
	 * it began. */
	struct making {
		int connect, accept;
		int64_t began;
	} * makings;
	uint8_t *end_of_packet; /* for each packet of a conversation, which end sent it */
	uint8_t *end_of_call;   /* for each call of a conversation, whose end it is */
	size_t conversation_capacity, arrow_capacity;
};

/* What happened at one end of a conversation, in the order of the sort: each kind apart. */
enum item_kind { ITEM_SEND, ITEM_PACKET, ITEM_RECEIVE, ITEM_CLOSING };

struct item {
	int conversation;
	uint8_t kind; /* enum item_kind */
	uint8_t end;
	int64_t when; /* a send's entry, a receive's return */
	int index;
};

/* A part of the items. */
struct slice {
	const struct item *items;
	size_t count;
};

/* Adds a conversation without sockets or addresses. Returns its index, or -1 for want of memory. */
int joining_conversation(struct joining *, int64_t began);

/* Adds an arrow. Returns false for want of memory. */
bool joining_arrow(struct joining *, struct arrow);

/* Whether two addresses may be the same end: equal, or as equal as the unknown host of a
 * wildcard-bound socket lets them be. */
bool joining_same_end(const struct address *, const struct address *);
bool joining_same_address(const struct address *, const struct address *);

/* Whether a receive took nothing, though it returned something: it peeked, or asked for errors. */
bool joining_peeks(const struct call *);

/* Each returns false for want of memory. */
bool join_connections(struct joining *);
bool join_flows(struct joining *);
bool join_datagram_ends(struct joining *);
bool join_items(struct joining *, struct item **items, size_t *count);
bool join_stream(struct joining *, int conversation, const struct item *items, size_t count);
bool join_datagrams(struct joining *, int conversation, const struct item *items, size_t count);
bool join_totals(struct joining *);

/* The items of one kind and end. */
struct slice join_slice(const struct item *items, size_t count, enum item_kind, int end);

#endif
