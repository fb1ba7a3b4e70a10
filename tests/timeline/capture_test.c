/*
 * Live capture on the loopback interface of a network namespace of the test's own, and the sentence
 * that is given without the privilege.
 */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "timeline/capture.h"
#include "timeline/packet_owners.h"
#include "timeline/packet_view.h"
#include "timeline/socket_facts.h"

enum { PATIENCE = 20000 }; /* milliseconds */

static bool privileged;

/* --- The namespace. --- */

static bool set_loopback(bool up)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool done = ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	close(fd);
	return done;
}

/* Users without rights have them in a user namespace of their own, if that is allowed. */
static int enter_namespace(void **state)
{
	(void)state;
	privileged = (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
		     set_loopback(true);
	if (!privileged)
		print_message("no network namespace can be made here: live capture is not "
			      "tested; run this as root\n");
	return 0;
}

#define NEED_PRIVILEGE           \
	do {                     \
		if (!privileged) \
			skip();  \
	} while (0)

/* --- Traffic. --- */

static int make_socket(int type, struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, type, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &length), 0);
	return fd;
}

static void receive_exactly(int fd, size_t n)
{
	char buffer[64];

	assert_int_equal(recv(fd, buffer, n, MSG_WAITALL), n);
}

/* One connection: a text there and a text back. Returns the server's port. */
static uint16_t converse(uint16_t *client_port)
{
	struct sockaddr_in server, peer = {.sin_port = 0};
	socklen_t length = sizeof(peer);
	int listener = make_socket(SOCK_STREAM, &server), client = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&server, sizeof(server)), 0);
	int accepted = accept(listener, (struct sockaddr *)&peer, &length);
	assert_int_equal(send(client, "Hello, world", 12, 0), 12);
	receive_exactly(accepted, 12);
	assert_int_equal(send(accepted, "dlrow", 5, 0), 5);
	receive_exactly(client, 5);
	close(client);
	char end;
	assert_int_equal(recv(accepted, &end, 1, 0), 0);
	close(accepted);
	close(listener);
	*client_port = ntohs(peer.sin_port);
	return ntohs(server.sin_port);
}

static uint16_t send_datagram(const char *text)
{
	struct sockaddr_in server, client;
	int receiver = make_socket(SOCK_DGRAM, &server), sender = make_socket(SOCK_DGRAM, &client);

	assert_int_equal(
		sendto(sender, text, strlen(text), 0, (struct sockaddr *)&server, sizeof(server)),
		strlen(text));
	receive_exactly(receiver, strlen(text));
	close(sender);
	close(receiver);
	return ntohs(server.sin_port);
}

static struct capture *begin(struct recording *recording, bool frames)
{
	struct capture_options options = {.began = clock_monotonic(), .text = 64, .frames = frames};
	struct error error;
	struct capture *capture = capture_open(recording, &options, &error);

	if (!capture)
		fail_msg("%s", error.text);
	return capture;
}

/* The words of all packets in a row, bare acknowledgements left out: when they come is up to the
 * kernel. */
static void tell(char *out, size_t size, const struct recording *recording)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < recording->packet_count; i++) {
		char words[200];
		packet_words(words, sizeof(words), &recording->packets[i], NULL, 64);
		if (strcmp(words, "ACK") != 0)
			used += (size_t)snprintf(out + used, size - used, "%s; ", words);
	}
}

/* --- Tests. --- */

static void a_connection_is_captured(void **state)
{
	struct recording *recording = recording_new();
	char told[600];

	(void)state;
	NEED_PRIVILEGE;
	int64_t began = clock_monotonic();
	struct capture *capture = begin(recording, true);
	uint16_t client, server = converse(&client);
	capture_want(capture, false, server);
	assert_true(capture_finish(capture));
	int64_t ended = clock_monotonic();
	tell(told, sizeof(told), recording);
	assert_string_equal(told,
			    "SYN; SYN ACK; PSH 12 \"Hello, world\"; PSH 5 \"dlrow\"; FIN ACK; "
			    "FIN ACK; ");
	const struct packet *first = &recording->packets[0];
	assert_int_equal(first->from.port, client);
	assert_int_equal(first->to.port, server);
	assert_true(address_is_loopback(&first->from));
	assert_string_equal(recording->interfaces[first->interface].name, "lo");
	for (size_t i = 0; i < recording->packet_count; i++) {
		const struct packet *packet = &recording->packets[i];
		assert_true(packet->when > 0 && packet->when < ended - began);
		assert_true(i == 0 || packet->when >= packet[-1].when);
		/* Ethernet, IPv4 and TCP, whatever the data. */
		assert_true(packet->frame_length >= 54 + packet->length);
		assert_int_equal(packet->frame_length, packet->frame_original);
		assert_false(packet->retransmission);
	}
	assert_int_equal(capture_dropped(capture), 0);
	capture_close(capture);
	recording_free(recording);
}

