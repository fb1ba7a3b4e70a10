/*
 * What the files of the session layer share: the structures behind service, loop and connection.
 *
 * A session is a protocol's name for its connection: struct session is never defined, and
 * session_connection leads from one to the other.
 */
#ifndef SESSION_INTERNAL_H
#define SESSION_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/timer_heap.h"
#include "session/chunk.h"
#include "session/framing.h"
#include "session/send_queue.h"
#include "sockettool/connection.h"

/* Receiving stops at this many queued bytes and goes on below the other. */
#define QUEUE_HIGH ((size_t)64 * 1024)
#define QUEUE_LOW ((size_t)16 * 1024)

struct service {
	const struct protocol *protocol;
	const struct role *role;
	const void *options;
	const struct audience *audience;
	struct service_settings settings;
	void *state;
	atomic_long active;

	bool shared; /* the protocol's */

	/* Of a shared protocol; under the lock where there is one. */
	bool locked;
	pthread_mutex_t lock;
	struct connection *current; /* whose hooks run */
	struct connection *touched; /* for whom others queued something in this call, in turn */
	struct connection *touched_last; /* valid while there is a first */
	struct connection *typist;       /* who has the server's keyboard, or NULL */
	bool started;                    /* the protocol's start hook has run */
	struct connection **members;
	uint32_t member_count, member_capacity;
	struct chunk_source room;    /* broadcasts, which all members refer to */
	struct chunk_source answers; /* what single sessions are told */
};

/* What a message passes through lies first: with a loop for each connection it is fetched from afar
 * each time. */
struct loop {
	const struct clock *clock;
	int64_t now;
	uint64_t turn;      /* counts loop_tick */
	struct slice input; /* the bytes that input hooks may lend on */
	struct connection *pending_first, *pending_last;
	_Atomic(struct connection *) inbox; /* touched by other threads; written under inbox_lock */
	struct timer_heap timers;
	struct chunk_source answers; /* of protocols that are not shared */
	struct connection *first;    /* all connections, by next_in_loop */
	size_t count;
	size_t room;             /* behind the loop, for a connection; 0: the loop is malloc's */
	uint64_t random;         /* session_random's state */
	char peer[ADDRESS_TEXT]; /* session_peer's text */
	char quote[1024];        /* session_quote's text */

	void (*wake)(void *owner);
	void *owner;
	pthread_mutex_t inbox_lock;
};

/* The course of a connection. */
enum phase {
	PHASE_OPEN,     /* the session runs */
	PHASE_FLUSHING, /* it has closed; what is queued leaves */
	PHASE_SHUT,     /* the sending side is shut; what still comes is thrown away for a moment */
	PHASE_CLOSED,   /* the socket can be closed */
};

/* What a message passes through lies first, in as few lines of the cache as can be: with thousands
 * of connections each is fetched from afar. */
struct connection {
	struct carriage carriage;
	struct service *service;
	struct loop *loop;
	struct send_queue queue;
	size_t offered;      /* bytes given out by connection_outgoing */
	int64_t active;      /* when bytes last moved */
	int64_t timer;       /* the protocol's, or NEVER */
	int64_t rests_until; /* no input before, or 0: it has spread too much at once */
	size_t spread;       /* bytes that the input of one call has queued for each of others */
	uint32_t member;     /* place in the service's members plus 1, 0: not joined */
	uint8_t phase;       /* enum phase */
	uint8_t reason;      /* enum close_reason, once closed */
	/* Other sessions of a shared protocol write these, under its lock. They are no bit-fields:
	 * the ones below are read without the lock. */
	uint8_t doom;   /* enum close_reason plus 1: to be closed at the next chance */
	bool wants_end; /* session_end was called */
	bool finishing; /* our side ends when the queue has drained */
	bool touched;   /* in a touched, inbox or pending list */
	bool deaf;      /* takes no lines from the keyboard for now */
	bool datagrams : 1;
	bool ended : 1;   /* the peer ended its side */
	bool shut : 1;    /* our side has been shut down */
	bool paused : 1;  /* no input until the queue has drained */
	bool blocked : 1; /* the kernel took less than was offered */
	bool freed : 1;   /* freed by its owner while touched */
	bool hinted : 1;  /* the remark about a missing newline has been made */
	bool spoken : 1;  /* this call has sent a message (see session_message) */
	struct line_buffer framing;
	struct connection *next_touched; /* in a touched, inbox or pending list */
	char *held;                      /* input that waits until the queue has drained */
	uint32_t held_length;
	uint32_t thrown_away;  /* bytes that came after our side was shut */
	uint64_t blocked_turn; /* in which the kernel began to take less than was offered */
	struct connection *next_in_loop, *previous_in_loop;
	struct timer_entry deadline;
	struct user *user; /* who is logged in, or NULL */
	char *failure;     /* session_fail's sentence */
	struct address peer;
	_Alignas(max_align_t) char state[];
};

