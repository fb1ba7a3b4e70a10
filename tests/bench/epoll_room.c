/*
 * room with epoll on one thread: what one says, all others hear, as "NAME: TEXT".
 *
 * The first line a client sends is its name. (Whether it is taken nobody asks here.) Everything
 * that comes in one turn of the loop is written to one log, and at the end of the turn each member
 * gets its share of the log in one write: all but what it said itself, from where it joined. That
 * batching is what makes a room fast: with a write for each line and member, the system calls cost
 * far more than everything else.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "epoll_server.h"

enum {
	NAME_MOST = 32,
	UNSENT_MOST = 1 << 20, /* whoever lets more wait does not read, and is dropped */
};

struct member {
	int socket;
	uint64_t id;              /* of this member and of nobody before or after */
	bool gone;                /* to be taken out at the end of the turn */
	bool spoke;               /* in this turn */
	char name[NAME_MOST + 1]; /* empty: not in the room yet */
	size_t from;              /* where in the log begins what is for it */
	size_t index;             /* in members */
	struct backlog begun;     /* a line without its end */
	struct backlog unsent;
};

/* A line of the log that its speaker must not hear. */
struct said {
	uint64_t speaker;
	size_t begin, end;
};

static int loop;
static struct member **members;
static size_t member_count, member_capacity;
static uint64_t last_id;

static char *log_bytes;
static size_t log_length, log_capacity;
static struct said *saids;
static size_t said_count, said_capacity;
static char *share; /* of the log, for a member that spoke; as large as the log */

/* --- Memory: a reference has no second plan. --- */

static void *grow(void *memory, size_t count, size_t *capacity, size_t size)
{
	while (count > *capacity)
		*capacity = *capacity ? *capacity * 2 : 64;
	memory = realloc(memory, *capacity * size);
	if (!memory)
		abort();
	return memory;
}

/* --- The log of the turn. --- */

static void log_add(const char *bytes, size_t n)
{
	if (log_length + n > log_capacity) {
		log_bytes = grow(log_bytes, log_length + n, &log_capacity, 1);
		share = realloc(share, log_capacity);
		if (!share)
			abort();
	}
	memcpy(log_bytes + log_length, bytes, n);
	log_length += n;
}

static void log_notice(const struct member *member, const char *text)
{
	log_add(member->name, strlen(member->name));
	log_add(text, strlen(text));
}

static void log_line(struct member *member, const char *line, size_t n)
{
	size_t begin = log_length;

	log_add(member->name, strlen(member->name));
	log_add(": ", 2);
	log_add(line, n);
	log_add("\n", 1);
	if (said_count == said_capacity)
		saids = grow(saids, said_count + 1, &said_capacity, sizeof(*saids));
	saids[said_count++] = (struct said){member->id, begin, log_length};
	member->spoke = true;
}

/* The log from where the member joined, less what it said itself. */
static size_t log_share(const struct member *member)
{
	size_t length = 0, at = member->from;

	for (size_t i = 0; i < said_count; i++) {
		if (saids[i].speaker != member->id)
			continue;
		memcpy(share + length, log_bytes + at, saids[i].begin - at);
		length += saids[i].begin - at;
		at = saids[i].end;
	}
	memcpy(share + length, log_bytes + at, log_length - at);
	return length + log_length - at;
}

/* --- Sending. --- */

static void want(struct member *member, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = member};

	if (epoll_ctl(loop, EPOLL_CTL_MOD, member->socket, &event) < 0)
		member->gone = true;
}

static void tell(struct member *member, const char *bytes, size_t n)
{
	ssize_t sent = 0;

	if (n == 0 || member->gone)
		return;
	if (member->unsent.n == 0)
		sent = send(member->socket, bytes, n, MSG_NOSIGNAL);
	if (sent == (ssize_t)n)
		return;
	if (sent < 0 && errno != EAGAIN) {
		member->gone = true;
		return;
	}
	if (sent < 0)
		sent = 0;
	if (member->unsent.n == 0)
		want(member, EPOLLIN | EPOLLOUT);
	if (backlog_add(&member->unsent, bytes + sent, n - (size_t)sent) < 0 ||
	    member->unsent.n > UNSENT_MOST)
		member->gone = true;
}

