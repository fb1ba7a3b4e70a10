/*
 * The join: which ends belong together, and which bytes.
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
#include "timeline/join.h"

#define SERVER "127.0.0.1:5000"
#define CLIENT "127.0.0.1:40000"

enum { LISTENING, ACCEPTED, CONNECTING };

/* Every arrow in words: "0: send 3 packet 1 receive 4: 0+12". */
static void assert_arrows(const struct recording *recording, const char *expected)
{
	struct join *join = join_make(recording);
	char text[4096] = "";
	int n = 0;

	assert_non_null(join);
	for (size_t i = 0; i < join->arrow_count; i++) {
		const struct arrow *arrow = &join->arrows[i];

		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "%d/%d: send %d packet %d receive %d: %d+%d\n", arrow->conversation,
			      arrow->from, arrow->send, arrow->packet, arrow->receive,
			      (int)arrow->offset, (int)arrow->length);
	}
	join_free(join);
	assert_string_equal(text, expected);
}

/* Both ends of a connection; calls 0 and 1. */
static void connect_both(struct recording *recording)
{
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	recording->sockets[LISTENING].listens = true;
	made_accept(recording, LISTENING, ACCEPTED, 0, 20);
	made_call(recording, CALL_CONNECT, 1, CONNECTING, 10, 15, "connect(3)", "");
}

static void data(struct recording *recording, int64_t when, uint32_t sequence, const char *text)
{
	made_packet(recording, when, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, sequence, text);
}

/* --- Bytes. --- */

static void a_send_its_segment_and_its_receive_are_one_arrow(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_packet(recording, 11, CLIENT, SERVER, PACKET_SYN, 999, "");
	made_packet(recording, 12, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 4999, "");
	made_packet(recording, 13, CLIENT, SERVER, PACKET_ACK, 1000, "");
	made_send(recording, CONNECTING, 30, 32, "hello", NULL);
	data(recording, 31, 1000, "hello");
	made_receive(recording, ACCEPTED, 33, 34, "hello", NULL);
	made_call(recording, CALL_CLOSE, 1, CONNECTING, 40, 42, "close(3)", "");
	made_packet(recording, 41, CLIENT, SERVER, PACKET_FIN | PACKET_ACK, 1005, "");
	made_receive(recording, ACCEPTED, 35, 45, "", NULL);
	assert_arrows(recording, "0/0: send 1 packet 0 receive -1: 0+0\n"
				 "0/1: send -1 packet 1 receive 1: 0+0\n"
				 "0/0: send -1 packet 2 receive 0: 0+0\n"
				 "0/0: send 2 packet 3 receive 3: 0+5\n"
				 "0/0: send 4 packet 4 receive 5: 0+0\n");
}

static void one_receive_takes_three_sends(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	connect_both(recording);
	made_send(recording, CONNECTING, 30, 31, "a", NULL);
	made_send(recording, CONNECTING, 32, 33, "bc", NULL);
	made_send(recording, CONNECTING, 34, 35, "def", NULL);
	made_receive(recording, ACCEPTED, 40, 41, "abcdef", NULL);
	assert_arrows(recording, "0/0: send 2 packet -1 receive 5: 0+1\n"
				 "0/0: send 3 packet -1 receive 5: 1+2\n"
				 "0/0: send 4 packet -1 receive 5: 3+3\n");
	join = join_make(recording);
	assert_int_equal(join->conversations[0].coalesced[1], 1);
	assert_int_equal(join->conversations[0].partial[1], 0);
	assert_int_equal(join->conversations[0].sent[0], 6);
	assert_int_equal(join->conversations[0].received[1], 6);
	assert_int_equal(join->conversations[0].send_calls[0], 3);
	join_free(join);
}

static void two_receives_take_half_a_send_each(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	connect_both(recording);
	made_send(recording, CONNECTING, 30, 31, "abcdef", NULL);
	made_receive(recording, ACCEPTED, 40, 41, "abc", NULL);
	made_receive(recording, ACCEPTED, 42, 43, "def", NULL);
	assert_arrows(recording, "0/0: send 2 packet -1 receive 3: 0+3\n"
				 "0/0: send 2 packet -1 receive 4: 3+3\n");
	join = join_make(recording);
	assert_int_equal(join->conversations[0].coalesced[1], 0);
	assert_int_equal(join->conversations[0].partial[1], 2);
	join_free(join);
}

