/*
 * One loop for one conversation: what the blocking models do with a socket they accepted.
 */
#ifndef TRANSPORT_CONVERSATION_H
#define TRANSPORT_CONVERSATION_H

#include "sockettool/server.h"
#include "transport/stream.h"

struct conversation {
	struct loop *loop; /* of this conversation alone */
	int socket;        /* blocking */
	int wake;          /* an eventfd, if other threads' sessions may queue something; else -1 */
	char buffer[STREAM_BUFFER];
};

/* Talks until the conversation is over, and closes the socket. Sessions that nobody else wakes make
 * plain blocking calls, so that a trace of them reads like a textbook; shutdown(2) ends those. The
 * others never block in a call that cannot be woken. */
void converse(struct conversation *, const struct server *, struct service *,
	      const struct address *peer);

#endif
