/* Channels: stream sockets in a ring. */
#ifdef HAVE_LIBURING

#include "transport/uring_channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sockettool/server.h"
#include "transport/stream.h"

enum {
	HELD_MAX = RING_BUFFERS * 7 / 8, /* the others are always there to receive into */
	CHANNEL_HELD_MAX = 4,
	STALLED_TURNS = 2,
	SMALL = RING_BUFFER_SIZE / 2,
	CALM = 4, /* small receives, after which receiving goes on by itself */
};

/* What came while the connection wanted nothing: a receive each, as they came. */
struct surplus {
	struct surplus *next;
	size_t n;
	char bytes[];
};

struct channel {
	struct connection *connection;
	struct channel *next; /* to be attended */
	struct surplus *surplus, *surplus_last;
	uint64_t sent;      /* bytes, ever */
	unsigned sent_turn; /* when the send in flight was begun */
	uint16_t held_first, held_last;
	uint8_t held_count; /* CHANNEL_HELD_MAX at most */
	bool listed : 1;    /* in the list of those to be attended */
	bool receiving : 1;
	bool sending : 1;
	bool cancelling : 1;
	bool expectant : 1; /* the last receive left something behind */
	bool ended : 1;     /* the peer's end waits behind the surplus */
	uint8_t calm;       /* small receives in a row, CALM at most */
};

static int socket_of(const struct channel *channel)
{
	return connection_carriage(channel->connection)->socket;
}

static void list(struct channels *channels, struct channel *channel)
{
	if (channel->listed)
		return;
	channel->listed = true;
	channel->next = NULL;
	if (channels->last)
		channels->last->next = channel;
	else
		channels->first = channel;
	channels->last = channel;
}

int channel_open(struct channels *channels, struct service *service, struct loop *loop,
		 const struct address *peer, int socket)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (channel)
		channel->connection = connection_new(service, loop, peer, socket, false);
	if (!channel || !channel->connection) {
		free(channel);
		return -ENOMEM;
	}
	connection_carriage(channel->connection)->data = channel;
	connection_open(channel->connection);
	list(channels, channel);
	return 0;
}

/* --- Buffers. --- */

static void hold(struct channels *channels, struct channel *channel, uint16_t buffer)
{
	channels->buffers[buffer].until = channel->sent + connection_queued(channel->connection);
	if (channel->held_count++)
		channels->buffers[channel->held_last].next = buffer;
	else
		channel->held_first = buffer;
	channel->held_last = buffer;
	channels->held++;
}

/* Gives back the buffers that nothing is sent from after so many bytes. */
static void release(struct channels *channels, struct channel *channel, uint64_t sent)
{
	while (channel->held_count && channels->buffers[channel->held_first].until <= sent) {
		ring_give_back(channels->ring, channel->held_first);
		channel->held_first = channels->buffers[channel->held_first].next;
		channel->held_count--;
		channels->held--;
	}
}

/* --- Receiving. --- */

/* Gives the connection what is in a buffer. What it answers out of these bytes is sent from where
 * they lie, as long as peers that do not read do not keep too many buffers so. */
static void hand_over(struct channels *channels, struct channel *channel, uint16_t buffer, size_t n)
{
	struct connection *connection = channel->connection;

	connection_received(connection, ring_buffer(channels->ring, buffer), n);
	if (connection_borrows(connection)) {
		if (channels->held < HELD_MAX && channel->held_count < CHANNEL_HELD_MAX) {
			hold(channels, channel, buffer);
			return;
		}
		connection_settle(connection);
	}
	ring_give_back(channels->ring, buffer);
}

static void keep(struct channel *channel, const char *bytes, size_t n)
{
	struct surplus *surplus = malloc(sizeof(*surplus) + n);

	channel->calm = 0;
	if (!surplus) {
		connection_failed(channel->connection, ENOMEM);
		return;
	}
	surplus->next = NULL;
	surplus->n = n;
	memcpy(surplus->bytes, bytes, n);
	if (channel->surplus)
		channel->surplus_last->next = surplus;
	else
		channel->surplus = surplus;
	channel->surplus_last = surplus;
}

