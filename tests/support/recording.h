/*
 * Recordings made by hand. Times are in microseconds; addresses are texts like "127.0.0.1:5000",
 * "[::1]:5000" and "unix", or NULL while not known. What there is no memory for fails the test.
 */
#ifndef SUPPORT_RECORDING_H
#define SUPPORT_RECORDING_H

#include "timeline/recording.h"

enum { NEVER_LEFT = -1 };

/* A test's setup and teardown: its state is a recording of a server and a client, programs 0 and 1,
 * that have not done anything yet. */
int made_begin(void **state);
int made_finish(void **state);

struct address made_address(const char *text);

int made_program(struct recording *, const char *name, const char *command, bool is_server);
int made_socket(struct recording *, int program, int type, const char *local, const char *remote);

/* A call of a program's first thread. text: "bind(3, 127.0.0.1:5000)", whose beginning is the
 * call's name. left: NEVER_LEFT if it did not return. The result is 0. */
struct call *made_call(struct recording *, enum call_kind, int program, int socket, int64_t entered,
		       int64_t left, const char *text, const char *outcome);

/* An accept that gave a socket. */
struct call *made_accept(struct recording *, int listening, int accepted, int64_t entered,
			 int64_t left);

/* A send and a receive of all of a text: send(3, "text") = 4. Of a datagram there is a peer. */
struct call *made_send(struct recording *, int socket, int64_t entered, int64_t left,
		       const char *data, const char *peer);
struct call *made_receive(struct recording *, int socket, int64_t entered, int64_t left,
			  const char *data, const char *peer);

/* A packet; of UDP if flags is -1. */
struct packet *made_packet(struct recording *, int64_t when, const char *from, const char *to,
			   int flags, uint32_t sequence, const char *data);

#endif
