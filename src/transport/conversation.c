/* One loop for one conversation. */
#include "transport/conversation.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static bool is_plain(const struct conversation *conversation)
{
	return conversation->wake < 0;
}

/* Waits for events on the socket, for a wake-up, or for the next deadline. Returns whether the
 * socket can be received from. */
static bool wait_for(struct conversation *conversation, short events)
{
	struct pollfd list[] = {
		{.fd = conversation->socket, .events = events},
		{.fd = conversation->wake, .events = POLLIN},
	};
	uint64_t wakes;
	int timeout = clock_poll_timeout(loop_now(conversation->loop),
					 loop_deadline(conversation->loop));

	if (poll(list, 2, timeout) > 0 && list[1].revents)
		(void)!read(conversation->wake, &wakes, sizeof(wakes));
	return list[0].revents & POLLIN;
}

/* Sends what is queued. A peer that takes nothing for the server's send timeout has lost. */
static void send_queued(struct conversation *conversation, struct connection *connection)
{
	if (!is_plain(conversation)) {
		if (stream_send(connection, MSG_DONTWAIT) != -EAGAIN)
			return;
		bool receives = connection_wants(connection) & WANT_RECEIVE;
		/* A peer that does not read may go on talking. */
		if (wait_for(conversation, receives ? POLLIN | POLLOUT : POLLOUT) && receives)
			(void)stream_receive(connection, conversation->buffer, MSG_DONTWAIT);
	} else if (stream_send(connection, 0) == -EAGAIN) {
		connection_abort(connection, CLOSE_IDLE);
	}
}

static void receive(struct conversation *conversation, struct connection *connection)
{
	bool plain = is_plain(conversation);

	if (plain && loop_deadline(conversation->loop) == NEVER) {
		(void)stream_receive(connection, conversation->buffer, 0);
		return;
	}
	if (stream_receive(connection, conversation->buffer, MSG_DONTWAIT) == -EAGAIN)
		wait_for(conversation, POLLIN);
}

static void do_wanted(struct conversation *conversation, struct connection *connection)
{
	unsigned wants = connection_wants(connection);

	if (wants & WANT_SEND)
		send_queued(conversation, connection);
	else if (wants & WANT_SHUTDOWN)
		stream_shutdown(connection);
	else if (wants & WANT_RECEIVE)
		receive(conversation, connection);
	else if (!(wants & WANT_CLOSE))
		wait_for(conversation, 0);
}

static void set_send_timeout(int socket, int64_t timeout)
{
	struct timeval value = {timeout / NANOSECONDS_PER_SECOND,
				timeout % NANOSECONDS_PER_SECOND / 1000};

	if (timeout > 0)
		(void)setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof(value));
}

/* Lets go of the connection; another thread may still be about to wake it. */
static void part(struct conversation *conversation, struct connection *connection)
{
	connection_free(connection);
	while (loop_count(conversation->loop) > 0) {
		(void)loop_pending(conversation->loop);
		if (loop_count(conversation->loop) > 0)
			wait_for(conversation, 0);
	}
}

void converse(struct conversation *conversation, const struct server *server,
	      struct service *service, const struct address *peer)
{
	struct loop *loop = conversation->loop;
	struct connection *connection =
		connection_new(service, loop, peer, conversation->socket, false);

	if (!connection) {
		log_write(LOG_WARNING, NULL, NULL, "a connection was turned away: no memory is left");
		return;
	}
	set_send_timeout(conversation->socket, server->limits.send_timeout);
	connection_open(connection);
	while (!(connection_wants(connection) & WANT_CLOSE)) {
		log_flush();
		do_wanted(conversation, connection);
		loop_tick(loop);
		loop_expire(loop);
		while (loop_pending(loop))
			;
	}
	part(conversation, connection);
	log_flush();
}
