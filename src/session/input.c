/*
 * Input: from the bytes that have come to the messages a protocol gets, no faster than its queue
 * drains.
 */
#include <stdlib.h>
#include <string.h>

#include "session/internal.h"

static void give(struct connection *connection, const char *bytes, size_t n)
{
	const struct role *role = connection->service->role;

	if (role->input)
		role->input(connection_session(connection), bytes, n);
	connection_after_hook(connection);
}

static void refuse_long_line(struct connection *connection)
{
	struct session *session = connection_session(connection);
	const struct service_settings *settings = &connection->service->settings;

	if (settings->client)
		session_note(session,
			     "the server sent a line of more than %zu bytes; it is left out "
			     "(--max-line)",
			     settings->max_line);
	else
		session_line(session, "Line too long: the limit is %zu bytes.", settings->max_line);
	connection_after_hook(connection);
}

/* A message that came whole: a datagram, however long, or a receive under --framing raw. */
static void give_message(struct connection *connection, const char *bytes, size_t n)
{
	struct slice message = framing_without_end(bytes, n);

	if (!connection->datagrams && message.n > connection->service->settings.max_line)
		refuse_long_line(connection);
	else
		give(connection, message.bytes, message.n);
}

/* Keeps input for when the queue has drained. */
static void hold(struct connection *connection, const char *bytes, size_t n)
{
	char *held = realloc(connection->held, connection->held_length + n);

	if (!held) {
		connection_close_session(connection, CLOSE_MEMORY);
		return;
	}
	memcpy(held + connection->held_length, bytes, n);
	connection->held = held;
	connection->held_length += (uint32_t)n;
}

/* Gives the protocol its lines, until it has had enough. Returns how many bytes were taken. */
static size_t give_lines(struct connection *connection, const char *bytes, size_t n)
{
	size_t max = connection->service->settings.max_line;
	const char *at = bytes, *end = bytes + n;
	struct slice line;

	while (at < end && connection_is_open(connection) && !connection_is_held_back(connection)) {
		switch (framing_next(&connection->framing, &at, end, max, &line)) {
		case FRAME_LINE:
			give(connection, line.bytes, line.n);
			break;
		case FRAME_TOO_LONG:
			refuse_long_line(connection);
			break;
		case FRAME_NO_MEMORY:
			connection_close_session(connection, CLOSE_MEMORY);
			break;
		case FRAME_NONE:
			break;
		}
	}
	framing_trim(&connection->framing);
	return (size_t)(at - bytes);
}

void input_take(struct connection *connection, const char *bytes, size_t n)
{
	const struct service *service = connection->service;

	if (connection_framing(connection) == FRAMING_STREAM) {
		give(connection, bytes, n);
	} else if (connection->datagrams || service->settings.raw) {
		give_message(connection, bytes, n);
	} else if (connection->held_length) {
		hold(connection, bytes, n);
	} else {
		size_t taken = give_lines(connection, bytes, n);
		if (taken < n && connection_is_open(connection))
			hold(connection, bytes + taken, n - taken);
	}
}

void input_resume(struct connection *connection)
{
	char *held = connection->held;
	size_t n = connection->held_length;

	if (n == 0 || connection_is_held_back(connection) || !connection_is_open(connection))
		return;
	connection->held = NULL;
	connection->held_length = 0;
	size_t taken = give_lines(connection, held, n);
	if (taken < n && connection_is_open(connection))
		hold(connection, held + taken, n - taken);
	free(held);
}

/* The stream is over: a last line without LF counts, and then the session ends. */
void input_finish(struct connection *connection)
{
	struct slice line;

	if (!connection->ended || connection->held_length || connection_is_held_back(connection))
		return;
	if (connection_is_open(connection) && framing_last(&connection->framing, &line)) {
		if (line.n > connection->service->settings.max_line)
			refuse_long_line(connection);
		else
			give(connection, line.bytes, line.n);
	}
	if (connection_is_open(connection))
		connection_close_session(connection, CLOSE_ENDED);
}
