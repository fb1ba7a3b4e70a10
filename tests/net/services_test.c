/*
 * The small services under every model and transport, byte by byte; users and the chat of one
 * process; datagrams that would have services answer each other; a server that a peer may stop; and
 * the clients' part.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"
#include "support/pseudo_terminal.h"

enum { WIDTH = 72, LINE = WIDTH + 2, RING = 95, CYCLE = RING * LINE, DATAGRAM_MAX = 512 };

static int end_servers(void **state)
{
	(void)state;
	pseudo_terminal_free_all();
	program_free_all();
	return 0;
}

/* --- Talking, every byte in a segment of its own. --- */

static int call(const struct net_place *place)
{
	int client = net_connect(place), one = 1;

	if (strcmp(place->name, "unix") != 0)
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return client;
}

static void say(int client, const char *text)
{
	for (; *text; text++)
		assert_int_equal(send(client, text, 1, MSG_NOSIGNAL), 1);
}

/* Says all, and expects all of the answer and then the end. */
static void converse(const struct net_place *place, const char *text, const char *answer)
{
	int client = call(place);

	say(client, text);
	peer_expect(client, answer);
	peer_expect_end(client);
	close(client);
}

static void check_knock(struct program *server, const struct net_place *place)
{
	(void)server;
	converse(place, "Knock Knock..\r\nDatagram\nI would tell you.\n",
		 "Who's there?\nDatagram who?\nHa ha!\n");
}

static void check_reply(struct program *server, const struct net_place *place)
{
	(void)server;
	converse(place, "Hello\nHow are you\r\nquit()\n",
		 "Request received as : Hello\nRequest received as : How are you\nquit()\n");
}

static void check_eval(struct program *server, const struct net_place *place)
{
	(void)server;
	converse(place, "3+5\n2 ** 10 - (1 + 2) * 3\r\n4 + * 5\nexit()\nquit()\n",
		 "Answer is 8\nAnswer is 1015\nError at column 5: a number or '(' is missing\n"
		 "Error: this server does not stop for exit(); quit() leaves\nquit()\n");
}

static void check_message(struct program *server, const struct net_place *place)
{
	int client = call(place);
	char text[40];

	snprintf(text, sizeof(text), "over %s\x1b.", place->name);
	say(client, text);
	net_finish(client);
	peer_expect_end(client);
	close(client);
	snprintf(text, sizeof(text), ": over %s\\x1b.\n", place->name);
	program_expect(server, text);
}

static void check_discard(struct program *server, const struct net_place *place)
{
	int client = call(place);
	static char bytes[256 * 1024];

	(void)server;
	say(client, "into the void\n");
	for (size_t sent = 0; sent < sizeof(bytes);) {
		ssize_t n = send(client, bytes + sent, sizeof(bytes) - sent, MSG_NOSIGNAL);
		assert_true(n > 0);
		sent += (size_t)n;
	}
	net_finish(client);
	peer_expect_end(client);
	close(client);
}

static void check_chargen(struct program *server, const struct net_place *place)
{
	int client = call(place);
	static char pattern[3 * CYCLE];

	(void)server;
	for (size_t i = 0; i < sizeof(pattern); i++) {
		size_t line = i / LINE, column = i % LINE;
		pattern[i] = column < WIDTH ? (char)(' ' + (line + column) % RING)
					    : "\r\n"[column - WIDTH];
	}
	say(client, "thrown away");
	net_expect(client, pattern, sizeof(pattern));
	close(client);
}

static void check_qotd(struct program *server, const struct net_place *place)
{
	int client = call(place);
	char text[1024];
	size_t n = net_all(client, text, sizeof(text));

	(void)server;
	assert_in_range(n, 2, 511);
	assert_int_equal(text[n - 1], '\n');
	close(client);
}

static void check_users(struct program *server, const struct net_place *place)
{
	int client = call(place);

	(void)server;
	peer_expect_end(client);
	close(client);
}

/* The seconds since 1900 that the bytes say are now. */
static void expect_now(const char *bytes, time_t before)
{
	const unsigned char *at = (const unsigned char *)bytes;
	uint32_t seconds = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
			   at[3];

	assert_in_range(seconds, (uint32_t)before + 2208988800U,
			(uint32_t)time(NULL) + 2208988800U);
}

