/* The person at the server's end. */
#include "endpoint/person.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sockettool/server.h"

/* --- What is shown. --- */

static struct {
	pthread_mutex_t lock; /* held while a line is written, so that lines stay whole */
	const struct server *server;
	int64_t deadline; /* after a stop: when a reader that stands still is given up */
	bool lost;
} shown = {.lock = PTHREAD_MUTEX_INITIALIZER, .deadline = NEVER};

void person_attend(const struct server *server)
{
	shown.server = server;
}

/* Standard output may be shared, and stays blocking: a part that a pipe with room takes whole does
 * not block. Returns 0, or an errno: ETIMEDOUT after a stop. */
static int await_reader(void)
{
	for (;;) {
		bool stopped = shown.deadline != NEVER;
		struct pollfd list[] = {
			{.fd = STDOUT_FILENO, .events = POLLOUT},
			{.fd = stopped ? shown.server->stop_now : shown.server->stop,
			 .events = POLLIN},
		};
		int64_t now = clock_monotonic();

		if (poll(list, 2, clock_poll_timeout(now, shown.deadline)) < 0 && errno != EINTR)
			return errno;
		if (list[0].revents)
			return 0;
		if (stopped && (list[1].revents || now >= shown.deadline))
			return ETIMEDOUT;
		if (!stopped && list[1].revents)
			shown.deadline = time_after(now, shown.server->grace);
	}
}

static int write_out(const char *text, size_t n)
{
	while (n > 0) {
		int code = await_reader();
		if (code)
			return code;
		ssize_t written = write(STDOUT_FILENO, text, n < PIPE_BUF ? n : PIPE_BUF);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return errno;
		if (written > 0) {
			text += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static void show_line(const char *text, size_t n)
{
	pthread_mutex_lock(&shown.lock);
	int code = write_out(text, n);
	if (code && !shown.lost)
		log_write(LOG_WARNING, NULL, NULL,
			  "standard output does not take what is to be shown, which is lost: %s",
			  code == ETIMEDOUT ? "nobody reads it" : error_reason(code));
	shown.lost = shown.lost || code;
	pthread_mutex_unlock(&shown.lock);
}

void person_show(struct connection *connection, const char *bytes, size_t n, bool is_line)
{
	size_t size = text_escape_bound(n);
	/* A message is never near half of the memory there can be. */
	char *text = size < PTRDIFF_MAX ? malloc(size) : NULL;

	(void)connection;
	(void)is_line;
	if (!text)
		return;
	size_t length = text_escape(text, size, bytes, n);
	/* In the place of the NUL. */
	text[length] = '\n';
	show_line(text, length + 1);
	free(text);
}

/* --- What is typed. --- */

enum {
	LINE_MAX_TYPED = 4096,
	LINE_ROOM = LINE_MAX_TYPED + 2, /* a CR may follow, and what fills it is too long */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool reading; /* there is a thread */
	bool wanted;
	bool dismissed;
	bool giving;             /* the thread is in service_type */
	struct service *service; /* whose session wants lines */
} keyboard = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* Reads a byte. Returns false at the end of the input. */
static bool read_byte(char *byte)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t n;

	while ((n = read(STDIN_FILENO, byte, 1)) < 0 && (errno == EINTR || errno == EAGAIN)) {
		/* Another process has made the input nonblocking. */
		if (errno == EAGAIN)
			(void)poll(&input, 1, CLOCK_POLL_FOREVER);
	}
	return n > 0;
}

/* Reads a line byte by byte: what follows it may be another process's to read. Returns its length
 * without the end, more than LINE_MAX_TYPED if it is too long, or -1 at the end of the input. */
static ssize_t read_line(char line[LINE_ROOM])
{
	ssize_t length = 0;
	char byte = '\0';

	while (read_byte(&byte) && byte != '\n') {
		if (length < LINE_ROOM)
			line[length++] = byte;
	}
	if (byte != '\n' && length == 0)
		return -1;
	return length > 0 && length < LINE_ROOM && line[length - 1] == '\r' ? length - 1 : length;
}

/* Waits until a session wants a line. Returns its service, or NULL: there is nobody any more. */
static struct service *await_wish(void)
{
	pthread_mutex_lock(&keyboard.lock);
	while (!keyboard.wanted && !keyboard.dismissed)
		pthread_cond_wait(&keyboard.changed, &keyboard.lock);
	struct service *service = keyboard.dismissed ? NULL : keyboard.service;
	keyboard.giving = service;
	keyboard.wanted = false;
	pthread_mutex_unlock(&keyboard.lock);
	return service;
}

static void given(bool still_wanted)
{
	pthread_mutex_lock(&keyboard.lock);
	keyboard.giving = false;
	keyboard.wanted = keyboard.wanted || still_wanted;
	pthread_cond_broadcast(&keyboard.changed);
	pthread_mutex_unlock(&keyboard.lock);
}

static void *read_keyboard(void *unused)
{
	char line[LINE_ROOM];
	struct service *service;

	(void)unused;
	/* A terminal's end, ^D, is one conversation's end, and the next line may follow. Any other
	 * end is read again and again, once for everybody who wants a line. */
	for (;;) {
		ssize_t n = read_line(line);
		bool taken = false;
		if (n > LINE_MAX_TYPED) {
			log_write(LOG_WARNING, NULL, NULL,
				  "a typed line of more than %d bytes is left out", LINE_MAX_TYPED);
			log_flush();
			continue;
		}
		/* What was read is kept until a session takes it. */
		while (!taken) {
			service = await_wish();
			if (!service)
				return NULL;
			taken = n < 0 ? service_type(service, NULL, 0)
				      : service_type(service, line, (size_t)n);
			given(taken && n >= 0);
		}
	}
}

/* Signals are for the main thread, whose blocking calls they interrupt. */
static void start_reading(void)
{
	sigset_t all, before;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, read_keyboard, NULL) == 0)
		pthread_detach(thread);
	else
		log_write(LOG_ERROR, NULL, NULL, "no thread for the keyboard could be made");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void person_keyboard(struct service *service, bool wanted)
{
	pthread_mutex_lock(&keyboard.lock);
	keyboard.service = service;
	keyboard.wanted = wanted;
	if (wanted && !keyboard.reading) {
		keyboard.reading = true;
		start_reading();
	}
	pthread_cond_broadcast(&keyboard.changed);
	pthread_mutex_unlock(&keyboard.lock);
}

void person_dismiss(void)
{
	pthread_mutex_lock(&keyboard.lock);
	keyboard.dismissed = true;
	pthread_cond_broadcast(&keyboard.changed);
	while (keyboard.giving)
		pthread_cond_wait(&keyboard.changed, &keyboard.lock);
	pthread_mutex_unlock(&keyboard.lock);
}
