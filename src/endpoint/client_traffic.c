/*
 * The bytes of one connection of the client: from its socket to the engine and back.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "endpoint/client_internal.h"

enum { RUNS_MAX = 16 };

/* --- Receiving --- */

/* Returns what recv does. */
static ssize_t receive(struct conversation *conversation)
{
	struct connection *connection = conversation->connection;
	char *bytes = conversation->client->received;
	ssize_t n = recv(connection_carriage(connection)->socket, bytes, CLIENT_RECEIVE_SIZE, 0);

	if (n > 0 || (n == 0 && conversation->client->datagrams)) {
		/* Whom nobody types to has answered, and may take its time. */
		if (!conversation->client->protocol->client.user)
			conversation->quit_at = NEVER;
		conversation->heard = true;
		conversation->pace = 0;
		connection_received(connection, bytes, (size_t)n);
	}
	return n;
}

void conversation_receive(struct conversation *conversation)
{
	ssize_t n = receive(conversation);

	if (n == 0 && !conversation->client->datagrams) {
		connection_ended(conversation->connection);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		conversation->failure = errno;
		connection_failed(conversation->connection, errno);
	}
}

/* Sending failed for good. What the server sent before is heard first. A broken pipe says that it
 * had ended its side in order, and only then lost interest. */
static void break_off(struct conversation *conversation, int code)
{
	struct connection *connection = conversation->connection;

	connection_settle(connection);
	while ((code == EPIPE || code == ECONNRESET) &&
	       !(connection_wants(connection) & WANT_CLOSE)) {
		ssize_t n = receive(conversation);
		if (n < 0)
			code = errno == ECONNRESET ? ECONNRESET : code;
		if (n <= 0)
			break;
		connection_settle(connection);
	}
	conversation->failure = code;
	if (code == EPIPE)
		connection_ended(connection);
	connection_failed(connection, code);
}

/* --- Sending --- */

static void refuse_datagram(struct conversation *conversation, size_t n)
{
	char text[80];

	snprintf(text, sizeof(text), "a message of %zu bytes is too long for a datagram", n);
	screen_remark(&conversation->client->screen, text, false);
	connection_sent(conversation->connection, n);
}

/* Returns whether it is worth trying again. */
static bool send_some(struct conversation *conversation)
{
	struct connection *connection = conversation->connection;
	struct iovec runs[RUNS_MAX];
	struct msghdr message = {.msg_iov = runs};
	int count = connection_outgoing(connection, runs, RUNS_MAX);
	size_t total = 0;

	if (count <= 0)
		return false;
	for (int i = 0; i < count; i++)
		total += runs[i].iov_len;
	message.msg_iovlen = (size_t)count;
	ssize_t n = sendmsg(connection_carriage(connection)->socket, &message, MSG_NOSIGNAL);
	if (n >= 0) {
		connection_sent(connection, (size_t)n);
		return true;
	}
	if (errno == EINTR)
		return true;
	if (errno == EMSGSIZE) {
		refuse_datagram(conversation, total);
		return true;
	}
	if (errno == EAGAIN) {
		conversation->blocked = true;
		connection_sent(connection, 0);
	} else {
		break_off(conversation, errno);
	}
	return false;
}

void conversation_send(struct conversation *conversation)
{
	conversation->blocked = false;
	while (connection_wants(conversation->connection) & WANT_SEND) {
		if (!send_some(conversation))
			break;
	}
}