static void drop_first_surplus(struct channel *channel)
{
	struct surplus *surplus = channel->surplus;

	channel->surplus = surplus->next;
	free(surplus);
}

static void hand_over_surplus(struct channel *channel)
{
	struct connection *connection = channel->connection;

	while (channel->surplus && (connection_wants(connection) & WANT_RECEIVE)) {
		connection_received(connection, channel->surplus->bytes, channel->surplus->n);
		connection_settle(connection);
		drop_first_surplus(channel);
	}
	if (channel->ended && !channel->surplus) {
		channel->ended = false;
		connection_ended(connection);
	}
}

static void take(struct channels *channels, struct channel *channel, uint16_t buffer, size_t n)
{
	unsigned wants = connection_wants(channel->connection);

	if (!(wants & WANT_CLOSE) && (channel->surplus || !(wants & WANT_RECEIVE))) {
		keep(channel, ring_buffer(channels->ring, buffer), n);
		ring_give_back(channels->ring, buffer);
	} else {
		hand_over(channels, channel, buffer, n);
	}
}

static void note_size(struct channel *channel, int n)
{
	if (n >= SMALL)
		channel->calm = 0;
	else if (channel->calm < CALM)
		channel->calm++;
}

static void received(struct channels *channels, struct channel *channel,
		     const struct io_uring_cqe *completion)
{
	bool buffered = completion->flags & IORING_CQE_F_BUFFER;
	uint16_t buffer = (uint16_t)(completion->flags >> IORING_CQE_BUFFER_SHIFT);

	if (!(completion->flags & IORING_CQE_F_MORE))
		channel->receiving = false;
	channel->expectant = completion->flags & IORING_CQE_F_SOCK_NONEMPTY;
	if (buffered && completion->res > 0) {
		note_size(channel, completion->res);
		take(channels, channel, buffer, (size_t)completion->res);
		return;
	}
	if (buffered)
		ring_give_back(channels->ring, buffer);
	switch (-completion->res) {
	case 0:
		channel->ended = true;
		break;
	case ENOBUFS: /* all buffers of this turn were in use; it is begun anew if it is wanted */
		channel->expectant = true;
		break;
	case EINTR:
	case EAGAIN:
	case ECANCELED:
		break;
	default:
		connection_failed(channel->connection, -completion->res);
		break;
	}
}

/* A receive that goes on by itself is cheaper, but a fast peer's bytes come faster than they can be
 * refused; so it is for peers that send little at a time. */
static bool begin_receive(struct channels *channels, struct channel *channel)
{
	struct io_uring_sqe *submission = ring_submission(channels->ring);

	if (!submission)
		return false;
	if (channel->calm == CALM)
		io_uring_prep_recv_multishot(submission, socket_of(channel), NULL, 0, 0);
	else
		io_uring_prep_recv(submission, socket_of(channel), NULL, RING_BUFFER_SIZE, 0);
	if (!channel->expectant)
		submission->ioprio |= IORING_RECVSEND_POLL_FIRST;
	ring_use_buffers(submission);
	ring_mark(submission, channel, RING_RECEIVE);
	channel->receiving = true;
	return true;
}

/* --- Sending. --- */

static void sent(struct channels *channels, struct channel *channel, int result)
{
	channel->sending = false;
	if (result >= 0) {
		channel->sent += (unsigned)result;
		connection_sent(channel->connection, (size_t)result);
		release(channels, channel, channel->sent);
	} else if (result == -EINTR || result == -EAGAIN) {
		connection_sent(channel->connection, 0);
	} else {
		connection_failed(channel->connection, -result);
	}
}

