/*
 * A recording: what traced programs did and what went over the wire, on one clock.
 *
 * The tracer and the capture add to it, a saved file fills it, the join looks for what belongs
 * together, and the views draw it. Times are nanoseconds since the recording began (CLOCK_MONOTONIC
 * for all). Everything in it is owned by it and freed with it; texts end with a NUL and are never
 * NULL. A recording belongs to one thread.
 */
#ifndef TIMELINE_RECORDING_H
#define TIMELINE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockettool/address.h"

/* --- Programs. --- */

/* A column: a program that was started or attached to, with all processes and threads that came
 * from it. Number 0 is the server, if there is one; the others are clients in their order. */
struct program {
	char *name;    /* "server", "client", "client 2" */
	char *command; /* as it was given */
	int pid;
	bool is_server;
	int64_t started, ended; /* ended: -1 while it runs, or if nobody saw it */
	int status;             /* exit status, or 128 + n by signal n; -1 not known */
};

/* --- What a program did. --- */

enum call_kind {
	CALL_SOCKET, /* socket, socketpair */
	CALL_BIND,
	CALL_LISTEN,
	CALL_ACCEPT, /* accept, accept4 */
	CALL_CONNECT,
	CALL_SEND,    /* send, sendto, sendmsg, sendmmsg, and write, writev, sendfile to a socket */
	CALL_RECEIVE, /* recv, recvfrom, recvmsg, recvmmsg, and read, readv from a socket */
	CALL_PRINT,   /* write to descriptor 1 or 2 that is no socket */
	CALL_INPUT,   /* read from descriptor 0 that is no socket */
	CALL_SHUTDOWN,
	CALL_CLOSE,     /* of a socket */
	CALL_OPTION,    /* setsockopt, fcntl and ioctl that set something, on a socket */
	CALL_DUPLICATE, /* dup, dup2, dup3, F_DUPFD of a socket */
	CALL_WAIT,      /* select, pselect, poll, ppoll, epoll_wait, epoll_pwait, epoll_pwait2 */
	CALL_WATCH,     /* epoll_ctl */
	CALL_RING,      /* io_uring_enter */
	CALL_PROCESS,   /* fork, vfork, clone of a process or thread (result: its number), execve */
	CALL_EXIT,      /* a process ended: result is its status, 128 + n by a signal */
	CALL_SIGNAL,    /* a signal was delivered; result is its number */
	CALL_LINE,      /* a line of the program's source is about to run: no call, but its place */
};

/* The text of a signal that stopped its process begins so: "stopped by SIGSTOP". */
#define SIGNAL_STOPS "stopped by "

/* What happens in one thread, from entry to exit. */
struct call {
	enum call_kind kind;
	int program; /* index */
	int process, thread;
	char *name;      /* the system call's own: "recvfrom" */
	char *text;      /* as it is shown: "connect(3, 127.0.0.1:65432)"; escaped already */
	char *outcome;   /* what came of it: "= 12", "→ 4 from 127.0.0.1:51612" */
	int64_t entered; /* -1: it had begun before the recording */
	int64_t left;    /* -1: it has not returned */
	int64_t result;  /* what the system call returned; -errno for an error */
	int descriptor;  /* the one it is about, or -1 */
	int socket;      /* index into sockets, or -1; of an accept: the listening one */
	int accepted;    /* of an accept that succeeded: the new socket's index, else -1 */
	/* Send and receive, print and input: the bytes that were moved. */
	uint64_t bytes;
	char *data; /* the first of them, as they were; data_length of them */
	size_t data_length;
	struct address peer; /* of a datagram, or of a connect or accept */
	char *file;          /* the source's, or "" */
	int line;
};

/* A socket, from the call that made it until its last descriptor is closed. The same socket in a
 * parent and a child is one. */
struct socket_record {
	int program;
	int family, type; /* AF_INET, SOCK_STREAM, ... */
	bool listens;
	bool elsewhere; /* in another network namespace than this program; not saved */
	struct address local, remote; /* family ADDRESS_NONE while not known */
	char *path;                   /* of a Unix socket, or "" */
	uint64_t inode;
};

/* --- What went over the wire. --- */

enum {
	PACKET_FIN = 1,
	PACKET_SYN = 2,
	PACKET_RST = 4,
	PACKET_PSH = 8,
	PACKET_ACK = 16,
	PACKET_URG = 32
};

struct packet {
	int64_t when;
	bool udp;
	struct address from, to;            /* with ports */
	unsigned flags;                     /* of TCP: PACKET_SYN, ... */
	uint32_t sequence, acknowledgement; /* as on the wire */
	uint32_t window;
	uint32_t length; /* bytes of data it carried */
	char *data;      /* the first of them; data_length of them */
	size_t data_length;
	/* The whole as captured, for pcapng and for -v; NULL if not kept. */
	uint8_t *frame;
	uint32_t frame_length, frame_original;
	int interface;       /* index into interfaces */
	bool retransmission; /* its bytes, or its SYN or FIN, had been sent before */
};

struct interface {
	char *name;
	int link_type; /* libpcap's DLT_ number */
};

/* --- The whole. --- */

struct recording {
	struct program *programs;
	size_t program_count;
	struct call *calls; /* in the order they were entered */
	size_t call_count;
	struct socket_record *sockets;
	size_t socket_count;
	struct packet *packets; /* in the order they were captured */
	size_t packet_count;
	struct interface *interfaces;
	size_t interface_count;
	char *note;       /* why there is no wire column, or "" */
	int64_t started;  /* CLOCK_REALTIME, nanoseconds since 1970, when the recording began */
	int64_t stopped;  /* when a timeout or a signal ended it; -1: neither did */
	uint64_t dropped; /* calls, packets or lines beyond the bounds, or lost in the kernel */
	size_t capacity[5];
};

enum { RECORDING_CALLS_MAX = 1000000, RECORDING_PACKETS_MAX = 1000000 };

/* An empty recording, or NULL for want of memory. */
struct recording *recording_new(void);
void recording_free(struct recording *);

/* Takes out what came after it was stopped, if it was: how the programs were ended is no part of
 * what they did. A call that returned after that has not returned then. */
void recording_cut(struct recording *);

/* For each program, whether it uses io_uring, whose sends and receives are no calls. The caller
 * frees it; NULL for want of memory. */
bool *recording_rings(const struct recording *);

/* Whether a call was told not to wait (MSG_DONTWAIT), or says so (EINPROGRESS). That its descriptor
 * does not block is not known everywhere, so others may not have waited either. */
bool call_does_not_wait(const struct call *);

/* Each adds one entry, zeroed but for "" texts, -1 numbers and ADDRESS_NONE, and returns its index,
 * or -1 for want of memory or beyond the bounds (then dropped counts it). Pointers into the arrays
 * last until the next one is added. */
int recording_add_program(struct recording *);
int recording_add_call(struct recording *);
int recording_add_socket(struct recording *);
int recording_add_packet(struct recording *);
int recording_add_interface(struct recording *);

/* Replaces a text of an entry by a copy. Returns false for want of memory (the text is then ""). */
bool recording_set(char **text, const char *value);
bool recording_set_bytes(char **data, size_t *length, const void *bytes, size_t n);

#endif
