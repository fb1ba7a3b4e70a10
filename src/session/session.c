/*
 * The functions a protocol may call. See sockettool/protocol.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "session/internal.h"

/* --- Sending. --- */

static void lose(struct connection *connection, enum close_reason reason)
{
	connection->doom = (uint8_t)(reason + 1);
	service_touch(connection);
}

static bool may_send(const struct connection *connection)
{
	return connection_is_open(connection) && !connection->doom && !connection->shut;
}

static struct chunk_source *answers(struct connection *connection)
{
	struct service *service = connection->service;

	return service->shared ? &service->answers : &connection->loop->answers;
}

/* Whether the bytes are those of the connection's own input hook that is running: what is lent to
 * another's queue would not be settled. */
static bool is_input(const struct connection *connection, const char *bytes, size_t n)
{
	const struct service *service = connection->service;
	const struct slice *input = &connection->loop->input;

	if (service->shared && service->current != connection)
		return false;
	uintptr_t first = (uintptr_t)input->bytes, given = (uintptr_t)bytes;

	return input->bytes && given >= first && given + n <= first + input->n;
}

/* Notes what the session whose hook runs has queued for another one. */
static void note_spread(struct connection *connection, size_t n)
{
	const struct service *service = connection->service;

	if (service->shared && service->current && service->current != connection)
		service->current->spread += n;
}

void session_send(struct session *session, const void *bytes, size_t n)
{
	struct connection *connection = session_connection(session);
	int status;

	if (!may_send(connection))
		return;
	if (is_input(connection, bytes, n)) {
		status = send_queue_lend(&connection->queue, bytes, n);
	} else {
		note_spread(connection, n);
		struct chunk *chunk = chunk_reserve(answers(connection), n);
		char *copy = chunk ? chunk->bytes + chunk->length : NULL;
		if (copy && n)
			memcpy(copy, bytes, n);
		if (chunk)
			chunk->length += n;
		status = chunk ? send_queue_share(&connection->queue, chunk, copy, n) : -ENOMEM;
	}
	/* An empty datagram is an answer, too. */
	if (n == 0 && connection->datagrams && !send_queue_datagram_open(&connection->queue))
		status = send_queue_end_datagram(&connection->queue);
	if (status)
		lose(connection, CLOSE_MEMORY);
	else
		service_touch(connection);
}

/* What ends a message, and, under --framing raw, what parts it from the one before. */
static struct slice terminator(const struct service_settings *settings)
{
	if (settings->raw)
		return (struct slice){"", 0};
	return settings->crlf ? (struct slice){"\r\n", 2} : (struct slice){"\n", 1};
}

static void begin_message(struct session *session)
{
	struct connection *connection = session_connection(session);
	const struct service *service = connection->service;

	if (!service->settings.raw || (service->shared && service->current != connection))
		return;
	if (connection->spoken)
		session_send(session, "\n", 1);
	connection->spoken = true;
}

static char *put(char *at, struct slice slice)
{
	if (slice.n)
		memcpy(at, slice.bytes, slice.n);
	return at + slice.n;
}

/* Writes a message into a chunk of the source. Returns it as a slice of *chunk, which is NULL if
 * there was no memory. */
static inline struct slice compose(struct chunk_source *source, const struct slice *slices,
				   size_t count, struct slice end, struct chunk **chunk)
{
	size_t total = end.n;

	for (size_t i = 0; i < count; i++)
		total += slices[i].n;
	*chunk = chunk_reserve(source, total);
	if (!*chunk)
		return (struct slice){NULL, 0};
	char *start = (*chunk)->bytes + (*chunk)->length, *at = start;
	for (size_t i = 0; i < count; i++)
		at = put(at, slices[i]);
	for (size_t i = 0; i < end.n; i++)
		*at++ = end.bytes[i];
	(*chunk)->length += total;
	return (struct slice){start, total};
}

static inline void share(struct connection *connection, struct chunk *chunk, struct slice message)
{
	struct send_queue *queue = &connection->queue;

	if (!may_send(connection))
		return;
	if (!chunk || (!send_queue_extend(queue, chunk, message.bytes, message.n) &&
		       send_queue_share(queue, chunk, message.bytes, message.n)))
		lose(connection, CLOSE_MEMORY);
	else
		service_touch(connection);
}

void session_message(struct session *session, const struct slice *slices, size_t count)
{
	struct connection *connection = session_connection(session);
	struct chunk *chunk;

	if (!may_send(connection))
		return;
	begin_message(session);
	struct slice message = compose(answers(connection), slices, count,
				       terminator(&connection->service->settings), &chunk);
	note_spread(connection, message.n);
	share(connection, chunk, message);
}