static bool begin_send(struct channels *channels, struct channel *channel)
{
	struct iovec runs[RING_RUNS];
	int count = connection_outgoing(channel->connection, runs, RING_RUNS);

	if (count == 0)
		return true;
	struct io_uring_sqe *submission = ring_submission(channels->ring);
	if (!submission)
		return false;
	if (count > 1) {
		struct ring_message *message = ring_message(channels->ring, submission);
		memcpy(message->runs, runs, (size_t)count * sizeof(runs[0]));
		message->header.msg_iov = message->runs;
		message->header.msg_iovlen = (size_t)count;
		io_uring_prep_sendmsg(submission, socket_of(channel), &message->header,
				      MSG_NOSIGNAL);
	} else {
		io_uring_prep_send(submission, socket_of(channel), runs[0].iov_base,
				   runs[0].iov_len, MSG_NOSIGNAL);
	}
	ring_mark(submission, channel, RING_SEND);
	channel->sending = true;
	channel->sent_turn = channels->turn;
	return true;
}

/* --- The end. --- */

/* Cancels the receive alone, or all that is in flight. */
static bool begin_cancel(struct channels *channels, struct channel *channel, bool all)
{
	struct io_uring_sqe *submission = ring_submission(channels->ring);

	if (!submission)
		return false;
	if (all)
		io_uring_prep_cancel_fd(submission, socket_of(channel), IORING_ASYNC_CANCEL_ALL);
	else
		io_uring_prep_cancel64(submission, ring_name(channel, RING_RECEIVE), 0);
	ring_mark(submission, channel, RING_CANCEL);
	channel->cancelling = true;
	return true;
}

static bool close_channel(struct channels *channels, struct channel *channel)
{
	struct connection *connection = channel->connection;

	if (channel->cancelling)
		return true;
	if (channel->receiving || channel->sending)
		return begin_cancel(channels, channel, true);
	if (channel->listed)
		return true;
	release(channels, channel, UINT64_MAX);
	while (channel->surplus)
		drop_first_surplus(channel);
	close(socket_of(channel));
	admission_release(channels->admission, connection_peer(connection));
	connection_free(connection);
	free(channel);
	return true;
}

/* --- Attending. --- */

static bool attend_output(struct channels *channels, struct channel *channel)
{
	struct connection *connection = channel->connection;
	unsigned wants = connection_wants(connection);

	if (wants & WANT_SHUTDOWN)
		stream_shutdown(connection);
	if (!(wants & WANT_SEND))
		return true;
	if (!channel->sending)
		return begin_send(channels, channel);
	if (channels->turn - channel->sent_turn >= STALLED_TURNS)
		connection_stalled(connection);
	return true;
}

static bool attend_input(struct channels *channels, struct channel *channel, unsigned wants)
{
	if ((wants & WANT_RECEIVE) && !channel->receiving && !channel->ended)
		return begin_receive(channels, channel);
	/* A peer that is faster than we fills no more than what the kernel has taken by now. */
	if (channel->surplus && channel->receiving && !channel->cancelling)
		return begin_cancel(channels, channel, false);
	return true;
}

static bool attend(struct channels *channels, struct channel *channel)
{
	hand_over_surplus(channel);
	bool done = attend_output(channels, channel);
	unsigned wants = connection_wants(channel->connection);

	if (wants & WANT_CLOSE)
		return close_channel(channels, channel);
	return attend_input(channels, channel, wants) && done;
}

void channel_attend(struct channels *channels, struct connection *connection)
{
	struct channel *channel = connection_carriage(connection)->data;

	if (!attend(channels, channel))
		list(channels, channel);
}

void channels_attend(struct channels *channels)
{
	struct channel *channel = channels->first, *next;

	channels->first = channels->last = NULL;
	for (; channel; channel = next) {
		next = channel->next;
		channel->listed = false;
		if (!attend(channels, channel))
			list(channels, channel);
	}
}

void channel_complete(struct channels *channels, struct channel *channel,
		      const struct io_uring_cqe *completion)
{
	switch (ring_operation(completion)) {
	case RING_RECEIVE:
		received(channels, channel, completion);
		break;
	case RING_SEND:
		sent(channels, channel, completion->res);
		break;
	default:
		channel->cancelling = false;
		break;
	}
	list(channels, channel);
}

#endif
