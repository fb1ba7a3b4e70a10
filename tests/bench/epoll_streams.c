/*
 * echo, calc and visit with epoll on one thread.
 *
 * A message costs two system calls, one that receives and one that sends; the wait between them is
 * shared by all connections that are ready at the same time. All connections share one buffer: a
 * connection owns memory only while an answer waits for a slow client, and calc for the rest of a
 * line. While an answer waits nothing more is read, so that what waits is bounded.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "epoll_server.h"

struct connection {
	int socket;
	bool named;            /* calc: the first line has come */
	bool quits;            /* to be closed when all is sent */
	struct backlog unsent; /* the kernel did not take it yet */
	struct backlog begun;  /* calc: a line without its end */
};

/* What came. Returns whether the connection lives on. */
typedef bool arrived_hook(struct connection *, char *bytes, size_t n);

static int loop;
static char received[RECEIVE_BYTES];

int backlog_add(struct backlog *backlog, const void *bytes, size_t n)
{
	char *grown = realloc(backlog->bytes, backlog->n + n);

	if (!grown)
		return -1;
	memcpy(grown + backlog->n, bytes, n);
	backlog->bytes = grown;
	backlog->n += n;
	return 0;
}

void backlog_drop(struct backlog *backlog, size_t n)
{
	backlog->n -= n;
	if (backlog->n) {
		memmove(backlog->bytes, backlog->bytes + n, backlog->n);
		return;
	}
	free(backlog->bytes);
	backlog->bytes = NULL;
}

static void drop(struct connection *connection)
{
	close(connection->socket);
	free(connection->unsent.bytes);
	free(connection->begun.bytes);
	free(connection);
}

static int watch(int operation, struct connection *connection, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = connection};

	return epoll_ctl(loop, operation, connection->socket, &event);
}

/* --- Sending. --- */

/* Sends, or keeps what the kernel does not take now. Returns whether the connection lives on. */
static bool answer(struct connection *connection, const char *bytes, size_t n)
{
	ssize_t sent = 0;

	if (connection->unsent.n == 0)
		sent = send(connection->socket, bytes, n, MSG_NOSIGNAL);
	if (sent == (ssize_t)n)
		return true;
	if (sent < 0 && errno != EAGAIN)
		return false;
	if (sent < 0)
		sent = 0;
	if (connection->unsent.n == 0 && watch(EPOLL_CTL_MOD, connection, EPOLLOUT) < 0)
		return false;
	return backlog_add(&connection->unsent, bytes + sent, n - (size_t)sent) == 0;
}

/* There is room again: sends what waits, and then reads on. */
static bool send_rest(struct connection *connection)
{
	struct backlog *unsent = &connection->unsent;
	ssize_t sent = send(connection->socket, unsent->bytes, unsent->n, MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN;
	backlog_drop(unsent, (size_t)sent);
	if (unsent->n)
		return true;
	return !connection->quits && watch(EPOLL_CTL_MOD, connection, EPOLLIN) == 0;
}

/* --- The loop. --- */

static bool receive(struct connection *connection, arrived_hook *arrived)
{
	ssize_t n = recv(connection->socket, received, sizeof(received), 0);

	if (n < 0)
		return errno == EAGAIN;
	return n > 0 && arrived(connection, received, (size_t)n);
}

/* Takes all who wait. */
static void welcome(int listener, void (*arrival)(int socket))
{
	int client;

	while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		arrival(client);
}

static void keep(int client)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		close(client);
		return;
	}
	connection->socket = client;
	if (watch(EPOLL_CTL_ADD, connection, EPOLLIN) < 0)
		drop(connection);
}

static void serve(int listener, void (*arrival)(int socket), arrived_hook *arrived)
{
	struct epoll_event ready[READY_MOST];
	struct epoll_event event = {.events = EPOLLIN};
	int count;

	loop = epoll_create1(EPOLL_CLOEXEC);
	if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) < 0)
		return;
	while ((count = epoll_wait(loop, ready, READY_MOST, -1)) >= 0 || errno == EINTR) {
		for (int i = 0; i < count; i++) {
			struct connection *connection = ready[i].data.ptr;
			if (!connection)
				welcome(listener, arrival);
			else if (!(connection->unsent.n ? send_rest(connection)
							: receive(connection, arrived)))
				drop(connection);
		}
	}
}

/* --- echo --- */

static bool echo(struct connection *connection, char *bytes, size_t n)
{
	return answer(connection, bytes, n);
}

void serve_echo(int listener)
{
	serve(listener, keep, echo);
}

/* --- calc --- */

/* Answers the lines that are whole, in one write, and keeps the beginning of another. */
static bool calculate_lines(struct connection *connection, char *bytes, size_t n)
{
	static char answers[RECEIVE_BYTES];
	char *line = bytes, *stop = bytes + n, *end;
	size_t length = 0;

	while (!connection->quits && (end = memchr(line, '\n', (size_t)(stop - line)))) {
		*end = '\0';
		if (connection->named && strcmp(line, "q") == 0)
			connection->quits = true;
		else if (connection->named)
			length += calc_answer(line, answers + length);
		connection->named = true;
		line = end + 1;
		if (length > sizeof(answers) - CALC_ANSWER) {
			if (!answer(connection, answers, length))
				return false;
			length = 0;
		}
	}
	if (length && !answer(connection, answers, length))
		return false;
	if (connection->quits)
		return connection->unsent.n > 0;
	return line == stop || backlog_add(&connection->begun, line, (size_t)(stop - line)) == 0;
}

static bool calculate(struct connection *connection, char *bytes, size_t n)
{
	struct backlog begun = connection->begun;

	if (begun.n == 0)
		return calculate_lines(connection, bytes, n);
	/* A line that never ends is nobody's sum. */
	if (begun.n > RECEIVE_BYTES || backlog_add(&begun, bytes, n) < 0)
		return false;
	connection->begun = (struct backlog){NULL, 0};
	bool lives = calculate_lines(connection, begun.bytes, begun.n);
	free(begun.bytes);
	return lives;
}

void serve_calc(int listener)
{
	serve(listener, keep, calculate);
}

/* --- visit --- */

/* The text changes once a second. */
static size_t date_and_time(char text[64])
{
	static time_t rendered;
	static char line[64];
	static size_t length;
	time_t now = time(NULL);
	struct tm local;

	if (now != rendered) {
		length = strftime(line, sizeof(line), "%a %b %e %H:%M:%S %Y\nHave a nice day!\n",
				  localtime_r(&now, &local));
		rendered = now;
	}
	memcpy(text, line, length);
	return length;
}

/* A new socket takes a line at once: nothing is left to wait for. */
static void tell_and_close(int client)
{
	char text[64];

	send(client, text, date_and_time(text), MSG_NOSIGNAL);
	close(client);
}

void serve_visit(int listener)
{
	serve(listener, tell_and_close, echo);
}
