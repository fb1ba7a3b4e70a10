/* See probe.h. */
#include "support/probe.h"

#include <stdlib.h>
#include <string.h>

struct probe_record probe_record;

struct probe {
	int number;
	long flow; /* lines that wait for room */
	bool again;
};

static void send_many(struct session *session, size_t n)
{
	char many[1000];

	memset(many, 'x', sizeof(many));
	for (; n > sizeof(many); n -= sizeof(many))
		session_send(session, many, sizeof(many));
	session_send(session, many, n);
}

static void flow(struct session *session)
{
	struct probe *probe = session_state(session);

	while (probe->flow > 0 && !session_full(session))
		session_line(session, "%ld", probe->flow--);
}

static void probe_open(struct session *session)
{
	struct probe *probe = session_state(session);

	probe->number = probe_record.opens++ % PROBE_SESSIONS;
	probe_record.sessions[probe->number] = session;
}

/* What follows the word, or NULL: it is another one. */
static const char *after(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) == 0 ? line + n : NULL;
}

static void obey(struct session *session, const char *line)
{
	struct probe *probe = session_state(session);
	const char *rest;

	if ((rest = after(line, "send ")))
		send_many(session, strtoul(rest, NULL, 10));
	else if ((rest = after(line, "timer ")))
		session_timer(session, strtoll(rest, NULL, 10));
	else if ((rest = after(line, "fail ")))
		session_fail(session, "%s", rest);
	else if ((rest = after(line, "flow "))) {
		probe->flow = strtol(rest, NULL, 10);
		flow(session);
	} else if ((rest = after(line, "all ")))
		session_broadcast(session, &(struct slice){rest, strlen(rest)}, 1);
	else if (strcmp(line, "end") == 0)
		session_end(session);
	else if (strcmp(line, "finish") == 0)
		session_finish(session);
	else if (strcmp(line, "join") == 0)
		session_join(session);
	else if (strcmp(line, "again") == 0) {
		probe->again = true;
		session_timer(session, 0);
	} else
		session_line(session, "[%s]", line);
}

static void probe_input(struct session *session, const char *bytes, size_t n)
{
	char line[200];

	probe_record.bytes += n;
	/* The bytes themselves, so that what is lent to another's queue shows. */
	if (n > 5 && memcmp(bytes, "to ", 3) == 0 && bytes[4] == ' ') {
		session_send(probe_record.sessions[bytes[3] - '0'], bytes + 5, n - 5);
		return;
	}
	if (n >= sizeof(line)) {
		session_send(session, bytes, n);
		return;
	}
	memcpy(line, bytes, n);
	line[n] = '\0';
	obey(session, line);
}

static void stream_input(struct session *session, const char *bytes, size_t n)
{
	probe_record.bytes += n;
	session_send(session, bytes, n);
}

static void probe_room(struct session *session)
{
	probe_record.rooms++;
	flow(session);
}

static void probe_timer(struct session *session)
{
	const struct probe *probe = session_state(session);

	probe_record.timers++;
	if (probe->again)
		session_timer(session, 0);
}

static void probe_close(struct session *session, enum close_reason reason)
{
	const struct probe *probe = session_state(session);

	probe_record.closes[probe->number]++;
	probe_record.reasons[probe->number] = reason;
	session_line(session, "nobody hears this");
	session_end(session);
}

static void probe_user(struct session *session, const char *line, size_t n)
{
	session_message(session, &(struct slice){line, n}, 1);
}

#define ROLES                                                                       \
	.server_state = sizeof(struct probe), .client_state = sizeof(struct probe), \
	.transports = TRANSPORT_TCP,                                                \
	.client = {.open = probe_open,                                              \
		   .input = probe_input,                                            \
		   .user = probe_user,                                              \
		   .close = probe_close}

#define SERVER(taker)                    \
	.server = {.open = probe_open,   \
		   .input = taker,       \
		   .room = probe_room,   \
		   .timer = probe_timer, \
		   .close = probe_close}

const struct protocol probe_protocol = {.name = "probe", ROLES, SERVER(probe_input)};
const struct protocol shared_probe_protocol = {
	.name = "probe", .shared = true, ROLES, SERVER(probe_input)};
const struct protocol stream_probe_protocol = {
	.name = "probe", .framing = FRAMING_STREAM, ROLES, SERVER(stream_input)};
