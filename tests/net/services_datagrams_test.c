/*
 * The small services over UDP, under every model; and datagrams that would have services answer
 * each other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/program.h"
#include "support/services.h"

enum { DATAGRAM_MAX = 512 };

static size_t ask(int client, const char *request, size_t n, char answer[DATAGRAM_MAX + 1])
{
	assert_int_equal(send(client, request, n, 0), n);
	ssize_t got = recv(client, answer, DATAGRAM_MAX + 1, 0);
	if (got < 0)
		fail_msg("no answer to %zu bytes: %s", n, strerror(errno));
	return (size_t)got;
}

/* An empty datagram is a request, too, and back-to-back ones all get their answers. */
static void datagrams(const struct model *model)
{
	enum { BURST = 50 };
	struct program *server = program_serve("discard", "chargen", "qotd", "users", "time", "ack",
					       "--udp", "--model", model->name);
	int chargen = services_udp_client(server, "chargen"),
	    qotd = services_udp_client(server, "qotd");
	int users = services_udp_client(server, "users"),
	    clock = services_udp_client(server, "time");
	int ack = services_udp_client(server, "ack"),
	    discard = services_udp_client(server, "discard");
	char answer[DATAGRAM_MAX + 1];
	time_t before = time(NULL);

	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(send(discard, "x", n, 0), n);
		assert_in_range(ask(chargen, "x", n, answer), 0, DATAGRAM_MAX);
		assert_in_range(ask(qotd, "x", n, answer), 2, DATAGRAM_MAX - 1);
		assert_int_equal(ask(users, "x", n, answer), 0);
		assert_int_equal(ask(clock, "x", n, answer), 4);
		services_expect_now(answer, before);
		assert_int_equal(ask(ack, "x", n, answer), 2);
		assert_memory_equal(answer, "Ok", 2);
	}
	for (int i = 0; i < BURST; i++)
		assert_int_equal(send(clock, "?", 1, 0), 1);
	for (int i = 0; i < BURST; i++) {
		assert_int_equal(recv(clock, answer, sizeof(answer), 0), 4);
		services_expect_now(answer, before);
	}
	assert_int_equal(recv(discard, answer, sizeof(answer), MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(chargen), close(qotd), close(users), close(clock), close(ack), close(discard);
	net_stop(server);
}

static void test_datagrams(void **state)
{
	(void)state;
	net_each_model(datagrams);
}

/* --- Forged sources. --- */

/* A socket that hears every datagram from one of the ports to the other on loopback, in IPv4
 * without options; -1 without the rights. The kernel chooses, so that other traffic does not fill
 * it. */
static int open_capture(int port, int other)
{
	enum { PROTOCOL = 9, SOURCE = 20, TARGET = 22 }; /* where these stand in a packet */
	const uint32_t a = (uint32_t)port, b = (uint32_t)other;
	struct sock_filter choice[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PROTOCOL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 7),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SOURCE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, a, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TARGET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, b, 4, 3),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, b, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TARGET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, a, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
	};
	struct sock_fprog program = {sizeof(choice) / sizeof(choice[0]), choice};
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_IP),
				      .sll_ifindex = (int)if_nametoindex("lo")};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
			 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* How many datagrams the capture has heard. */
static int count_captured(int capture)
{
	struct sockaddr_ll from;
	int count = 0;
	char byte;

	for (;;) {
		socklen_t length = sizeof(from);
		if (recvfrom(capture, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from, &length) <
		    0)
			return count;
		/* Loopback shows every packet twice: as it leaves and as it arrives. */
		count += from.sll_pkttype == PACKET_HOST;
	}
}

/* Sends a datagram to a port of 127.0.0.1 from a port that is somebody else's. */
static void forge(int from, const char *from_host, int to)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		char payload[5];
	} packet = {.payload = "ping\n"};
	struct sockaddr_in target = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	assert_true(fd >= 0);
	target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	packet.ip.version = 4;
	packet.ip.ihl = 5;
	packet.ip.ttl = 64;
	packet.ip.protocol = IPPROTO_UDP;
	packet.ip.saddr = inet_addr(from_host);
	packet.ip.daddr = target.sin_addr.s_addr;
	packet.udp.source = htons((uint16_t)from);
	packet.udp.dest = htons((uint16_t)to);
	packet.udp.len = htons(sizeof(packet.udp) + sizeof(packet.payload));
	assert_int_equal(
		sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&target, sizeof(target)),
		sizeof(packet));
	close(fd);
}

/* So many honest questions, each answered, that a datagram which bounces between the services would
 * have bounced as often. */
static void pass_time(int client)
{
	char answer[DATAGRAM_MAX + 1];

	for (int i = 0; i < 100; i++)
		ask(client, "honest", 6, answer);
}

static void services_of_one_process(const struct model *model)
{
	static const char *const names[] = {"echo", "chargen", "ack", "time", "qotd", "udp-date"};
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	int ports[NAMES], clients[NAMES];
	struct program *server = program_serve("echo", "chargen", "ack", "time", "qotd", "udp-date",
					       "--udp", "--model", model->name, "-q");

	for (int i = 0; i < NAMES; i++) {
		ports[i] = net_place(server, "udp 127.0.0.1", names[i]).port;
		clients[i] = services_udp_client(server, names[i]);
	}
	for (int i = 0; i < NAMES * NAMES; i++) {
		int from = i / NAMES, to = i % NAMES;
		int capture = open_capture(ports[from], ports[to]);
		forge(ports[from], "127.0.0.1", ports[to]);
		pass_time(clients[to]);
		/* The forged one alone. */
		assert_int_equal(count_captured(capture), 1);
		close(capture);
	}
	for (int i = 0; i < NAMES; i++)
		close(clients[i]);
	net_stop(server);
}

static bool may_forge(void)
{
	int capture = open_capture(7, 19);

	if (capture < 0) {
		print_message("capturing takes the rights of root\n");
		return false;
	}
	close(capture);
	return true;
}

static void test_services_of_one_process(void **state)
{
	(void)state;
	if (!may_forge())
		skip();
	net_each_model(services_of_one_process);
}

/* Two processes, the other with the port that the RFC gives its service, at an address of its own:
 * nothing that comes from such a port is answered, whoever asks first. */
static void test_services_of_two_processes(void **state)
{
	static const struct {
		const char *name;
		int port;
	} standard[] = {{"echo", 7}, {"chargen", 19}};
	static const char *const names[] = {"echo", "chargen", "ack"};
	char host[32], operand[32];

	(void)state;
	if (!may_forge())
		skip();
	snprintf(host, sizeof(host), "127.99.%d.%d", (int)getpid() / 250 % 250,
		 1 + (int)getpid() % 250);
	struct program *server = program_serve("echo", "chargen", "ack", "--udp", "-q");
	for (int i = 0; i < 2; i++) {
		snprintf(operand, sizeof(operand), "%s:%d", standard[i].name, standard[i].port);
		struct program *other = program_serve(operand, "--udp", "--host", host, "-q");
		for (int j = 0; j < 3; j++) {
			int port = net_place(server, "udp 127.0.0.1", names[j]).port;
			int client = services_udp_client(server, names[j]);
			int capture = open_capture(standard[i].port, port);
			forge(standard[i].port, host, port);
			pass_time(client);
			assert_int_equal(count_captured(capture), 1);
			close(capture);
			close(client);
		}
		net_stop(other);
	}
	net_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_datagrams, program_teardown),
		cmocka_unit_test_teardown(test_services_of_one_process, program_teardown),
		cmocka_unit_test_teardown(test_services_of_two_processes, program_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
