/*
 * Datagrams for which a receive had too little room: what did not fit is lost, and the kernel tells
 * only those who ask it.
 */
#ifndef TIMELINE_CUT_DATAGRAMS_H
#define TIMELINE_CUT_DATAGRAMS_H

#include "timeline/recording.h"

/* How the outcome of a receive ends that the kernel told to be so. */
#define CUT_SHORT ", cut short"

/* Adds to the outcome of each receive that took only the beginning of a datagram how long that was,
 * by what its sender or the wire shows. For want of memory they stay as they are. */
void cut_datagrams_tell(struct recording *);

#endif
