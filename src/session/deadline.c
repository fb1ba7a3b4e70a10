/*
 * Deadlines: the protocol's timer, idle peers, peers silent in the middle of a line, and the time a
 * closed session's peer has to take its answer and close.
 */
#include "base/log.h"
#include "session/internal.h"

/* How long a peer in the middle of a line may be silent before that is remarked on. */
#define PARTIAL_LINE_PATIENCE NANOSECONDS_PER_SECOND
/* How long a closed session's output may stand still before it is given up. */
#define FLUSH_PATIENCE (30 * NANOSECONDS_PER_SECOND)
/* How long a peer may take to close after we have; what it still sends is thrown away. */
#define SHUT_PATIENCE NANOSECONDS_PER_SECOND

static bool waits_in_line(const struct connection *connection)
{
	return connection->framing.length > 0 && !connection->hinted;
}

int64_t connection_deadline(const struct connection *connection)
{
	const struct service_settings *settings = &connection->service->settings;
	int64_t deadline = connection->timer;

	/* The short session of a datagram that is served is over when the call returns. */
	if (connection->datagrams && !settings->client)
		return NEVER;

	switch ((enum phase)connection->phase) {
	case PHASE_OPEN:
		if (connection->rests_until > 0)
			deadline = time_earlier(deadline, connection->rests_until);
		if (settings->idle_timeout > 0)
			deadline = time_earlier(
				deadline, time_after(connection->active, settings->idle_timeout));
		if (waits_in_line(connection))
			deadline =
				time_earlier(deadline, connection->active + PARTIAL_LINE_PATIENCE);
		return deadline;
	case PHASE_FLUSHING:
		return connection->active + FLUSH_PATIENCE;
	case PHASE_SHUT:
		return connection->active + SHUT_PATIENCE;
	case PHASE_CLOSED:
		break;
	}
	return NEVER;
}

static void remark_on_partial_line(struct connection *connection)
{
	connection->hinted = true;
	log_write(LOG_WARNING, connection->service->protocol->name, NULL,
		  "peer %s sent %zu bytes without a newline and waits; a textbook program wants "
		  "--framing raw",
		  session_peer(connection_session(connection)), connection->framing.length);
}

static void expire_open(struct connection *connection)
{
	const struct service *service = connection->service;
	int64_t now = connection->loop->now;

	if (connection->timer <= now) {
		connection->timer = NEVER;
		if (service->role->timer)
			service->role->timer(connection_session(connection));
		connection_after_hook(connection);
	}
	if (connection->rests_until > 0 && connection->rests_until <= now) {
		connection->rests_until = 0;
		connection->spread = 0;
		input_resume(connection);
		input_finish(connection);
	}
	if (waits_in_line(connection) && connection->active + PARTIAL_LINE_PATIENCE <= now)
		remark_on_partial_line(connection);
	if (service->settings.idle_timeout > 0 && connection_is_open(connection) &&
	    time_after(connection->active, service->settings.idle_timeout) <= now)
		connection_close_session(connection, CLOSE_IDLE);
}

void connection_expired(struct connection *connection)
{
	service_enter(connection);
	if (connection_is_open(connection)) {
		expire_open(connection);
	} else {
		connection_drop_queue(connection);
	}
	loop_pend(connection);
	service_exit(connection);
}