static void a_send_is_cut_into_segments_and_segments_carry_several_sends(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_send(recording, CONNECTING, 30, 31, "abcd", NULL);
	made_send(recording, CONNECTING, 32, 33, "ef", NULL);
	data(recording, 30, 1000, "abc");
	data(recording, 34, 1003, "def");
	made_receive(recording, ACCEPTED, 40, 41, "ab", NULL);
	made_receive(recording, ACCEPTED, 42, 43, "cdef", NULL);
	assert_arrows(recording, "0/0: send 2 packet 0 receive 4: 0+2\n"
				 "0/0: send 2 packet 0 receive 5: 2+1\n"
				 "0/0: send 2 packet 1 receive 5: 3+1\n"
				 "0/0: send 3 packet 1 receive 5: 4+2\n");
}

static void bytes_sent_again_count_once(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	connect_both(recording);
	made_send(recording, CONNECTING, 30, 31, "abc", NULL);
	made_send(recording, CONNECTING, 32, 33, "def", NULL);
	data(recording, 30, 1000, "abc");
	data(recording, 40, 1000, "abcdef");
	recording->packets[1].retransmission = true;
	made_receive(recording, ACCEPTED, 50, 51, "abcdef", NULL);
	assert_arrows(recording, "0/0: send 2 packet 0 receive 4: 0+3\n"
				 "0/0: send 3 packet 1 receive 4: 3+3\n");
	join = join_make(recording);
	assert_int_equal(join->conversations[0].segments[0], 1);
	assert_int_equal(join->conversations[0].retransmissions[0], 1);
	assert_int_equal(join->conversation_of_packet[1], 0);
	join_free(join);
}

static void a_segment_that_comes_late_fills_its_gap(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	data(recording, 30, 1000, "ab");
	data(recording, 31, 1004, "ef");
	data(recording, 32, 1002, "cd");
	made_receive(recording, ACCEPTED, 50, 51, "abcdef", NULL);
	assert_arrows(recording, "0/0: send -1 packet 0 receive 2: 0+2\n"
				 "0/0: send -1 packet 1 receive 2: 4+2\n"
				 "0/0: send -1 packet 2 receive 2: 2+2\n");
}

static void sequence_numbers_begin_again_after_the_greatest(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_packet(recording, 11, CLIENT, SERVER, PACKET_SYN, UINT32_MAX - 2, "");
	data(recording, 30, UINT32_MAX - 1, "abc");
	data(recording, 31, 1, "def");
	made_receive(recording, ACCEPTED, 50, 51, "abcdef", NULL);
	assert_arrows(recording, "0/0: send 1 packet 0 receive -1: 0+0\n"
				 "0/0: send -1 packet 1 receive 2: 0+3\n"
				 "0/0: send -1 packet 2 receive 2: 3+3\n");
}

static void bytes_that_were_only_peeked_at_are_still_to_come(void **state)
{
	struct recording *recording = *state;
	struct call *peek;

	connect_both(recording);
	made_send(recording, CONNECTING, 30, 31, "abc", NULL);
	peek = made_receive(recording, ACCEPTED, 40, 41, "abc", NULL);
	peek->bytes = 0;
	made_receive(recording, ACCEPTED, 42, 43, "abc", NULL);
	assert_arrows(recording, "0/0: send 2 packet -1 receive 4: 0+3\n");
}

static void ring_traffic_is_on_the_wire_only(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	connect_both(recording);
	data(recording, 30, 1000, "abc");
	assert_arrows(recording, "0/0: send -1 packet 0 receive -1: 0+3\n");
	join = join_make(recording);
	assert_int_equal(join->conversations[0].sent[0], 3);
	assert_int_equal(join->conversations[0].send_calls[0], 0);
	join_free(join);
}

/* --- Ends. --- */

