/*
 * A load of messages and answers over TCP: echo, and lines with one right answer each. Every
 * connection keeps up to `pipeline` messages in flight; what comes back is compared byte by byte.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/poll.h"
#include "bench/sockets.h"
#include "bench/tape.h"

enum { READY_MAX = 512 };

struct stream {
	int socket;                /* -1: not connected, or given up */
	size_t next;               /* message of the cycle to be sent next */
	size_t expected;           /* message of the cycle whose answer comes next */
	size_t send_at, send_left; /* bytes to send: from where in the cycle, and how many */
	size_t receive_at;         /* where in the cycle of answers the next byte is */
	uint64_t sent, answered;   /* messages; the ones between are in flight */
	int failure;               /* errno of sending */
	int64_t progress;          /* when bytes came last, or the first message was sent */
	int64_t *times; /* when each message in flight was sent, by number modulo pipeline */
};

struct streams {
	struct load *load;
	struct tape tape;
	struct stream *all;
	int64_t *times;
	char *buffer; /* TAPE_COMPARE_MAX bytes */
	int epoll;
	int open;           /* streams that are not given up */
	int64_t next_check; /* of time-outs */
	uint64_t due;       /* open loop: messages whose time has come, of all streams in turn */
};

/* --- Giving a stream up. --- */

static void give_up(struct streams *streams, struct stream *stream)
{
	uint64_t due = 0;

	/* In an open loop what is due is outstanding, sent or not. */
	if (streams->load->interval > 0) {
		uint64_t n = (uint64_t)streams->load->connections;
		uint64_t place = (uint64_t)(stream - streams->all);
		due = streams->due > place ? (streams->due - place + n - 1) / n : 0;
		streams->load->unsent -= due - stream->sent;
	} else {
		due = stream->sent;
	}
	load_give_up(streams->load, due - stream->answered);
	socket_reset(stream->socket);
	stream->socket = -1;
	streams->open--;
}

static bool is_within_answer(const struct streams *streams, const struct stream *stream)
{
	return stream->receive_at != streams->tape.answers.marks[stream->expected];
}

static void closed(struct streams *streams, struct stream *stream, int code)
{
	const char *name = streams->load->target->name;

	if (!code)
		code = stream->failure == EPIPE ? ECONNRESET : stream->failure;
	if (code)
		load_fault(streams->load, FAULT_CLOSED, "%s closed a connection: %s", name,
			   error_reason(code));
	else if (is_within_answer(streams, stream))
		load_fault(streams->load, FAULT_SHORT, "%s ended the stream within an answer",
			   name);
	else
		load_fault(streams->load, FAULT_CLOSED,
			   "%s closed a connection that had more to do", name);
	give_up(streams, stream);
}

static void wrong(struct streams *streams, struct stream *stream, size_t n)
{
	const struct reel *answers = &streams->tape.answers;
	const char *expected = answers->bytes + stream->receive_at, *got = streams->buffer;
	struct load *load = streams->load;
	const char *name = load->target->name;
	size_t same = 0;
	char text[256];

	while (same < n && got[same] == expected[same])
		same++;
	snprintf(text, sizeof(text), "%s", load_quote(got + same, n - same));
	load_fault(load, FAULT_WRONG, "%s answered \"%s\" in place of \"%s\"", name, text,
		   load_quote(expected + same, n - same));
	give_up(streams, stream);
}

static void unasked(struct streams *streams, struct stream *stream, size_t n)
{
	load_fault(streams->load, FAULT_WRONG, "%s answered before it was asked: \"%s\"",
		   streams->load->target->name, load_quote(streams->buffer, n));
	give_up(streams, stream);
}

/* --- Sending. --- */