static void only_wanted_ports_are_recorded(void **state)
{
	struct recording *recording = recording_new();
	char told[600];
	uint16_t client;

	(void)state;
	NEED_PRIVILEGE;
	struct capture *capture = begin(recording, false);
	converse(&client);
	send_datagram("nobody wants this");
	uint16_t port = send_datagram("SEND_DATE");
	/* The same number of the other protocol is another port. */
	capture_want(capture, false, port);
	assert_true(capture_finish(capture));
	assert_int_equal(recording->packet_count, 0);
	capture_want(capture, true, port);
	assert_true(capture_finish(capture));
	tell(told, sizeof(told), recording);
	assert_string_equal(told, "UDP 9 \"SEND_DATE\"; ");
	assert_null(recording->packets[0].frame);
	/* The local ports of traced sockets are wanted in the end, whoever found them out. */
	int index = recording_add_socket(recording);
	recording->sockets[index].type = SOCK_STREAM;
	recording->sockets[index].local = (struct address){.family = ADDRESS_IPV4, .port = client};
	assert_true(capture_finish(capture));
	tell(told, sizeof(told), recording);
	assert_string_equal(told,
			    "SYN; SYN ACK; PSH 12 \"Hello, world\"; PSH 5 \"dlrow\"; FIN ACK; "
			    "FIN ACK; UDP 9 \"SEND_DATE\"; ");
	capture_close(capture);
	recording_free(recording);
}

static int add_socket(struct recording *recording, struct address local, struct address remote)
{
	int index = recording_add_socket(recording);

	assert_true(index >= 0);
	recording->sockets[index].family = AF_INET;
	recording->sockets[index].type = SOCK_STREAM;
	recording->sockets[index].local = local;
	recording->sockets[index].remote = remote;
	return index;
}

/* A traced client of a server that is not traced: its port is wanted, and has other clients. */
static void packets_of_others_are_not_kept(void **state)
{
	struct recording *recording = recording_new();
	struct sockaddr_in server;
	char told[600];

	(void)state;
	NEED_PRIVILEGE;
	struct capture *capture = begin(recording, false);
	int listener = make_socket(SOCK_STREAM, &server), clients[3];
	assert_int_equal(listen(listener, 3), 0);
	capture_want(capture, false, ntohs(server.sin_port));
	for (int i = 0; i < 3; i++) {
		struct sockaddr_in own;
		socklen_t length = sizeof(own);
		clients[i] = make_socket(SOCK_STREAM, &own);
		assert_int_equal(connect(clients[i], (struct sockaddr *)&server, length), 0);
		assert_int_equal(send(clients[i], &"abc"[i], 1, 0), 1);
		if (i == 1)
			add_socket(recording,
				   address_from_sockaddr((struct sockaddr *)&own, length),
				   address_from_sockaddr((struct sockaddr *)&server, length));
	}
	assert_true(capture_finish(capture));
	tell(told, sizeof(told), recording);
	assert_non_null(strstr(told, "\"a\""));
	assert_true(packet_owners_keep(recording));
	tell(told, sizeof(told), recording);
	assert_string_equal(told, "SYN; SYN ACK; PSH 1 \"b\"; ");
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	close(listener);
	capture_close(capture);
	recording_free(recording);
}

