/*
 * Channels: stream sockets in a ring. A channel moves the bytes of one connection, with at most one
 * receive and one send in flight, and closes the socket when nothing is in flight any more.
 *
 * A send may read straight from the buffer that the kernel received into; the channel holds the
 * buffer until that has been sent.
 */
#ifndef TRANSPORT_URING_CHANNEL_H
#define TRANSPORT_URING_CHANNEL_H

#include "sockettool/connection.h"
#include "transport/uring_ring.h"

struct admission;
struct channel;

/* A buffer that is held. */
struct channel_buffer {
	uint64_t until; /* how many bytes the channel will have sent when it can go */
	uint16_t next;  /* the channel's next one */
};

/* The channels of a ring. */
struct channels {
	struct ring *ring;
	struct admission *admission;
	struct channel *first, *last; /* those that must be attended */
	unsigned turn;
	unsigned held; /* buffers, of all channels together */
	struct channel_buffer buffers[RING_BUFFERS];
};

/* Begins a connection of the service with an accepted socket, which must be a blocking one: the
 * kernel then waits instead of giving up. Returns 0 or -ENOMEM: nothing was done. */
int channel_open(struct channels *, struct service *, struct loop *, const struct address *peer,
		 int socket);

/* Takes in a completion; the channel will be attended. */
void channel_complete(struct channels *, struct channel *, const struct io_uring_cqe *);

/* Does what the connection wants by now. May free it and the channel. */
void channel_attend(struct channels *, struct connection *);

/* Attends all channels with completions; once a turn. Those that are in the list afterwards lacked
 * memory and need another try soon. */
void channels_attend(struct channels *);

#endif