static void send_some(struct streams *streams, struct stream *stream)
{
	const struct reel *requests = &streams->tape.requests;

	while (stream->send_left > 0) {
		size_t n = stream->send_left < TAPE_SEND_MAX ? stream->send_left : TAPE_SEND_MAX;
		ssize_t sent =
			send(stream->socket, requests->bytes + stream->send_at, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		/* A broken connection is given up by receiving, which may still find answers. */
		if (sent < 0) {
			stream->failure = errno == EAGAIN ? 0 : errno;
			return;
		}
		stream->send_left -= (size_t)sent;
		stream->send_at += (size_t)sent;
		while (stream->send_at >= requests->cycle)
			stream->send_at -= requests->cycle;
		if ((size_t)sent < n)
			return;
	}
}

/* Adds the next message to what is to be sent. */
static void add_message(struct streams *streams, struct stream *stream, int64_t now)
{
	const struct reel *requests = &streams->tape.requests;
	struct load *load = streams->load;

	stream->send_left += requests->marks[stream->next + 1] - requests->marks[stream->next];
	if (++stream->next == streams->tape.count)
		stream->next = 0;
	stream->times[stream->sent++ % (uint64_t)load->plan->pipeline] = now;
	load->sent += load->phase == PHASE_MEASURE;
	load->unsent -= load->interval > 0;
}

/* The number of the message that the stream sends next, among those of all streams in turn. */
static uint64_t next_in_turn(const struct streams *streams, const struct stream *stream)
{
	return stream->sent * (uint64_t)streams->load->connections +
	       (uint64_t)(stream - streams->all);
}

/* Sends as many messages as may be in flight and as the plan wants at this moment. */
static void refill(struct streams *streams, struct stream *stream, int64_t now)
{
	struct load *load = streams->load;
	bool open_loop = load->interval > 0;

	while (stream->sent - stream->answered < (uint64_t)load->plan->pipeline) {
		if (open_loop ? next_in_turn(streams, stream) >= streams->due || load_is_late(load)
			      : !load_sends(load))
			break;
		if (stream->sent == stream->answered)
			stream->progress = now;
		load->outstanding += !open_loop;
		add_message(streams, stream, now);
	}
	send_some(streams, stream);
}

/* Has every stream send whose turn has come. */
static void send_due(struct streams *streams)
{
	struct load *load = streams->load;
	uint64_t end = load_turn_end(load, streams->due, load->connections);

	while (streams->due < end && load_is_due(load, streams->due)) {
		struct stream *stream = &streams->all[streams->due++ % (uint64_t)load->connections];
		if (stream->socket < 0)
			continue;
		load->outstanding++;
		load->unsent++;
		refill(streams, stream, load->now);
	}
}

/* --- Receiving. --- */

static int64_t time_sent(const struct streams *streams, const struct stream *stream, uint64_t n)
{
	return stream->times[n % (uint64_t)streams->load->plan->pipeline];
}

/* Counts the answers to the messages from `answered` to `end`; those that were sent together, which
 * in a closed loop are many, at once. */
static void count_answers(struct streams *streams, struct stream *stream, uint64_t end, int64_t now)
{
	struct load *load = streams->load;
	uint64_t place = (uint64_t)(stream - streams->all);

	load->outstanding -= end - stream->answered;
	while (stream->answered < end) {
		int64_t sent = time_sent(streams, stream, stream->answered), due = sent;
		uint64_t times = 1;
		if (load->interval > 0)
			due = load_due(load,
				       stream->answered * (uint64_t)load->connections + place);
		else
			while (stream->answered + times < end &&
			       time_sent(streams, stream, stream->answered + times) == sent)
				times++;
		load_answered(load, due, sent, now, times);
		stream->answered += times;
	}
}

/* Takes bytes that are right. Returns whether they were asked for. */
static bool take(struct streams *streams, struct stream *stream, size_t n, int64_t now)
{
	const struct reel *answers = &streams->tape.answers;
	size_t end = stream->receive_at + n;
	uint64_t answered = stream->answered;

	while (answered < stream->sent && answers->marks[stream->expected + 1] <= end) {
		answered++;
		if (++stream->expected == streams->tape.count) {
			stream->expected = 0;
			end -= answers->cycle;
		}
	}
	stream->receive_at = end;
	count_answers(streams, stream, answered, now);
	return stream->answered < stream->sent || !is_within_answer(streams, stream);
}

/* ended: the peer has closed, and nobody will be told again. */
static void receive(struct streams *streams, struct stream *stream, bool ended)
{
	struct load *load = streams->load;

	while (stream->socket >= 0) {
		ssize_t n = recv(stream->socket, streams->buffer, TAPE_COMPARE_MAX, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			closed(streams, stream, n < 0 ? errno : 0);
			return;
		}
		const char *expected = streams->tape.answers.bytes + stream->receive_at;
		int64_t now = clock_monotonic();
		if (load->phase == PHASE_MEASURE)
			load->bytes += (size_t)n;
		if (memcmp(streams->buffer, expected, (size_t)n) != 0) {
			wrong(streams, stream, (size_t)n);
			return;
		}
		if (!take(streams, stream, (size_t)n, now)) {
			unasked(streams, stream, (size_t)n);
			return;
		}
		stream->progress = now;
		refill(streams, stream, now);
		if (n < TAPE_COMPARE_MAX && !ended)
			return;
	}
}

/* --- Time-outs. --- */

static void check_timeouts(struct streams *streams)
{
	struct load *load = streams->load;
	int64_t timeout = load->plan->timeout;
	char text[32];

	streams->next_check = load->now + timeout / 10;
	for (int i = 0; i < load->connections; i++) {
		struct stream *stream = &streams->all[i];
		if (stream->socket < 0 || stream->sent == stream->answered ||
		    load->now - stream->progress < timeout)
			continue;
		load_faults(load, FAULT_TIMEOUT, stream->sent - stream->answered,
			    "%s did not answer within %s", load->target->name,
			    clock_text(text, timeout));
		give_up(streams, stream);
	}
}

/* --- The load. --- */

static void serve(struct streams *streams, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		struct stream *stream = events[i].data.ptr;
		if (stream->socket >= 0 && stream->send_left > 0 && (events[i].events & EPOLLOUT))
			send_some(streams, stream);
		if (stream->socket >= 0 && (events[i].events & ~(unsigned)EPOLLOUT))
			receive(streams, stream,
				events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
	}
}

static void run(struct streams *streams)
{
	struct load *load = streams->load;
	struct epoll_event events[READY_MAX];
	bool open_loop = load->interval > 0;

	load_begin(load);
	for (int i = 0; !open_loop && i < load->connections; i++) {
		if (streams->all[i].socket >= 0)
			refill(streams, &streams->all[i], load->now);
	}
	streams->next_check = load->now;
	while (load_turn(load) != PHASE_OVER && streams->open > 0) {
		if (open_loop)
			send_due(streams);
		if (load->now >= streams->next_check)
			check_timeouts(streams);
		int count = poll_wait(streams->epoll, events, READY_MAX, load->now,
				      load_deadline(load, streams->due));
		serve(streams, events, count);
	}
	load_finish(load);
}

static void send_opening(const struct load *load, int socket)
{
	char line[256];
	const char *opening = load->plan->protocol->workload->opening;

	if (!opening)
		return;
	int n = snprintf(line, sizeof(line), "%s\n", opening);
	/* A socket that nothing was sent to yet takes a short line whole. Should the server be gone
	 * already, that is found out by receiving. */
	(void)!send(socket, line, (size_t)n, MSG_NOSIGNAL);
}

/* Every stream begins at another message, so that an answer to another's is noticed. */
static int prepare(struct streams *streams, const int *sockets)
{
	struct load *load = streams->load;

	for (int i = 0; i < load->connections; i++) {
		struct stream *stream = &streams->all[i];
		size_t first = (size_t)(load->first + i) * 7919 % streams->tape.count;
		*stream = (struct stream){
			.socket = sockets[i],
			.next = first,
			.expected = first,
			.send_at = streams->tape.requests.marks[first],
			.receive_at = streams->tape.answers.marks[first],
			.times = streams->times + (size_t)i * (size_t)load->plan->pipeline,
		};
		struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
					    .data.ptr = stream};
		if (sockets[i] < 0)
			continue;
		streams->open++;
		send_opening(load, sockets[i]);
		if (epoll_ctl(streams->epoll, EPOLL_CTL_ADD, sockets[i], &event))
			return -errno;
	}
	return 0;
}