static void send_rest(struct member *member)
{
	struct backlog *unsent = &member->unsent;
	ssize_t sent = send(member->socket, unsent->bytes, unsent->n, MSG_NOSIGNAL);

	if (sent < 0) {
		member->gone = errno != EAGAIN;
		return;
	}
	backlog_drop(unsent, (size_t)sent);
	if (unsent->n == 0)
		want(member, EPOLLIN);
}

/* --- Members. --- */

static void join(struct member *member, const char *name, size_t n)
{
	char welcome[NAME_MOST + 64];

	if (n == 0 || n > NAME_MOST) {
		member->gone = true;
		return;
	}
	memcpy(member->name, name, n);
	int length = snprintf(welcome, sizeof(welcome), "Welcome, %s.\n", member->name);
	tell(member, welcome, (size_t)length);
	log_notice(member, " has joined the chat.\n");
	member->from = log_length;
	members = grow(members, member_count + 1, &member_capacity, sizeof(struct member *));
	member->index = member_count;
	members[member_count++] = member;
}

static void leave(struct member *member)
{
	if (member->name[0]) {
		members[member->index] = members[--member_count];
		members[member->index]->index = member->index;
		log_notice(member, " has left the chat.\n");
	}
	close(member->socket);
	free(member->begun.bytes);
	free(member->unsent.bytes);
	free(member);
}

static void take_line(struct member *member, const char *line, size_t n)
{
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == strlen("quit") && memcmp(line, "quit", n) == 0)
		member->gone = true;
	else if (member->name[0])
		log_line(member, line, n);
	else
		join(member, line, n);
}

static void take_lines(struct member *member, const char *bytes, size_t n)
{
	const char *stop = bytes + n, *end;

	while (!member->gone && (end = memchr(bytes, '\n', (size_t)(stop - bytes)))) {
		if (member->begun.n) {
			struct backlog line = member->begun;
			member->begun = (struct backlog){NULL, 0};
			if (backlog_add(&line, bytes, (size_t)(end - bytes)) < 0)
				abort();
			take_line(member, line.bytes, line.n);
			free(line.bytes);
		} else {
			take_line(member, bytes, (size_t)(end - bytes));
		}
		bytes = end + 1;
	}
	if (bytes < stop && (backlog_add(&member->begun, bytes, (size_t)(stop - bytes)) < 0 ||
			     member->begun.n > RECEIVE_BYTES))
		member->gone = true;
}

static void receive(struct member *member)
{
	static char bytes[RECEIVE_BYTES];
	ssize_t n = recv(member->socket, bytes, sizeof(bytes), 0);

	if (n > 0)
		take_lines(member, bytes, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		member->gone = true;
}

/* --- The loop. --- */

static void welcome_all(int listener)
{
	int client;

	while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct member *member = calloc(1, sizeof(*member));
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};
		if (!member)
			abort();
		member->socket = client;
		member->id = ++last_id;
		if (epoll_ctl(loop, EPOLL_CTL_ADD, client, &event) < 0) {
			close(client);
			free(member);
		}
	}
}

/* Each member gets its share in one write. Who cannot be reached leaves, and the log of that is
 * delivered in turn. */
static void deliver(void)
{
	while (log_length > 0) {
		for (size_t i = 0; i < member_count; i++) {
			struct member *member = members[i];
			if (member->spoke)
				tell(member, share, log_share(member));
			else
				tell(member, log_bytes + member->from, log_length - member->from);
			member->from = 0;
			member->spoke = false;
		}
		log_length = said_count = 0;
		for (size_t i = member_count; i-- > 0;) {
			if (members[i]->gone)
				leave(members[i]);
		}
	}
}

void serve_room(int listener)
{
	struct epoll_event ready[READY_MOST];
	struct epoll_event event = {.events = EPOLLIN};
	int count;

	loop = epoll_create1(EPOLL_CLOEXEC);
	if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) < 0)
		return;
	while ((count = epoll_wait(loop, ready, READY_MOST, -1)) >= 0 || errno == EINTR) {
		for (int i = 0; i < count; i++) {
			struct member *member = ready[i].data.ptr;
			if (!member) {
				welcome_all(listener);
				continue;
			}
			if (ready[i].events & EPOLLOUT)
				send_rest(member);
			if (!member->gone && (ready[i].events & ~(uint32_t)EPOLLOUT))
				receive(member);
			if (member->gone)
				leave(member);
		}
		deliver();
	}
}