static void a_port_used_again_is_another_connection(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	connect_both(recording);
	made_packet(recording, 11, CLIENT, SERVER, PACKET_SYN, 999, "");
	made_packet(recording, 14, CLIENT, SERVER, PACKET_FIN | PACKET_ACK, 1000, "");
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	made_call(recording, CALL_CONNECT, 1, 4, 100, 110, "connect(3)", "");
	made_packet(recording, 101, CLIENT, SERVER, PACKET_SYN, 77, "");
	made_accept(recording, LISTENING, 3, 90, 120);
	join = join_make(recording);
	assert_int_equal(join->conversation_count, 2);
	assert_int_equal(join->conversations[0].sockets[0], CONNECTING);
	assert_int_equal(join->conversations[0].sockets[1], ACCEPTED);
	assert_int_equal(join->conversations[1].sockets[0], 4);
	assert_int_equal(join->conversations[1].sockets[1], 3);
	assert_int_equal(join->conversation_of_packet[1], 0);
	assert_int_equal(join->conversation_of_packet[2], 1);
	join_free(join);
}

static void a_refused_connect_has_its_packets(void **state)
{
	struct recording *recording = *state;
	struct call *call;
	struct join *join;

	made_socket(recording, 1, SOCK_STREAM, NULL, NULL);
	call = made_call(recording, CALL_CONNECT, 1, 0, 10, 20, "connect(3)", "= -1 ECONNREFUSED");
	call->result = -ECONNREFUSED;
	call->peer = made_address(SERVER);
	made_packet(recording, 12, CLIENT, SERVER, PACKET_SYN, 1, "");
	made_packet(recording, 13, SERVER, CLIENT, PACKET_RST | PACKET_ACK, 0, "");
	assert_arrows(recording, "0/0: send 0 packet 0 receive -1: 0+0\n"
				 "0/1: send -1 packet 1 receive 0: 0+0\n");
	join = join_make(recording);
	assert_int_equal(join->conversation_count, 1);
	assert_int_equal(join->conversations[0].ends[0].port, 40000);
	join_free(join);
}

static void an_accepted_socket_does_without_a_client(void **state)
{
	struct recording *recording = *state;

	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_accept(recording, LISTENING, ACCEPTED, 0, 20);
	made_packet(recording, 11, CLIENT, SERVER, PACKET_SYN, 999, "");
	data(recording, 30, 1000, "abc");
	made_receive(recording, ACCEPTED, 50, 51, "abc", NULL);
	assert_arrows(recording, "0/0: send -1 packet 0 receive -1: 0+0\n"
				 "0/0: send -1 packet 1 receive 1: 0+3\n");
}

/* Of what io_uring accepted nobody saw the call, and so nobody knows when it was. */
static void who_was_accepted_unseen_meets_its_client(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	recording->sockets[LISTENING].listens = true;
	made_call(recording, CALL_CONNECT, 1, CONNECTING, 10, 15, "connect(3)", "");
	join = join_make(recording);
	assert_int_equal(join->conversation_count, 1);
	assert_int_equal(join->conversations[0].sockets[0], CONNECTING);
	assert_int_equal(join->conversations[0].sockets[1], ACCEPTED);
	join_free(join);
}

static void a_capture_alone_has_conversations(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	made_packet(recording, 1, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 10, "");
	made_packet(recording, 2, "10.0.0.1:53", "10.0.0.2:9999", -1, 0, "name");
	made_packet(recording, 3, "10.0.0.2:9999", "10.0.0.1:53", -1, 0, "answer");
	join = join_make(recording);
	assert_int_equal(join->conversation_count, 2);
	assert_int_equal(join->conversations[0].ends[0].port, 40000);
	assert_true(join->conversations[1].udp);
	assert_int_equal(join->conversation_of_packet[1], 1);
	assert_int_equal(join->conversation_of_packet[2], 1);
	join_free(join);
}

