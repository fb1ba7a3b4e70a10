/*
 * A load of datagrams and answers. Every socket keeps up to `pipeline` datagrams in flight. An echo
 * carries its number, so that answers may come in any order; other answers are taken to come in the
 * order of the requests.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/poll.h"
#include "bench/sockets.h"

enum {
	READY_MAX = 512,
	BATCH = 64, /* datagrams a call */
	DATAGRAM_MAX = 65536,
	REMEMBERED_MIN = 1024,  /* datagrams of a socket whose answers may still come */
	LOST_AFTER = 500000000, /* nanoseconds */
	CHECK_EVERY = 50000000,
};

/* A datagram that was sent. */
struct datagram {
	int64_t sent;
	bool pending;
};

struct channel {
	int socket; /* -1: none */
	int in_flight;
	uint64_t sent;              /* datagrams; the number of the next one */
	uint64_t oldest;            /* the first that may be pending */
	struct datagram *datagrams; /* by number modulo remembered */
};

struct channels {
	struct load *load;
	const struct workload *workload;
	struct channel *all;
	struct datagram *datagrams;
	uint64_t remembered; /* a power of two */
	size_t exchanges;
	size_t numbered;    /* leading bytes of a datagram that are its number */
	int64_t lost_after; /* LOST_AFTER or the time-out, whichever is shorter */
	int epoll;
	int64_t next_check;
	uint64_t due;   /* open loop: datagrams whose time has come, of all channels in turn */
	char *pattern;  /* of an echo: what every datagram holds behind its number */
	char *out, *in; /* BATCH datagrams each */
	struct iovec out_parts[BATCH], in_parts[BATCH];
	struct mmsghdr out_headers[BATCH], in_headers[BATCH];
};

/* Forgets a datagram that is pending. */
static void give_up(struct channels *channels, struct channel *channel, uint64_t number)
{
	channel->datagrams[number & (channels->remembered - 1)].pending = false;
	channel->in_flight--;
	load_give_up(channels->load, 1);
}

/* --- Sending. --- */

static void write_request(struct channels *channels, int i, uint64_t number)
{
	const struct workload *workload = channels->workload;
	const char *text = workload->request ? workload->request : "";
	uint64_t little = htole64(number);

	if (workload->kind == WORKLOAD_ECHO) {
		memcpy(channels->out_parts[i].iov_base, &little, channels->numbered);
		return;
	}
	if (workload->kind == WORKLOAD_EXCHANGE)
		text = workload->exchanges[number % channels->exchanges].request;
	channels->out_parts[i].iov_base = (char *)text;
	channels->out_parts[i].iov_len = strlen(text);
}

/* How many datagrams the channel may send at this moment, at most BATCH. */
static int allowance(const struct channels *channels, const struct channel *channel)
{
	const struct load *load = channels->load;
	uint64_t n = (uint64_t)(load->plan->pipeline - channel->in_flight);
	uint64_t remembered = channels->remembered - (channel->sent - channel->oldest);

	if (n > BATCH)
		n = BATCH;
	if (n > remembered)
		n = remembered;
	if (load->interval > 0 ? load_is_late(load) : !load_sends(load))
		return 0;
	if (load->interval > 0) {
		uint64_t connections = (uint64_t)load->connections;
		uint64_t place = (uint64_t)(channel - channels->all);
		uint64_t due = (channels->due + connections - 1 - place) / connections;
		return (int)(due - channel->sent < n ? due - channel->sent : n);
	}
	if (load->quota && load->phase == PHASE_MEASURE && load_left(load) - load->outstanding < n)
		n = load_left(load) - load->outstanding;
	return (int)n;
}

static void note_sent(struct channels *channels, struct channel *channel, int n, int64_t now)
{
	struct load *load = channels->load;

	for (int i = 0; i < n; i++) {
		channel->datagrams[channel->sent++ & (channels->remembered - 1)] =
			(struct datagram){.sent = now, .pending = true};
	}
	channel->in_flight += n;
	if (load->phase == PHASE_MEASURE)
		load->sent += (uint64_t)n;
	if (load->interval > 0)
		load->unsent -= (uint64_t)n;
	else
		load->outstanding += (uint64_t)n;
}

