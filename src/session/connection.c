/*
 * The engine of one connection. See sockettool/connection.h for the contract, internal.h for the
 * structure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "session/internal.h"

/* So many bytes a client throws away once its session is over. */
enum { CLIENT_IGNORES_MAX = 1024 * 1024 };

/* A stretch in which no hook runs, but others may be changing what they queue for it. */
static inline void guard(const struct connection *connection)
{
	if (connection->service->locked)
		pthread_mutex_lock(&connection->service->lock);
}

static inline void unguard(const struct connection *connection)
{
	if (connection->service->locked)
		pthread_mutex_unlock(&connection->service->lock);
}

/* --- Beginning and end. --- */

void connection_prepare(struct connection *connection, struct service *service, struct loop *loop,
			const struct address *peer, bool datagrams)
{
	connection->service = service;
	connection->loop = loop;
	connection->peer = *peer;
	connection->datagrams = datagrams;
	connection->timer = NEVER;
	connection->active = loop->now;
}

struct connection *connection_new(struct service *service, struct loop *loop,
				  const struct address *peer, int socket, bool datagrams)
{
	struct connection *connection = loop_allocate(loop, connection_size(service));

	if (!connection)
		return NULL;
	connection_prepare(connection, service, loop, peer, datagrams);
	connection->carriage.socket = socket;
	loop_add(loop, connection);
	atomic_fetch_add(&service->active, 1);
	return connection;
}

static void drop_held(struct connection *connection)
{
	if (connection->held)
		free(connection->held);
	connection->held = NULL;
	connection->held_length = 0;
}

void connection_clear(struct connection *connection)
{
	send_queue_clear(&connection->queue);
	framing_free(&connection->framing);
	drop_held(connection);
	if (connection->failure)
		free(connection->failure);
	connection->failure = NULL;
}

void connection_free(struct connection *connection)
{
	struct loop *loop = connection->loop;

	service_enter(connection);
	connection_close_session(connection, CLOSE_STOPPING);
	connection_clear(connection);
	loop_remove(loop, connection);
	/* Whoever has touched it will hand it to the loop, and loop_pending frees it then. */
	bool later = connection->touched;
	connection->freed = true;
	service_exit(connection);
	if (later)
		return;
	loop_release(loop, connection);
}

static const char *const reason_texts[] = {
	[CLOSE_DONE] = "session ended",
	[CLOSE_ENDED] = "peer closed",
	[CLOSE_FAILED] = "connection broke",
	[CLOSE_IDLE] = "idle for too long",
	[CLOSE_SLOW] = "dropped: it does not read what it is sent",
	[CLOSE_STOPPING] = "server is stopping",
	[CLOSE_MEMORY] = "dropped: out of memory",
};

static void log_closed(struct connection *connection, enum close_reason reason, long active)
{
	const struct service *service = connection->service;
	bool loss = reason == CLOSE_SLOW || reason == CLOSE_MEMORY;
	enum log_level level = loss ? LOG_WARNING : LOG_INFO;

	if (service->settings.client || connection->datagrams || !log_wants(level))
		return;
	log_write(level, service->protocol->name, session_peer(connection_session(connection)),
		  "closed, %s; %ld active", reason_texts[reason], active);
}

/* Goes on to the next phase when nothing holds the present one. */
static void advance(struct connection *connection)
{
	if (connection->phase != PHASE_FLUSHING || !send_queue_empty(&connection->queue))
		return;
	if (connection->ended || connection->datagrams)
		connection->phase = PHASE_CLOSED;
	else if (connection->shut)
		connection->phase = PHASE_SHUT;
}

void connection_drop_queue(struct connection *connection)
{
	if (connection->offered == 0)
		send_queue_clear(&connection->queue);
	connection->phase = PHASE_CLOSED;
}

void connection_close_session(struct connection *connection, enum close_reason reason)
{
	struct service *service = connection->service;
	bool broken = reason == CLOSE_FAILED || reason == CLOSE_SLOW || reason == CLOSE_MEMORY;

	if (connection_is_open(connection)) {
		connection->phase = PHASE_FLUSHING;
		connection->reason = (uint8_t)reason;
		connection->timer = NEVER;
		connection->active = connection->loop->now;
		service_remove_member(connection);
		if (service->role->close)
			service->role->close(connection_session(connection), reason);
		person_forget(connection);
		if (!connection->datagrams || service->settings.client)
			log_closed(connection, reason, atomic_fetch_sub(&service->active, 1) - 1);
		framing_free(&connection->framing);
		drop_held(connection);
	}
	if (broken)
		connection_drop_queue(connection);
	advance(connection);
}

