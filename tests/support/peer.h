/*
 * A server inside the test: a listener and the callers it has accepted, plain blocking sockets with
 * bounds. Whatever does not come within program_patience fails the running test.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include <stddef.h>

/* Listens on 127.0.0.1 or another numeric address, on any free port unless port is given, with a
 * backlog. Returns the socket; -1 if this machine does not have the address. */
int peer_listen(const char *host, int port, int backlog);

/* The port of a listening socket. */
int peer_port(int listener);

/* Waits for the next caller and returns its socket. */
int peer_accept(int listener);

/* Sends all of it. */
void peer_send(int caller, const char *text);

/* Receives exactly this text. */
void peer_expect(int caller, const char *text);

/* Sends all of a text, and receives exactly the answer. */
void peer_ask(int caller, const char *text, const char *answer);

/* Receives the end of the stream. */
void peer_expect_end(int caller);

/* Closes so that the other side meets a reset. */
void peer_reset(int caller);

#endif