static void close_all(const struct load *load, const int *sockets, const struct stream *all)
{
	for (int i = 0; i < load->connections; i++) {
		/* Those that were given up are closed. */
		if (sockets[i] >= 0 && all[i].socket >= 0)
			socket_reset(sockets[i]);
	}
}

int stream_load(struct load *load)
{
	size_t connections = (size_t)load->connections;
	struct streams streams = {.load = load, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	int *sockets = calloc(connections, sizeof(*sockets));
	int status = -ENOMEM;

	streams.all = calloc(connections, sizeof(*streams.all));
	streams.times = calloc(connections * (size_t)load->plan->pipeline, sizeof(*streams.times));
	streams.buffer = malloc(TAPE_COMPARE_MAX);
	if (sockets && streams.all && streams.times && streams.buffer && streams.epoll >= 0)
		status = tape_make(&streams.tape, load->plan);
	if (status == 0) {
		sockets_connect(load, sockets);
		status = prepare(&streams, sockets);
		if (status == 0)
			run(&streams);
		close_all(load, sockets, streams.all);
	}
	if (streams.epoll >= 0)
		close(streams.epoll);
	tape_free(&streams.tape);
	free(streams.buffer);
	free(streams.times);
	free(streams.all);
	free(sockets);
	return status;
}
