/*
 * The parts of epoll_server: one function a mode. Each serves until the process is ended by a
 * signal, and returns only when it cannot go on; errno says why.
 */
#ifndef EPOLL_SERVER_H
#define EPOLL_SERVER_H

#include <stddef.h>

enum {
	RECEIVE_BYTES = 65536, /* taken from a connection at once */
	READY_MOST = 256,      /* connections that one wait reports */
};

/* TCP, non-blocking listener: one thread and epoll. */
void serve_echo(int listener);  /* every byte comes back */
void serve_calc(int listener);  /* a name, then a sum a line */
void serve_visit(int listener); /* the date and time, then close */
void serve_room(int listener);  /* what one says, all others hear */

/* TCP, blocking listener: a thread for each connection; every byte comes back. */
void serve_threads(int listener);

/* UDP, blocking socket: every datagram comes back. */
void serve_datagrams(int server);

/* A connection's bytes that wait, in memory of its own. */
struct backlog {
	char *bytes;
	size_t n;
};

/* Appends bytes. Returns 0, or -1 for want of memory. */
int backlog_add(struct backlog *, const void *bytes, size_t n);

/* Forgets the first n bytes; the memory goes when none is left. */
void backlog_drop(struct backlog *, size_t n);

/* Computes the line, which ends with a NUL, and writes the answer with its LF, at most CALC_ANSWER
 * bytes. Returns how many. */
enum { CALC_ANSWER = 128 };
size_t calc_answer(char *line, char answer[CALC_ANSWER]);

#endif