static void forget_answered(const struct channels *channels, struct channel *channel)
{
	while (channel->oldest < channel->sent &&
	       !channel->datagrams[channel->oldest & (channels->remembered - 1)].pending)
		channel->oldest++;
}

/* A datagram that the system does not send counts as sent and given up, so that a plan of so many
 * ends all the same. */
static void refused(struct channels *channels, struct channel *channel, int code, int64_t now)
{
	struct load *load = channels->load;

	load_fault(load, FAULT_REFUSED, "send to %s: %s", load->target->name, error_reason(code));
	/* That was the answer of the peer's machine to an earlier one. */
	if (code == ECONNREFUSED)
		return;
	note_sent(channels, channel, 1, now);
	give_up(channels, channel, channel->sent - 1);
	forget_answered(channels, channel);
}

static void refill(struct channels *channels, struct channel *channel, int64_t now)
{
	int n;

	while ((n = allowance(channels, channel)) > 0) {
		for (int i = 0; i < n; i++)
			write_request(channels, i, channel->sent + (uint64_t)i);
		int sent = sendmmsg(channel->socket, channels->out_headers, (unsigned)n, 0);
		/* What could not be sent is tried again at the next check. */
		if (sent <= 0) {
			if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
				refused(channels, channel, errno, now);
			return;
		}
		note_sent(channels, channel, sent, now);
	}
}

static void send_due(struct channels *channels)
{
	struct load *load = channels->load;
	uint64_t end = load_turn_end(load, channels->due, load->connections);

	while (channels->due < end && load_is_due(load, channels->due)) {
		struct channel *channel =
			&channels->all[channels->due++ % (uint64_t)load->connections];
		if (channel->socket < 0)
			continue;
		load->outstanding++;
		load->unsent++;
		refill(channels, channel, load->now);
	}
}

/* --- Receiving. --- */

/* The number of the datagram that an answer is to: of its leading bytes as many as there are, and
 * for the rest the nearest that can be meant. */
static uint64_t number_of(const struct channels *channels, const struct channel *channel,
			  const char *answer)
{
	uint64_t little = 0, mask = UINT64_MAX;

	if (channels->numbered < sizeof(little))
		mask = (UINT64_C(1) << 8 * channels->numbered) - 1;
	memcpy(&little, answer, channels->numbered);
	return channel->oldest + ((le64toh(little) - channel->oldest) & mask);
}

static bool is_right(const struct channels *channels, uint64_t number, const char *answer, size_t n)
{
	const struct workload *workload = channels->workload;
	size_t numbered = channels->numbered;

	/* An echo has the length and the bytes that every one has, whatever its number. */
	if (workload->kind == WORKLOAD_ECHO)
		return n == channels->load->plan->size &&
		       memcmp(answer + numbered, channels->pattern + numbered, n - numbered) == 0;
	if (workload->kind == WORKLOAD_VISIT)
		return workload->is_right(answer, n);
	const char *right = workload->exchanges[number % channels->exchanges].answer;
	return n == strlen(right) && memcmp(answer, right, n) == 0;
}

/* The datagram that an answer is to; NULL: none that waits for one. A wrong echo may have lost its
 * number: it is then taken to be to the oldest, which would wait for ever. */
static struct datagram *answered_by(const struct channels *channels, const struct channel *channel,
				    const char *answer, size_t n, uint64_t *number)
{
	bool numbered = n >= channels->numbered;
	uint64_t mask = channels->remembered - 1;

	*number = numbered ? number_of(channels, channel, answer) : channel->oldest;
	if (*number >= channel->oldest && *number < channel->sent &&
	    channel->datagrams[*number & mask].pending)
		return &channel->datagrams[*number & mask];
	if (is_right(channels, *number, answer, n) || channel->oldest == channel->sent)
		return NULL;
	*number = channel->oldest;
	return &channel->datagrams[*number & mask];
}

