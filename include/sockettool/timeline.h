/*
 * What two or more programs did, and what went over the wire, on one clock.
 */
#ifndef SOCKETTOOL_TIMELINE_H
#define SOCKETTOOL_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sockettool/option.h"
#include "sockettool/protocol.h"

struct error;

enum timeline_format {
	TIMELINE_TEXT,
	TIMELINE_MARKDOWN,
	TIMELINE_JSONL,
	TIMELINE_SVG,
	TIMELINE_HTML,
	TIMELINE_FORMATS,
};

/* The options of `timeline`, as the command's tables fill them. Durations are nanoseconds; texts
 * are NULL where nothing was given. */
struct timeline_options {
	const char *server;
	struct text_list clients;
	struct text_list inputs;    /* WHO:TEXT */
	struct text_list processes; /* WHO:PID */
	const char *start_when;     /* "listening" or a duration */
	int64_t start_delay;        /* of start_when; -1: listening */
	int64_t timeout;            /* 0: none */
	int64_t bytes;              /* of data kept of each call */
	int model;                  /* index into models, for a protocol's own two ends */
	bool no_wire;
	bool source; /* both while recording and in the picture */
	int format;  /* enum timeline_format */
	bool ascii, calls, verbose;
	const char *save, *load, *pcap, *pcap_in;
};

/* Records programs, or this program's own two ends of a protocol (NULL: none), or reads a
 * recording or a capture, and draws it on standard output. Returns 0, an exit status, or a
 * negative errno with the error filled; what was recorded until then has been drawn in any case. */
int timeline(const struct protocol *, const struct timeline_options *, struct error *);

#endif