static void the_descriptor_tells_when_packets_have_come(void **state)
{
	struct recording *recording = recording_new();
	struct sockaddr_in server, client;

	(void)state;
	NEED_PRIVILEGE;
	struct capture *capture = begin(recording, true);
	int receiver = make_socket(SOCK_DGRAM, &server), sender = make_socket(SOCK_DGRAM, &client);
	capture_want(capture, true, ntohs(server.sin_port));
	capture_take(capture);
	for (size_t round = 1; round <= 3; round++) {
		assert_int_equal(
			sendto(sender, "x", 1, 0, (struct sockaddr *)&server, sizeof(server)), 1);
		while (recording->packet_count < round) {
			struct pollfd wait = {capture_descriptor(capture), POLLIN, 0};
			assert_int_equal(poll(&wait, 1, PATIENCE), 1);
			capture_take(capture);
		}
	}
	close(sender);
	close(receiver);
	capture_close(capture);
	recording_free(recording);
}

/* Many small packets are captured while nobody takes any. */
static void bursts_fit(void **state)
{
	enum { DATAGRAMS = 20000 };
	struct recording *recording = recording_new();
	struct sockaddr_in server, client;

	(void)state;
	NEED_PRIVILEGE;
	struct capture *capture = begin(recording, true);
	int receiver = make_socket(SOCK_DGRAM, &server), sender = make_socket(SOCK_DGRAM, &client);
	capture_want(capture, true, ntohs(server.sin_port));
	for (int i = 0; i < DATAGRAMS; i++) {
		sendto(sender, &i, sizeof(i), 0, (struct sockaddr *)&server, sizeof(server));
		receive_exactly(receiver, sizeof(i));
	}
	assert_true(capture_finish(capture));
	assert_int_equal(capture_dropped(capture), 0);
	assert_int_equal(recording->packet_count, DATAGRAMS);
	for (int i = 0; i < DATAGRAMS; i++)
		assert_memory_equal(recording->packets[i].data, &i, sizeof(i));
	close(sender);
	close(receiver);
	capture_close(capture);
	recording_free(recording);
}

/* Runs in a child what gives something up for good. The child's word is its error's sentence. */
static void say_in_child(char *words, size_t size, bool (*give_up)(void))
{
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		struct recording *recording = recording_new();
		struct capture_options options = {.text = 64};
		struct error error = {.text = "it was captured"};
		if (give_up())
			capture_close(capture_open(recording, &options, &error));
		else
			snprintf(error.text, sizeof(error.text), "nothing was given up");
		recording_free(recording);
		_exit(write(ends[1], error.text, strlen(error.text)) < 0);
	}
	close(ends[1]);
	ssize_t n = read(ends[0], words, size - 1);
	words[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};

	return syscall(SYS_capset, &header, none) == 0;
}

static bool drop_loopback(void)
{
	return unshare(CLONE_NEWNET) == 0;
}

/* A socket keeps the network in which it was made. */
static bool leave_network(void)
{
	struct socket_facts here, there;
	struct sockaddr_in address;
	int fd = make_socket(SOCK_STREAM, &address);
	bool known = socket_facts_get(&here, getpid(), getpid(), fd, 0);

	return known && !here.elsewhere && drop_loopback() &&
	       socket_facts_get(&there, getpid(), getpid(), fd, 0) && there.elsewhere;
}

static void sockets_of_another_network_are_told_apart(void **state)
{
	char words[500];

	(void)state;
	NEED_PRIVILEGE;
	say_in_child(words, sizeof(words), leave_network);
	assert_non_null(strstr(words, "no network interface is up"));
}

static void the_missing_privilege_is_named(void **state)
{
	char words[500];

	(void)state;
	say_in_child(words, sizeof(words), drop_capabilities);
	assert_non_null(strstr(words, "CAP_NET_RAW is missing"));
}

static void a_host_without_interfaces_is_told(void **state)
{
	char words[500];

	(void)state;
	NEED_PRIVILEGE;
	say_in_child(words, sizeof(words), drop_loopback);
	assert_non_null(strstr(words, "no network interface is up"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_captured),
		cmocka_unit_test(only_wanted_ports_are_recorded),
		cmocka_unit_test(packets_of_others_are_not_kept),
		cmocka_unit_test(the_descriptor_tells_when_packets_have_come),
		cmocka_unit_test(bursts_fit),
		cmocka_unit_test(sockets_of_another_network_are_told_apart),
		cmocka_unit_test(the_missing_privilege_is_named),
		cmocka_unit_test(a_host_without_interfaces_is_told),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
