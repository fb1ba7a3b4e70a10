/*
 * ack: every datagram is logged and answered Ok.
 *
 * Paper 003, question 1.
 */
#include "sockettool/protocol.h"

extern const struct protocol ack_protocol;

static const char dialogue[] =
	"client -> I could tell you a UDP joke but I'm not sure you'll get it.\n"
	"client <- Ok\n";

static void server_input(struct session *session, const char *bytes, size_t n)
{
	session_note_bytes(session, "received ", bytes, n);
	session_send(session, "Ok", 2);
}

struct ack_client {
	uint64_t unanswered;
	bool leaving;
};

static void client_user(struct session *session, const char *line, size_t n)
{
	struct ack_client *client = session_state(session);

	client->unanswered++;
	session_send(session, line, n);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	struct ack_client *client = session_state(session);

	session_show(session, bytes, n);
	if (client->unanswered > 0)
		client->unanswered--;
	if (client->leaving && client->unanswered == 0)
		session_end(session);
}

static void client_leave(struct session *session)
{
	struct ack_client *client = session_state(session);

	client->leaving = true;
	if (client->unanswered == 0)
		session_end(session);
}

static const struct exchange exchanges[] = {{"I could tell you a UDP joke", "Ok"},
					    {"but I'm not sure you'll get it", "Ok"},
					    {NULL, NULL}};

static const struct workload workload = {.kind = WORKLOAD_EXCHANGE, .exchanges = exchanges};

const struct protocol ack_protocol = {
	.name = "ack",
	.summary = "answers Ok to every datagram",
	.reference = "paper 003, question 1",
	.dialogue = dialogue,
	.port = 43388,
	.transports = TRANSPORT_UDP,
	.workload = &workload,
	.client_state = sizeof(struct ack_client),
	.server = {.input = server_input},
	.client = {.user = client_user, .input = client_input, .leave = client_leave},
};
