/*
 * time: the time as a number: 4 bytes, big-endian, the seconds since 1900.
 *
 * RFC 868. The number goes round in 2036, and the client takes the moment that is nearest to its
 * own clock.
 */
#include "sockettool/protocol.h"

extern const struct protocol time_protocol;

/* Seconds from 1900 to 1970 (RFC 868). */
#define EPOCH UINT32_C(2208988800)

static void server_open(struct session *session)
{
	uint32_t now = (uint32_t)session_wall(session) + EPOCH;
	unsigned char bytes[] = {(unsigned char)(now >> 24), (unsigned char)(now >> 16),
				 (unsigned char)(now >> 8), (unsigned char)now};

	session_send(session, bytes, sizeof(bytes));
	session_end(session);
}

struct time_client {
	uint32_t value;
	unsigned received; /* bytes of it */
};

static void show(struct session *session, uint32_t value)
{
	time_t local = session_wall(session);
	int32_t offset = (int32_t)(value - ((uint32_t)local + EPOCH));
	time_t moment = local + offset;
	char date[64];
	struct tm broken;

	localtime_r(&moment, &broken);
	strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &broken);
	session_report(session, "%s (%+d s from this clock)", date, (int)offset);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	struct time_client *client = session_state(session);

	for (size_t i = 0; i < n && client->received < 4; i++, client->received++)
		client->value = client->value << 8 | (unsigned char)bytes[i];
	if (client->received == 4) {
		show(session, client->value);
		session_end(session);
	} else if (session_datagrams(session)) {
		session_fail(session, "the server sent %u of 4 bytes", client->received);
	}
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct time_client *client = session_state(session);

	if (reason == CLOSE_ENDED && client->received < 4)
		session_fail(session, "the server sent %u of 4 bytes and closed", client->received);
}

static bool is_right(const char *answer, size_t n)
{
	(void)answer;
	return n == 4;
}

static const struct workload workload = {.kind = WORKLOAD_VISIT, .is_right = is_right};

const struct protocol time_protocol = {
	.name = "time",
	.summary = "tells the time as a number of 4 bytes",
	.reference = "RFC 868",
	.port = 7037,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.framing = FRAMING_STREAM,
	.client_framing = FRAMING_STREAM,
	.workload = &workload,
	.client_state = sizeof(struct time_client),
	.server = {.open = server_open},
	.client = {.open = session_ask, .input = client_input, .close = client_close},
};
