/*
 * chargen: a pattern without end.
 *
 * RFC 864; paper 001's table. A line is 72 characters of the ring of the 95 that print, and CR LF;
 * line N begins with character N mod 95. Over UDP a datagram is answered by one of 0 to 512
 * characters of it.
 */
#include <inttypes.h>

#include "sockettool/protocol.h"

extern const struct protocol chargen_protocol;

/* The pattern repeats after 95 lines. */
enum { RING = 95, WIDTH = 72, LINE = WIDTH + 2, CYCLE = RING * LINE, DATAGRAM_MAX = 512 };

static char pattern_byte(uint64_t position)
{
	uint64_t line = position / LINE % RING, column = position % LINE;

	if (column >= WIDTH)
		return column == WIDTH ? '\r' : '\n';
	return (char)(' ' + (line + column) % RING);
}

/* --- The server. --- */

struct pattern {
	char cycle[CYCLE];
};

static const char *start(void *state, const void *options, char complaint[256])
{
	struct pattern *pattern = state;

	(void)options;
	(void)complaint;
	for (size_t i = 0; i < CYCLE; i++)
		pattern->cycle[i] = pattern_byte(i);
	return NULL;
}

static void fill(struct session *session)
{
	const struct pattern *pattern = service_state(session);

	while (!session_full(session))
		session_send(session, pattern->cycle, CYCLE);
}

static void server_open(struct session *session)
{
	if (!session_datagrams(session))
		fill(session);
}

static void server_input(struct session *session, const char *bytes, size_t n)
{
	const struct pattern *pattern = service_state(session);

	(void)bytes;
	(void)n;
	/* What a stream's client sends is thrown away (RFC 864). */
	if (session_datagrams(session))
		session_send(session, pattern->cycle, session_random(session) % (DATAGRAM_MAX + 1));
}

/* --- The client: shows the pattern, or checks so much of it. --- */

struct chargen_options {
	int64_t count;
};

static const struct option options[] = {
	{.name = "count",
	 .type = OPTION_SIZE,
	 .offset = offsetof(struct chargen_options, count),
	 .argument = "SIZE",
	 .initial = "0",
	 .help = "check so many bytes of the pattern and tell the rate, instead of showing it",
	 .sides = SIDE_CLIENT},
	{.name = NULL},
};

struct checker {
	int64_t started;
	uint64_t position;
};

static void client_open(struct session *session)
{
	const struct chargen_options *chosen = session_options(session);
	struct checker *checker = session_state(session);

	checker->started = session_now(session);
	if (!session_datagrams(session))
		return;
	if (chosen->count)
		session_fail(session,
			     "--count checks a stream; a datagram has at most %d "
			     "characters of the pattern",
			     DATAGRAM_MAX);
	else
		session_send(session, "\n", 1);
}

static void report(struct session *session)
{
	const struct checker *checker = session_state(session);
	double seconds = (double)(session_now(session) - checker->started + 1) / 1e9;

	session_report(session, "%" PRIu64 " bytes of the pattern in %.3f s, %.1f MiB/s",
		       checker->position, seconds, (double)checker->position / seconds / 0x1p20);
}

static void check(struct session *session, const char *bytes, size_t n)
{
	const struct chargen_options *chosen = session_options(session);
	struct checker *checker = session_state(session);
	uint64_t left = (uint64_t)chosen->count - checker->position;

	for (size_t i = 0; i < n && i < left; i++, checker->position++) {
		char wanted = pattern_byte(checker->position);
		if (bytes[i] == wanted)
			continue;
		session_fail(session,
			     "the pattern breaks at byte %" PRIu64 ", line %" PRIu64
			     ", column %" PRIu64 ": it has 0x%02x and should have 0x%02x",
			     checker->position, checker->position / LINE, checker->position % LINE,
			     (unsigned char)bytes[i], (unsigned char)wanted);
		return;
	}
	if (checker->position < (uint64_t)chosen->count)
		return;
	report(session);
	session_end(session);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	const struct chargen_options *chosen = session_options(session);

	if (chosen->count) {
		check(session, bytes, n);
		return;
	}
	session_show(session, bytes, n);
	if (session_datagrams(session))
		session_end(session);
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct chargen_options *chosen = session_options(session);
	const struct checker *checker = session_state(session);

	if (reason == CLOSE_ENDED && checker->position < (uint64_t)chosen->count)
		session_fail(session, "the server closed after %" PRIu64 " of %" PRId64 " bytes",
			     checker->position, chosen->count);
}

const struct protocol chargen_protocol = {
	.name = "chargen",
	.summary = "sends a pattern of characters without end",
	.reference = "RFC 864; paper 001",
	.port = 7019,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.framing = FRAMING_STREAM,
	.client_framing = FRAMING_STREAM,
	.options = options,
	.options_size = sizeof(struct chargen_options),
	.service_state = sizeof(struct pattern),
	.start = start,
	.client_state = sizeof(struct checker),
	.server = {.open = server_open, .input = server_input, .room = fill},
	.client = {.open = client_open, .input = client_input, .close = client_close},
};