static inline struct connection *session_connection(const struct session *session)
{
	return (struct connection *)session;
}

static inline struct session *connection_session(struct connection *connection)
{
	return (struct session *)connection;
}

/* A connection's size with the state of its protocol. */
static inline size_t connection_size(const struct service *service)
{
	const struct protocol *protocol = service->protocol;

	return sizeof(struct connection) +
	       (service->settings.client ? protocol->client_state : protocol->server_state);
}

/* How the connection's input becomes messages. */
static inline enum framing connection_framing(const struct connection *connection)
{
	const struct service *service = connection->service;

	return service->settings.client ? service->protocol->client_framing
					: service->protocol->framing;
}

/* Whether input waits: for the queue to drain, or for the next turn. */
static inline bool connection_is_held_back(const struct connection *connection)
{
	return connection->paused || connection->rests_until > 0;
}

static inline bool connection_is_open(const struct connection *connection)
{
	return connection->phase == PHASE_OPEN;
}

/* False: it has no deadline, which is known without counting it out. */
static inline bool connection_may_expire(const struct connection *connection)
{
	return !connection_is_open(connection) || connection->timer != NEVER ||
	       connection->rests_until > 0 || connection->framing.length > 0 ||
	       connection->service->settings.idle_timeout > 0;
}

/* --- service.c --- */

/* What service_enter and service_exit do for a shared protocol. */
void service_enter_shared(struct connection *);
void service_exit_shared(struct connection *);

/* Notes that something was queued for a connection other than the one whose hooks run. */
void service_touch(struct connection *);

int service_add_member(struct connection *);
void service_remove_member(struct connection *);

/* --- loop.c --- */

/* Zeroed memory for one more connection of the loop. NULL: there is none. */
struct connection *loop_allocate(struct loop *, size_t size);
void loop_release(struct loop *, struct connection *);

void loop_add(struct loop *, struct connection *);
void loop_remove(struct loop *, struct connection *);

/* Hands on what service_exit found touched. from is the calling thread's loop. */
void loop_deliver(struct loop *from, struct connection *touched);

/* Has the loop look at the connection at the end of its turn. Within service_enter. */
void loop_pend(struct connection *);

/* Brings the loop's timers up to the connection's deadline. */
void loop_schedule(struct connection *);

/* Begins and ends a stretch in which hooks of the connection's service run. */
static inline void service_enter(struct connection *connection)
{
	if (connection->service->shared)
		service_enter_shared(connection);
	connection->spoken = false;
}

static inline void service_exit(struct connection *connection)
{
	if (connection->service->shared)
		service_exit_shared(connection);
	if (!connection->freed && connection_may_expire(connection))
		loop_schedule(connection);
}

/* --- connection.c --- */

/* Prepares zeroed memory as a connection that is in no loop's list. */
void connection_prepare(struct connection *, struct service *, struct loop *,
			const struct address *peer, bool datagrams);

/* Runs the close hook, once, and begins to flush, or drops everything if there is nobody to send to
 * any more. Within service_enter. */
void connection_close_session(struct connection *, enum close_reason);

/* Drops what is queued and lets the socket be closed. Bytes that connection_outgoing has lent stay
 * until the connection is freed. Within service_enter. */
void connection_drop_queue(struct connection *);

/* What has to be done once a hook has returned. Within service_enter. */
void connection_after_hook(struct connection *);

/* Closes it if that was decided by others. Called when the loop takes it from its pending list. */
void connection_attend(struct connection *);

/* --- person.c --- */

/* The session is over: its person is logged out, and the keyboard is free. Within service_enter. */
void person_forget(struct connection *);

/* --- deadline.c --- */

/* Lets a deadline act that has passed. */
void connection_expired(struct connection *);

/* --- input.c; all within service_enter. --- */

/* Gives the protocol what is in the bytes, or keeps it. */
void input_take(struct connection *, const char *bytes, size_t n);

/* Gives it what was kept while the queue was full. */
void input_resume(struct connection *);

/* Ends the session if the stream is over and all of it was given. */
void input_finish(struct connection *);

/* --- connection.c, for datagrams --- */

/* The whole session of a datagram: its hooks open, input and close. */
void connection_serve(struct connection *, const char *bytes, size_t n);

/* Frees what it holds, but not its own memory. */
void connection_clear(struct connection *);

#endif
