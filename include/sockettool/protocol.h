/*
 * What a protocol is, and all that it may do.
 *
 * A protocol is one constant: names, framing, transports, sizes, options, and two roles of hooks.
 * A protocol does no input or output. Its hooks are called with a session and may call the
 * functions of this header and the C library's calculating part, nothing else.
 *
 * Threads: the hooks of a protocol whose sessions share nothing (shared is false) may run in
 * several threads, each session in one at a time. The hooks of a shared protocol never run at the
 * same time, so that no protocol contains a lock.
 */
#ifndef SOCKETTOOL_PROTOCOL_H
#define SOCKETTOOL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "sockettool/file.h"
#include "sockettool/option.h"
#include "sockettool/text.h"

struct session;

enum transport {
	TRANSPORT_TCP = 1,
	TRANSPORT_UDP = 2,
	TRANSPORT_UNIX = 4,
};

/* How bytes become messages. A datagram is always one message. */
enum framing {
	FRAMING_LINE,   /* a message is a line; LF ends it and a CR before the LF is dropped */
	FRAMING_STREAM, /* there are no messages: input gets bytes as they come */
};

enum close_reason {
	CLOSE_DONE,     /* the protocol ended the session (session_end, session_fail) */
	CLOSE_ENDED,    /* the peer ended its side of the stream */
	CLOSE_FAILED,   /* the connection broke: reset, timed out by the kernel */
	CLOSE_IDLE,     /* nothing came or went for --idle-timeout */
	CLOSE_SLOW,     /* the peer did not read and its queue passed --send-queue */
	CLOSE_STOPPING, /* this program is stopping */
	CLOSE_MEMORY,   /* there was no memory for what had to be kept */
};

/* A role is one end's behaviour. Every hook may be NULL. */
struct role {
	/* The session has begun. */
	void (*open)(struct session *);
	/* A message without its terminator; for FRAMING_STREAM, the bytes that have come. The bytes
	 * are lent for the call. */
	void (*input)(struct session *, const char *bytes, size_t n);
	/* Clients: a line from the keyboard, without its end. A FRAMING_STREAM protocol over a
	 * stream gets what was typed as it was typed, ends of lines included (not under --framing
	 * raw). */
	void (*user)(struct session *, const char *line, size_t n);
	/* Clients: the user is done: the texts of --send have all been taken, or an interrupt came.
	 * Without this hook the sending side is closed. */
	void (*leave)(struct session *);
	/* The send queue has drained: more may be sent (see session_full). */
	void (*room)(struct session *);
	/* The time given to session_timer has come. */
	void (*timer)(struct session *);
	/* The last call, exactly once. What is sent here to this session goes nowhere. */
	void (*close)(struct session *, enum close_reason);
};

/* How `bench` loads a server of a protocol. */
enum workload_kind {
	WORKLOAD_ECHO,     /* any bytes come back as they were sent */
	WORKLOAD_EXCHANGE, /* to each request there is one right answer; over a stream both are
			    * lines */
	WORKLOAD_VISIT,    /* the server speaks first and closes; a datagram gets it as answer */
	WORKLOAD_ROOM, /* lines: the first is a name, which "Welcome, ..." answers; each other is
			    * heard by all but the speaker, in one order, as "NAME: LINE" */
};

/* A request and the one answer that is right. */
struct exchange {
	const char *request, *answer; /* without ends of lines */
};

/* Constant; several threads read it, and call is_right, at a time. */
struct workload {
	enum workload_kind kind;
	const char *opening; /* a line to begin a stream with, which nothing answers; or NULL */
	/* WORKLOAD_EXCHANGE: asked one after the other, over and over; ends with a NULL request. */
	const struct exchange *exchanges;
	/* WORKLOAD_VISIT: the datagram that asks (NULL: an empty one), and whether the bytes of an
	 * answer, which may be none, can be right. */
	const char *request;
	bool (*is_right)(const char *answer, size_t n);
};

struct protocol {
	const char *name;
	const char *client_alias; /* a subcommand that runs the client role, or NULL */
	const char *summary;      /* one line */
	const char *reference;    /* the paper, or the RFC */
	/* An example: lines "who -> sent" and "who <- got", where "(ends)" and "(closes)" stand for
	 * the end of a stream; help shows it and a test replays it. */
	const char *dialogue;
	uint16_t port;               /* default */
	unsigned transports;         /* enum transport */
	enum framing framing;        /* of what the server gets */
	enum framing client_framing; /* of what the client gets */
	/* Reads what the server needs from files and options into service_state, before it serves.
	 * Returns NULL, or a sentence about what is wrong, written to complaint. */
	const char *(*start)(void *service_state, const void *options, char complaint[256]);
	void (*stop)(void *service_state); /* frees it */
	bool shared;         /* sessions see one another: service_state changes, broadcasts */
	bool solitary;       /* shared, but only one session at a time really talks: it may be
				   * served by a model that has only one at a time */
	size_t server_state; /* bytes of session_state in each role, zeroed at first */
	size_t client_state;
	size_t service_state;            /* bytes of service_state, zeroed at first */
	const struct option *options;    /* may be NULL */
	size_t options_size;             /* bytes of session_options */
	const struct workload *workload; /* NULL: bench does not load it */
	struct role server, client;
};

