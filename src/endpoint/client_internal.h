/*
 * What the files of the client share. client.c begins and ends, client_turn.c waits,
 * client_conversation.c looks after one connection from its dialing to its end, and
 * client_traffic.c moves its bytes.
 */
#ifndef ENDPOINT_CLIENT_INTERNAL_H
#define ENDPOINT_CLIENT_INTERNAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint/keyboard.h"
#include "endpoint/screen.h"
#include "sockettool/connection.h"
#include "sockettool/dialer.h"
#include "sockettool/endpoint.h"

struct editor;

enum {
	CLIENT_RECEIVE_SIZE = 64 * 1024, /* a receive; every datagram fits */
	CLIENT_QUEUE_HIGH = 64 * 1024,   /* queued bytes that stop the keyboard */
	CLIENT_EVENTS_OWN = 2,           /* the first events: signals and the keyboard */
};

/* One connection: being dialed, then connected, then over. */
struct conversation {
	struct client *client;
	unsigned number;               /* from 1 */
	struct dial *dial;             /* while being dialed, else NULL */
	struct connection *connection; /* while connected, else NULL */
	struct pollfd *events;         /* its entries among the client's */
	int event_count;
	bool blocked;     /* the kernel takes no more bytes for now */
	bool heard;       /* something has been received */
	bool finished;    /* our input has ended */
	bool abandoned;   /* given up by us: how it ends says nothing about the server */
	bool typed;       /* the protocol was given something of the input */
	size_t next_text; /* of --send */
	int64_t pace;     /* under --framing raw: when the next message may be sent, or 0 */
	int64_t quit_at;  /* when to give up waiting for the server's end, or NEVER */
	int failure;      /* the errno that broke the connection */
};

struct client {
	const struct protocol *protocol;
	const struct connect_options *options;
	struct dialer *dialer;
	struct service *service;
	struct loop *loop;
	struct screen screen;
	struct keyboard keyboard;
	struct editor *editor; /* NULL: standard input is read as it is */
	bool datagrams;
	bool takes_lines; /* the keyboard's, while it is open */
	bool person;      /* standard input is a terminal */
	bool leaving;     /* by a signal, or because nobody reads standard output */
	int64_t leave_by;
	int status;
	struct conversation *conversations;
	size_t count, alive; /* alive: not over yet */
	struct pollfd *events;
	char received[CLIENT_RECEIVE_SIZE];
};

/* --- client.c --- */

/* Says what went wrong on standard error, with one conversation or with all (NULL). The client's
 * exit status is that of the first failure. */
void client_fail(struct client *, const struct conversation *, int status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The input has ended: every conversation is to come to its end. */
void client_end_input(struct client *);

/* Ends the conversations as their protocol wishes, within a moment. */
void client_leave(struct client *);

/* --- client_turn.c --- */

/* Waits until something happens, and does what it asks for. Returns whether standard input can be
 * read and is wanted. */
bool client_turn(struct client *);

/* Whether more may be typed: the keyboard is open, the protocol listens, and what was typed before
 * is mostly sent. */
bool client_wants_keyboard(const struct client *);

/* --- client_traffic.c --- */

/* Receives once and hands over what came. */
void conversation_receive(struct conversation *);

/* Sends what the engine has, until it or the kernel has enough. */
void conversation_send(struct conversation *);

/* --- client_conversation.c --- */

/* Begins to dial. */
void conversation_start(struct conversation *);

/* Goes on with dialing, if something may have changed. */
void conversation_dial(struct conversation *);

/* Whether it is neither before its start nor over. */
bool conversation_is_alive(const struct conversation *);

/* What to poll for: fills entries of events, at most DIAL_EVENTS_MAX, and remembers them. */
void conversation_watch(struct conversation *, struct pollfd *events);

/* When it wants to be looked at again. */
int64_t conversation_deadline(const struct conversation *);

/* Does what the poll and the clock ask for. */
void conversation_act(struct conversation *);

/* Sends, shuts down and closes as the engine wants, and hands over the next text of --send. */
void conversation_tend(struct conversation *);

/* Gives the protocol what was typed. */
void conversation_type(struct conversation *, const char *bytes, size_t n);

/* Whether it takes the next message: the protocol listens, and the pace of --framing raw is
 * kept. */
bool conversation_listens(const struct conversation *);

/* Its input has ended. */
void conversation_finish(struct conversation *);

/* Leaves: dialing ends at once, a connection when its protocol has said what it has to. */
void conversation_leave(struct conversation *);

/* Closes it at once, whatever is queued. */
void conversation_abandon(struct conversation *);

#endif
