/*
 * Programs under test, from outside: see program.h.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { READ_SIZE = 65536, ARGUMENTS_MAX = 64, NUMBERS = 8 };

const int64_t program_patience = INT64_C(60000000000);

static struct program *programs;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* --- Starting --- */

/* Memory that a test cannot do without, filled with zeros. */
static void *need(size_t n)
{
	void *memory = calloc(1, n);

	if (!memory)
		abort();
	return memory;
}

static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		fail_msg("pipe: %s", strerror(errno));
}

static void run_child(const char *file, const char *const arguments[], const int streams[3],
		      pid_t parent)
{
	sigset_t none;

	/* A test program that crashes takes what it started with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 3; i++)
		dup2(streams[i], i);
	execvp(file, (char *const *)arguments);
	_exit(127);
}

static void begin_text(struct program_text *text, int descriptor)
{
	text->descriptor = descriptor;
	fcntl(descriptor, F_SETFL, O_NONBLOCK);
	text->bytes = need(1);
	text->capacity = 1;
}

static struct program *start(const char *file, const char *const arguments[])
{
	struct program *program = need(sizeof(*program));
	int input[2], output[2], errors[2];
	pid_t self = getpid();

	make_pipe(input);
	make_pipe(output);
	make_pipe(errors);
	program->pid = fork();
	if (program->pid == 0)
		run_child(file, arguments, (int[]){input[0], output[1], errors[1]}, self);
	if (program->pid < 0)
		fail_msg("fork: %s", strerror(errno));
	close(input[0]);
	close(output[1]);
	close(errors[1]);
	program->input = input[1];
	fcntl(program->input, F_SETFL, O_NONBLOCK);
	begin_text(&program->output, output[0]);
	begin_text(&program->errors, errors[0]);
	if (!programs)
		atexit(program_free_all);
	program->next = programs;
	programs = program;
	return program;
}

struct program *program_start_other_list(const char *const arguments[])
{
	return start(arguments[0], arguments);
}

struct program *program_start_list(const char *const arguments[])
{
	const char *file = getenv("SOCKETTOOL");
	const char *all[ARGUMENTS_MAX] = {file};
	int n = 1;

	if (!file)
		fail_msg("the environment variable SOCKETTOOL must name the executable");
	for (int i = 0; arguments[i]; i++) {
		assert_true(n < ARGUMENTS_MAX - 1);
		all[n++] = arguments[i];
	}
	return start(file, all);
}

/* --- Collecting --- */

static void append(struct program_text *text, const char *bytes, size_t n)
{
	if (text->n + n + 1 > text->capacity) {
		text->capacity = 2 * (text->n + n + 1);
		text->bytes = realloc(text->bytes, text->capacity);
		if (!text->bytes)
			abort();
	}
	memcpy(text->bytes + text->n, bytes, n);
	text->n += n;
	text->bytes[text->n] = '\0';
}

static void collect(struct program_text *text)
{
	static char bytes[READ_SIZE];
	ssize_t n = read(text->descriptor, bytes, sizeof(bytes));

	if (n > 0) {
		append(text, bytes, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(text->descriptor);
		text->descriptor = -1;
	}
}

/* Waits for something to happen, at most until the time given, and collects what came. Returns
 * whether the input can be written. */
static bool pump(struct program *program, bool writing, int64_t until)
{
	struct pollfd events[3] = {
		{.fd = program->output.descriptor, .events = POLLIN},
		{.fd = program->errors.descriptor, .events = POLLIN},
		{.fd = writing ? program->input : -1, .events = POLLOUT},
	};
	int64_t left = (until - now()) / 1000000;

	poll(events, 3, left > 0 ? (int)left + 1 : 0);
	if (events[0].revents)
		collect(&program->output);
	if (events[1].revents)
		collect(&program->errors);
	return events[2].revents != 0;
}

static bool streams_open(const struct program *program)
{
	return program->output.descriptor >= 0 || program->errors.descriptor >= 0;
}

static void complain(const struct program *program, const char *what, const char *text)
{
	fail_msg("%s \"%s\"; standard output (%zu bytes, %zu seen): \"%s\"; standard error: \"%s\"",
		 what, text, program->output.n, program->output.seen, program->output.bytes,
		 program->errors.bytes);
}

static bool pass(struct program_text *text, const char *wanted)
{
	const char *found =
		memmem(text->bytes + text->seen, text->n - text->seen, wanted, strlen(wanted));

	if (found)
		text->seen = (size_t)(found - text->bytes) + strlen(wanted);
	return found != NULL;
}

static void expect(struct program *program, struct program_text *text, const char *wanted)
{
	int64_t until = now() + program_patience;

	while (!pass(text, wanted)) {
		if (text->descriptor < 0)
			complain(program, "the stream ended without", wanted);
		if (now() > until)
			complain(program, "in time there was no", wanted);
		pump(program, false, until);
	}
}

void program_expect(struct program *program, const char *text)
{
	expect(program, &program->output, text);
}

void program_expect_error(struct program *program, const char *text)
{
	expect(program, &program->errors, text);
}

void program_expect_bytes(struct program *program, size_t n)
{
	int64_t until = now() + program_patience;

	while (program->output.n < n) {
		if (program->output.descriptor < 0)
			complain(program, "the stream ended short of bytes",
				 program_number((long)n));
		if (now() > until)
			complain(program, "in time there were not bytes", program_number((long)n));
		pump(program, false, until);
	}
}

const char *program_output(const struct program *program)
{
	return program->output.bytes;
}

const char *program_errors(const struct program *program)
{
	return program->errors.bytes;
}

/* --- Writing --- */

/* Writes without blocking. A program that closed its input must not end the test by SIGPIPE. */
static ssize_t write_quietly(int descriptor, const char *bytes, size_t n)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	ssize_t result;
	int code;

	sigaction(SIGPIPE, &ignore, &before);
	result = write(descriptor, bytes, n);
	code = errno;
	sigaction(SIGPIPE, &before, NULL);
	errno = code;
	return result;
}

void program_write_bytes(struct program *program, const void *bytes, size_t n)
{
	const char *at = bytes;
	int64_t until = now() + program_patience;

	while (n && program->input >= 0) {
		ssize_t written = write_quietly(program->input, at, n);

		if (written > 0) {
			at += written;
			n -= (size_t)written;
			until = now() + program_patience;
		} else if (errno == EAGAIN) {
			pump(program, true, until);
			if (now() > until)
				complain(program, "in time it did not read", "its input");
		} else if (errno != EINTR) {
			program_close_input(program);
		}
	}
}

void program_write(struct program *program, const char *text)
{
	program_write_bytes(program, text, strlen(text));
}

void program_close_input(struct program *program)
{
	if (program->input >= 0)
		close(program->input);
	program->input = -1;
}

/* --- Servers --- */

static bool has_argument(const char *const arguments[], const char *name)
{
	size_t n = strlen(name);

	for (int i = 0; arguments[i]; i++) {
		if (!strncmp(arguments[i], name, n) &&
		    (arguments[i][n] == '\0' || arguments[i][n] == '='))
			return true;
	}
	return false;
}

/* The number between the last colon of a text's first line and the parenthesis after it. */
static int line_port(const char *line)
{
	const char *end = strpbrk(line, "(\n");
	int port = 0;

	for (const char *at = line; end && at < end; at++) {
		if (*at == ':')
			port = (int)strtol(at + 1, NULL, 10);
	}
	return port;
}

/* Waits until the line that begins with the text is whole, and returns it. */
static const char *wait_line(struct program *program, const char *begin)
{
	int64_t until = now() + program_patience;
	const char *line;

	while (!(line = strstr(program->output.bytes, begin)) || !strchr(line, '\n')) {
		if (program->output.descriptor < 0)
			complain(program, "the server ended before", begin);
		if (now() > until)
			complain(program, "in time there was no", begin);
		pump(program, false, until);
	}
	return line;
}

struct program *program_serve_list(const char *const arguments[])
{
	const char *all[ARGUMENTS_MAX] = {"serve"};
	struct program *program;
	int n = 1;

	for (int i = 0; arguments[i]; i++) {
		assert_true(n < ARGUMENTS_MAX - 3);
		all[n++] = arguments[i];
	}
	if (!has_argument(arguments, "--port") && !has_argument(arguments, "--unix")) {
		all[n++] = "--port";
		all[n++] = "0";
	}
	program = program_start_list(all);
	program->port = line_port(wait_line(program, "listening on "));
	return program;
}

int program_port(struct program *program, const char *listener)
{
	char begin[128];

	snprintf(begin, sizeof(begin), "listening on %s", listener);
	return line_port(wait_line(program, begin));
}

const char *program_number(long number)
{
	static char texts[NUMBERS][24];
	static unsigned next;
	char *text = texts[next++ % NUMBERS];

	snprintf(text, sizeof(texts[0]), "%ld", number);
	return text;
}

/* --- Ending --- */

void program_signal(struct program *program, int number)
{
	if (!program->ended)
		kill(program->pid, number);
}

static bool reap(struct program *program, int flags)
{
	int status;

	if (program->ended)
		return true;
	if (waitpid(program->pid, &status, flags) != program->pid)
		return false;
	program->ended = true;
	program->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

int program_wait(struct program *program)
{
	int64_t until = now() + program_patience;

	while (!reap(program, WNOHANG) || streams_open(program)) {
		if (now() > until)
			complain(program, "in time it did not", "end");
		/* The end of the program wakes nobody; and its children may keep its streams open
		 * for longer, or have closed them before. */
		if (streams_open(program))
			pump(program, false, now() + 20000000);
		else
			poll(NULL, 0, 1);
	}
	return program->status;
}

struct program *program_run_list(const char *input, const char *const arguments[])
{
	struct program *program = program_start_list(arguments);

	if (input)
		program_write(program, input);
	program_close_input(program);
	program_wait(program);
	return program;
}

static void free_text(struct program_text *text)
{
	if (text->descriptor >= 0)
		close(text->descriptor);
	free(text->bytes);
}

void program_free(struct program *program)
{
	struct program **link = &programs;

	if (!program)
		return;
	while (*link && *link != program)
		link = &(*link)->next;
	if (*link)
		*link = program->next;
	program_signal(program, SIGKILL);
	reap(program, 0);
	program_close_input(program);
	free_text(&program->output);
	free_text(&program->errors);
	free(program);
}

void program_free_all(void)
{
	while (programs)
		program_free(programs);
}

int program_teardown(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}