/* Formats straight into the chunk that the message leaves from. */
void session_line(struct session *session, const char *format, ...)
{
	struct connection *connection = session_connection(session);
	struct slice end = terminator(&connection->service->settings);
	size_t room = 256;
	va_list arguments;

	if (!may_send(connection))
		return;
	begin_message(session);
	for (;;) {
		struct chunk *chunk = chunk_reserve(answers(connection), room);
		if (!chunk) {
			lose(connection, CLOSE_MEMORY);
			return;
		}
		char *start = chunk->bytes + chunk->length;
		va_start(arguments, format);
		int length = vsnprintf(start, room, format, arguments);
		va_end(arguments);
		size_t text = length < 0 ? 0 : (size_t)length;
		if (text + end.n >= room) {
			room = text + end.n + 1;
			continue;
		}
		put(start + text, end);
		chunk->length += text + end.n;
		note_spread(connection, text + end.n);
		share(connection, chunk, (struct slice){start, text + end.n});
		return;
	}
}

void session_text(struct session *session, const char *bytes, size_t n)
{
	session_message(session, &(struct slice){bytes, n}, 1);
}

void session_ask(struct session *session)
{
	if (session_datagrams(session))
		session_send(session, "", 0);
}

void session_end_datagram(struct session *session)
{
	struct connection *connection = session_connection(session);

	connection->spoken = false;
	if (connection->datagrams && send_queue_datagram_open(&connection->queue) &&
	    send_queue_end_datagram(&connection->queue))
		lose(connection, CLOSE_MEMORY);
}

void session_join(struct session *session)
{
	struct connection *connection = session_connection(session);

	if (connection->member || !may_send(connection))
		return;
	if (service_add_member(connection))
		lose(connection, CLOSE_MEMORY);
}

void session_broadcast(struct session *session, const struct slice *slices, size_t count)
{
	struct connection *from = session_connection(session);
	struct service *service = from->service;
	struct chunk *chunk;

	if (service->member_count == (from->member ? 1 : 0))
		return;
	struct slice message =
		compose(&service->room, slices, count, terminator(&service->settings), &chunk);
	/* Without memory the speaker goes, not everybody who should have heard. */
	if (!chunk) {
		lose(from, CLOSE_MEMORY);
		return;
	}
	for (uint32_t i = 0; i < service->member_count; i++) {
		if (service->members[i] != from)
			share(service->members[i], chunk, message);
	}
	from->spread += message.n;
}

bool session_full(const struct session *session)
{
	return session_connection(session)->queue.bytes >= QUEUE_HIGH;
}

void session_end(struct session *session)
{
	struct connection *connection = session_connection(session);

	connection->wants_end = true;
	service_touch(connection);
}

void session_finish(struct session *session)
{
	struct connection *connection = session_connection(session);

	connection->finishing = true;
	service_touch(connection);
}

/* --- What a session knows. --- */

void *session_state(struct session *session)
{
	return session_connection(session)->state;
}

void *service_state(struct session *session)
{
	return session_connection(session)->service->state;
}

const void *session_options(const struct session *session)
{
	return session_connection(session)->service->options;
}

int64_t session_now(const struct session *session)
{
	return session_connection(session)->loop->now;
}

time_t session_wall(const struct session *session)
{
	const struct clock *clock = session_connection(session)->loop->clock;

	return clock->wall(clock);
}

void session_timer(struct session *session, int64_t delay)
{
	struct connection *connection = session_connection(session);

	/* A timer that sets itself with no delay comes once a turn. */
	if (delay == 0)
		delay = 1;
	connection->timer = delay < 0 ? NEVER : time_after(connection->loop->now, delay);
}

const char *session_peer(struct session *session)
{
	struct connection *connection = session_connection(session);

	return address_text(connection->loop->peer, &connection->peer);
}

bool session_datagrams(const struct session *session)
{
	return session_connection(session)->datagrams;
}

bool session_is_local(const struct session *session)
{
	const struct address *peer = &session_connection(session)->peer;

	return peer->family == ADDRESS_UNIX || address_is_loopback(peer);
}

/* SplitMix64, stirred by the time and the peer, so that forked children choose differently. */
uint64_t session_random(struct session *session)
{
	struct connection *connection = session_connection(session);
	struct loop *loop = connection->loop;
	uint64_t z = loop->random +=
		UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)loop->now + connection->peer.port;

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}
