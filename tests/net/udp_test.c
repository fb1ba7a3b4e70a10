/*
 * Datagrams: the largest and the smallest, bursts, and whoever must get no answer.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

enum { LARGEST = 65507, BURST = 200 };

static int end_servers(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

static int udp_client(struct program *server, const char *protocol)
{
	struct net_place place = net_place(server, "udp 127.0.0.1", protocol);
	int client = net_connect(&place), size = 1 << 20;

	setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return client;
}

static void expect_datagram(int client, const char *bytes, size_t n)
{
	static char received[LARGEST + 1];
	ssize_t got = net_receive(client, received, sizeof(received));

	if (got < 0)
		fail_msg("no answer came: %s", strerror(errno));
	assert_int_equal(got, n);
	assert_memory_equal(received, bytes, n);
}

static void echo_sizes(const struct model *model)
{
	static const size_t sizes[] = {0, 1, 512, 1472, 1473, 65000, LARGEST, 0};
	static char bytes[LARGEST];
	struct program *server = program_serve("echo", "--udp", "--model", model->name);
	int client = udp_client(server, "echo");

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(send(client, bytes, sizes[i], 0), sizes[i]);
		expect_datagram(client, bytes, sizes[i]);
	}
	close(client);
	net_stop(server);
}

static void test_sizes(void **state)
{
	(void)state;
	net_each_model(echo_sizes);
}

/* Fewer and smaller than any kernel's buffers hold. A server that stands still meanwhile finds them
 * all at once. */
static void echo_burst(const struct model *model)
{
	struct program *server = program_serve("echo", "--udp", "--model", model->name);
	int client = udp_client(server, "echo");
	char text[16];

	for (int round = 0; round < 5; round++) {
		if (round % 2 == 0)
			program_signal(server, SIGSTOP);
		for (int i = 0; i < BURST; i++) {
			int n = snprintf(text, sizeof(text), "%d.%d", round, i);
			assert_int_equal(send(client, text, (size_t)n, 0), n);
		}
		if (round % 2 == 0)
			program_signal(server, SIGCONT);
		for (int i = 0; i < BURST; i++) {
			int n = snprintf(text, sizeof(text), "%d.%d", round, i);
			expect_datagram(client, text, (size_t)n);
		}
	}
	close(client);
	net_stop(server);
}

static void test_burst(void **state)
{
	(void)state;
	net_each_model(echo_burst);
}

/* A UDP socket with that port of its own, on 127.0.0.2 where the server has 127.0.0.1; -1: none. */
static int bind_port(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Sends from a port that must not be answered, and then, from another, what is answered: had there
 * been an answer to the first, it would have come by then. */
static void expect_silence(struct program *server, int forged)
{
	struct net_place place = net_place(server, "udp 127.0.0.1", "echo");
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)place.port)};
	int honest = net_connect(&place);
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			sendto(forged, "f", 1, 0, (struct sockaddr *)&address, sizeof(address)), 1);
		assert_int_equal(send(honest, "h", 1, 0), 1);
		assert_int_equal(net_receive(honest, &byte, 1), 1);
	}
	assert_int_equal(recv(forged, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(honest);
}

static void ignore_own_ports(const struct model *model)
{
	struct program *server = program_serve("echo", "udp-date", "--udp", "--model", model->name);
	const char *const protocols[] = {"echo", "udp-date"};

	for (int i = 0; i < 2; i++) {
		int forged = bind_port(net_place(server, "udp 127.0.0.1", protocols[i]).port);
		assert_true(forged >= 0);
		expect_silence(server, forged);
		close(forged);
	}
	net_stop(server);
}

/* The traffic class of what a socket is sent, or -1. */
static int class_of_next(int fd)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec run = {&byte, 1};
	struct msghdr message = {.msg_iov = &run,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&waiting, 1, 5000), 1);
	assert_int_equal(recvmsg(fd, &message, 0), 1);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	return header && header->cmsg_type == IP_TOS ? *CMSG_DATA(header) : -1;
}

/* Answers are marked, and what is marked so is not answered: two servers that a forged source
 * points at each other have nothing to say. */
