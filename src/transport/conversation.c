/* One loop for one conversation. */
#include "transport/conversation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { PAGE = 4096 };

static void wake(void *owner)
{
	const struct conversation *conversation = owner;
	uint64_t one = 1;

	(void)!write(conversation->wake, &one, sizeof(one));
}

static size_t whole_pages(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

/* What short messages touch, the loop, its connection and the buffer's beginning, lies in one page:
 * with a thousand threads each page is one more to look up for a message. */
int conversation_open(struct conversation *conversation, const struct server *server,
		      const struct service *service)
{
	bool woken = service_uses_lock(service);
	size_t head = loop_size(service);

	conversation->wake = woken ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	conversation->loop = NULL;
	conversation->memory = aligned_alloc(PAGE, whole_pages(head + STREAM_BUFFER));
	if (!conversation->memory || (woken && conversation->wake < 0))
		return -ENOMEM;
	conversation->loop = loop_new_in(conversation->memory, head, server->clock,
					 woken ? wake : NULL, conversation);
	conversation->buffer = (char *)conversation->memory + head;
	return 0;
}

void conversation_close(struct conversation *conversation)
{
	if (conversation->wake >= 0)
		close(conversation->wake);
	loop_free(conversation->loop);
	free(conversation->memory);
	conversation->memory = NULL;
	conversation->loop = NULL;
	conversation->wake = -1;
}

/* Blocking calls that begin later do not block either: nothing can be received, and the socket is
 * nonblocking. */
void conversation_interrupt(struct server *server, int socket)
{
	int saved = errno;

	server->stopping = 2;
	if (socket >= 0) {
		(void)fcntl(socket, F_SETFL, O_RDWR | O_NONBLOCK);
		(void)shutdown(socket, SHUT_RD);
	}
	errno = saved;
}

static bool is_woken(const struct conversation *conversation)
{
	return conversation->wake >= 0;
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
	int timeout =
		clock_poll_timeout(loop_now(conversation->loop), loop_deadline(conversation->loop));

	if (poll(list, 2, timeout) > 0 && list[1].revents)
		(void)!read(conversation->wake, &wakes, sizeof(wakes));
	return list[0].revents & POLLIN;
}

/* Sends what is queued. A peer that takes nothing for the server's send timeout has lost. */
static void send_queued(struct conversation *conversation, struct connection *connection)
{
	bool plain = conversation->patient && !is_woken(conversation);

	if (stream_send(connection, plain ? 0 : MSG_DONTWAIT) != -EAGAIN)
		return;
	if (plain) {
		connection_abort(connection, CLOSE_IDLE);
		return;
	}
	bool receives = connection_wants(connection) & WANT_RECEIVE;
	/* A peer that does not read may go on talking. */
	if (wait_for(conversation, receives ? POLLIN | POLLOUT : POLLOUT) && receives)
		(void)stream_receive(connection, conversation->buffer, MSG_DONTWAIT);
}

static void receive(struct conversation *conversation, struct connection *connection)
{
	if (!is_woken(conversation) && loop_deadline(conversation->loop) == NEVER) {
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

static void await_wake(const struct conversation *conversation)
{
	struct pollfd wake = {.fd = conversation->wake, .events = POLLIN};
	uint64_t wakes;

	if (poll(&wake, 1, -1) > 0)
		(void)!read(conversation->wake, &wakes, sizeof(wakes));
}

/* The server ends the session: what is queued leaves as far as the kernel takes it at once. */
static void end_session(struct connection *connection)
{
	connection_stop(connection, CLOSE_STOPPING);
	(void)stream_send(connection, MSG_DONTWAIT);
	if (connection_wants(connection) & WANT_SHUTDOWN)
		stream_shutdown(connection);
	connection_abort(connection, CLOSE_STOPPING);
}

/* Lets go of the connection; another thread may still be about to wake it. */
static void part(struct conversation *conversation, struct connection *connection)
{
	connection_free(connection);
	while (loop_count(conversation->loop) > 0) {
		(void)loop_pending(conversation->loop);
		if (loop_count(conversation->loop) > 0)
			await_wake(conversation);
	}
}

void converse(struct conversation *conversation, const struct server *server,
	      struct service *service, const struct address *peer)
{
	struct loop *loop = conversation->loop;
	struct connection *connection =
		connection_new(service, loop, peer, conversation->socket, false);

	if (!connection) {
		log_write(LOG_WARNING, NULL, NULL,
			  "a connection was turned away: no memory is left");
		return;
	}
	set_send_timeout(conversation->socket, server->limits.send_timeout);
	connection_open(connection);
	while (!(connection_wants(connection) & WANT_CLOSE)) {
		log_flush();
		if (server->stopping > 1)
			end_session(connection);
		else
			do_wanted(conversation, connection);
		/* A blocking receive has looked at the clock itself. */
		if (is_woken(conversation) || loop_deadline(loop) != NEVER) {
			loop_tick(loop);
			loop_expire(loop);
		}
		while (loop_pending(loop))
			;
	}
	part(conversation, connection);
	log_flush();
}
