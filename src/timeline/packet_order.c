/*
 * Sorts places rather than packets, so that equal times can be told apart, then moves each packet
 * once.
 */
#include "timeline/packet_order.h"

#include <stdlib.h>

struct place {
	int64_t when;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

static bool is_sorted(const struct recording *recording)
{
	for (size_t i = 1; i < recording->packet_count; i++)
		if (recording->packets[i].when < recording->packets[i - 1].when)
			return false;
	return true;
}

/* places[i].index is where the packet comes from that belongs at i. Each cycle of them is followed
 * once around. */
static void permute(struct packet *packets, struct place *places, size_t count)
{
	for (size_t start = 0; start < count; start++) {
		struct packet first = packets[start];
		size_t at = start;

		while (places[at].index != start) {
			size_t from = places[at].index;
			packets[at] = packets[from];
			places[at].index = at;
			at = from;
		}
		packets[at] = first;
		places[at].index = at;
	}
}

bool packet_order(struct recording *recording)
{
	size_t count = recording->packet_count;
	struct place *places;

	if (is_sorted(recording))
		return true;
	places = calloc(count, sizeof(*places));
	if (!places)
		return false;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){recording->packets[i].when, i};
	qsort(places, count, sizeof(*places), compare);
	permute(recording->packets, places, count);
	free(places);
	return true;
}
