/*
 * Clients of a server under test: plain sockets that connect to what its "listening on" lines name.
 *
 * Sockets are blocking, and whatever does not come within program_patience fails the running test.
 * The helpers of peer.h serve these sockets, too.
 */
#ifndef SUPPORT_NET_H
#define SUPPORT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct model;
struct program;

/* Where clients connect to: one listener of a server. */
struct net_place {
	const char *name; /* "tcp 127.0.0.1", "tcp [::1]", "udp 127.0.0.1", "udp [::1]", "unix" */
	int port;         /* all but unix */
	char path[108];   /* unix */
};

/* The machine's time, nanoseconds, and the end of program_patience from now. */
int64_t net_now(void);
int64_t net_limit(void);

/* Whether this machine has ::1. */
bool net_has_ipv6(void);

/* Whether this machine knows localhost, as it does by /etc/hosts or its resolver. */
bool net_has_localhost(void);

/* Calls visit for every model that this machine can run. */
void net_each_model(void (*visit)(const struct model *));

/* The place of that name where the server serves the protocol. Fails the test if there is none. */
struct net_place net_place(struct program *, const char *name, const char *protocol);

/* The same of "tcp 127.0.0.1". */
struct net_place net_tcp_place(struct program *, const char *protocol);

/* A port of 127.0.0.1 that nobody has at this moment; type: SOCK_STREAM or SOCK_DGRAM. */
int net_free_port(int type);

/* A path for a Unix socket that nobody else uses, in a directory of its own that is removed when
 * the test program ends. name: the file's. */
void net_path(char path[108], const char *name);

/* Connects, for UDP too: whoever else sends there is not heard. */
int net_connect(const struct net_place *);

/* The same without failing the test: -1 and errno. */
int net_try(const struct net_place *);

/* Waits until connecting is refused: the server has begun to stop. */
void net_await_refusal(const struct net_place *);

/* Ends the sending side. */
void net_finish(int socket);

/* Waits for input, and receives as recv does. */
ssize_t net_receive(int socket, void *bytes, size_t n);

/* Receives exactly these bytes. */
void net_expect(int socket, const void *bytes, size_t n);

/* Receives a line, without its LF, into the text; cut to size. Returns false at the end of the
 * stream. */
bool net_line(int socket, char *text, size_t size);

/* Receives to the end of the stream, at most size - 1 bytes, and ends them with a NUL. Returns how
 * many; a reset fails the test. */
size_t net_all(int socket, char *text, size_t size);

/* Waits until the peer is gone, by an end of the stream or by a reset; throws away what comes. */
void net_await_gone(int socket);

/* The seconds of processor time that a process has used. */
double net_cpu(int pid);

/* Stops the server with SIGTERM, asserts its exit status 0, and frees it. */
void net_stop(struct program *);

/* How often a text occurs in another. */
size_t net_count(const char *text, const char *wanted);

#endif
