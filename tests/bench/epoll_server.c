/*
 * The least that a server must do: a yardstick for servers that do more.
 *
 *     epoll_server MODE PORT        MODE: echo, calc, visit, room, threads, udp
 *
 * Serves 127.0.0.1, prints "listening on 127.0.0.1:PORT" when connections succeed (PORT 0 takes a
 * free one), and runs until a signal ends it. It has no options, no log, no limits and no timeouts;
 * what it leaves out is what the difference to it costs. The modes are in the files beside it:
 * epoll_streams.c (echo, calc, visit), epoll_room.c, and plain_servers.c (threads, udp).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "epoll_server.h"

static const struct mode {
	const char *name;
	int type; /* of the socket */
	void (*serve)(int socket);
} modes[] = {
	{"echo", SOCK_STREAM | SOCK_NONBLOCK, serve_echo},
	{"calc", SOCK_STREAM | SOCK_NONBLOCK, serve_calc},
	{"visit", SOCK_STREAM | SOCK_NONBLOCK, serve_visit},
	{"room", SOCK_STREAM | SOCK_NONBLOCK, serve_room},
	{"threads", SOCK_STREAM, serve_threads},
	{"udp", SOCK_DGRAM, serve_datagrams},
};

static const struct mode *find_mode(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	return NULL;
}

static void fail(const char *what)
{
	fprintf(stderr, "epoll_server: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* A client for each descriptor that this process may have. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* A socket that is bound, and listens if it is a stream's. */
static int open_socket(int type, unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int on = 1, space = 8 << 20;
	int server = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (server < 0)
		fail("socket");
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (type & SOCK_STREAM)
		/* Connections inherit it: no answer waits for the acknowledgement of another. */
		setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	else if (setsockopt(server, SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof(space)) < 0)
		/* Bursts wait here instead of being lost. */
		setsockopt(server, SOL_SOCKET, SO_RCVBUF, &space, sizeof(space));
	if (bind(server, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("bind");
	if ((type & SOCK_STREAM) && listen(server, SOMAXCONN) < 0)
		fail("listen");
	if (getsockname(server, (struct sockaddr *)&address, &length) < 0)
		fail("getsockname");
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return server;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc == 3 ? find_mode(argv[1]) : NULL;
	char *end;
	unsigned long port = mode ? strtoul(argv[2], &end, 10) : 0;

	if (!mode || *end || port > 65535) {
		fprintf(stderr, "usage: epoll_server echo|calc|visit|room|threads|udp PORT\n");
		return 2;
	}
	allow_descriptors();
	mode->serve(open_socket(mode->type, (unsigned)port));
	fail(mode->name);
}
