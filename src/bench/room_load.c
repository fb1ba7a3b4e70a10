/*
 * A load on a chat room: speakers say lines, and every member must receive each of them, in one
 * order. A message is in flight until the last member has it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/poll.h"
#include "bench/room.h"
#include "bench/sockets.h"

enum { READY_MAX = 512 };

static int receivers(const struct room *room)
{
	return room->member_count - 1;
}

static void fail(struct room *room, enum fault fault, const char *what, const char *bytes, size_t n)
{
	load_fault(room->load, fault, "%s %s%s%s%s", room->load->target->name, what, n ? "\"" : "",
		   load_quote(bytes, n), n ? "\"" : "");
	room->broken = true;
}

/* --- Speaking. --- */

static void send_some(struct room *room, int i)
{
	struct speaker *speaker = &room->speakers[i];

	while (speaker->out_at < speaker->out_end) {
		ssize_t n = send(room->members[i].socket, speaker->out + speaker->out_at,
				 speaker->out_end - speaker->out_at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		speaker->out_at += (size_t)n;
	}
	speaker->out_at = speaker->out_end = 0;
}

/* Makes room behind what is still to be sent. */
static void compact(struct speaker *speaker)
{
	memmove(speaker->out, speaker->out + speaker->out_at, speaker->out_end - speaker->out_at);
	speaker->out_end -= speaker->out_at;
	speaker->out_at = 0;
}

static void add_message(struct room *room, struct speaker *speaker, int64_t now)
{
	static const char digits[] = "0123456789abcdef";
	char *message = speaker->out + speaker->out_end;
	size_t size = room->order.size;

	for (int i = 0; i < ROOM_NUMBER; i++)
		message[i] = digits[speaker->sent >> 4 * (ROOM_NUMBER - 1 - i) & 15];
	memset(message + ROOM_NUMBER, 'x', size - ROOM_NUMBER - 1);
	message[size - 1] = '\n';
	speaker->out_end += size;
	speaker->times[speaker->sent++ % room->pipeline] = now;
	room->order.said_by[speaker - room->speakers] = speaker->sent;
	room->load->sent += room->load->phase == PHASE_MEASURE;
	if (room->load->interval > 0)
		room->load->unsent -= (uint64_t)receivers(room);
}

static void refill(struct room *room, int i, int64_t now)
{
	struct speaker *speaker = &room->speakers[i];
	struct load *load = room->load;
	bool open_loop = load->interval > 0;

	if (speaker->out_at > 0)
		compact(speaker);
	while (speaker->sent - speaker->delivered < room->pipeline) {
		uint64_t number = speaker->sent * (uint64_t)room->speaker_count + (uint64_t)i;
		if (open_loop ? number >= room->due || load_is_late(load) : !load_sends(load))
			break;
		if (!open_loop)
			load->outstanding += (uint64_t)receivers(room);
		add_message(room, speaker, now);
	}
	send_some(room, i);
}

static void speak_due(struct room *room)
{
	struct load *load = room->load;
	uint64_t end = load_turn_end(load, room->due, room->speaker_count);

	while (room->due < end && load_is_due(load, room->due)) {
		int speaker = (int)(room->due++ % (uint64_t)room->speaker_count);
		/* The time-out is from here, if nothing was awaited before. */
		if (load->outstanding == 0)
			room->progress = load->now;
		load->outstanding += (uint64_t)receivers(room);
		load->unsent += (uint64_t)receivers(room);
		refill(room, speaker, load->now);
	}
}

/* --- Hearing. --- */

/* A member has received line number `seen` of the order. */
static void hear(struct room *room, struct member *member, int64_t now)
{
	struct said *said = order_said(&room->order, member->seen++);
	struct speaker *speaker = &room->speakers[said->speaker];
	struct load *load = room->load;
	int64_t sent = speaker->times[said->number % room->pipeline], due = sent;

	if (load->interval > 0)
		due = load_due(load, said->number * (uint64_t)room->speaker_count +
					     (uint64_t)said->speaker);
	load->outstanding--;
	load_answered(load, due, sent, now, 1);
	if (--said->missing == 0)
		speaker->delivered++;
}

static void skip_own(const struct room *room, struct member *member)
{
	int self = (int)(member - room->members);

	while (member->seen < room->order.said_count &&
	       order_said(&room->order, member->seen)->speaker == self)
		member->seen++;
}

/* Compares what a speaker has heard of the others with the order, as far as that is known. */
static void settle(struct room *room, int i, int64_t now)
{
	struct speaker *speaker = &room->speakers[i];
	struct member *member = &room->members[i];
	size_t n = 0;

	for (; n < speaker->ahead_count; n++) {
		skip_own(room, member);
		if (member->seen == room->order.said_count)
			break;
		const struct said *said = order_said(&room->order, member->seen);
		if (said->speaker != speaker->ahead[n].speaker ||
		    said->number != speaker->ahead[n].number) {
			fail(room, FAULT_DISORDERED,
			     "showed a speaker another order than the others", "", 0);
			return;
		}
		hear(room, member, now);
	}
	speaker->ahead_count -= n;
	memmove(speaker->ahead, speaker->ahead + n, speaker->ahead_count * sizeof(*speaker->ahead));
	skip_own(room, member);
}

static void take_line(struct room *room, struct speaker *speaker)
{
	struct said *said = &speaker->ahead[speaker->ahead_count];
	uint64_t most = room->pipeline * (uint64_t)room->speaker_count;

	said->speaker =
		order_read(&room->order, speaker->partial, speaker->partial_length, &said->number);
	if (said->speaker < 0 || speaker->ahead_count == most)
		fail(room, FAULT_WRONG, "told a speaker ", speaker->partial,
		     speaker->partial_length);
	else
		speaker->ahead_count++;
	speaker->partial_length = 0;
}

static void take_as_speaker(struct room *room, int i, size_t n)
{
	struct speaker *speaker = &room->speakers[i];
	size_t longest = ROOM_NAME + 2 + room->order.size;

	for (size_t at = 0; at < n && !room->broken; at++) {
		char byte = room->buffer[at];
		if (byte == '\n')
			take_line(room, speaker);
		else if (speaker->partial_length < longest)
			speaker->partial[speaker->partial_length++] = byte;
	}
}

/* A line that is whole and was said but is not the next in the order is out of order. */
static void disagree(struct room *room, const char *line, size_t n)
{
	uint64_t number;
	int speaker = order_read(&room->order, line, n, &number);

	if (speaker < 0)
		fail(room, FAULT_WRONG, "told a member ", line, n);
	else if (number >= room->order.said_by[speaker])
		fail(room, FAULT_WRONG, "told a member what nobody had said: ", line, n);
	else
		fail(room, FAULT_DISORDERED,
		     "showed a member another order than the others: ", line, n);
}

static void take_as_listener(struct room *room, struct member *member, size_t n, int64_t now)
{
	struct order *order = &room->order;
	size_t length;
	const char *line = order_take(order, member->place, room->buffer, n, &length);

	if (line) {
		disagree(room, line, length);
		return;
	}
	member->place += n;
	while (member->seen < order->said_count &&
	       order_said(order, member->seen)->end <= member->place)
		hear(room, member, now);
}

/* ended: the peer has closed, and nobody will be told again. */
static void receive(struct room *room, struct member *member, bool ended)
{
	int self = (int)(member - room->members);
	ssize_t n;

	do {
		n = recv(member->socket, room->buffer, ROOM_BUFFER, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fail(room, FAULT_CLOSED, "closed a member's connection", "", 0);
			return;
		}
		room->progress = clock_monotonic();
		if (room->load->phase == PHASE_MEASURE)
			room->load->bytes += (size_t)n;
		if (self < room->speaker_count)
			take_as_speaker(room, self, (size_t)n);
		else
			take_as_listener(room, member, (size_t)n, room->progress);
	} while ((n == ROOM_BUFFER || ended) && !room->broken);
}

/* --- The load. --- */

static void serve(struct room *room, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count && !room->broken; i++) {
		if (events[i].events & ~(unsigned)EPOLLOUT)
			receive(room, events[i].data.ptr,
				events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
	}
	int64_t now = clock_monotonic();
	for (int i = 0; i < room->speaker_count && !room->broken; i++) {
		settle(room, i, now);
		refill(room, i, now);
	}
}

static void run(struct room *room)
{
	struct load *load = room->load;
	struct epoll_event events[READY_MAX];
	char text[32];

	room->progress = load->now;
	while (load_turn(load) != PHASE_OVER && !room->broken) {
		if (load->interval > 0)
			speak_due(room);
		else if (load->outstanding == 0)
			serve(room, events, 0);
		int count = poll_wait(room->epoll, events, READY_MAX, load->now,
				      load_deadline(load, room->due));
		serve(room, events, count);
		if (load->outstanding > 0 && load->now - room->progress > load->plan->timeout) {
			load_faults(load, FAULT_TIMEOUT, load->outstanding - load->unsent,
				    "%s delivered nothing for %s", load->target->name,
				    clock_text(text, load->plan->timeout));
			load->outstanding = load->unsent = 0;
			room->broken = true;
		}
	}
}

static int allocate_speakers(struct room *room)
{
	size_t most = (size_t)room->pipeline * (size_t)room->speaker_count;

	if (order_make(&room->order, room->speaker_count, room->member_count - room->speaker_count,
		       room->load->plan->size, most))
		return -ENOMEM;
	for (int i = 0; i < room->speaker_count; i++) {
		struct speaker *speaker = &room->speakers[i];
		speaker->times = calloc(room->pipeline, sizeof(*speaker->times));
		speaker->out = malloc(room->pipeline * room->load->plan->size);
		speaker->ahead = calloc(most + 1, sizeof(*speaker->ahead));
		speaker->partial = malloc(ROOM_NAME + 2 + room->load->plan->size);
		if (!speaker->times || !speaker->out || !speaker->ahead || !speaker->partial)
			return -ENOMEM;
		snprintf(room->order.names[i], ROOM_NAME, "b%ds%d", (int)getpid(), i);
	}
	return 0;
}

static int allocate(struct room *room)
{
	size_t members = (size_t)room->member_count, speakers = (size_t)room->speaker_count;

	room->members = calloc(members, sizeof(*room->members));
	room->speakers = calloc(speakers, sizeof(*room->speakers));
	room->buffer = malloc(ROOM_BUFFER);
	if (!room->members || !room->speakers || !room->buffer || room->epoll < 0)
		return -ENOMEM;
	for (size_t i = 0; i < members; i++) {
		room->members[i].socket = -1;
		room->members[i].line = malloc(ROOM_LINE);
		if (!room->members[i].line)
			return -ENOMEM;
	}
	return allocate_speakers(room);
}

static void release(struct room *room)
{
	for (int i = 0; room->members && i < room->member_count; i++) {
		if (room->members[i].socket >= 0)
			socket_reset(room->members[i].socket);
		free(room->members[i].line);
	}
	for (int i = 0; room->speakers && i < room->speaker_count; i++) {
		free(room->speakers[i].times);
		free(room->speakers[i].out);
		free(room->speakers[i].ahead);
		free(room->speakers[i].partial);
	}
	order_free(&room->order);
	if (room->epoll >= 0)
		close(room->epoll);
	free(room->buffer);
	free(room->speakers);
	free(room->members);
}

/* A room with somebody missing would not be the one that was asked for. */
static int enter(struct room *room)
{
	struct load *load = room->load;
	int *sockets = calloc((size_t)load->connections, sizeof(*sockets));

	if (!sockets)
		return -ENOMEM;
	sockets_connect(load, sockets);
	for (int i = 0; i < room->member_count; i++) {
		struct member *member = &room->members[i];
		struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
					    .data.ptr = member};
		member->socket = sockets[i];
		if (sockets[i] < 0 || epoll_ctl(room->epoll, EPOLL_CTL_ADD, sockets[i], &event))
			room->broken = true;
	}
	free(sockets);
	if (!room->broken)
		room_join(room);
	return 0;
}

int room_load(struct load *load)
{
	struct room room = {
		.load = load,
		.member_count = load->connections,
		.speaker_count = load->plan->speakers,
		.pipeline = (uint64_t)load->plan->pipeline,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
	};
	int status = allocate(&room);

	if (status == 0)
		status = enter(&room);
	if (status == 0) {
		load_begin(load);
		if (!room.broken)
			run(&room);
		load_finish(load);
	}
	release(&room);
	return status;
}