static void check_time(struct program *server, const struct net_place *place)
{
	time_t before = time(NULL);
	int client = call(place);
	char bytes[16];

	(void)server;
	assert_int_equal(net_all(client, bytes, sizeof(bytes)), 4);
	expect_now(bytes, before);
	close(client);
}

static const struct {
	const char *protocol;
	void (*check)(struct program *, const struct net_place *);
} checks[] = {
	{"knock", check_knock},     {"reply", check_reply},     {"eval", check_eval},
	{"message", check_message}, {"discard", check_discard}, {"chargen", check_chargen},
	{"qotd", check_qotd},       {"users", check_users},     {"time", check_time},
};
enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

static void streams(const struct model *model)
{
	static const char *const places[] = {"tcp 127.0.0.1", "tcp [::1]"};
	const char *arguments[CHECKS + 3] = {NULL};
	int count = net_has_ipv6() ? 2 : 1;

	for (int i = 0; i < CHECKS; i++)
		arguments[i] = checks[i].protocol;
	arguments[CHECKS] = "--model";
	arguments[CHECKS + 1] = model->name;
	struct program *server = program_serve_list(arguments);
	for (int i = 0; i < CHECKS; i++) {
		for (int j = 0; j < count; j++) {
			struct net_place place = net_place(server, places[j], checks[i].protocol);
			checks[i].check(server, &place);
		}
	}
	net_stop(server);
}

static void test_streams(void **state)
{
	(void)state;
	net_each_model(streams);
}

static void unix_sockets(const struct model *model)
{
	char path[108];

	net_path(path, "services");
	for (int i = 0; i < CHECKS; i++) {
		struct program *server =
			program_serve(checks[i].protocol, "--unix", path, "--model", model->name);
		struct net_place place = net_place(server, "unix", checks[i].protocol);
		checks[i].check(server, &place);
		net_stop(server);
	}
}

static void test_unix_sockets(void **state)
{
	(void)state;
	net_each_model(unix_sockets);
}

/* --- Datagrams. --- */

static size_t ask(int client, const char *request, size_t n, char answer[DATAGRAM_MAX + 1])
{
	assert_int_equal(send(client, request, n, 0), n);
	ssize_t got = recv(client, answer, DATAGRAM_MAX + 1, 0);
	if (got < 0)
		fail_msg("no answer to %zu bytes: %s", n, strerror(errno));
	return (size_t)got;
}

static int udp_client(struct program *server, const char *protocol)
{
	struct net_place place = net_place(server, "udp 127.0.0.1", protocol);

	return net_connect(&place);
}