/* A run of bytes. */
struct slice {
	const char *bytes;
	size_t n;
};

/* All protocols, in the order that `list` shows; the array ends with NULL. */
extern const struct protocol *const protocols[];

/* The protocol of that name, or NULL. */
const struct protocol *protocol_find(const char *name);

/* --- Sending. Sending never fails towards the protocol: a session that cannot send is closed with
 * a reason, and what is sent to a session after its close hook is dropped.
 * Over UDP all that one hook call sends is one datagram. --- */

/* Queues bytes as they are. Bytes that lie inside the running input hook's own are not copied. */
void session_send(struct session *, const void *bytes, size_t n);

/* Queues one message made of the slices: their bytes, then the framing's terminator: LF, or CR LF
 * with --crlf. Under --framing raw there is none, and an LF stands between the messages of one hook
 * call. */
void session_message(struct session *, const struct slice *slices, size_t count);

/* The same with one run of bytes. */
void session_text(struct session *, const char *bytes, size_t n);

/* The same with a message formatted as by printf. */
void session_line(struct session *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Clients whose connecting is the request: over UDP an empty datagram is it. */
void session_ask(struct session *);

/* Ends the datagram that is being filled: what is sent next is another one. */
void session_end_datagram(struct session *);

/* Makes the session one of those that session_broadcast reaches, until it closes. */
void session_join(struct session *);

/* Queues one message, as session_message, to every joined session of this service except this
 * one. All sessions see all broadcasts in one order. */
void session_broadcast(struct session *, const struct slice *slices, size_t count);

/* Whether the session's queue is past its high-water mark: a sender of much stops and goes on when
 * its room hook is called. */
bool session_full(const struct session *);

/* Sends what is queued, then closes. The close hook follows when the running hook returns. */
void session_end(struct session *);

/* Closes the sending side when the queue has drained; the session goes on until the peer ends its
 * own. */
void session_finish(struct session *);

/* As session_end, for a session that went wrong. A client exits with status 1 and this sentence on
 * standard error; a server logs it. */
void session_fail(struct session *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Servers: has the server stop, as SIGTERM does. */
void session_stop_server(struct session *);

/* --- The people at both ends. --- */

/* Shows a message, on standard output, as a line; over FRAMING_STREAM the bytes as they are. On a
 * terminal control characters are escaped; a server's are always. */
void session_show(struct session *, const char *bytes, size_t n);

/* Clients: a line of the client's own on standard output, whatever the framing: what it makes of
 * what it received. */
void session_report(struct session *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Clients: the prompt to show on a terminal. The text is kept by reference: a constant. */
void session_prompt(struct session *, const char *prompt);

/* Clients: a line that tells how far things are; the next one replaces it. Shown on a terminal
 * only. */
void session_progress(struct session *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether lines from the keyboard are wanted; those that are typed meanwhile wait. Clients want
 * them from the beginning. A server has one keyboard: the last session that wanted it has it, and
 * gets the lines by its user hook. */
void session_keyboard(struct session *, bool wanted);

/* Names the person behind the session, for all to see by session_users, until it closes. */
void session_login(struct session *, const char *name);

/* Calls `each` for everybody logged in to any service of this process, in the order they came. */
void session_users(struct session *, void (*each)(struct session *, const char *name));

/* A remark: servers log it with the peer's address, clients write it to standard error. */
void session_note(struct session *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A remark that ends with bytes of the peer's, made safe as by session_quote; where remarks are not
 * shown it costs nothing. */
void session_note_bytes(struct session *, const char *text, const char *bytes, size_t n);

/* A remark that only -v shows. */
void session_detail(struct session *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The bytes made safe for a format's %s: escaped, and cut after 1,000 characters. The text lasts
 * until the next call for this session. */
const char *session_quote(struct session *, const char *bytes, size_t n);

/* --- What a session knows. --- */

/* session_state's memory is the protocol's own, zeroed before open; it lives until the close hook
 * has returned. service_state is one for each server, shared by its sessions. */
void *session_state(struct session *);
void *service_state(struct session *);
const void *session_options(const struct session *);

/* Monotonic nanoseconds. */
int64_t session_now(const struct session *);

/* The calendar's seconds since 1970. */
time_t session_wall(const struct session *);

/* Has timer called once, after that many nanoseconds; a new time replaces the old one, and a
 * negative one clears it. Only for the session whose hook is running. */
void session_timer(struct session *, int64_t delay);

/* The peer's address as text, "127.0.0.1:40000"; it lasts until the next call for this session. */
const char *session_peer(struct session *);

/* Whether the peer is on this machine: on loopback or at a Unix socket. */
bool session_is_local(const struct session *);

/* A random number, for choices; not for secrets. */
uint64_t session_random(struct session *);

/* Whether the session runs over UDP. */
bool session_datagrams(const struct session *);

#endif
