/*
 * Which sockets there are and which descriptor of which thread is one.
 *
 * The kernel is asked each time: a descriptor's link in /proc names the socket's inode, and the
 * inode is the socket. So whatever programs do with descriptors (dup, fork, threads with or without
 * a table of their own, close-on-exec, descriptors sent over Unix sockets, io_uring) needs no
 * bookkeeping that could go wrong.
 */
#ifndef TIMELINE_TRACED_SOCKETS_H
#define TIMELINE_TRACED_SOCKETS_H

#include <sys/types.h>

#include "timeline/recording.h"

enum { DESCRIPTOR_LINK = 64 };

struct inode_entry {
	uint64_t inode; /* 0: empty */
	int socket;
};

/* Sockets by inode. Zeroed, but for the recording, it is empty and ready. */
struct traced_sockets {
	struct recording *recording; /* borrowed */
	struct inode_entry *entries; /* an open hash table, at most half full */
	size_t count, capacity;      /* capacity: a power of two */
};

/* Who has a descriptor. */
struct owner {
	pid_t thread, process;
	int program;
};

void traced_sockets_free(struct traced_sockets *);

/* What a descriptor is: "socket:[4711]", "/dev/pts/3"; "" if it is nothing. */
void descriptor_link(pid_t thread, int descriptor, char link[DESCRIPTOR_LINK]);

/* The socket behind a descriptor: its index in the recording, which it enters when it is met first,
 * with its addresses. -1: it is no socket, or there is no room. link gets the
 * descriptor's link. */
int traced_sockets_find(struct traced_sockets *, const struct owner *, int descriptor,
			char link[DESCRIPTOR_LINK]);

/* Looks at the socket's addresses again, which a call has changed. */
void traced_sockets_update(struct traced_sockets *, const struct owner *, int descriptor,
			   int socket);

#endif
