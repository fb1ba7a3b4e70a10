/*
 * Whose packets are kept: those of the recording's sockets, while they live.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/packet_owners.h"

#define SERVER "127.0.0.1:5000"
#define CLIENT "127.0.0.1:40000"
#define OTHER "127.0.0.1:50000"

/* Times are in microseconds; what is within a millisecond is not told apart. */
enum { BOUND = 100000, CONNECTS = 200000, CLOSES = 400000 };

static int new_socket(struct recording *recording, int program, int type, const char *local,
		      const char *remote)
{
	int socket = made_socket(recording, program, type, local, remote);

	made_call(recording, CALL_SOCKET, program, socket, 50, 60, "socket(TCP)", "→ 3");
	return socket;
}

static int listener(struct recording *recording, const char *local)
{
	int socket = new_socket(recording, 0, SOCK_STREAM, local, NULL);

	recording->sockets[socket].listens = true;
	made_call(recording, CALL_BIND, 0, socket, BOUND, BOUND + 5, "bind(3)", "");
	made_call(recording, CALL_LISTEN, 0, socket, BOUND + 10, BOUND + 15, "listen(3)", "");
	return socket;
}

static int connecting(struct recording *recording, const char *local, const char *remote)
{
	int socket = new_socket(recording, 1, SOCK_STREAM, local, remote);
	struct call *call = made_call(recording, CALL_CONNECT, 1, socket, CONNECTS, CONNECTS + 50,
				      "connect(3)", "");

	call->peer = made_address(remote);
	return socket;
}

/* A connection with data, from end to end, in six packets. */
static void exchange(struct recording *recording, int64_t when, const char *from, const char *to,
		     uint32_t sequence, const char *data)
{
	uint32_t n = (uint32_t)strlen(data);

	made_packet(recording, when, from, to, PACKET_SYN, sequence, "");
	made_packet(recording, when + 1, to, from, PACKET_SYN | PACKET_ACK, 7 * sequence, "");
	made_packet(recording, when + 2, from, to, PACKET_PSH | PACKET_ACK, sequence + 1, data);
	made_packet(recording, when + 3, from, to, PACKET_FIN | PACKET_ACK, sequence + 1 + n, "");
	made_packet(recording, when + 4, to, from, PACKET_FIN | PACKET_ACK, 7 * sequence + 1, "");
	made_packet(recording, when + 5, from, to, PACKET_ACK, sequence + 2 + n, "");
}

/* The data of the packets that are kept, in a row, and how many there are. */
static void assert_kept(struct recording *recording, const char *data, size_t count)
{
	char text[1024] = "";

	assert_true(packet_owners_keep(recording));
	for (size_t i = 0; i < recording->packet_count; i++)
		strncat(text, recording->packets[i].data, 100);
	assert_string_equal(text, data);
	assert_int_equal(recording->packet_count, count);
}

static void others_had_the_port_before(void **state)
{
	struct recording *recording = *state;

	exchange(recording, 10000, OTHER, SERVER, 100, "before;");
	/* The very same addresses. */
	exchange(recording, 20000, CLIENT, SERVER, 200, "the same;");
	listener(recording, SERVER);
	connecting(recording, CLIENT, SERVER);
	exchange(recording, CONNECTS + 10, CLIENT, SERVER, 300, "own;");
	assert_kept(recording, "own;", 6);
}

static void leftovers_of_older_connections_are_nobodys(void **state)
{
	struct recording *recording = *state;

	listener(recording, SERVER);
	made_packet(recording, BOUND + 50000, OTHER, SERVER, PACKET_FIN | PACKET_ACK, 500, "");
	made_packet(recording, BOUND + 50001, SERVER, OTHER, PACKET_RST, 900, "");
	exchange(recording, CONNECTS + 10, OTHER, SERVER, 300, "own;");
	assert_kept(recording, "own;", 6);
}

