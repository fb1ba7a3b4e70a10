/*
 * Doors: a worker's listeners in its ring. A door for streams has one accept in flight that goes on
 * by itself; a door for datagrams waits until some have come.
 */
#ifndef TRANSPORT_URING_DOOR_H
#define TRANSPORT_URING_DOOR_H

#include "sockettool/server.h"
#include "transport/uring_channel.h"

struct door;

struct doors {
	struct server *server;
	struct loop *loop;
	struct ring *ring;
	struct channels *channels;
	struct door *list;
	size_t count;
	bool closing;
	int64_t resume; /* when doors that are not in flight are to be; NEVER: no such time */
};

/* Opens a door for each of the worker's listeners; server, loop, ring and channels have been filled
 * in. Returns 0 or a negative errno. */
int doors_open(struct doors *, struct listener *);
void doors_free(struct doors *);

/* Puts every door in flight. */
void doors_arm(struct doors *);

/* Serves whom a completion tells of, and goes on. */
void door_complete(struct doors *, struct door *, const struct io_uring_cqe *);

/* Takes in those who wait already, and then nobody any more. */
void doors_close(struct doors *);

/* Whether nobody can come any more after doors_close; to be asked every turn until it is so. */
bool doors_are_closed(struct doors *);

#endif
