/*
 * Starting a program: a child that waits at a gate, then filters its calls and becomes a shell.
 */
#include "timeline/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/error.h"
#include "timeline/call_filter.h"

/* Whether two texts "NAME=value" have the same name. */
static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && (b[n] == '=' || b[n] == '\0');
}

/* This process's environment with additions in front of it, which take precedence. The array is the
 * caller's, its texts are not. */
static char **merge(const char *const *additions)
{
	size_t own = 0, more = 0, n = 0;

	while (environ && environ[own])
		own++;
	while (additions && additions[more])
		more++;
	char **merged = calloc(own + more + 1, sizeof(*merged));
	if (!merged)
		return NULL;
	for (size_t i = 0; i < more; i++)
		merged[n++] = (char *)additions[i];
	for (size_t i = 0; i < own; i++) {
		size_t j = 0;
		while (j < more && !same_name(additions[j], environ[i]))
			j++;
		if (j == more)
			merged[n++] = environ[i];
	}
	return merged;
}

/* Puts the streams in place. They may be descriptors 0 to 2 themselves, in any order, so copies are
 * made before anything is replaced. */
static bool place_streams(const int streams[3])
{
	int copies[3];

	for (int i = 0; i < 3; i++) {
		int from = streams[i] >= 0 ? streams[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
		copies[i] = fcntl(from, F_DUPFD_CLOEXEC, 3);
		if (copies[i] < 0)
			return false;
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(copies[i], i) < 0)
			return false;
	}
	return true;
}

/* Says why there is no program, where its own messages would be. */
_Noreturn static void give_up(int code)
{
	static const char begin[] = "sockettool: the program cannot be run: ";
	const char *reason = strerrordesc_np(code);
	const struct iovec sentence[] = {
		{(char *)begin, strlen(begin)},
		{(char *)reason, reason ? strlen(reason) : 0},
		{"\n", 1},
	};

	(void)!writev(STDERR_FILENO, sentence, 3);
	_exit(LAUNCH_CANNOT_RUN);
}

static void become(const struct launch *launch, int gate, char **environment)
{
	char *arguments[] = {"sh", "-c", (char *)launch->command, NULL};
	char go = 0;
	ssize_t n;

	if (launch->own_group)
		setpgid(0, 0);
	do
		n = read(gate, &go, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(LAUNCH_CANNOT_RUN);
	if (!place_streams(launch->streams))
		give_up(errno);
	sigprocmask(SIG_SETMASK, &launch->mask, NULL);
	int status = call_filter_install();
	if (status < 0)
		give_up(-status);
	execve("/bin/sh", arguments, environment);
	give_up(errno);
}

pid_t launch_prepare(const struct launch *launch, int *gate, struct error *error)
{
	int ends[2];
	char **environment = merge(launch->environment);
	pid_t child = -1;

	if (environment && pipe2(ends, O_CLOEXEC) == 0) {
		child = fork();
		if (child == 0) {
			close(ends[1]);
			become(launch, ends[0], environment);
		}
		int code = errno;
		close(ends[0]);
		if (child < 0)
			close(ends[1]);
		errno = code;
	}
	free(environment);
	if (child < 0)
		return error_system(error, errno, "start \"%.200s\"", launch->command);
	if (launch->own_group)
		setpgid(child, child);
	*gate = ends[1];
	return child;
}

void launch_open(int gate, bool go)
{
	ssize_t written = 0;

	do {
		if (go)
			written = write(gate, "", 1);
	} while (written < 0 && errno == EINTR);
	close(gate);
}
