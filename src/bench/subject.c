/*
 * A server that is started to be measured.
 */
#include "bench/subject.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/process.h"
#include "bench/generator.h"
#include "bench/processor_time.h"
#include "sockettool/address.h"
#include "sockettool/text.h"

enum {
	COMMAND_MAX = 4096,
	LOOK_AGAIN = 2,           /* milliseconds between looks at a server that starts or ends */
	STOP_WAIT = 2000,         /* milliseconds from SIGTERM to SIGKILL */
	MESSAGE_MAX = 200,        /* bytes of its last words in an error */
	MESSAGES_MAX = 64 * 1024, /* bytes of standard error that are kept */
	SOCKET_LINE = 256,        /* of the kernel's table of sockets, more than it has */
};

void placement_choose(struct placement *placement, struct machine *machine)
{
	cpu_set_t all;
	int first = -1, count = 0;

	*placement = (struct placement){0};
	if (sched_getaffinity(0, sizeof(all), &all) || (count = CPU_COUNT(&all)) < 2)
		return;
	placement->generator = all;
	while (!CPU_ISSET(++first, &all))
		;
	CPU_CLR(first, &placement->generator);
	CPU_SET(first, &placement->server);
	placement->pinned = sched_setaffinity(0, sizeof(all), &placement->generator) == 0;
	if (placement->pinned)
		snprintf(machine->placement, sizeof(machine->placement),
			 "server on processor %d, generator on the other%s", first,
			 count > 2 ? "s" : "");
}

/* --- Ports. --- */

static int make_socket(bool datagrams, struct sockaddr_in *address, int port)
{
	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
					.sin_port = htons((uint16_t)port)};
	return socket(AF_INET, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
}

/* Whether a datagram socket has the port. To bind it, too, would keep the server from it. */
static bool has_datagram_socket(const char *table, int port)
{
	FILE *file = fopen(table, "re");
	char line[SOCKET_LINE];
	bool found = false;

	/* "  12: 0100007F:1B58 00000000:0000 ...", the numbers hexadecimal */
	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *number = strchr(line, ':');
		const char *local = number ? strchr(number + 1, ':') : NULL;

		found = local && strtol(local + 1, NULL, 16) == port;
	}
	if (file)
		fclose(file);
	return found;
}

/* Whether the port is served: it can be connected to, or has a datagram socket. */
static bool is_served(bool datagrams, int port)
{
	struct sockaddr_in address;
	bool served;

	if (datagrams)
		return has_datagram_socket("/proc/net/udp", port) ||
		       has_datagram_socket("/proc/net/udp6", port);
	int fd = make_socket(false, &address, port);
	if (fd < 0)
		return false;
	served = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return served;
}

/* --- The process. --- */

static int64_t group_time(void *whom)
{
	const struct running *running = whom;

	return processor_time_of_group(running->group);
}

/* Puts the port's number in the place of each {port}. Returns whether there was one and it
 * fitted. */
static bool put_port(char *out, const char *command, int port)
{
	static const char word[] = "{port}";
	const char *at, *from = command;
	size_t n = 0;

	while ((at = strstr(from, word))) {
		n += (size_t)snprintf(out + n, COMMAND_MAX - n, "%.*s%d", (int)(at - from), from,
				      port);
		if (n >= COMMAND_MAX)
			return false;
		from = at + strlen(word);
	}
	n += (size_t)snprintf(out + n, COMMAND_MAX - n, "%s", from);
	return from != command && n < COMMAND_MAX;
}