static void unix_sockets_meet_by_their_path(void **state)
{
	struct recording *recording = *state;
	struct call *accept;

	made_socket(recording, 0, SOCK_STREAM, "unix", NULL);
	made_socket(recording, 0, SOCK_STREAM, "unix", "unix");
	made_socket(recording, 1, SOCK_STREAM, NULL, "unix");
	for (int i = 0; i < 3; i++)
		assert_true(recording_set(&recording->sockets[i].path, "/tmp/s"));
	recording->sockets[LISTENING].listens = true;
	accept = made_accept(recording, LISTENING, ACCEPTED, 0, 20);
	accept->peer = made_address("unix");
	made_call(recording, CALL_CONNECT, 1, CONNECTING, 10, 15, "connect(3)", "");
	made_send(recording, ACCEPTED, 30, 31, "abc", NULL);
	made_receive(recording, CONNECTING, 32, 33, "abc", NULL);
	assert_arrows(recording, "0/1: send 2 packet -1 receive 3: 0+3\n");
}

/* What is refused on a Unix socket left nothing anywhere; a connect that waits did not fail. */
static void a_refused_unix_connect_is_no_connection(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	made_socket(recording, 1, SOCK_STREAM, NULL, "unix");
	made_socket(recording, 1, SOCK_STREAM, NULL, "unix");
	made_call(recording, CALL_CONNECT, 1, 0, 10, 15, "connect(3)", "")->result = -ECONNREFUSED;
	made_call(recording, CALL_CONNECT, 1, 1, 20, NEVER_LEFT, "connect(4)", "");
	join = join_make(recording);
	assert_int_equal(join->conversation_count, 1);
	assert_int_equal(join->conversations[0].sockets[0], 1);
	join_free(join);
}

/* --- Datagrams. --- */

/* A server bound to every host, and a client that is bound to nothing but a port. */
static void meet(struct recording *recording)
{
	made_socket(recording, 0, SOCK_DGRAM, "0.0.0.0:5000", NULL);
	made_socket(recording, 1, SOCK_DGRAM, "0.0.0.0:40000", NULL);
}

static void datagrams_are_one_to_one(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	meet(recording);
	made_send(recording, 1, 10, 12, "ab", SERVER);
	made_packet(recording, 11, CLIENT, SERVER, -1, 0, "ab");
	made_send(recording, 1, 13, 15, "cd", SERVER);
	made_packet(recording, 14, CLIENT, SERVER, -1, 0, "cd");
	made_receive(recording, 0, 5, 20, "ab", CLIENT);
	made_receive(recording, 0, 21, 22, "cd", CLIENT);
	made_send(recording, 0, 30, 32, "ok", CLIENT);
	made_packet(recording, 31, SERVER, CLIENT, -1, 0, "ok");
	made_receive(recording, 1, 33, 34, "ok", SERVER);
	assert_arrows(recording, "0/0: send 0 packet 0 receive 2: 0+2\n"
				 "0/0: send 1 packet 1 receive 3: 2+2\n"
				 "0/1: send 4 packet 2 receive 5: 0+2\n");
	join = join_make(recording);
	assert_int_equal(join->conversation_count, 1);
	assert_int_equal(join->conversations[0].sockets[0], 1);
	assert_int_equal(join->conversations[0].sockets[1], 0);
	join_free(join);
}

static void a_lost_datagram_is_received_by_nobody(void **state)
{
	struct recording *recording = *state;

	meet(recording);
	made_send(recording, 1, 10, 12, "one", SERVER);
	made_packet(recording, 11, CLIENT, SERVER, -1, 0, "one");
	made_send(recording, 1, 13, 15, "two", SERVER);
	made_packet(recording, 14, CLIENT, SERVER, -1, 0, "two");
	made_receive(recording, 0, 21, 22, "two", CLIENT);
	assert_arrows(recording, "0/0: send 0 packet 0 receive -1: 3+3\n"
				 "0/0: send 1 packet 1 receive 2: 0+3\n");
}

static void a_datagram_is_cut_to_the_room_for_it(void **state)
{
	struct recording *recording = *state;

	meet(recording);
	made_send(recording, 1, 10, 12, "abcdef", SERVER);
	made_receive(recording, 0, 21, 22, "abc", CLIENT);
	assert_arrows(recording, "0/0: send 0 packet -1 receive 1: 0+6\n");
}

