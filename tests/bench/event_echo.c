/*
 * An echo server as libevent wants it: buffered events, the input moved to the output. For
 * comparison with epoll_server.
 *
 *     event_echo PORT        (0: a free one)
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { AT_ONCE = 65536 };

static void arrived(struct bufferevent *client, void *context)
{
	(void)context;
	/* Moved, not copied. */
	bufferevent_write_buffer(client, bufferevent_get_input(client));
}

static void happened(struct bufferevent *client, short what, void *context)
{
	(void)context;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(client);
}

static void welcome(struct evconnlistener *listener, evutil_socket_t socket,
		    struct sockaddr *address, int length, void *context)
{
	struct event_base *base = evconnlistener_get_base(listener);
	struct bufferevent *client = bufferevent_socket_new(base, socket, BEV_OPT_CLOSE_ON_FREE);
	int on = 1;

	(void)address;
	(void)length;
	(void)context;
	if (!client) {
		evutil_closesocket(socket);
		return;
	}
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bufferevent_set_max_single_read(client, AT_ONCE);
	bufferevent_set_max_single_write(client, AT_ONCE);
	bufferevent_setcb(client, arrived, NULL, happened, NULL);
	bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	struct rlimit limit;

	if (argc != 2) {
		fprintf(stderr, "usage: event_echo PORT\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	struct event_base *base = event_base_new();
	struct evconnlistener *listener =
		base ? evconnlistener_new_bind(base, welcome, NULL,
					       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, SOMAXCONN,
					       (struct sockaddr *)&address, sizeof(address))
		     : NULL;
	if (!listener) {
		perror("event_echo: bind");
		return 3;
	}
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &length);
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return event_base_dispatch(base);
}