static void ignore_answers(const struct model *model)
{
	struct program *server = program_serve("echo", "--udp", "--model", model->name);
	struct net_place place = net_place(server, "udp 127.0.0.1", "echo");
	int client = net_connect(&place), other_server = bind_port(0), one = 1, class;

	assert_int_equal(setsockopt(client, IPPROTO_IP, IP_RECVTOS, &one, sizeof(one)), 0);
	assert_int_equal(send(client, "x", 1, 0), 1);
	class = class_of_next(client);
	assert_true(class > 0);
	assert_int_equal(setsockopt(other_server, IPPROTO_IP, IP_TOS, &class, sizeof(class)), 0);
	expect_silence(server, other_server);
	close(client);
	close(other_server);
	net_stop(server);
}

static void test_answers(void **state)
{
	(void)state;
	net_each_model(ignore_answers);
}

static void test_own_ports(void **state)
{
	(void)state;
	net_each_model(ignore_own_ports);
}

static void test_service_ports(void **state)
{
	static const int ports[] = {7, 9, 11, 13, 17, 19, 37};
	int bound = 0;

	(void)state;
	struct program *server = program_serve("echo", "--udp");
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		int forged = bind_port(ports[i]);
		if (forged < 0)
			continue;
		expect_silence(server, forged);
		close(forged);
		bound++;
	}
	net_stop(server);
	if (bound == 0) {
		print_message("ports below 1024 take the rights of root\n");
		skip();
	}
}

/* Datagrams that come faster than they are answered do not keep the server from stopping. */
static void stop_in_flood(const struct model *model)
{
	struct program *server = program_serve("echo", "--udp", "--model", model->name, "-q");
	struct net_place place = net_place(server, "udp 127.0.0.1", "echo");
	pid_t flooder = fork();

	assert_true(flooder >= 0);
	if (flooder == 0) {
		int client = net_connect(&place);
		for (;;)
			(void)send(client, "flood", 5, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	int client = net_connect(&place);
	char byte;
	assert_int_equal(send(client, "x", 1, 0), 1);
	(void)net_receive(client, &byte, 1);
	program_signal(server, SIGTERM);
	int status = program_wait(server);
	kill(flooder, SIGKILL);
	assert_int_equal(waitpid(flooder, NULL, 0), flooder);
	assert_int_equal(status, 0);
	close(client);
	program_free(server);
}

static void test_stop_in_flood(void **state)
{
	(void)state;
	net_each_model(stop_in_flood);
}

/* The answer leaves from the address that was asked, although the server listens on all. */
static void answer_from_asked_address(const struct model *model)
{
	struct program *server =
		program_serve("echo", "--udp", "--host", "0.0.0.0", "--model", model->name);
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)server->port)},
			   from;
	struct net_place place = net_place(server, "udp 0.0.0.0", "echo");
	socklen_t length = sizeof(from);
	int client = bind_port(0);
	struct pollfd event = {.fd = client, .events = POLLIN};
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 2);
	assert_int_equal(place.port, server->port);
	assert_int_equal(sendto(client, "x", 1, 0, (struct sockaddr *)&address, sizeof(address)),
			 1);
	assert_int_equal(poll(&event, 1, (int)(program_patience / 1000000)), 1);
	assert_int_equal(recvfrom(client, &byte, 1, 0, (struct sockaddr *)&from, &length), 1);
	assert_int_equal(from.sin_addr.s_addr, address.sin_addr.s_addr);
	close(client);
	net_stop(server);
}

static void test_asked_address(void **state)
{
	(void)state;
	net_each_model(answer_from_asked_address);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_sizes, end_servers),
		cmocka_unit_test_teardown(test_burst, end_servers),
		cmocka_unit_test_teardown(test_own_ports, end_servers),
		cmocka_unit_test_teardown(test_answers, end_servers),
		cmocka_unit_test_teardown(test_service_ports, end_servers),
		cmocka_unit_test_teardown(test_stop_in_flood, end_servers),
		cmocka_unit_test_teardown(test_asked_address, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