/* Two clients send the same, and the server does not ask who they are. */
static void a_sender_nobody_asked_for_is_known(void **state)
{
	struct recording *recording = *state;

	meet(recording);
	made_socket(recording, 1, SOCK_DGRAM, "0.0.0.0:40001", NULL);
	made_send(recording, 1, 10, 12, "same", SERVER);
	made_packet(recording, 11, CLIENT, SERVER, -1, 0, "same");
	made_send(recording, 2, 13, 15, "same", SERVER);
	made_packet(recording, 14, "127.0.0.1:40001", SERVER, -1, 0, "same");
	made_receive(recording, 0, 20, 21, "sa", NULL);
	made_receive(recording, 0, 22, 23, "same", NULL);
	/* The answer is known by its sender's call alone. */
	made_send(recording, 0, 30, 31, "reply", CLIENT);
	made_receive(recording, 1, 32, 33, "reply", NULL);
	assert_arrows(recording, "0/0: send 0 packet 0 receive 2: 0+4\n"
				 "1/0: send 1 packet 1 receive 3: 0+4\n"
				 "0/1: send 4 packet -1 receive 5: 0+5\n");
}

static void a_sender_nobody_knows_stays_unknown(void **state)
{
	struct recording *recording = *state;

	meet(recording);
	made_send(recording, 1, 10, 12, "ab", SERVER);
	made_receive(recording, 0, 20, 21, "other", NULL);
	assert_arrows(recording, "0/0: send 0 packet -1 receive -1: 0+2\n"
				 "1/0: send -1 packet -1 receive 1: 0+5\n");
}

static void one_call_receives_many_datagrams(void **state)
{
	struct recording *recording = *state;
	struct call *many;

	meet(recording);
	made_send(recording, 1, 10, 12, "ab", SERVER);
	made_send(recording, 1, 13, 15, "cd", SERVER);
	many = made_receive(recording, 0, 21, 22, "abcd", CLIENT);
	assert_true(recording_set(&many->name, "recvmmsg"));
	assert_arrows(recording, "0/0: send 0 packet -1 receive 2: 0+2\n"
				 "0/0: send 1 packet -1 receive 2: 2+2\n");
}

static void two_clients_of_one_server_are_two_conversations(void **state)
{
	struct recording *recording = *state;
	struct join *join;

	meet(recording);
	made_socket(recording, 1, SOCK_DGRAM, "0.0.0.0:40001", NULL);
	made_send(recording, 1, 10, 12, "ab", SERVER);
	made_send(recording, 2, 13, 14, "ab", SERVER);
	made_receive(recording, 0, 20, 21, "ab", "127.0.0.1:40001");
	made_receive(recording, 0, 22, 23, "ab", CLIENT);
	assert_arrows(recording, "0/0: send 0 packet -1 receive 3: 0+2\n"
				 "1/0: send 1 packet -1 receive 2: 0+2\n");
	join = join_make(recording);
	assert_int_equal(join->conversation_of_call[2], 1);
	assert_int_equal(join->conversation_of_call[3], 0);
	join_free(join);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, made_begin, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_send_its_segment_and_its_receive_are_one_arrow),
		TEST(one_receive_takes_three_sends),
		TEST(two_receives_take_half_a_send_each),
		TEST(a_send_is_cut_into_segments_and_segments_carry_several_sends),
		TEST(bytes_sent_again_count_once),
		TEST(a_segment_that_comes_late_fills_its_gap),
		TEST(sequence_numbers_begin_again_after_the_greatest),
		TEST(bytes_that_were_only_peeked_at_are_still_to_come),
		TEST(ring_traffic_is_on_the_wire_only),
		TEST(a_port_used_again_is_another_connection),
		TEST(a_refused_connect_has_its_packets),
		TEST(an_accepted_socket_does_without_a_client),
		TEST(who_was_accepted_unseen_meets_its_client),
		TEST(a_capture_alone_has_conversations),
		TEST(unix_sockets_meet_by_their_path),
		TEST(a_refused_unix_connect_is_no_connection),
		TEST(datagrams_are_one_to_one),
		TEST(a_lost_datagram_is_received_by_nobody),
		TEST(a_datagram_is_cut_to_the_room_for_it),
		TEST(a_sender_nobody_asked_for_is_known),
		TEST(a_sender_nobody_knows_stays_unknown),
		TEST(one_call_receives_many_datagrams),
		TEST(two_clients_of_one_server_are_two_conversations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