void connection_after_hook(struct connection *connection)
{
	if (connection->queue.bytes >= QUEUE_HIGH)
		connection->paused = true;
	/* Whoever spreads much at once goes on in the next turn, when others have had a chance to
	 * read. */
	if (connection->spread >= QUEUE_HIGH && connection->rests_until == 0)
		connection->rests_until = connection->loop->now + 1;
	if (connection->datagrams && send_queue_datagram_open(&connection->queue))
		(void)send_queue_end_datagram(&connection->queue);
	if (!connection_is_open(connection))
		return;
	if (connection->doom)
		connection_close_session(connection, (enum close_reason)(connection->doom - 1));
	else if (connection->wants_end)
		connection_close_session(connection, CLOSE_DONE);
}

static void run_open(struct connection *connection)
{
	const struct role *role = connection->service->role;

	if (role->open)
		role->open(connection_session(connection));
	connection_after_hook(connection);
}

void connection_open(struct connection *connection)
{
	const struct service *service = connection->service;

	if (!service->settings.client && !connection->datagrams && log_wants(LOG_INFO))
		log_write(LOG_INFO, service->protocol->name,
			  session_peer(connection_session(connection)), "connected, %ld active",
			  service_active(service));
	service_enter(connection);
	run_open(connection);
	service_exit(connection);
}

/* --- Input. --- */

static void run_input(struct connection *connection, const char *bytes, size_t n)
{
	struct loop *loop = connection->loop;

	connection->active = loop->now;
	connection->spread = 0;
	loop->input = (struct slice){bytes, n};
	input_take(connection, bytes, n);
	loop->input = (struct slice){NULL, 0};
}

/* What comes after the session's end is thrown away. A client, whose last words have been taken,
 * does not listen for long to a server that never ends. */
static void throw_away(struct connection *connection, size_t n)
{
	if (connection->phase != PHASE_SHUT || !connection->service->settings.client)
		return;
	if (n > CLIENT_IGNORES_MAX - connection->thrown_away)
		connection->phase = PHASE_CLOSED;
	else
		connection->thrown_away += (uint32_t)n;
}

void connection_received(struct connection *connection, const void *bytes, size_t n)
{
	if (!connection_is_open(connection)) {
		throw_away(connection, n);
		return;
	}
	service_enter(connection);
	run_input(connection, bytes, n);
	service_exit(connection);
}

void connection_serve(struct connection *connection, const char *bytes, size_t n)
{
	service_enter(connection);
	run_open(connection);
	connection->spoken = false;
	if (connection_is_open(connection))
		run_input(connection, bytes, n);
	connection_close_session(connection, CLOSE_ENDED);
	/* It has no deadline to schedule. */
	if (connection->service->shared)
		service_exit_shared(connection);
}

bool connection_borrows(const struct connection *connection)
{
	guard(connection);
	bool borrows = send_queue_borrows(&connection->queue);
	unguard(connection);
	return borrows;
}

void connection_settle(struct connection *connection)
{
	guard(connection);
	int status = send_queue_settle(&connection->queue);
	unguard(connection);
	if (status)
		connection_stop(connection, CLOSE_MEMORY);
}

void connection_ended(struct connection *connection)
{
	service_enter(connection);
	connection->ended = true;
	input_finish(connection);
	if (connection->phase == PHASE_SHUT)
		connection->phase = PHASE_CLOSED;
	advance(connection);
	service_exit(connection);
}

void connection_failed(struct connection *connection, int code)
{
	service_enter(connection);
	if (connection_is_open(connection)) {
		session_detail(connection_session(connection), "connection failed: %s",
			       error_reason(code));
		connection_close_session(connection, CLOSE_FAILED);
	}
	connection_drop_queue(connection);
	service_exit(connection);
}

/* --- Output. --- */

