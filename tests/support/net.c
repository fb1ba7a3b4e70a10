/*
 * Clients of a server under test: see net.h.
 */
#include "net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "peer.h"
#include "program.h"
#include "sockettool/model.h"

enum { PATHS_MAX = 32 };

static char directory[32];
static pid_t directory_owner;
static char paths[PATHS_MAX][108];
static int path_count;

int64_t net_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int64_t net_limit(void)
{
	return net_now() + program_patience;
}

bool net_has_ipv6(void)
{
	int socket = peer_listen("::1", 0, 1);

	if (socket >= 0)
		close(socket);
	return socket >= 0;
}

bool net_has_localhost(void)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;

	if (getaddrinfo("localhost", NULL, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

void net_each_model(void (*visit)(const struct model *))
{
	struct error error;

	for (size_t i = 0; models[i]; i++) {
#ifdef __SANITIZE_THREAD__
		/* One thread has no races, and its blocking calls would hold signals back: see
		 * CLOCK_POLL_FOREVER. */
		if (!(models[i]->abilities & MODEL_SHARED))
			continue;
#endif
		if (!models[i]->available || models[i]->available(&error))
			visit(models[i]);
	}
}

/* --- Places --- */

struct net_place net_place(struct program *program, const char *name, const char *protocol)
{
	struct net_place place = {.name = name};
	char begin[64], end[64];

	snprintf(begin, sizeof(begin), "listening on %s%s", name, strcmp(name, "unix") ? ":" : " ");
	snprintf(end, sizeof(end), " (%s, ", protocol);
	for (const char *at = program_output(program); (at = strstr(at, begin)); at++) {
		const char *value = at + strlen(begin), *stop = strstr(value, end);
		const char *line_end = strchr(value, '\n');
		if (!stop || !line_end || stop > line_end)
			continue;
		snprintf(place.path, sizeof(place.path), "%.*s", (int)(stop - value), value);
		place.port = atoi(place.path);
		return place;
	}
	fail_msg("no listener %s of %s in: %s", name, protocol, program_output(program));
	return place;
}

struct net_place net_tcp_place(struct program *program, const char *protocol)
{
	return net_place(program, "tcp 127.0.0.1", protocol);
}

static void remove_directory(void)
{
	if (getpid() != directory_owner)
		return;
	for (int i = 0; i < path_count; i++)
		unlink(paths[i]);
	rmdir(directory);
}

int net_free_port(int type)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

void net_path(char path[108], const char *name)
{
	if (!directory[0]) {
		strcpy(directory, "/tmp/sockettool-XXXXXX");
		assert_non_null(mkdtemp(directory));
		directory_owner = getpid();
		atexit(remove_directory);
	}
	snprintf(path, 108, "%s/%s", directory, name);
	for (int i = 0; i < path_count; i++) {
		if (strcmp(paths[i], path) == 0)
			return;
	}
	assert_true(path_count < PATHS_MAX);
	strcpy(paths[path_count++], path);
}

/* --- Connecting --- */

static socklen_t address_of(const struct net_place *place, struct sockaddr_storage *storage)
{
	struct sockaddr_un *local = (struct sockaddr_un *)storage;
	struct sockaddr_in *four = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;

	memset(storage, 0, sizeof(*storage));
	if (strcmp(place->name, "unix") == 0) {
		local->sun_family = AF_UNIX;
		strcpy(local->sun_path, place->path);
		return sizeof(*local);
	}
	if (strchr(place->name, '[')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)place->port);
		six->sin6_addr = in6addr_loopback;
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons((uint16_t)place->port);
	four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*four);
}

int net_try(const struct net_place *place)
{
	struct sockaddr_storage storage;
	socklen_t length = address_of(place, &storage);
	bool datagrams = strncmp(place->name, "udp", 3) == 0;
	int fd =
		socket(storage.ss_family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&storage, length) == 0)
		return fd;
	int code = errno;
	close(fd);
	errno = code;
	return -1;
}

int net_connect(const struct net_place *place)
{
	int fd = net_try(place);

	if (fd < 0)
		fail_msg("connect to %s port %d %s: %s", place->name, place->port, place->path,
			 strerror(errno));
	return fd;
}

void net_await_refusal(const struct net_place *place)
{
	int64_t limit = net_limit();
	int fd;

	while ((fd = net_try(place)) >= 0) {
		close(fd);
		if (net_now() > limit)
			fail_msg("in time the server at port %d did not stop listening",
				 place->port);
		poll(NULL, 0, 1);
	}
}

/* --- Talking --- */

void net_finish(int socket)
{
	assert_int_equal(shutdown(socket, SHUT_WR), 0);
}

static ssize_t receive(int socket, void *bytes, size_t n, int flags)
{
	struct pollfd event = {.fd = socket, .events = POLLIN};

	if (poll(&event, 1, (int)(program_patience / 1000000)) != 1)
		fail_msg("in time nothing came on socket %d", socket);
	return recv(socket, bytes, n, flags);
}

ssize_t net_receive(int socket, void *bytes, size_t n)
{
	return receive(socket, bytes, n, 0);
}

void net_expect(int socket, const void *bytes, size_t n)
{
	char *received = malloc(n + 1);
	size_t length = 0;

	assert_non_null(received);
	while (length < n) {
		ssize_t got = net_receive(socket, received + length, n - length);
		if (got < 0)
			fail_msg("after %zu of %zu bytes: %s", length, n, strerror(errno));
		if (got == 0)
			fail_msg("the stream ended after %zu of %zu bytes", length, n);
		length += (size_t)got;
	}
	assert_memory_equal(received, bytes, n);
	free(received);
}

bool net_line(int socket, char *text, size_t size)
{
	const char *newline = NULL;
	size_t length = 0;
	char bytes[4096];
	ssize_t got;

	/* What comes after the line is the next one's. */
	while (!newline && (got = receive(socket, bytes, sizeof(bytes), MSG_PEEK)) > 0) {
		newline = memchr(bytes, '\n', (size_t)got);
		size_t n = newline ? (size_t)(newline - bytes) : (size_t)got;
		size_t kept = n < size - 1 - length ? n : size - 1 - length;
		memcpy(text + length, bytes, kept);
		length += kept;
		n += newline != NULL;
		assert_int_equal(recv(socket, bytes, n, 0), n);
	}
	if (got < 0)
		fail_msg("no line came: %s", strerror(errno));
	text[length] = '\0';
	return newline || length > 0;
}

size_t net_all(int socket, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while ((got = net_receive(socket, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	if (got < 0)
		fail_msg("after %zu bytes: %s", length, strerror(errno));
	text[length] = '\0';
	return length;
}

void net_await_gone(int socket)
{
	char bytes[4096];

	while (net_receive(socket, bytes, sizeof(bytes)) > 0)
		;
}

/* --- The server's process --- */

double net_cpu(int pid)
{
	char path[64], text[1024];
	unsigned long user = 0, system = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	const char *at = strrchr(text, ')');
	assert_non_null(at);
	assert_int_equal(sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system),
			 2);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

void net_stop(struct program *program)
{
	program_signal(program, SIGTERM);
	int status = program_wait(program);
	if (status != 0)
		fail_msg("the server ended with status %d: %s", status, program_errors(program));
	program_free(program);
}

size_t net_count(const char *text, const char *wanted)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, wanted)); at += strlen(wanted))
		count++;
	return count;
}
