/*
 * The two ends of a conversation, as the commands run them.
 */
#ifndef SOCKETTOOL_ENDPOINT_H
#define SOCKETTOOL_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockettool/option.h"
#include "sockettool/protocol.h"

struct error;
struct model;

enum framing_choice { FRAMING_CHOICE_LINE, FRAMING_CHOICE_RAW };

/* Options of both ends. */
struct framing_options {
	int framing; /* enum framing_choice */
	bool crlf;
	int64_t max_line; /* bytes */
};

struct log_options {
	int format; /* enum log_format */
	bool quiet, verbose;
};

/* The options of `serve`, as the command's tables fill them. Durations are nanoseconds. */
struct serve_options {
	int64_t port;           /* -1: the protocol's own */
	struct text_list hosts; /* none: 127.0.0.1 and ::1 */
	const char *unix_path;  /* or NULL */
	bool tcp, udp;          /* neither: TCP where the protocol speaks it, else UDP */
	int model;              /* index into models */
	int64_t workers;
	struct framing_options framing;
	int64_t max_connections;          /* 0: as many as descriptors allow */
	int64_t max_connections_per_host; /* 0: no limit */
	int64_t idle_timeout;             /* 0: none */
	int64_t send_queue;               /* bytes */
	int64_t backlog;
	int64_t grace;
	int64_t ready_fd; /* -1: none */
	bool allow_amplification;
	struct log_options log;
};

/* One protocol to serve. */
struct serving {
	const struct protocol *protocol;
	int port;            /* 0: a free one */
	unsigned transports; /* enum transport; a Unix socket is at serve_options' path */
	const void *options; /* protocol->options_size bytes, the caller's */
};

/* Binds, prints a line for each listener on standard output, and serves until SIGTERM or SIGINT.
 * Returns 0 after a stop, or a negative errno with the error filled. Once in a process. */
int serve(const struct serve_options *, const struct serving *, size_t count, struct error *);

/* The options of `connect`. */
struct connect_options {
	const char *unix_path; /* or NULL */
	bool udp;
	struct framing_options framing;
	int64_t timeout;    /* for connecting */
	int64_t quit_after; /* from the end of the input to leaving */
	bool no_shutdown;
	int64_t connections;
	struct text_list send; /* messages instead of the keyboard's */
	bool quiet;
	bool verbose;
};

/* Talks to a server until the conversation ends. host and port are NULL with a Unix path.
 * Returns an exit status; what went wrong has been written to standard error. */
int connect_and_talk(const struct protocol *, const void *options, const char *host,
		     const char *port, const struct connect_options *);

#endif