/* Whoever talks to a traced server: it is the server's conversation. */
static void a_listening_socket_owns_its_connections(void **state)
{
	struct recording *recording = *state;
	int socket = listener(recording, "0.0.0.0:5000");

	exchange(recording, CONNECTS, OTHER, SERVER, 100, "never accepted;");
	exchange(recording, CONNECTS, "10.0.0.9:1234", "10.0.0.1:5000", 100, "elsewhere;");
	exchange(recording, CONNECTS, "[::1]:1234", "[::1]:5000", 100, "another family;");
	made_call(recording, CALL_CLOSE, 0, socket, CLOSES, CLOSES + 5, "close(3)", "");
	exchange(recording, CLOSES + 90000, OTHER, SERVER, 400, "after the close;");
	assert_kept(recording, "never accepted;elsewhere;", 12);
}

static void the_unspecified_address_takes_both_families(void **state)
{
	struct recording *recording = *state;

	listener(recording, "[::]:5000");
	exchange(recording, CONNECTS, OTHER, SERVER, 100, "four;");
	exchange(recording, CONNECTS, "[::1]:1234", "[::1]:5000", 100, "six;");
	assert_kept(recording, "four;six;", 12);
}

static void another_address_is_another_server(void **state)
{
	struct recording *recording = *state;

	listener(recording, SERVER);
	exchange(recording, CONNECTS, OTHER, "127.0.0.2:5000", 100, "another;");
	exchange(recording, CONNECTS, "127.0.0.1:5000", "127.0.0.1:80", 100, "as a client;");
	exchange(recording, CONNECTS, OTHER, SERVER, 100, "own;");
	assert_kept(recording, "as a client;own;", 12);
}

/* A traced client of a server that is not: other clients of that server are no part of it. */
static void other_clients_of_an_untraced_server(void **state)
{
	struct recording *recording = *state;

	connecting(recording, CLIENT, SERVER);
	exchange(recording, CONNECTS + 5, OTHER, SERVER, 100, "other;");
	exchange(recording, CONNECTS + 10, CLIENT, SERVER, 300, "own;");
	exchange(recording, CONNECTS + 15, "127.0.0.2:40000", SERVER, 100, "same port;");
	assert_kept(recording, "own;", 6);
}

/* What the kernel still says after the close belongs to the connection; a later one does not. */
static void the_kernels_last_words_are_kept(void **state)
{
	struct recording *recording = *state;
	int socket = connecting(recording, CLIENT, SERVER);

	made_call(recording, CALL_CLOSE, 1, socket, CONNECTS + 60, CONNECTS + 70, "close(3)", "");
	exchange(recording, CONNECTS + 10, CLIENT, SERVER, 300, "own;");
	made_packet(recording, CLOSES, SERVER, CLIENT, PACKET_PSH | PACKET_ACK, 2101, "late;");
	made_packet(recording, CLOSES + 1, CLIENT, SERVER, PACKET_RST, 305, "");
	exchange(recording, CLOSES + 10, CLIENT, SERVER, 900, "somebody else;");
	assert_kept(recording, "own;late;", 8);
}

/* A refused connect leaves no address: its SYN and the reset are those to its server meanwhile. */
static void a_failed_connect_has_its_packets(void **state)
{
	struct recording *recording = *state;
	int socket = connecting(recording, NULL, SERVER);

	assert_int_equal(socket, 0);
	recording->calls[recording->call_count - 1].result = -ECONNREFUSED;
	recording->sockets[socket].remote = made_address(NULL);
	made_packet(recording, CONNECTS - 90000, OTHER, SERVER, PACKET_SYN, 1, "");
	made_packet(recording, CONNECTS + 10, CLIENT, SERVER, PACKET_SYN, 5, "");
	made_packet(recording, CONNECTS + 11, SERVER, CLIENT, PACKET_RST | PACKET_ACK, 0, "");
	made_packet(recording, CONNECTS + 20, OTHER, SERVER, PACKET_SYN, 9, "");
	assert_kept(recording, "", 2);
	assert_int_equal(recording->packets[0].sequence, 5);
}

/* A program that was attached to had its sockets before; calls by io_uring are not seen. */
static void sockets_of_before_the_recording(void **state)
{
	struct recording *recording = *state;

	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_receive(recording, 0, CONNECTS, CONNECTS + 50, "first;second;", NULL);
	made_packet(recording, 100, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1, "first;");
	made_packet(recording, 110, OTHER, SERVER, PACKET_PSH | PACKET_ACK, 1, "other;");
	made_packet(recording, 200, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 7, "second;");
	assert_kept(recording, "first;second;", 2);
}

