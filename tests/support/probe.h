/*
 * A protocol for tests of the engine: its server obeys the lines it gets, and counts its hooks.
 */
#ifndef SUPPORT_PROBE_H
#define SUPPORT_PROBE_H

#include "sockettool/protocol.h"

/* Lines: "send N" sends N bytes 'x'; "end",
 * "fail TEXT", "finish"; "timer N" in nanoseconds; "again" sets a timer that sets itself; "flow N"
 * sends N lines as there is room; "join"; "all TEXT" broadcasts; "to N TEXT" sends to the session
 * that was opened as number N; anything else is answered with itself in brackets. */
extern const struct protocol probe_protocol, shared_probe_protocol, stream_probe_protocol;

enum { PROBE_SESSIONS = 64 };

struct probe_record {
	int opens, closes[PROBE_SESSIONS], rooms, timers;
	size_t bytes; /* that input hooks were given */
	enum close_reason reasons[PROBE_SESSIONS];
	struct session *sessions[PROBE_SESSIONS];
};

/* What has happened since it was last zeroed; the numbers of sessions count from there. */
extern struct probe_record probe_record;

#endif