static void count_wrong(const struct channels *channels, const char *answer, size_t n)
{
	struct load *load = channels->load;
	const char *name = load->target->name;
	size_t size = load->plan->size;

	if (channels->workload->kind == WORKLOAD_ECHO && n != size)
		load_fault(load, n < size ? FAULT_SHORT : FAULT_WRONG,
			   "%s answered %zu bytes in place of %zu", name, n, size);
	else
		load_fault(load, FAULT_WRONG, "%s answered \"%s\"", name, load_quote(answer, n));
}

static void take(struct channels *channels, struct channel *channel, const char *answer, size_t n,
		 int64_t now)
{
	struct load *load = channels->load;
	char text[32];
	uint64_t number;
	struct datagram *datagram = answered_by(channels, channel, answer, n, &number);
	bool right = is_right(channels, number, answer, n);

	if (load->phase == PHASE_MEASURE)
		load->bytes += n;
	if (!right)
		count_wrong(channels, answer, n);
	else if (!datagram)
		load_fault(load, FAULT_LATE, "%s answered a datagram after %s or twice",
			   load->target->name, clock_text(text, channels->lost_after));
	if (!datagram)
		return;
	datagram->pending = false;
	channel->in_flight--;
	forget_answered(channels, channel);
	if (!right) {
		load_give_up(load, 1);
		return;
	}
	load->outstanding--;
	int64_t due = datagram->sent;
	if (load->interval > 0)
		due = load_due(load, number * (uint64_t)load->connections +
					     (uint64_t)(channel - channels->all));
	load_answered(load, due, datagram->sent, now, 1);
}

static void receive(struct channels *channels, struct channel *channel)
{
	int pipeline = channels->load->plan->pipeline;
	unsigned max = pipeline < BATCH ? (unsigned)pipeline : BATCH;
	int n = recvmmsg(channel->socket, channels->in_headers, max, MSG_DONTWAIT, NULL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		load_fault(channels->load, FAULT_REFUSED, "receive from %s: %s",
			   channels->load->target->name, error_reason(errno));
	int64_t now = clock_monotonic();
	for (int i = 0; i < n; i++)
		take(channels, channel, channels->in_parts[i].iov_base,
		     channels->in_headers[i].msg_len, now);
	if (n > 0)
		refill(channels, channel, now);
}

/* --- Losses. --- */

static void find_lost(struct channels *channels, struct channel *channel, int64_t before)
{
	struct load *load = channels->load;
	char text[32];

	while (channel->oldest < channel->sent) {
		struct datagram *datagram =
			&channel->datagrams[channel->oldest & (channels->remembered - 1)];
		if (datagram->pending && datagram->sent > before)
			return;
		if (datagram->pending) {
			give_up(channels, channel, channel->oldest);
			load_fault(load, FAULT_LOST, "%s did not answer a datagram within %s",
				   load->target->name, clock_text(text, channels->lost_after));
		}
		channel->oldest++;
	}
}

static void check(struct channels *channels)
{
	struct load *load = channels->load;

	channels->next_check = load->now + CHECK_EVERY;
	for (int i = 0; i < load->connections; i++) {
		struct channel *channel = &channels->all[i];
		if (channel->socket < 0)
			continue;
		find_lost(channels, channel, load->now - channels->lost_after);
		refill(channels, channel, load->now);
	}
}

/* --- The load. --- */

static void run(struct channels *channels)
{
	struct load *load = channels->load;
	struct epoll_event events[READY_MAX];

	load_begin(load);
	channels->next_check = load->now;
	while (load_turn(load) != PHASE_OVER && load->connected > 0) {
		if (load->interval > 0)
			send_due(channels);
		if (load->now >= channels->next_check)
			check(channels);
		int count = poll_wait(
			channels->epoll, events, READY_MAX, load->now,
			time_earlier(load_deadline(load, channels->due), channels->next_check));
		for (int i = 0; i < count; i++)
			receive(channels, events[i].data.ptr);
	}
	/* What was sent later than that is not lost yet: load_finish knows what to make of it. */
	for (int i = 0; i < load->connections; i++)
		find_lost(channels, &channels->all[i], load->now - channels->lost_after);
	load_finish(load);
}

static void prepare_batch(struct channels *channels)
{
	const struct plan *plan = channels->load->plan;

	for (int i = 0; i < BATCH; i++) {
		char *out = channels->out + (size_t)i * DATAGRAM_MAX;
		memcpy(out, channels->pattern, plan->size);
		channels->out_parts[i] = (struct iovec){out, plan->size};
		channels->in_parts[i] =
			(struct iovec){channels->in + (size_t)i * DATAGRAM_MAX, DATAGRAM_MAX};
		channels->out_headers[i].msg_hdr.msg_iov = &channels->out_parts[i];
		channels->in_headers[i].msg_hdr.msg_iov = &channels->in_parts[i];
		channels->out_headers[i].msg_hdr.msg_iovlen = 1;
		channels->in_headers[i].msg_hdr.msg_iovlen = 1;
	}
}

static int prepare(struct channels *channels, const int *sockets)
{
	const struct load *load = channels->load;
	const struct workload *workload = channels->workload;

	for (size_t i = 0; i < load->plan->size; i++)
		channels->pattern[i] = (char)(' ' + i % 95);
	prepare_batch(channels);
	if (workload->kind == WORKLOAD_ECHO)
		channels->numbered = load->plan->size < 8 ? load->plan->size : 8;
	while (workload->exchanges && workload->exchanges[channels->exchanges].request)
		channels->exchanges++;
	for (int i = 0; i < load->connections; i++) {
		struct channel *channel = &channels->all[i];
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = channel};
		channel->socket = sockets[i];
		channel->datagrams = channels->datagrams + (size_t)i * channels->remembered;
		if (sockets[i] >= 0 &&
		    epoll_ctl(channels->epoll, EPOLL_CTL_ADD, sockets[i], &event))
			return -errno;
	}
	return 0;
}