static void become(const char *command, int messages, const struct placement *placement,
		   pid_t generator)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	setpgid(0, 0);
	/* It must not outlive a generator that was killed. */
	if (!process_ends_with_parent(generator, SIGKILL))
		_exit(127);
	if (placement->pinned)
		(void)sched_setaffinity(0, sizeof(placement->server), &placement->server);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(messages, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* A file in memory for the standard error of a server that may write without end: it has all its
 * size from the beginning, and writing beyond that fails. Returns -1 and errno. */
static int make_messages(void)
{
	int fd = memfd_create("messages", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 &&
	    (ftruncate(fd, MESSAGES_MAX) || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))) {
		int code = errno;
		close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

/* The last line that the server wrote to standard error, escaped. */
static void last_words(const struct running *running, char *text, size_t size)
{
	char bytes[MESSAGE_MAX];
	/* How far it has written: the position is the server's, too. */
	off_t end = lseek(running->messages, 0, SEEK_CUR);
	off_t from = end > MESSAGE_MAX ? end - MESSAGE_MAX : 0;
	ssize_t n = pread(running->messages, bytes, (size_t)(end - from), from);

	while (n > 0 && bytes[n - 1] == '\n')
		n--;
	const char *line = n > 0 ? memrchr(bytes, '\n', (size_t)n) : NULL;
	line = line ? line + 1 : bytes;
	text_escape(text, size, line, n > 0 ? (size_t)(bytes + n - line) : 0);
}

static int did_not_serve(const struct running *running, const char *command, const char *why,
			 struct error *error)
{
	char words[256];

	last_words(running, words, sizeof(words));
	return error_set(error, STATUS_UNREACHABLE, ECONNREFUSED, "\"%.200s\" %s%s%s", command, why,
			 words[0] ? ": " : "", words);
}

static int await_service(const struct running *running, const char *command, bool datagrams,
			 int port, int64_t timeout, struct error *error)
{
	int64_t until = time_after(clock_monotonic(), timeout);

	while (!is_served(datagrams, port)) {
		int status;
		if (waitpid(running->group, &status, WNOHANG) == running->group)
			return did_not_serve(running, command, "ended before it served", error);
		if (clock_monotonic() >= until)
			return did_not_serve(running, command, "does not serve its {port}", error);
		if (generate_stopped())
			return error_set(error, STATUS_SIGNAL + generate_stopped(), EINTR,
					 "interrupted");
		poll(NULL, 0, LOOK_AGAIN);
	}
	return 0;
}

/* The children of this thread behind so many of them, in the order in which they came; 0: none. */
static pid_t child_behind(int elders)
{
	FILE *file = fopen("/proc/thread-self/children", "re");
	char number[32] = "";
	pid_t child = 0;

	if (!file)
		return 0;
	for (int i = 0; i <= elders; i++)
		child = fscanf(file, "%31s", number) == 1 ? (pid_t)strtol(number, NULL, 10) : 0;
	fclose(file);
	return child;
}

static int count_children(void)
{
	int count = 0;

	while (child_behind(count) > 0)
		count++;
	return count;
}

int running_check(const char *command, struct error *error)
{
	char line[COMMAND_MAX];

	if (!put_port(line, command, UINT16_MAX))
		return error_usage(error,
				   "a command of --compare is at most %d bytes long and "
				   "names its port as {port}: \"%.200s\" does not",
				   COMMAND_MAX - 1, command);
	return 0;
}

int running_start(struct running *running, const char *command, bool datagrams,
		  const struct placement *placement, int64_t timeout, struct error *error)
{
	char line[COMMAND_MAX];
	struct sockaddr_in address;
	int port = address_free_port(datagrams, error);

	if (port < 0)
		return port;
	if (!put_port(line, command, port))
		return running_check(command, error);
	*running = (struct running){.messages = make_messages(), .elders = count_children()};
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1UL);
	pid_t generator = getpid();
	running->group = running->messages < 0 ? -1 : fork();
	if (running->group == 0)
		become(line, running->messages, placement, generator);
	if (running->group < 0) {
		int code = errno;
		if (running->messages >= 0)
			close(running->messages);
		return error_set(error, STATUS_UNREACHABLE, code, "cannot start \"%.200s\": %s",
				 command, error_reason(code));
	}
	setpgid(running->group, running->group);
	int fd = make_socket(datagrams, &address, port);
	if (fd >= 0)
		close(fd);
	memcpy(&running->target.address, &address, sizeof(address));
	running->target.address_length = sizeof(address);
	snprintf(running->target.name, sizeof(running->target.name), "127.0.0.1:%d", port);
	running->target.processor_time = group_time;
	running->target.whom = running;
	int status = await_service(running, command, datagrams, port, timeout, error);
	if (status)
		running_stop(running);
	return status;
}

/* Ends what has left the group, as daemons do: when its parent ended it became a child of this
 * program. Ending one may bring its own children. */
static void end_orphans(const struct running *running)
{
	pid_t child;

	while ((child = child_behind(running->elders)) > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

void running_stop(struct running *running)
{
	int64_t until = clock_monotonic() + STOP_WAIT * NANOSECONDS_PER_MILLISECOND;

	kill(-running->group, SIGTERM);
	while (waitpid(running->group, NULL, WNOHANG) == 0 && clock_monotonic() < until)
		poll(NULL, 0, LOOK_AGAIN);
	/* Whoever is left of the group, its leader included. */
	kill(-running->group, SIGKILL);
	while (waitpid(running->group, NULL, 0) < 0 && errno == EINTR)
		;
	end_orphans(running);
	close(running->messages);
}
