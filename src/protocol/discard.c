/*
 * discard: reads everything and says nothing.
 *
 * RFC 863; paper 001's table. The client tells how much was taken, and how fast.
 */
#include <inttypes.h>

#include "sockettool/protocol.h"

extern const struct protocol discard_protocol;

static const char dialogue[] = "client -> into the void\n"
			       "client -> (ends)\n"
			       "client <- (closes)\n";

#define PROGRESS_INTERVAL INT64_C(200000000)

struct discard_client {
	int64_t started;
	uint64_t sent;
};

static double seconds_since(struct session *session, int64_t start)
{
	double seconds = (double)(session_now(session) - start) / 1e9;

	return seconds > 0 ? seconds : 1e-9;
}

static void client_open(struct session *session)
{
	struct discard_client *client = session_state(session);

	client->started = session_now(session);
	session_timer(session, PROGRESS_INTERVAL);
}

static void client_timer(struct session *session)
{
	const struct discard_client *client = session_state(session);

	session_progress(session, "%" PRIu64 " bytes sent, %.1f MiB/s", client->sent,
			 (double)client->sent / seconds_since(session, client->started) / 0x1p20);
	session_timer(session, PROGRESS_INTERVAL);
}

static void client_user(struct session *session, const char *bytes, size_t n)
{
	struct discard_client *client = session_state(session);

	client->sent += n;
	session_send(session, bytes, n);
}

/* Nobody tells what became of datagrams. */
static void client_leave(struct session *session)
{
	if (session_datagrams(session))
		session_end(session);
	else
		session_finish(session);
}

/* A stream has been taken when the server closes after its end. */
static void client_close(struct session *session, enum close_reason reason)
{
	const struct discard_client *client = session_state(session);
	double seconds = seconds_since(session, client->started);

	session_report(session, "%" PRIu64 " bytes %s in %.3f s, %.1f MiB/s", client->sent,
		       reason == CLOSE_ENDED ? "taken" : "sent", seconds,
		       (double)client->sent / seconds / 0x1p20);
}

const struct protocol discard_protocol = {
	.name = "discard",
	.summary = "reads everything and says nothing",
	.reference = "RFC 863; paper 001",
	.dialogue = dialogue,
	.port = 7009,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.framing = FRAMING_STREAM,
	.client_framing = FRAMING_STREAM,
	.client_state = sizeof(struct discard_client),
	.client = {.open = client_open,
		   .user = client_user,
		   .timer = client_timer,
		   .leave = client_leave,
		   .close = client_close},
};