static int allocate(struct channels *channels)
{
	const struct load *load = channels->load;
	size_t connections = (size_t)load->connections;

	channels->lost_after = time_earlier(LOST_AFTER, load->plan->timeout);
	channels->remembered = REMEMBERED_MIN;
	while (channels->remembered < 4 * (uint64_t)load->plan->pipeline)
		channels->remembered *= 2;
	channels->all = calloc(connections, sizeof(*channels->all));
	channels->datagrams =
		calloc(connections * channels->remembered, sizeof(*channels->datagrams));
	channels->pattern = malloc(DATAGRAM_MAX);
	channels->out = malloc((size_t)BATCH * DATAGRAM_MAX);
	channels->in = malloc((size_t)BATCH * DATAGRAM_MAX);
	return channels->all && channels->datagrams && channels->pattern && channels->out &&
			       channels->in && channels->epoll >= 0
		       ? 0
		       : -ENOMEM;
}

static void release(struct channels *channels)
{
	if (channels->epoll >= 0)
		close(channels->epoll);
	free(channels->in);
	free(channels->out);
	free(channels->pattern);
	free(channels->datagrams);
	free(channels->all);
}

int datagram_load(struct load *load)
{
	struct channels channels = {.load = load,
				    .workload = load->plan->protocol->workload,
				    .epoll = epoll_create1(EPOLL_CLOEXEC)};
	int *sockets = calloc((size_t)load->connections, sizeof(*sockets));
	int status = sockets ? allocate(&channels) : -ENOMEM;

	if (status == 0) {
		sockets_connect_udp(load, sockets);
		status = prepare(&channels, sockets);
		if (status == 0)
			run(&channels);
		for (int i = 0; i < load->connections; i++) {
			if (sockets[i] >= 0)
				close(sockets[i]);
		}
	}
	release(&channels);
	free(sockets);
	return status;
}
