/*
 * A server inside the test: see peer.h.
 */
#include "peer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "program.h"

enum { RECEIVE_MAX = 65536 };

int peer_listen(const char *host, int port, int backlog)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int one = 1, listener;

	if (getaddrinfo(host, program_number(port), &hints, &list) || !list)
		return -1;
	listener = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener >= 0) {
		setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (list->ai_family == AF_INET6)
			setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		if (bind(listener, list->ai_addr, list->ai_addrlen) < 0 ||
		    listen(listener, backlog) < 0) {
			close(listener);
			listener = -1;
		}
	}
	freeaddrinfo(list);
	return listener;
}

int peer_port(int listener)
{
	struct sockaddr_in6 name;
	socklen_t length = sizeof(name);

	assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &length), 0);
	/* The port lies in the same place for IPv4. */
	return ntohs(name.sin6_port);
}

static void wait_for_input(int socket, const char *what)
{
	struct pollfd event = {.fd = socket, .events = POLLIN};

	if (poll(&event, 1, (int)(program_patience / 1000000)) != 1)
		fail_msg("in time there was no %s", what);
}

int peer_accept(int listener)
{
	int caller;

	wait_for_input(listener, "caller");
	caller = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(caller >= 0);
	return caller;
}

void peer_send(int caller, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t sent = send(caller, text, n, MSG_NOSIGNAL);
		if (sent < 0)
			fail_msg("send: %s", strerror(errno));
		text += sent;
		n -= (size_t)sent;
	}
}

void peer_expect(int caller, const char *text)
{
	static char received[RECEIVE_MAX];
	size_t n = strlen(text), length = 0;

	assert_true(n < sizeof(received));
	while (length < n) {
		wait_for_input(caller, text);
		ssize_t got = recv(caller, received + length, n - length, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	received[length] = '\0';
	assert_string_equal(received, text);
}

void peer_ask(int caller, const char *text, const char *answer)
{
	peer_send(caller, text);
	peer_expect(caller, answer);
}

void peer_expect_end(int caller)
{
	char byte;

	wait_for_input(caller, "end of the stream");
	assert_int_equal(recv(caller, &byte, 1, 0), 0);
}

void peer_reset(int caller)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(caller, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(caller);
}