static void an_accepted_socket_by_a_ring(void **state)
{
	struct recording *recording = *state;
	int socket = new_socket(recording, 0, SOCK_STREAM, SERVER, NULL);

	recording->sockets[socket].listens = true;
	made_call(recording, CALL_RING, 0, -1, CLOSES, CLOSES + 50, "io_uring_enter(5)", "");
	made_call(recording, CALL_LISTEN, 0, socket, CLOSES, CLOSES + 50, "listen(3)", "");
	exchange(recording, CONNECTS, CLIENT, SERVER, 300, "own;");
	assert_kept(recording, "own;", 6);
}

static void datagrams_while_the_socket_lives(void **state)
{
	struct recording *recording = *state;
	int socket = new_socket(recording, 0, SOCK_DGRAM, "127.0.0.1:5000", NULL);

	made_call(recording, CALL_BIND, 0, socket, BOUND, BOUND + 5, "bind(3)", "");
	made_call(recording, CALL_CLOSE, 0, socket, CLOSES, CLOSES + 5, "close(3)", "");
	made_packet(recording, BOUND - 50000, OTHER, SERVER, -1, 0, "before;");
	made_packet(recording, CONNECTS, OTHER, SERVER, -1, 0, "own;");
	made_packet(recording, CONNECTS + 1, SERVER, OTHER, -1, 0, "answer;");
	made_packet(recording, CONNECTS + 2, OTHER, "127.0.0.2:5000", -1, 0, "another's;");
	made_packet(recording, CLOSES + 50000, OTHER, SERVER, -1, 0, "after;");
	/* The same number of TCP is another port. */
	exchange(recording, CONNECTS, OTHER, SERVER, 300, "TCP;");
	assert_kept(recording, "own;answer;", 2);
}

static void datagrams_of_a_client_of_an_untraced_server(void **state)
{
	struct recording *recording = *state;
	int socket = new_socket(recording, 1, SOCK_DGRAM, "0.0.0.0:40000", NULL);

	made_send(recording, socket, CONNECTS, CONNECTS + 50, "own;", SERVER);
	made_packet(recording, CONNECTS - 90000, CLIENT, SERVER, -1, 0, "before;");
	made_packet(recording, CONNECTS + 5, OTHER, SERVER, -1, 0, "other;");
	made_packet(recording, CONNECTS + 10, CLIENT, SERVER, -1, 0, "own;");
	made_packet(recording, CONNECTS + 90, SERVER, CLIENT, -1, 0, "answer;");
	assert_kept(recording, "own;answer;", 2);
}

static void sockets_of_another_network_have_no_packets_here(void **state)
{
	struct recording *recording = *state;
	int socket = listener(recording, SERVER);

	recording->sockets[socket].elsewhere = true;
	exchange(recording, CONNECTS, OTHER, SERVER, 100, "other;");
	assert_kept(recording, "", 0);
}

#define OWNERS_TEST(name) cmocka_unit_test_setup_teardown(name, made_begin, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWNERS_TEST(others_had_the_port_before),
		OWNERS_TEST(leftovers_of_older_connections_are_nobodys),
		OWNERS_TEST(a_listening_socket_owns_its_connections),
		OWNERS_TEST(the_unspecified_address_takes_both_families),
		OWNERS_TEST(another_address_is_another_server),
		OWNERS_TEST(other_clients_of_an_untraced_server),
		OWNERS_TEST(the_kernels_last_words_are_kept),
		OWNERS_TEST(a_failed_connect_has_its_packets),
		OWNERS_TEST(sockets_of_before_the_recording),
		OWNERS_TEST(an_accepted_socket_by_a_ring),
		OWNERS_TEST(datagrams_while_the_socket_lives),
		OWNERS_TEST(datagrams_of_a_client_of_an_untraced_server),
		OWNERS_TEST(sockets_of_another_network_have_no_packets_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
