/* Moving bytes between a stream socket and its connection. */
#include "transport/stream.h"

#include <errno.h>
#include <sys/socket.h>

/* A call sends about so much, so that a peer as quick as a protocol without end does not keep the
 * others waiting. */
enum { RUNS_MAX = 16, SEND_MAX = 1024 * 1024 };

static size_t total(const struct iovec *runs, int count)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += runs[i].iov_len;
	return bytes;
}

static ssize_t send_runs(int socket, struct iovec *runs, int count, int flags)
{
	struct msghdr message = {.msg_iov = runs, .msg_iovlen = (size_t)count};
	ssize_t n;

	do
		n = count == 1 ? send(socket, runs[0].iov_base, runs[0].iov_len, flags)
			       : sendmsg(socket, &message, flags);
	while (n < 0 && errno == EINTR);
	return n;
}

int stream_send(struct connection *connection, int flags)
{
	int socket = connection_carriage(connection)->socket, count;
	struct iovec runs[RUNS_MAX];
	size_t sent = 0;

	do {
		count = connection_outgoing(connection, runs, RUNS_MAX);
		if (count == 0)
			return 0;
		/* The last bytes wait for the end of the stream, which follows at once. */
		int more = connection_concludes(connection) ? MSG_MORE : 0;
		ssize_t n = send_runs(socket, runs, count, flags | more | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			connection_failed(connection, errno);
			return 0;
		}
		connection_sent(connection, n < 0 ? 0 : (size_t)n);
		sent += n < 0 ? 0 : (size_t)n;
		/* A blocking send that took a part is gone on with; it fails if it cannot. */
		if (n < 0 || ((size_t)n < total(runs, count) && (flags & MSG_DONTWAIT)))
			return -EAGAIN;
	} while (sent < SEND_MAX && connection_queued(connection) > 0);
	return 0;
}

int stream_receive(struct connection *connection, char buffer[STREAM_BUFFER], int flags)
{
	ssize_t n = recv(connection_carriage(connection)->socket, buffer, STREAM_BUFFER, flags);

	/* A blocking call may have taken long. */
	if (!(flags & MSG_DONTWAIT))
		loop_tick(connection_loop(connection));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (n > 0) {
		connection_received(connection, buffer, (size_t)n);
		stream_send(connection, flags);
		connection_settle(connection);
	} else if (n == 0) {
		connection_ended(connection);
	} else {
		connection_failed(connection, errno);
	}
	return 0;
}

void stream_shutdown(struct connection *connection)
{
	/* A peer that is gone already is found out by the next receive. */
	(void)shutdown(connection_carriage(connection)->socket, SHUT_WR);
	connection_shut(connection);
}
