/*
 * echo: bytes come back as they came.
 *
 * Paper 000, applications 1 and 2; RFC 862. The client's application 2 (--connections, --send)
 * closes a connection when as many bytes have come back as were sent.
 */
#include "sockettool/protocol.h"

extern const struct protocol echo_protocol;

static const char dialogue[] = "client -> Hello, world\n"
			       "client <- Hello, world\n"
			       "client -> (ends)\n"
			       "client <- (closes)\n";

static void server_input(struct session *session, const char *bytes, size_t n)
{
	session_send(session, bytes, n);
}

struct echo_client {
	uint64_t sent, received;
	uint64_t sent_hash, received_hash; /* FNV-1a, to tell whether both were the same */
	bool leaving;
};

static uint64_t hash(uint64_t hash_before, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash_before = (hash_before ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return hash_before;
}

/* Datagrams may be lost and come in another order. */
static bool differs(struct session *session)
{
	const struct echo_client *client = session_state(session);

	return !session_datagrams(session) && client->received == client->sent &&
	       client->received_hash != client->sent_hash;
}

static void fail_if_different(struct session *session)
{
	if (differs(session))
		session_fail(session, "the server did not return what it was sent");
}

static void end_if_complete(struct session *session)
{
	const struct echo_client *client = session_state(session);

	if (!client->leaving || client->received < client->sent)
		return;
	fail_if_different(session);
	session_end(session);
}

static void client_user(struct session *session, const char *line, size_t n)
{
	struct echo_client *client = session_state(session);

	client->sent += n;
	client->sent_hash = hash(client->sent_hash, line, n);
	session_send(session, line, n);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	struct echo_client *client = session_state(session);

	client->received += n;
	client->received_hash = hash(client->received_hash, bytes, n);
	session_show(session, bytes, n);
	end_if_complete(session);
}

static void client_leave(struct session *session)
{
	struct echo_client *client = session_state(session);

	client->leaving = true;
	end_if_complete(session);
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct echo_client *client = session_state(session);

	if (reason != CLOSE_ENDED)
		return;
	fail_if_different(session);
	if (client->received < client->sent)
		session_fail(session, "the server returned %llu of %llu bytes and closed",
			     (unsigned long long)client->received,
			     (unsigned long long)client->sent);
}

static const struct workload workload = {.kind = WORKLOAD_ECHO};

const struct protocol echo_protocol = {
	.name = "echo",
	.summary = "sends every byte back",
	.reference = "RFC 862; paper 000",
	.dialogue = dialogue,
	.port = 65432,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.framing = FRAMING_STREAM,
	.client_framing = FRAMING_STREAM,
	.client_state = sizeof(struct echo_client),
	.workload = &workload,
	.server = {.input = server_input},
	.client = {.user = client_user,
		   .input = client_input,
		   .leave = client_leave,
		   .close = client_close},
};
