/*
 * Recordings made by hand.
 */
#include "support/recording.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int made_begin(void **state)
{
	struct recording *recording = recording_new();

	assert_non_null(recording);
	*state = recording;
	made_program(recording, "server", "", true);
	made_program(recording, "client", "", false);
	return 0;
}

int made_finish(void **state)
{
	recording_free(*state);
	return 0;
}

struct address made_address(const char *text)
{
	struct address address = {0};
	const char *port = text ? strrchr(text, ':') : NULL;
	char host[64];
	size_t n;

	if (!text)
		return address;
	if (!port) {
		address.family = ADDRESS_UNIX;
		return address;
	}
	n = (size_t)(port - text);
	address.port = (uint16_t)strtoul(port + 1, NULL, 10);
	if (text[0] == '[') {
		address.family = ADDRESS_IPV6;
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, text + 1);
	} else {
		address.family = ADDRESS_IPV4;
		snprintf(host, sizeof(host), "%.*s", (int)n, text);
	}
	assert_int_equal(inet_pton(text[0] == '[' ? AF_INET6 : AF_INET, host, address.bytes), 1);
	return address;
}

int made_program(struct recording *recording, const char *name, const char *command, bool is_server)
{
	int index = recording_add_program(recording);

	assert_true(index >= 0);
	assert_true(recording_set(&recording->programs[index].name, name));
	assert_true(recording_set(&recording->programs[index].command, command));
	recording->programs[index].pid = 100 * (index + 1);
	recording->programs[index].is_server = is_server;
	return index;
}

int made_socket(struct recording *recording, int program, int type, const char *local,
		const char *remote)
{
	int index = recording_add_socket(recording);
	struct socket_record *socket;

	assert_true(index >= 0);
	socket = &recording->sockets[index];
	socket->program = program;
	socket->type = type;
	socket->local = made_address(local);
	socket->remote = made_address(remote);
	socket->family = AF_INET;
	if (socket->local.family == ADDRESS_UNIX || socket->remote.family == ADDRESS_UNIX)
		socket->family = AF_UNIX;
	else if (socket->local.family == ADDRESS_IPV6)
		socket->family = AF_INET6;
	return index;
}

struct call *made_call(struct recording *recording, enum call_kind kind, int program, int socket,
		       int64_t entered, int64_t left, const char *text, const char *outcome)
{
	int index = recording_add_call(recording);
	struct call *call;
	char name[64];

	assert_true(index >= 0);
	call = &recording->calls[index];
	call->kind = kind;
	call->program = program;
	call->process = call->thread = recording->programs[program].pid;
	call->socket = socket;
	call->entered = entered < 0 ? -1 : 1000 * entered;
	call->left = left < 0 ? -1 : 1000 * left;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "( "), text);
	assert_true(recording_set(&call->name, name));
	assert_true(recording_set(&call->text, text));
	assert_true(recording_set(&call->outcome, outcome));
	return call;
}

struct call *made_accept(struct recording *recording, int listening, int accepted, int64_t entered,
			 int64_t left)
{
	const struct socket_record *socket = &recording->sockets[accepted];
	char address[ADDRESS_TEXT], outcome[ADDRESS_TEXT + 32];
	struct call *call;

	snprintf(outcome, sizeof(outcome), "→ 4 from %s", address_text(address, &socket->remote));
	call = made_call(recording, CALL_ACCEPT, socket->program, listening, entered, left,
			 "accept(3)", outcome);
	call->result = 4;
	call->accepted = accepted;
	call->peer = socket->remote;
	return call;
}

static struct call *made_transfer(struct recording *recording, enum call_kind kind, int socket,
				  int64_t entered, int64_t left, const char *data, const char *peer)
{
	size_t n = strlen(data);
	char text[512], outcome[512];
	struct call *call;

	if (kind == CALL_SEND)
		snprintf(text, sizeof(text), "send(3, \"%s\")", data);
	else
		snprintf(text, sizeof(text), "recv(3)");
	snprintf(outcome, sizeof(outcome), kind == CALL_SEND || n == 0 ? "= %zu" : "= %zu \"%s\"",
		 n, data);
	call = made_call(recording, kind, recording->sockets[socket].program, socket, entered, left,
			 text, outcome);
	call->peer = made_address(peer);
	if (left == NEVER_LEFT)
		return call;
	call->result = (int64_t)n;
	call->bytes = n;
	assert_true(recording_set_bytes(&call->data, &call->data_length, data, n));
	return call;
}

struct call *made_send(struct recording *recording, int socket, int64_t entered, int64_t left,
		       const char *data, const char *peer)
{
	return made_transfer(recording, CALL_SEND, socket, entered, left, data, peer);
}

struct call *made_receive(struct recording *recording, int socket, int64_t entered, int64_t left,
			  const char *data, const char *peer)
{
	return made_transfer(recording, CALL_RECEIVE, socket, entered, left, data, peer);
}

struct packet *made_packet(struct recording *recording, int64_t when, const char *from,
			   const char *to, int flags, uint32_t sequence, const char *data)
{
	int index = recording_add_packet(recording);
	struct packet *packet;

	assert_true(index >= 0);
	packet = &recording->packets[index];
	packet->when = 1000 * when;
	packet->from = made_address(from);
	packet->to = made_address(to);
	packet->udp = flags < 0;
	packet->flags = flags < 0 ? 0 : (unsigned)flags;
	packet->sequence = sequence;
	packet->length = (uint32_t)strlen(data);
	assert_true(recording_set_bytes(&packet->data, &packet->data_length, data, strlen(data)));
	return packet;
}
