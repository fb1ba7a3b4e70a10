/*
 * A stage: the real engine with no socket under it and a clock that the test moves.
 *
 * A stage is one service, started, and one loop. Its actors are connections whose "kernel" is the
 * test: what they are given arrives, what the engine sends is collected, and what the engine wants
 * is done at once: bytes are taken as far as there is room for them, the sending side is shut, the
 * connection is closed and freed. Every call leaves the stage at rest. Whatever cannot be set up
 * fails the running test.
 */
#ifndef SUPPORT_STAGE_H
#define SUPPORT_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"
#include "sockettool/connection.h"
#include "sockettool/protocol.h"

/* 2026-11-20 22:57:00 UTC; stage_new sets TZ to UTC. */
#define STAGE_WALL ((time_t)1795215420)
#define STAGE_START (1000 * NANOSECONDS_PER_SECOND)

/* Bytes that grow, always followed by a NUL that does not count. */
struct heap_text {
	char *bytes;
	size_t n, capacity;
};

void heap_text_add(struct heap_text *, const void *bytes, size_t n);
void heap_text_free(struct heap_text *);

/* What a stage is made of; zero means the program's own default. */
struct stage_settings {
	bool client, raw, crlf, locked;
	size_t max_line, send_queue;
	int64_t idle_timeout;
	const char *const *options; /* "style", "iso", ..., NULL: the protocol's own, overriding */
};

struct stage {
	struct clock clock; /* the first member: the clock's functions find the stage by it */
	int64_t now;
	time_t wall;
	struct service *service;
	struct loop *loop;
	void *options;
	struct actor *actors;
	bool datagrams;  /* actors that join speak datagrams */
	size_t room;     /* of the actors that join: see struct actor */
	uint64_t random; /* of stage_random */
};

/* One connection: the peer's view of it. It lives until the stage is freed. */
struct actor {
	struct stage *stage;
	struct actor *next;
	struct connection *connection; /* NULL: closed and freed */
	struct heap_text got;          /* what the engine has sent */
	size_t seen;                   /* how much of that an expect has passed */
	size_t room;                   /* bytes the kernel will still take; SIZE_MAX: all */
	size_t largest;                /* the most it takes at once; SIZE_MAX: all */
	bool shut;                     /* the engine has shut its sending side */
	bool ended;                    /* this side has ended */
	enum close_reason reason;      /* once closed */
	char *failure;                 /* once closed: what session_fail said, or NULL */
	int datagrams;                 /* how many were sent */
	/* What the audience was told, a line each, but for shown bytes of streams; servers only
	 * show. */
	struct heap_text shown, reported, notes, details, progress;
	const char *prompt;
};

/* The lines of the log since the last stage_new, details included. */
extern struct heap_text stage_log;

/* What the server's person was asked since the last stage_new. */
extern struct stage_person {
	int stops;   /* how often the server was to stop */
	bool wanted; /* lines from the keyboard are wanted */
} stage_person;

/* How often a text stands in another. */
size_t text_occurrences(const char *text, const char *part);

struct stage *stage_new(const struct protocol *, const struct stage_settings *);

/* Frees it with all actors; their connections are freed as a stopping program does. */
void stage_free(struct stage *);

/* Moves both clocks on and lets deadlines act. */
void stage_pass(struct stage *, int64_t nanoseconds);

/* Does what everybody wants until nobody wants anything that can be done. */
void stage_rest(struct stage *);

/* Numbers that are the same in every run: less than bound, which must not be 0. */
uint64_t stage_random(struct stage *, uint64_t bound);

/* A line from the server's keyboard; NULL: the keyboard has ended. False: nobody wants one. */
bool stage_type(struct stage *, const char *line);

/* A new connection from 127.0.0.1, opened; each has a port of its own. */
struct actor *actor_join(struct stage *);

/* The same from another host. */
struct actor *actor_join_from(struct stage *, const char *host);

/* The actor's bytes arrive, in memory that is gone when the call returns. A connection that has
 * closed takes no notice. */
void actor_send(struct actor *, const void *bytes, size_t n);
void actor_say(struct actor *, const char *text);

/* The same in pieces of so many bytes each. */
void actor_send_pieces(struct actor *, const void *bytes, size_t n, size_t piece);

/* The same in pieces of random sizes. */
void actor_send_split(struct actor *, const void *bytes, size_t n);

/* The actor ends its sending side, or the connection breaks. */
void actor_end(struct actor *);
void actor_break(struct actor *);

/* The kernel has room for so many more bytes; what waits is sent. */
void actor_read(struct actor *, size_t room);

/* Clients: a line from the keyboard; the end of what there is to say. */
void actor_type(struct actor *, const char *line);
void actor_leave(struct actor *);

/* The next bytes the actor got are exactly this text. */
void actor_expect(struct actor *, const char *text);
void actor_expect_bytes(struct actor *, const void *bytes, size_t n);

/* Nothing more has come. */
void actor_expect_silence(const struct actor *);

/* Nothing more has come, and the connection has closed for that reason. */
void actor_expect_closed(const struct actor *, enum close_reason);

/* A desk of one slot for the stage's service, to be freed by the caller before the stage. */
struct datagram_desk *stage_desk(struct stage *);

/* Asks the desk from 127.0.0.1 and adds what is answered to the text; the sizes of the first max
 * datagrams are written to sizes. Returns how many datagrams there were. */
int desk_ask(struct datagram_desk *, const void *bytes, size_t n, struct heap_text *answer,
	     size_t sizes[], int max);

/* Forgets what has come so far. */
void actor_forget(struct actor *);

/* A protocol's options with their initial values, changed by pairs of name and value that end with
 * NULL. The caller frees them; NULL for a protocol without options. */
void *protocol_options(const struct protocol *, const char *const *changes);

/* 127.0.0.1 and other addresses. */
struct address address_ipv4(const char *host, uint16_t port);

#endif