int connection_outgoing(struct connection *connection, struct iovec *runs, int max)
{
	if (connection->phase == PHASE_CLOSED)
		return 0;
	guard(connection);
	int count = send_queue_outgoing(&connection->queue, runs, max, connection->datagrams);
	connection->offered = 0;
	for (int i = 0; i < count; i++)
		connection->offered += runs[i].iov_len;
	unguard(connection);
	if (count >= 0)
		return count;
	connection_stop(connection, CLOSE_MEMORY);
	return 0;
}

bool connection_concludes(const struct connection *connection)
{
	if (connection->datagrams)
		return false;
	guard(connection);
	bool ending = connection->phase == PHASE_FLUSHING || connection->finishing;
	bool concludes = ending && connection->offered == connection->queue.bytes;
	unguard(connection);
	return concludes;
}

/* The queue has drained: what was held back goes on. */
static void resume(struct connection *connection)
{
	const struct role *role = connection->service->role;

	connection->paused = false;
	if (connection_is_open(connection) && role->room) {
		role->room(connection_session(connection));
		connection_after_hook(connection);
	}
	input_resume(connection);
	input_finish(connection);
}

static void drop_if_slow(struct connection *connection)
{
	/* One that was refused only just now has had no time to read. */
	if (connection->blocked && connection->loop->turn != connection->blocked_turn &&
	    connection->queue.bytes > connection->service->settings.send_queue)
		connection_close_session(connection, CLOSE_SLOW);
}

void connection_sent(struct connection *connection, size_t n)
{
	service_enter(connection);
	if (n > 0)
		connection->active = connection->loop->now;
	if (n < connection->offered && (n > 0 || !connection->blocked))
		connection->blocked_turn = connection->loop->turn;
	connection->blocked = n < connection->offered;
	connection->offered = 0;
	if (n > 0 || !connection->blocked)
		send_queue_sent(&connection->queue, n, connection->datagrams);
	if (connection->paused && connection->queue.bytes < QUEUE_LOW)
		resume(connection);
	drop_if_slow(connection);
	advance(connection);
	service_exit(connection);
}

void connection_stalled(struct connection *connection)
{
	service_enter(connection);
	if (!connection->blocked)
		connection->blocked_turn = connection->loop->turn;
	connection->blocked = true;
	drop_if_slow(connection);
	service_exit(connection);
}

void connection_shut(struct connection *connection)
{
	service_enter(connection);
	connection->shut = true;
	connection->active = connection->loop->now;
	advance(connection);
	service_exit(connection);
}

unsigned connection_wants(const struct connection *connection)
{
	if (connection->phase == PHASE_CLOSED)
		return WANT_CLOSE;
	guard(connection);
	bool empty = send_queue_empty(&connection->queue);
	bool ending = connection->phase == PHASE_FLUSHING || connection->finishing;
	unguard(connection);
	unsigned wants = empty ? 0 : WANT_SEND;
	if (!connection->ended &&
	    (!connection_is_held_back(connection) || connection->phase != PHASE_OPEN))
		wants |= WANT_RECEIVE;
	if (empty && ending && !connection->shut && !connection->datagrams)
		wants |= WANT_SHUTDOWN;
	return wants;
}

size_t connection_queued(const struct connection *connection)
{
	guard(connection);
	size_t bytes = connection->queue.bytes;
	unguard(connection);
	return bytes;
}

/* --- Ends that come from outside. --- */

void connection_stop(struct connection *connection, enum close_reason reason)
{
	service_enter(connection);
	connection_close_session(connection, reason);
	service_exit(connection);
}

void connection_abort(struct connection *connection, enum close_reason reason)
{
	service_enter(connection);
	connection_close_session(connection, reason);
	connection_drop_queue(connection);
	service_exit(connection);
}

bool connection_closed(const struct connection *connection, enum close_reason *reason)
{
	if (connection_is_open(connection))
		return false;
	*reason = connection->reason;
	return true;
}

const char *connection_failure(const struct connection *connection)
{
	return connection->failure;
}

void connection_attend(struct connection *connection)
{
	connection_after_hook(connection);
	drop_if_slow(connection);
}

/* --- What the owner of the socket may look at. --- */

struct carriage *connection_carriage(struct connection *connection)
{
	return &connection->carriage;
}

struct loop *connection_loop(struct connection *connection)
{
	return connection->loop;
}

const struct address *connection_peer(const struct connection *connection)
{
	return &connection->peer;
}
