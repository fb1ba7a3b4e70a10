/*
 * udp-date: the date or the time of day for a datagram.
 *
 * Paper 003, question 3. The protocol is stateless: an answer depends on its request alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol udp_date_protocol;

static const char dialogue[] = "client -> SEND_DATE\n"
			       "client <- 2026-11-20\n"
			       "client -> SEND_TIME\n"
			       "client <- 22:57:00\n"
			       "client -> SEND_MONEY\n"
			       "client <- Invalid request\n"
			       "client -> q\n";

/* --- The server. --- */

static bool is_space(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct slice trim(const char *bytes, size_t n)
{
	while (n > 0 && is_space(bytes[0])) {
		bytes++;
		n--;
	}
	while (n > 0 && is_space(bytes[n - 1]))
		n--;
	return (struct slice){bytes, n};
}

static bool equals(struct slice slice, const char *text)
{
	return slice.n == strlen(text) && memcmp(slice.bytes, text, slice.n) == 0;
}

/* What time it is, in words, which last for a second and many answers; each thread has its own. */
struct moment {
	time_t time;
	long zone; /* the C library's, which tzset changes */
	char date[32], clock[32];
};

static _Thread_local struct moment moment;

static void send_time(struct session *session, bool date)
{
	time_t now = session_wall(session);
	struct tm local;

	if (moment.time != now || moment.zone != timezone || !moment.date[0]) {
		moment.time = now;
		moment.zone = timezone;
		localtime_r(&now, &local);
		strftime(moment.date, sizeof(moment.date), "%Y-%m-%d", &local);
		strftime(moment.clock, sizeof(moment.clock), "%H:%M:%S", &local);
	}
	const char *text = date ? moment.date : moment.clock;
	session_send(session, text, strlen(text));
}

static void server_input(struct session *session, const char *bytes, size_t n)
{
	static const char invalid[] = "Invalid request";
	struct slice request = trim(bytes, n);

	if (equals(request, "q")) {
		session_note(session, "client left");
		return;
	}
	session_note_bytes(session, "received ", bytes, n);
	if (equals(request, "SEND_DATE"))
		send_time(session, true);
	else if (equals(request, "SEND_TIME"))
		send_time(session, false);
	else
		session_send(session, invalid, sizeof(invalid) - 1);
}

/* --- The client: asks for the one or the other, again and again. --- */

struct date_options {
	struct interval interval;
	int64_t count, seed, timeout, retries;
};

static const struct option options[] = {
	{.name = "interval",
	 .type = OPTION_INTERVAL,
	 .offset = offsetof(struct date_options, interval),
	 .argument = "D-D",
	 .initial = "1s-2s",
	 .help = "time between requests, at random within these bounds",
	 .sides = SIDE_CLIENT},
	{.name = "count",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct date_options, count),
	 .argument = "N",
	 .initial = "0",
	 .help = "stop after N answers; 0: never",
	 .sides = SIDE_CLIENT},
	{.name = "seed",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct date_options, seed),
	 .argument = "N",
	 .initial = "0",
	 .help = "make the random choices the same in every run; 0: different ones",
	 .sides = SIDE_CLIENT},
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct date_options, timeout),
	 .argument = "D",
	 .min = 1,
	 .initial = "1s",
	 .help = "ask again when no answer has come for so long",
	 .sides = SIDE_CLIENT},
	{.name = "retries",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct date_options, retries),
	 .argument = "N",
	 .max = 1000,
	 .initial = "3",
	 .help = "ask again so many times",
	 .sides = SIDE_CLIENT},
	{.name = NULL},
};

struct date_client {
	uint64_t random;
	int64_t answers, tries;
	const char *request; /* that waits for its answer, or NULL */
};

/* SplitMix64: small, and good enough to choose between two words. */
static uint64_t next_random(struct date_client *client)
{
	uint64_t z = client->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void ask(struct session *session)
{
	const struct date_options *chosen = session_options(session);
	struct date_client *client = session_state(session);

	client->tries++;
	session_detail(session, "asking %s", client->request);
	session_send(session, client->request, strlen(client->request));
	session_timer(session, chosen->timeout);
}

static void ask_anew(struct session *session)
{
	struct date_client *client = session_state(session);

	client->request = next_random(client) & 1 ? "SEND_DATE" : "SEND_TIME";
	client->tries = 0;
	ask(session);
}

static void client_open(struct session *session)
{
	const struct date_options *chosen = session_options(session);
	struct date_client *client = session_state(session);

	client->random = chosen->seed ? (uint64_t)chosen->seed : (uint64_t)session_now(session);
	ask_anew(session);
}

static void client_leave(struct session *session)
{
	session_send(session, "q", 1);
	session_end(session);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	const struct date_options *chosen = session_options(session);
	struct date_client *client = session_state(session);

	if (!client->request) {
		session_detail(session, "a late answer: %s", session_quote(session, bytes, n));
		return;
	}
	client->request = NULL;
	session_show(session, bytes, n);
	if (++client->answers == chosen->count) {
		client_leave(session);
		return;
	}
	uint64_t span = (uint64_t)(chosen->interval.most - chosen->interval.least);
	session_timer(session,
		      chosen->interval.least + (int64_t)(next_random(client) % (span + 1)));
}

static void client_timer(struct session *session)
{
	const struct date_options *chosen = session_options(session);
	struct date_client *client = session_state(session);

	if (!client->request)
		ask_anew(session);
	else if (client->tries <= chosen->retries)
		ask(session);
	else
		session_fail(session, "no answer to %s from %s after asking %" PRId64 " times",
			     client->request, session_peer(session), client->tries);
}

/* "22:57:00" */
static bool is_right(const char *answer, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool digit = answer[i] >= '0' && answer[i] <= '9';
		if (i % 3 == 2 ? answer[i] != ':' : !digit)
			return false;
	}
	return n == 8;
}

static const struct workload workload = {
	.kind = WORKLOAD_VISIT, .request = "SEND_TIME", .is_right = is_right};

const struct protocol udp_date_protocol = {
	.name = "udp-date",
	.summary = "tells the date or the time for a datagram",
	.reference = "paper 003, question 3",
	.dialogue = dialogue,
	.port = 43387,
	.transports = TRANSPORT_UDP,
	.workload = &workload,
	.options = options,
	.options_size = sizeof(struct date_options),
	.client_state = sizeof(struct date_client),
	.server = {.input = server_input},
	.client = {.open = client_open,
		   .input = client_input,
		   .timer = client_timer,
		   .leave = client_leave},
};
