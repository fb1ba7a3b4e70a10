/*
 * Lines are put together on the caller's stack, gather in one buffer under a mutex, and leave in
 * writes that cannot block: a stopped terminal or pipe keeps its lines waiting, and the rest is
 * counted instead of kept.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "sockettool/text.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	MESSAGE_CHARACTERS = 1000,
	MESSAGE_SIZE = MESSAGE_CHARACTERS * 4 + 4,    /* more than that many characters fill */
	MESSAGE_ENCODED = MESSAGE_CHARACTERS * 6 + 8, /* each as \u001b, "..." and a NUL */
	NAME_ENCODED = 256,
	LINE_SIZE = MESSAGE_ENCODED + 2 * NAME_ENCODED + 256,
};

/* How long the program's end waits for a slow reader. */
#define PATIENCE NANOSECONDS_PER_SECOND

/* A deadline that has passed: what cannot be written at once waits. */
#define NOW 0

typedef void log_sink(enum log_level, const char *text, size_t n);
typedef size_t encoder(char *out, size_t size, const char *bytes, size_t n);

struct line {
	size_t n;
	char text[LINE_SIZE];
};

struct message {
	enum log_level level;
	const char *subject, *peer;
	const char *text;
	size_t n;
};

static atomic_int wanted_level = LOG_INFO;
static atomic_int wanted_format = LOG_TEXT;
static _Atomic(log_sink *) redirection;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* What the mutex guards: the waiting bytes, and how many lines found no room among them. */
static char buffer[BUFFER_SIZE];
static size_t used;
static unsigned long dropped;

/* Whether there may be something to flush: it is asked once a turn, mostly for nothing. */
static atomic_bool waiting;

/* Standard error opened once more, so that O_NONBLOCK is ours alone; -1: it cannot be. */
static int own_descriptor = -1;
static struct stat own_file;

void log_configure(enum log_level level, enum log_format format)
{
	atomic_store(&wanted_level, level);
	atomic_store(&wanted_format, format);
}

void log_redirect(log_sink *sink)
{
	atomic_store(&redirection, sink);
}

bool log_wants(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&wanted_level, memory_order_relaxed);
}

/* --- Lines. --- */

static void add(struct line *line, const char *text)
{
	size_t n = strlen(text);

	memcpy(line->text + line->n, text, n);
	line->n += n;
}

/* Adds bytes made safe, in at most size bytes. */
static void add_encoded(struct line *line, encoder *encode, size_t size, const char *bytes,
			size_t n)
{
	line->n += encode(line->text + line->n, size, bytes, n);
}

static void add_name(struct line *line, encoder *encode, const char *before, const char *name,
		     const char *after)
{
	if (!name)
		return;
	add(line, before);
	add_encoded(line, encode, NAME_ENCODED, name, strlen(name));
	add(line, after);
}

static const char *level_name(enum log_level level)
{
	static const char *const names[] = {"error", "warning", "info", "detail"};

	return names[level];
}

/* A second's words last for many lines; each thread has its own. */
static const char *second_text(time_t second)
{
	static _Thread_local struct {
		time_t second;
		char text[32];
	} last;
	struct tm parts;

	if (last.second != second || !last.text[0]) {
		last.second = second;
		gmtime_r(&second, &parts);
		strftime(last.text, sizeof(last.text), "%Y-%m-%dT%H:%M:%S", &parts);
	}
	return last.text;
}

static void add_time(struct line *line)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	int milliseconds = (int)(now.tv_nsec / NANOSECONDS_PER_MILLISECOND);
	const char fraction[] = {'.',
				 (char)('0' + milliseconds / 100),
				 (char)('0' + milliseconds / 10 % 10),
				 (char)('0' + milliseconds % 10),
				 'Z',
				 '\0'};
	add(line, second_text(now.tv_sec));
	add(line, fraction);
}

static void add_text(struct line *line, const struct message *message)
{
	add_name(line, text_escape, "", message->subject, " ");
	add_name(line, text_escape, "", message->peer, " ");
	add_encoded(line, text_escape, MESSAGE_ENCODED, message->text, message->n);
}

static void make_text(struct line *line, const struct message *message)
{
	line->n = 0;
	add_time(line);
	add(line, " ");
	add(line, level_name(message->level));
	add(line, " ");
	add_text(line, message);
	add(line, "\n");
}

static void make_json(struct line *line, const struct message *message)
{
	line->n = 0;
	add(line, "{\"time\":\"");
	add_time(line);
	add(line, "\",\"level\":\"");
	add(line, level_name(message->level));
	add(line, "\"");
	add_name(line, text_json, ",\"protocol\":\"", message->subject, "\"");
	add_name(line, text_json, ",\"peer\":\"", message->peer, "\"");
	add(line, ",\"message\":\"");
	add_encoded(line, text_json, MESSAGE_ENCODED, message->text, message->n);
	add(line, "\"}\n");
}

static void make_line(struct line *line, const struct message *message)
{
	if (atomic_load(&wanted_format) == LOG_JSON)
		make_json(line, message);
	else
		make_text(line, message);
}

/* --- The buffer. Callers hold the mutex. --- */

static bool append(const struct line *line)
{
	if (line->n > BUFFER_SIZE - used)
		return false;
	memcpy(buffer + used, line->text, line->n);
	used += line->n;
	return true;
}

static void append_count_of_dropped(void)
{
	struct message message = {.level = LOG_WARNING};
	struct line line;
	char text[128];

	snprintf(text, sizeof(text), "%lu %s dropped here: the log could not be written", dropped,
		 dropped == 1 ? "line was" : "lines were");
	message.text = text;
	message.n = strlen(text);
	make_line(&line, &message);
	if (append(&line))
		dropped = 0;
}

