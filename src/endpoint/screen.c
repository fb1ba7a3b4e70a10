/*
 * The client's side of the screen: see screen.h.
 */
#include "endpoint/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/client_signals.h"
#include "sockettool/text.h"

enum {
	REMARK_MAX = 4096, /* bytes of an escaped remark */
	PIECE_MAX = 1000,  /* bytes that are escaped at a time */
	PIECE_ESCAPED = 4 * PIECE_MAX + 8,
};

void screen_open(struct screen *screen, bool quiet, bool verbose)
{
	const char *plain = getenv("NO_COLOR"), *kind = getenv("TERM");

	memset(screen, 0, sizeof(*screen));
	screen->terminal = isatty(STDOUT_FILENO);
	screen->errors_terminal = isatty(STDERR_FILENO);
	screen->colour = !(plain && plain[0]) && kind && strcmp(kind, "dumb") != 0;
	screen->quiet = quiet;
	screen->verbose = verbose;
}

/* --- Writing --- */

/* Writes all of it. Returns 0 or an errno; EINTR: a signal wants the client to end. */
static int write_all(int descriptor, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(descriptor, bytes, n);
		if (written >= 0) {
			bytes += written;
			n -= (size_t)written;
		} else if (errno == EAGAIN) {
			/* Somebody else made the file nonblocking that we share with them. */
			poll(&(struct pollfd){.fd = descriptor, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			return errno;
		}
		if (n && client_signals_ending())
			return EINTR;
	}
	return 0;
}

static void clear_progress(struct screen *screen)
{
	static const char clear[] = "\r\033[K";

	if (screen->progress)
		(void)write_all(STDERR_FILENO, clear, sizeof(clear) - 1);
	screen->progress = false;
}

static void write_buffer(struct screen *screen)
{
	int code = screen->failure;

	if (screen->length)
		clear_progress(screen);
	if (!code)
		code = write_all(STDOUT_FILENO, screen->buffer, screen->length);
	if (code != EINTR)
		screen->failure = code;
	screen->length = 0;
}

static void put(struct screen *screen, const char *bytes, size_t n)
{
	while (n) {
		size_t part = sizeof(screen->buffer) - screen->length;
		if (part > n)
			part = n;
		memcpy(screen->buffer + screen->length, bytes, part);
		screen->length += part;
		screen->mid_line = bytes[part - 1] != '\n';
		bytes += part;
		n -= part;
		if (screen->length == sizeof(screen->buffer))
			write_buffer(screen);
	}
}

/* --- Data --- */

void screen_uncover(struct screen *screen)
{
	if (screen->uncovered || !screen->hide)
		return;
	screen->hide(screen->line);
	screen->uncovered = true;
}

/* How many bytes at the end begin something that more bytes may complete: a character of several
 * bytes, or a line end of two. */
static size_t unfinished(const char *bytes, size_t n)
{
	for (size_t back = 1; back <= n && back < SCREEN_CARRY; back++) {
		unsigned char byte = (unsigned char)bytes[n - back];
		if (byte >= 0xc0)
			return back < (byte >= 0xf0 ? 4U : byte >= 0xe0 ? 3U : 2U) ? back : 0;
		if (byte < 0x80)
			return back == 1 && byte == '\r' ? 1 : 0;
	}
	return 0;
}

static bool is_line_end(const char *at, const char *end)
{
	return *at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n');
}

/* Escapes a run; one that keeps layout has no line ends and tabs. Returns where it stopped. */
static const char *put_run(struct screen *screen, const char *bytes, const char *end,
			   bool keeps_layout)
{
	char escaped[PIECE_ESCAPED];
	const char *at = bytes;

	while (at < end && at - bytes < PIECE_MAX - 4) {
		if (keeps_layout && (*at == '\t' || is_line_end(at, end)))
			break;
		text_next(&at, end);
	}
	put(screen, escaped, text_escape(escaped, sizeof(escaped), bytes, (size_t)(at - bytes)));
	return at;
}

static void put_escaped(struct screen *screen, const char *bytes, size_t n)
{
	const char *at = bytes, *end = bytes + n;

	while (at < end) {
		at = put_run(screen, at, end, true);
		if (at < end && is_line_end(at, end)) {
			at += *at == '\r' ? 2 : 1;
			put(screen, "\n", 1);
		} else if (at < end && *at == '\t') {
			at++;
			put(screen, "\t", 1);
		}
	}
}

static void put_carried(struct screen *screen, size_t n)
{
	put_escaped(screen, screen->carry, n);
	screen->carried -= n;
	memmove(screen->carry, screen->carry + n, screen->carried);
}

/* Adds bytes to those that are carried until nothing is. Returns how many were taken. */
static size_t complete_carried(struct screen *screen, const char *bytes, size_t n)
{
	size_t taken = 0;

	while (screen->carried && taken < n) {
		screen->carry[screen->carried++] = bytes[taken++];
		size_t left = unfinished(screen->carry, screen->carried);
		put_carried(screen, screen->carried - left);
	}
	return taken;
}

static void put_for_terminal(struct screen *screen, const char *bytes, size_t n)
{
	size_t taken = complete_carried(screen, bytes, n);
	size_t left = unfinished(bytes + taken, n - taken);

	put_escaped(screen, bytes + taken, n - taken - left);
	memcpy(screen->carry + screen->carried, bytes + n - left, left);
	screen->carried += left;
}

void screen_data(struct screen *screen, const char *bytes, size_t n, bool is_line)
{
	screen_uncover(screen);
	if (screen->terminal)
		put_for_terminal(screen, bytes, n);
	else
		put(screen, bytes, n);
	if (is_line) {
		put_carried(screen, screen->carried);
		put(screen, "\n", 1);
	}
}

void screen_line(struct screen *screen, const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (n >= 0)
		screen_data(screen, line, (size_t)n, true);
}

void screen_quote(struct screen *screen, const char *before, const char *bytes, size_t n,
		  const char *after)
{
	const char *at = bytes, *end = bytes + n;

	screen_uncover(screen);
	put(screen, before, strlen(before));
	put(screen, "\"", 1);
	while (at < end)
		at = put_run(screen, at, end, false);
	put(screen, "\"", 1);
	put(screen, after, strlen(after));
	put(screen, "\n", 1);
}

/* --- Remarks --- */

static void write_errors_line(struct screen *screen, const char *before, const char *text,
			      const char *after)
{
	char line[REMARK_MAX + 64];
	size_t n = strlen(before);

	if (screen->errors_terminal) {
		screen_uncover(screen);
		if (screen->terminal && screen->mid_line)
			put(screen, "\n", 1);
	}
	write_buffer(screen);
	clear_progress(screen);
	memcpy(line, before, n);
	n += text_escape(line + n, REMARK_MAX, text, strlen(text));
	memcpy(line + n, after, strlen(after));
	n += strlen(after);
	line[n++] = '\n';
	/* Nobody can be told that standard error does not work. */
	(void)write_all(STDERR_FILENO, line, n);
}

void screen_remark(struct screen *screen, const char *text, bool detail)
{
	bool dim = screen->errors_terminal && screen->colour;

	if (screen->quiet || (detail && !screen->verbose))
		return;
	write_errors_line(screen, dim ? "\033[2m" : "", text, dim ? "\033[0m" : "");
}

void screen_progress(struct screen *screen, const char *text)
{
	char line[REMARK_MAX];

	/* A line that is being typed is not disturbed. */
	if (!screen->errors_terminal || screen->quiet || screen->hide)
		return;
	write_buffer(screen);
	clear_progress(screen);
	(void)write_all(STDERR_FILENO, line, text_escape(line, sizeof(line), text, strlen(text)));
	screen->progress = true;
}

void screen_error(struct screen *screen, const char *text)
{
	write_errors_line(screen, "sockettool: ", text, "");
}

/* --- The typed line, and the end --- */

void screen_flush(struct screen *screen)
{
	if (screen->uncovered && screen->mid_line)
		put(screen, "\n", 1);
	write_buffer(screen);
	if (screen->uncovered && screen->reveal)
		screen->reveal(screen->line);
	screen->uncovered = false;
}

void screen_close(struct screen *screen)
{
	put_carried(screen, screen->carried);
	if (screen->terminal && screen->mid_line)
		put(screen, "\n", 1);
	write_buffer(screen);
	clear_progress(screen);
}
