/*
 * One loop for one conversation: what the blocking models do with a socket they accepted.
 */
#ifndef TRANSPORT_CONVERSATION_H
#define TRANSPORT_CONVERSATION_H

#include "sockettool/server.h"
#include "transport/stream.h"

struct conversation {
	struct loop *loop; /* of this conversation alone, in the memory */
	int socket;        /* blocking */
	int wake;          /* an eventfd, if other threads' sessions may queue something; else -1 */
	bool patient; /* its sends block, as a textbook's do; else they wait where it is woken */
	char *buffer; /* in the memory, too */
	void *memory;
};

/* Gives the conversation a loop, and a wake-up if the service's sessions are queued things by
 * others. Returns 0 or -ENOMEM; conversation_close undoes it, also after a failure. */
int conversation_open(struct conversation *, const struct server *, const struct service *);
void conversation_close(struct conversation *);

/* Ends the session and the blocking calls of a conversation, for good. For signal handlers. */
void conversation_interrupt(struct server *, int socket);

/* Talks until the conversation is over; the socket is the caller's to close. Sessions that nobody
 * else wakes receive with plain blocking calls, and send so if they are patient, so that a trace of
 * them reads like a textbook. The others never block in a call that cannot be woken. */
void converse(struct conversation *, const struct server *, struct service *,
	      const struct address *peer);

#endif