/* What the next write takes of the bytes from start on: whole lines as far as they fit in PIPE_BUF,
 * which pipes do not mix with the writes of other processes. */
static size_t next_chunk(size_t start)
{
	const char *end;

	if (used - start <= PIPE_BUF)
		return used - start;
	end = memrchr(buffer + start, '\n', PIPE_BUF);
	return end ? (size_t)(end - (buffer + start)) + 1 : PIPE_BUF;
}

/* The descriptor to write to. A terminal that poll calls ready may have room for less than a write
 * and block it, and other processes may fill a pipe in between; neither blocks a descriptor of our
 * own with O_NONBLOCK. */
static int destination(void)
{
	struct stat file;

	if (fstat(STDERR_FILENO, &file) < 0)
		return STDERR_FILENO;
	if (own_file.st_dev == file.st_dev && own_file.st_ino == file.st_ino)
		return own_descriptor >= 0 ? own_descriptor : STDERR_FILENO;
	if (own_descriptor >= 0)
		close(own_descriptor);
	own_descriptor = -1;
	own_file = file;
	if (S_ISCHR(file.st_mode) || S_ISFIFO(file.st_mode))
		own_descriptor =
			open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own_descriptor >= 0 ? own_descriptor : STDERR_FILENO;
}

/* After an error that will not pass: the lines from start on are gone, and the next write looks at
 * standard error anew. */
static void drop(size_t start)
{
	for (size_t i = start; i < used; i++)
		dropped += buffer[i] == '\n';
	used = start;
	own_file = (struct stat){0};
}

static bool writable(int descriptor, int64_t deadline)
{
	struct pollfd wanted = {.fd = descriptor, .events = POLLOUT};
	int ready;

	do
		ready = poll(&wanted, 1, clock_poll_timeout(clock_monotonic(), deadline));
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* Writes until the buffer is empty or, at the deadline, the reader takes no more. */
static void write_out(int64_t deadline)
{
	int descriptor = destination();
	bool may_block = descriptor == STDERR_FILENO && !S_ISREG(own_file.st_mode);
	size_t start = 0;

	while (start < used &&
	       ((deadline == NOW && !may_block) || writable(descriptor, deadline))) {
		ssize_t n = write(descriptor, buffer + start, next_chunk(start));

		if (n >= 0)
			start += (size_t)n;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			drop(start);
	}
	used -= start;
	memmove(buffer, buffer + start, used);
}

static void flush(int64_t deadline)
{
	if (used > 0)
		write_out(deadline);
	if (dropped > 0 && used <= BUFFER_SIZE / 2) {
		unsigned long told = dropped;
		append_count_of_dropped();
		write_out(deadline);
		/* Where that line was dropped, too, nobody was told. */
		if (dropped > 0 && dropped < told)
			dropped += told - 1;
	}
}

/* --- Processes: what a child inherits in the buffer is its parent's to write. --- */

static void before_fork(void)
{
	pthread_mutex_lock(&mutex);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&mutex);
}

static void after_fork_in_child(void)
{
	used = 0;
	dropped = 0;
	pthread_mutex_unlock(&mutex);
}

static void flush_at_exit(void)
{
	pthread_mutex_lock(&mutex);
	flush(clock_monotonic() + PATIENCE);
	pthread_mutex_unlock(&mutex);
}

static void prepare(void)
{
	/* Failing leaves the log usable, but for lines that an exit or a fork catches waiting. */
	(void)atexit(flush_at_exit);
	(void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* --- The contract's functions. --- */

/* Cuts the text after so many characters as a message may have. Returns its length. */
static size_t cut(char text[MESSAGE_SIZE + sizeof("...")])
{
	const char *at = text, *end = text + strlen(text);

	if (end - at <= MESSAGE_CHARACTERS)
		return (size_t)(end - at);
	for (int count = 0; at < end; count++) {
		if (count == MESSAGE_CHARACTERS) {
			memcpy(text + (at - text), "...", sizeof("..."));
			return (size_t)(at - text) + strlen("...");
		}
		text_next(&at, end);
	}
	return (size_t)(end - text);
}

static void write_line(const struct message *message)
{
	struct line line;

	pthread_once(&once, prepare);
	make_line(&line, message);
	pthread_mutex_lock(&mutex);
	if (dropped > 0 || line.n > BUFFER_SIZE - used)
		flush(NOW);
	if (dropped > 0 || !append(&line))
		dropped++;
	atomic_store_explicit(&waiting, true, memory_order_relaxed);
	pthread_mutex_unlock(&mutex);
}

void log_write(enum log_level level, const char *subject, const char *peer, const char *format, ...)
{
	struct message message = {.level = level, .subject = subject, .peer = peer};
	log_sink *sink = atomic_load(&redirection);
	char text[MESSAGE_SIZE + sizeof("...")];
	va_list arguments;

	if (!log_wants(level))
		return;
	va_start(arguments, format);
	if (vsnprintf(text, MESSAGE_SIZE, format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	message.text = text;
	message.n = cut(text);
	if (sink) {
		struct line line;

		line.n = 0;
		add_text(&line, &message);
		sink(level, line.text, line.n);
		return;
	}
	write_line(&message);
}

void log_flush(void)
{
	if (!atomic_load_explicit(&waiting, memory_order_relaxed))
		return;
	pthread_mutex_lock(&mutex);
	flush(NOW);
	atomic_store_explicit(&waiting, used > 0 || dropped > 0, memory_order_relaxed);
	pthread_mutex_unlock(&mutex);
}
