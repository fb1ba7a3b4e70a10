/*
 * Moving bytes between a stream socket and its connection: what all models but uring share.
 */
#ifndef TRANSPORT_STREAM_H
#define TRANSPORT_STREAM_H

#include <stddef.h>

#include "sockettool/connection.h"

enum { STREAM_BUFFER = 64 * 1024 };

/* Receives once, with flags, and hands over what came, the end of the stream or the failure; the
 * answers are sent before the buffer is given up. Returns 0, or -EAGAIN: nothing was there. */
int stream_receive(struct connection *, char buffer[STREAM_BUFFER], int flags);

/* Sends until nothing is left or the kernel takes no more. Returns 0, or -EAGAIN. */
int stream_send(struct connection *, int flags);

/* Shuts the sending side, as the connection wants. */
void stream_shutdown(struct connection *);

#endif