/* An empty datagram is a request, too, and back-to-back ones all get their answers. */
static void datagrams(const struct model *model)
{
	enum { BURST = 50 };
	struct program *server = program_serve("discard", "chargen", "qotd", "users", "time", "ack",
					       "--udp", "--model", model->name);
	int chargen = udp_client(server, "chargen"), qotd = udp_client(server, "qotd");
	int users = udp_client(server, "users"), clock = udp_client(server, "time");
	int ack = udp_client(server, "ack"), discard = udp_client(server, "discard");
	char answer[DATAGRAM_MAX + 1];
	time_t before = time(NULL);

	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(send(discard, "x", n, 0), n);
		assert_in_range(ask(chargen, "x", n, answer), 0, DATAGRAM_MAX);
		assert_in_range(ask(qotd, "x", n, answer), 2, DATAGRAM_MAX - 1);
		assert_int_equal(ask(users, "x", n, answer), 0);
		assert_int_equal(ask(clock, "x", n, answer), 4);
		expect_now(answer, before);
		assert_int_equal(ask(ack, "x", n, answer), 2);
		assert_memory_equal(answer, "Ok", 2);
	}
	for (int i = 0; i < BURST; i++)
		assert_int_equal(send(clock, "?", 1, 0), 1);
	for (int i = 0; i < BURST; i++) {
		assert_int_equal(recv(clock, answer, sizeof(answer), 0), 4);
		expect_now(answer, before);
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

/* --- Users of the services of one process. --- */

static void expect_users(const struct net_place *place, const char *list)
{
	int64_t limit = net_limit();
	char text[4096];

	/* Who leaves may be still about to. */
	do {
		int client = net_connect(place);
		net_all(client, text, sizeof(text));
		close(client);
	} while (strcmp(text, list) != 0 && net_now() < limit);
	assert_string_equal(text, list);
}

static int enter(const struct net_place *chat, const char *name)
{
	int client = net_connect(chat);
	char line[256];

	peer_send(client, name);
	peer_send(client, "\n");
	assert_true(net_line(client, line, sizeof(line)));
	assert_memory_equal(line, "Welcome, ", 9);
	return client;
}

static void users_of(const char *const options[])
{
	enum { PEOPLE = 60 };
	const char *arguments[16] = {"chat", "users"};

	for (size_t i = 0; options[i]; i++)
		arguments[2 + i] = options[i];
	struct program *server = program_serve_list(arguments);
	struct net_place chat = net_place(server, "tcp 127.0.0.1", "chat");
	struct net_place users = net_place(server, "tcp 127.0.0.1", "users");
	int ada = enter(&chat, "Ada"), people[PEOPLE];

	expect_users(&users, "Ada\n");
	int bob = enter(&chat, "Bob");
	expect_users(&users, "Ada\nBob\n");
	close(ada);
	expect_users(&users, "Bob\n");
	peer_reset(bob);
	expect_users(&users, "");
	for (int i = 0; i < PEOPLE; i++) {
		char name[40];
		snprintf(name, sizeof(name), "somebody-with-a-long-name-%03d", i);
		people[i] = enter(&chat, name);
	}
	int client = net_connect(&users);
	char text[8192];
	assert_int_equal(net_all(client, text, sizeof(text)), PEOPLE * 30);
	close(client);
	for (int i = 0; i < PEOPLE; i++)
		close(people[i]);
	expect_users(&users, "");
	net_stop(server);
}

static void users_under(const struct model *model)
{
	if (model->abilities & MODEL_SHARED)
		users_of((const char *[]){"--model", model->name, NULL});
	if ((model->abilities & MODEL_SHARED) && (model->abilities & MODEL_WORKERS))
		users_of((const char *[]){"--model", model->name, "--workers", "3", NULL});
}

static void test_users(void **state)
{
	(void)state;
	net_each_model(users_under);
}

/* Many names come in several datagrams, none of which splits a line; our client shows them all. */
static void users_by_datagrams(const struct model *model)
{
	enum { PEOPLE = 60, NAME = 29 };
	struct program *server;
	int people[PEOPLE], count = 0;
	char answer[DATAGRAM_MAX + 1], all[PEOPLE * (NAME + 1) + 1] = "";

	if (!(model->abilities & MODEL_SHARED))
		return;
	server = program_serve("all", "--model", model->name);
	struct net_place chat = net_place(server, "tcp 127.0.0.1", "chat");
	for (int i = 0; i < PEOPLE; i++) {
		char name[40];
		snprintf(name, sizeof(name), "somebody-with-a-long-name-%03d", i);
		people[i] = enter(&chat, name);
		strcat(strcat(all, name), "\n");
	}
	int client = udp_client(server, "users");
	assert_int_equal(send(client, "", 0, 0), 0);
	for (size_t length = 0; length < strlen(all); count++) {
		ssize_t n = recv(client, answer, sizeof(answer), 0);
		assert_in_range(n, 1, DATAGRAM_MAX);
		assert_memory_equal(answer, all + length, (size_t)n);
		assert_int_equal(answer[n - 1], '\n');
		length += (size_t)n;
	}
	assert_in_range(count, 4, 5);
	struct net_place users = net_place(server, "udp 127.0.0.1", "users");
	struct program *shown = program_run(NULL, "connect", "users", "--udp", "127.0.0.1",
					    program_number(users.port));
	assert_int_equal(shown->status, 0);
	assert_int_equal(net_count(program_output(shown), "somebody-"), PEOPLE);
	program_free(shown);
	for (int i = 0; i < PEOPLE; i++)
		close(people[i]);
	close(client);
	net_stop(server);
}

static void test_users_by_datagrams(void **state)
{
	(void)state;
	net_each_model(users_by_datagrams);
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
		clients[i] = udp_client(server, names[i]);
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
			int client = udp_client(server, names[j]);
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

/* --- A server that its peers may stop. --- */

static void stop_by_exit(const struct model *model)
{
	struct program *server = program_serve("eval", "--allow-exit", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "eval");
	int client = net_connect(&place);

	peer_send(client, "3+5\nexit()\n");
	peer_expect(client, "Answer is 8\nexit()\n");
	peer_expect_end(client);
	close(client);
	assert_int_equal(program_wait(server), 0);
	program_free(server);
}

static void stay_without_leave(const struct model *model)
{
	struct program *server = program_serve("eval", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "eval");

	for (int i = 0; i < 2; i++) {
		int client = net_connect(&place);
		peer_send(client, "exit()\n3+5\nquit()\n");
		peer_expect(client, "Error: this server does not stop for exit(); quit() leaves\n"
				    "Answer is 8\nquit()\n");
		peer_expect_end(client);
		close(client);
	}
	net_stop(server);
}

static void test_exit(void **state)
{
	(void)state;
	net_each_model(stop_by_exit);
	net_each_model(stay_without_leave);
}

static void test_exit_over_unix(void **state)
{
	char path[108];

	(void)state;
	net_path(path, "exit");
	struct program *server =
		program_serve("eval", "--allow-exit", "--unix", path, "--model", "fork");
	struct net_place place = net_place(server, "unix", "eval");
	int client = net_connect(&place);
	peer_send(client, "exit()\n");
	peer_expect(client, "exit()\n");
	peer_expect_end(client);
	close(client);
	assert_int_equal(program_wait(server), 0);
	program_free(server);
}

/* --- What may be wrong at the start. --- */

static void test_complaint(void **state)
{
	struct program *server =
		program_run(NULL, "serve", "qotd", "--port", "0", "--quotes", "/nowhere/quotes");

	(void)state;
	assert_int_equal(server->status, 2);
	assert_string_equal(program_output(server), "");
	assert_string_equal(program_errors(server),
			    "sockettool: qotd: --quotes /nowhere/quotes cannot be read: No such "
			    "file or directory\n");
	program_free(server);
}

/* --- The clients' part. --- */

static struct program *client_of(struct program *server, const char *transport,
				 const char *protocol, const char *input, const char *option,
				 const char *value)
{
	char place[32];
	const char *arguments[10] = {"connect", protocol, "127.0.0.1"};
	size_t n = 3;

	snprintf(place, sizeof(place), "%s 127.0.0.1", transport);
	arguments[n++] = program_number(net_place(server, place, protocol).port);
	if (strcmp(transport, "udp") == 0)
		arguments[n++] = "--udp";
	if (option)
		arguments[n++] = option;
	if (value)
		arguments[n++] = value;
	struct program *client = program_run_list(input, arguments);
	if (client->status != 0)
		fail_msg("%s ended with status %d: %s", protocol, client->status,
			 program_errors(client));
	return client;
}

/* Runs a client and expects a line of output that begins and ends so, and nothing else. */
static void expect_line(struct program *client, const char *begin, const char *end)
{
	const char *output = program_output(client);
	size_t n = strlen(output);

	if (strncmp(output, begin, strlen(begin)) != 0 || n < strlen(end) ||
	    strcmp(output + n - strlen(end), end) != 0 || net_count(output, "\n") != 1)
		fail_msg("it wrote \"%s\"", output);
	assert_string_equal(program_errors(client), "");
	program_free(client);
}

static void test_clients(void **state)
{
	struct program *server =
		program_serve("discard", "chargen", "users", "time", "knock", "message");

	(void)state;
	expect_line(client_of(server, "tcp", "discard", "into the void\n", NULL, NULL),
		    "14 bytes taken in ", " MiB/s\n");
	expect_line(client_of(server, "tcp", "discard", "raw\n", "--framing", "raw"),
		    "3 bytes taken in ", " MiB/s\n");
	expect_line(client_of(server, "tcp", "chargen", NULL, "--count", "3M"),
		    "3145728 bytes of the pattern in ", " MiB/s\n");
	expect_line(client_of(server, "tcp", "time", NULL, NULL, NULL), "",
		    " s from this clock)\n");
	expect_line(client_of(server, "tcp", "time", NULL, "--framing", "raw"), "",
		    " s from this clock)\n");
	expect_line(client_of(server, "tcp", "knock", "knock knock\n", NULL, NULL),
		    "Who's there?\n", "");
	struct program *client = client_of(server, "tcp", "users", NULL, NULL, NULL);
	assert_string_equal(program_output(client), "");
	program_free(client);
	client = client_of(server, "tcp", "message", "one\ntwo", NULL, NULL);
	assert_string_equal(program_output(client), "");
	program_free(client);
	program_expect(server, ": one\n");
	program_expect(server, ": two\n");
	net_stop(server);
}

/* What a client says of itself is nothing that was received. */
static void test_report_of_sent_texts(void **state)
{
	struct program *server = program_serve("discard");
	struct program *client = client_of(server, "tcp", "discard", NULL, "--send", "hello");

	(void)state;
	assert_null(strstr(program_output(client), "received"));
	assert_non_null(strstr(program_output(client), "\n6 bytes taken in "));
	program_free(client);
	net_stop(server);
}

static void test_clients_of_datagrams(void **state)
{
	struct program *server =
		program_serve("discard", "chargen", "qotd", "users", "time", "ack", "--udp");

	(void)state;
	expect_line(client_of(server, "udp", "discard", "one\ntwo\n", NULL, NULL),
		    "6 bytes sent in ", " MiB/s\n");
	expect_line(client_of(server, "udp", "time", NULL, NULL, NULL), "",
		    " s from this clock)\n");
	program_free(client_of(server, "udp", "chargen", NULL, NULL, NULL));
	program_free(client_of(server, "udp", "qotd", NULL, NULL, NULL));
	struct program *client = client_of(server, "udp", "ack", "one\ntwo\n", NULL, NULL);
	assert_string_equal(program_output(client), "Ok\nOk\n");
	program_free(client);
	net_stop(server);
}

static int broken_listener(int *port)
{
	int listener = peer_listen("127.0.0.1", 0, 1);

	assert_true(listener >= 0);
	*port = peer_port(listener);
	return listener;
}

/* A server whose pattern is wrong, one that stops too early, and one of too few bytes. */
static void test_broken_servers(void **state)
{
	static const struct {
		const char *protocol, *sent, *error;
	} broken[] = {
		{"chargen", " !\"#x",
		 "sockettool: the pattern breaks at byte 4, line 0, column 4: it has 0x78 and "
		 "should have 0x24\n"},
		{"chargen", " !\"#", "sockettool: the server closed after 4 of 100 bytes\n"},
		{"time", "abc", "sockettool: the server sent 3 of 4 bytes and closed\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		int port, listener = broken_listener(&port);
		bool counts = strcmp(broken[i].protocol, "chargen") == 0;
		struct program *client = program_start(
			"connect", broken[i].protocol, "127.0.0.1", program_number(port),
			counts ? "--count" : "-q", counts ? "100" : NULL);
		int caller = peer_accept(listener);
		peer_send(caller, broken[i].sent);
		net_finish(caller);
		assert_int_equal(program_wait(client), 1);
		assert_string_equal(program_errors(client), broken[i].error);
		program_free(client);
		close(caller);
		close(listener);
	}
}

/* The progress line stands on the terminal while the client sends. */
static void test_progress(void **state)
{
	struct program *server = program_serve("discard", "-q");
	char command[200];

	(void)state;
	snprintf(command, sizeof(command),
		 "cat /dev/zero | \"$SOCKETTOOL\" connect discard 127.0.0.1 %d", server->port);
	struct pseudo_terminal *terminal = pseudo_terminal_start_other(12, 80, "sh", "-c", command);
	pseudo_terminal_expect(terminal, " bytes sent, ");
	pseudo_terminal_type(terminal, "\x03");
	pseudo_terminal_expect(terminal, " bytes sent in ");
	pseudo_terminal_wait(terminal);
	pseudo_terminal_free(terminal);
	net_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_streams, end_servers),
		cmocka_unit_test_teardown(test_unix_sockets, end_servers),
		cmocka_unit_test_teardown(test_datagrams, end_servers),
		cmocka_unit_test_teardown(test_users, end_servers),
		cmocka_unit_test_teardown(test_users_by_datagrams, end_servers),
		cmocka_unit_test_teardown(test_services_of_one_process, end_servers),
		cmocka_unit_test_teardown(test_services_of_two_processes, end_servers),
		cmocka_unit_test_teardown(test_exit, end_servers),
		cmocka_unit_test_teardown(test_exit_over_unix, end_servers),
		cmocka_unit_test_teardown(test_complaint, end_servers),
		cmocka_unit_test_teardown(test_clients, end_servers),
		cmocka_unit_test_teardown(test_report_of_sent_texts, end_servers),
		cmocka_unit_test_teardown(test_clients_of_datagrams, end_servers),
		cmocka_unit_test_teardown(test_broken_servers, end_servers),
		cmocka_unit_test_teardown(test_progress, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
