/*
 * How the members of a load come together in a chat room.
 *
 * All log in. When each has been welcomed, the first speaker says a word that all others wait for;
 * when the first listener has heard it, it says another one for all. Nobody has any line to come
 * from before that.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/poll.h"
#include "bench/room.h"

enum { READY_MAX = 256 };

static const char first_word[] = "all here?", second_word[] = "all here!";

struct joining {
	struct room *room;
	int welcomed, aligned;
	int64_t progress;
};

static void fail(struct room *room, enum fault fault, const char *what, const char *text)
{
	load_fault(room->load, fault, "%s %s%s", room->load->target->name, what, text);
	room->broken = true;
}

static void say(struct room *room, int member, const char *text)
{
	char line[ROOM_LINE];
	int n = snprintf(line, sizeof(line), "%s\n", text);

	/* A socket that nothing was sent to yet takes a short line whole. */
	if (send(room->members[member].socket, line, (size_t)n, MSG_NOSIGNAL) != n)
		fail(room, FAULT_CLOSED, "closed a connection: ", error_reason(errno));
}

static bool ends_with(const char *line, const char *end)
{
	size_t n = strlen(line), length = strlen(end);

	return n >= length && strcmp(line + n - length, end) == 0;
}

static void align(struct joining *joining, struct member *member)
{
	joining->aligned += !member->aligned;
	member->aligned = true;
}

static void take_line(struct joining *joining, struct member *member)
{
	struct room *room = joining->room;
	int first_listener = room->speaker_count;
	char *line = member->line;

	line[member->line_length] = '\0';
	member->line_length = 0;
	if (!member->welcomed) {
		if (strncmp(line, "Welcome, ", 9) != 0) {
			fail(room, FAULT_WRONG,
			     "did not welcome a member but said: ", load_quote(line, strlen(line)));
			return;
		}
		member->welcomed = true;
		if (++joining->welcomed == room->member_count)
			say(room, 0, first_word);
	} else if (ends_with(line, first_word) && member == &room->members[first_listener]) {
		align(joining, member);
		say(room, first_listener, second_word);
	} else if (ends_with(line, second_word)) {
		align(joining, member);
	}
}

static void take(struct joining *joining, struct member *member, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(joining, member);
		else if (member->line_length < ROOM_LINE - 1)
			member->line[member->line_length++] = bytes[i];
	}
}

static void receive(struct joining *joining, struct member *member)
{
	struct room *room = joining->room;

	for (;;) {
		ssize_t n = recv(member->socket, room->buffer, ROOM_BUFFER, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fail(room, FAULT_CLOSED, "closed a connection while members were joining",
			     "");
			return;
		}
		joining->progress = clock_monotonic();
		take(joining, member, room->buffer, (size_t)n);
	}
}

static void login(struct room *room)
{
	char name[ROOM_NAME];

	for (int i = 0; i < room->member_count && !room->broken; i++) {
		if (i < room->speaker_count)
			snprintf(name, sizeof(name), "%s", room->order.names[i]);
		else
			snprintf(name, sizeof(name), "%sl%d", room->order.names[0], i);
		say(room, i, name);
	}
}

bool room_join(struct room *room)
{
	struct joining joining = {.room = room, .progress = clock_monotonic()};
	struct epoll_event events[READY_MAX];

	login(room);
	while (!room->broken && joining.aligned < room->member_count) {
		int64_t now = clock_monotonic();
		int64_t deadline = time_after(joining.progress, room->load->plan->timeout);
		int count = poll_wait(room->epoll, events, READY_MAX, now,
				      time_earlier(deadline, now + LOAD_LOOK_AGAIN));
		for (int i = 0; i < count && !room->broken; i++)
			receive(&joining, events[i].data.ptr);
		if (atomic_load(room->load->conductor->stop))
			room->broken = true;
		else if (count == 0 && clock_monotonic() >= deadline)
			fail(room, FAULT_TIMEOUT, "did not let all members join in time", "");
	}
	return !room->broken;
}
