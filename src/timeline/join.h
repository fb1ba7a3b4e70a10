/*
 * What belongs together in a recording: the two ends of a connection, and a send with its segments
 * and the receives that took its bytes.
 */
#ifndef TIMELINE_JOIN_H
#define TIMELINE_JOIN_H

#include "timeline/recording.h"

/* Two ends that were matched by their addresses, or one end whose other one was not traced. */
struct conversation {
	int sockets[2]; /* index of the connecting end and of the accepting end; -1: not traced */
	bool udp;
	struct address ends[2]; /* the same order */
	const char *path;       /* of Unix sockets, or ""; the recording's */
	/* By end, the bytes it sent and so on. Bytes that were seen on the wire only count as
	 * sent. */
	uint64_t sent[2], received[2];
	uint64_t send_calls[2], receive_calls[2];
	uint64_t
		segments[2]; /* with data, from that end; UDP: datagrams; sent again: not counted */
	uint64_t retransmissions[2]; /* of data, SYN or FIN */
	uint64_t coalesced[2]; /* receives of that end that took bytes of more than one send */
	uint64_t partial[2];   /* receives that took a part of a send */
	int64_t blocked[2];    /* nanoseconds spent in connects, sends and receives */
	int blocked_most[2];   /* the call that waited longest, or -1 */
	bool rings[2]; /* that end's program uses io_uring, whose sends and receives are no calls */
};

/* Bytes on their way: from one send, through one packet, into one receive. Any of them may be -1:
 * not traced, not captured, or not received. Offsets count a direction's bytes from its first.
 *
 * A packet without data, or with a FIN or RST, has an arrow of length 0 as well: from the connect,
 * shutdown or close that made it leave, to the connect, accept or receive that it let return, where
 * these are known. */
struct arrow {
	int conversation, from;    /* from: which end sent, 0 or 1 */
	int send, packet, receive; /* indices into calls and packets */
	uint64_t offset, length;   /* 0 length: a SYN, FIN, RST or bare ACK */
};

struct join {
	struct conversation *conversations;
	size_t conversation_count;
	struct arrow *arrows; /* in the order of the time they begin */
	size_t arrow_count;
	int *conversation_of_socket; /* for each socket of the recording, or -1 */
	int *conversation_of_packet; /* for each packet, or -1 */
	int *conversation_of_call;   /* for each call, or -1 */
};

/* Joins a recording, which must not change while the join lives. NULL for want of memory. */
struct join *join_make(const struct recording *);
void join_free(struct join *);

/* The program that a conversation's end belongs to, or -1: it was not traced. */
int join_program_at(const struct recording *, const struct conversation *, int end);

/* Whether neither a call nor the wire shows what an end sent, or received: io_uring did it. */
bool join_hides_sent(const struct conversation *, int end);
bool join_hides_received(const struct conversation *, int end);

#endif
