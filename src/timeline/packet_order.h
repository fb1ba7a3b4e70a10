/*
 * Packets in the order of their times. Several interfaces, and packets that were wanted only after
 * others had come, bring them in another.
 */
#ifndef TIMELINE_PACKET_ORDER_H
#define TIMELINE_PACKET_ORDER_H

#include <stdbool.h>

#include "timeline/recording.h"

/* Sorts the packets; those of the same time stay in their order. Returns false, with the packets as
 * they were, for want of memory. */
bool packet_order(struct recording *);

#endif
