/*
 * TCP packets cut into connections: those between the same two addresses, up to where another
 * connection of these addresses begins.
 */
#ifndef TIMELINE_FLOWS_H
#define TIMELINE_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timeline/recording.h"

/* A packet, or what packets are to be matched with, and its two addresses in an order that is the
 * same for both directions. */
struct flow_entry {
	struct address low, high;
	int64_t when;
	int index;
};

struct flow_table {
	struct flow_entry *entries; /* the owner has made room for all that are added */
	size_t count;
};

struct flow {
	const struct flow_entry *packets; /* in the order of time */
	size_t count;
	int64_t began, ended;
};

int flow_compare_addresses(const struct address *, const struct address *);

/* Compares addresses only. */
int flow_compare(const struct flow_entry *, const struct flow_entry *);

void flow_table_add(struct flow_table *, const struct address *, const struct address *,
		    int64_t when, size_t index);

/* Adds the TCP packets of a recording. */
void flow_table_add_packets(struct flow_table *, const struct recording *);

/* By addresses, then by time. */
void flow_table_sort(struct flow_table *);

/* The flow that begins at an entry of a sorted table of packets. */
struct flow flow_next(const struct recording *, const struct flow_table *, size_t at);

/* Whether a packet begins a connection. */
bool flow_is_syn(const struct packet *);

#endif
