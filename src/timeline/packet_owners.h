/*
 * Whose packets they are. A capture takes what goes to and from the ports of traced sockets; other
 * programs may have had the same ports before or after, or have them at another address, and their
 * packets are no part of what the traced programs did.
 */
#ifndef TIMELINE_PACKET_OWNERS_H
#define TIMELINE_PACKET_OWNERS_H

#include <stdbool.h>

#include "timeline/recording.h"

/* Keeps the packets of the recording's own sockets and drops the others. A TCP connection is a
 * socket's own with all its packets, those that the kernel sends after the close included, if the
 * addresses are the socket's (of a listening socket: its own address is one end) and it began while
 * the socket lived. A datagram is, if one end is the socket's while it lives. Sockets of other
 * network namespaces have no packets here. Returns false, with nothing dropped, for want of
 * memory. */
bool packet_owners_keep(struct recording *);

#endif
