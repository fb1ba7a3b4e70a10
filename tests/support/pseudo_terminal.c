/*
 * Programs under test at a terminal: see pseudo_terminal.h.
 */
#include "pseudo_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "program.h"

enum { READ_SIZE = 4096, ARGUMENTS_MAX = 64, NAME_MAX_LENGTH = 128, GLANCE = 20 /* ms */ };

static struct pseudo_terminal *terminals;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* --- Starting --- */

static void run_child(const char *file, const char *const arguments[], const char *name,
		      pid_t parent)
{
	int slave;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setsid();
	slave = open(name, O_RDWR);
	ioctl(slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	if (slave > 2)
		close(slave);
	setenv("TERM", "xterm", 1);
	execvp(file, (char *const *)arguments);
	_exit(127);
}

static void set_size(struct pseudo_terminal *terminal, int rows, int columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	assert_int_equal(ioctl(terminal->master, TIOCSWINSZ, &size), 0);
}

static struct pseudo_terminal *start(int rows, int columns, const char *file,
				     const char *const arguments[])
{
	struct pseudo_terminal *terminal = calloc(1, sizeof(*terminal));
	char name[NAME_MAX_LENGTH];
	pid_t self = getpid();

	if (!terminal)
		abort();
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal->master < 0 || grantpt(terminal->master) < 0 ||
	    unlockpt(terminal->master) < 0 || ptsname_r(terminal->master, name, sizeof(name)) != 0)
		fail_msg("pseudo-terminal: %s", strerror(errno));
	emulator_begin(&terminal->screen, rows, columns);
	set_size(terminal, rows, columns);
	terminal->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal->slave >= 0);
	terminal->pid = fork();
	if (terminal->pid == 0)
		run_child(file, arguments, name, self);
	if (terminal->pid < 0)
		fail_msg("fork: %s", strerror(errno));
	if (!terminals)
		atexit(pseudo_terminal_free_all);
	terminal->next = terminals;
	terminals = terminal;
	return terminal;
}

struct pseudo_terminal *pseudo_terminal_start_other_list(int rows, int columns,
							 const char *const arguments[])
{
	return start(rows, columns, arguments[0], arguments);
}

struct pseudo_terminal *pseudo_terminal_start_list(int rows, int columns,
						   const char *const arguments[])
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
	return start(rows, columns, file, all);
}

/* --- Waiting --- */

bool pseudo_terminal_is_cooked(const struct pseudo_terminal *terminal)
{
	struct termios modes;

	return tcgetattr(terminal->master, &modes) == 0 &&
	       (modes.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG) &&
	       (modes.c_iflag & ICRNL) && (modes.c_oflag & OPOST);
}

static void complain(const struct pseudo_terminal *terminal, const char *what, const char *text)
{
	fail_msg("%s \"%s\"; cursor in row %d, column %d; the screen shows:\n%s", what, text,
		 terminal->screen.row, terminal->screen.column, emulator_text(&terminal->screen));
}

static bool reap(struct pseudo_terminal *terminal, int flags)
{
	int status;

	if (terminal->ended)
		return true;
	if (waitpid(terminal->pid, &status, flags) != terminal->pid)
		return false;
	terminal->ended = true;
	terminal->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/* Waits for output, at most until then, and shows it. */
static void pump(struct pseudo_terminal *terminal, int64_t until)
{
	struct pollfd event = {.fd = terminal->master, .events = POLLIN};
	int64_t left = (until - now()) / 1000000;
	char bytes[READ_SIZE];

	reap(terminal, WNOHANG);
	if (terminal->ended && terminal->slave >= 0) {
		terminal->left_cooked = pseudo_terminal_is_cooked(terminal);
		close(terminal->slave);
		terminal->slave = -1;
	}
	/* The end of the program wakes nobody, so that it is looked for now and then. */
	if (!terminal->ended && left > GLANCE)
		left = GLANCE;
	if (poll(&event, 1, left > 0 ? (int)left + 1 : 0) != 1)
		return;
	ssize_t n = read(terminal->master, bytes, sizeof(bytes));
	if (n > 0) {
		emulator_write(&terminal->screen, bytes, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		/* EIO says that the other side is closed. */
		close(terminal->master);
		terminal->master = -1;
	}
}

static bool shows(const struct pseudo_terminal *terminal, const char *text)
{
	for (int row = 0; row < terminal->screen.rows; row++) {
		if (strstr(emulator_row(&terminal->screen, row), text))
			return true;
	}
	return false;
}

static bool shows_exactly(const struct pseudo_terminal *terminal, const char *text, int row,
			  int column)
{
	return terminal->screen.row == row && terminal->screen.column == column &&
	       !strcmp(emulator_text(&terminal->screen), text);
}

void pseudo_terminal_expect(struct pseudo_terminal *terminal, const char *text)
{
	int64_t until = now() + program_patience;

	while (!shows(terminal, text)) {
		if (terminal->master < 0)
			complain(terminal, "the program ended without", text);
		if (now() > until)
			complain(terminal, "in time there was no", text);
		pump(terminal, until);
	}
}

void pseudo_terminal_expect_screen(struct pseudo_terminal *terminal, const char *text, int row,
				   int column)
{
	int64_t until = now() + program_patience;

	while (!shows_exactly(terminal, text, row, column)) {
		if (terminal->master < 0)
			complain(terminal, "the program ended without showing", text);
		if (now() > until)
			complain(terminal, "in time the screen did not show", text);
		pump(terminal, until);
	}
}

/* --- Typing --- */

void pseudo_terminal_type(struct pseudo_terminal *terminal, const char *keys)
{
	int64_t until = now() + program_patience;
	size_t n = strlen(keys);

	while (n && terminal->master >= 0) {
		ssize_t written = write(terminal->master, keys, n);
		if (written > 0) {
			keys += written;
			n -= (size_t)written;
		} else if (now() > until) {
			complain(terminal, "in time it did not read", keys);
		} else {
			pump(terminal, now() + 1000000);
		}
	}
}

void pseudo_terminal_resize(struct pseudo_terminal *terminal, int rows, int columns)
{
	emulator_resize(&terminal->screen, rows, columns);
	set_size(terminal, rows, columns);
}

/* --- Ending --- */

int pseudo_terminal_wait(struct pseudo_terminal *terminal)
{
	int64_t until = now() + program_patience;

	while (terminal->master >= 0) {
		if (now() > until)
			complain(terminal, "in time it did not", "end");
		pump(terminal, until);
	}
	return terminal->status;
}

void pseudo_terminal_free(struct pseudo_terminal *terminal)
{
	struct pseudo_terminal **link = &terminals;

	if (!terminal)
		return;
	while (*link && *link != terminal)
		link = &(*link)->next;
	if (*link)
		*link = terminal->next;
	if (!terminal->ended)
		kill(terminal->pid, SIGKILL);
	reap(terminal, 0);
	if (terminal->master >= 0)
		close(terminal->master);
	if (terminal->slave >= 0)
		close(terminal->slave);
	free(terminal);
}

void pseudo_terminal_free_all(void)
{
	while (terminals)
		pseudo_terminal_free(terminals);
}
