/*
 * Timelines as text: recordings made by hand, and the whole of what is drawn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"
#include "support/recording.h"
#include "timeline/join.h"
#include "timeline/view.h"
#include "timeline/view_text_expected.h"

#define SERVER "127.0.0.1:65432"
#define CLIENT "127.0.0.1:51612"

static const struct view_options plain_80 = {.width = 80, .bytes = 64};

static int setup(void **state)
{
	*state = recording_new();
	return *state ? 0 : -1;
}

/* What a view draws; the caller frees it. */
static char *drawn(const struct recording *recording, const struct view_options *options)
{
	struct join *join = join_make(recording);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(join);
	assert_non_null(file);
	assert_int_equal(view_text(recording, join, options, file), 0);
	assert_int_equal(fclose(file), 0);
	join_free(join);
	return text;
}

static void assert_drawn(const struct recording *recording, const struct view_options *options,
			 const char *expected)
{
	char *text = drawn(recording, options);

	assert_string_equal(text, expected);
	free(text);
}

/* --- One server, one client. --- */

enum { LISTENING, ACCEPTED, CONNECTING };

/* A server that listens, and a client that connects to it. */
static void connect_both(struct recording *recording)
{
	made_program(recording, "server", "python3 server.py", true);
	made_program(recording, "client", "python3 client.py", false);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	recording->sockets[LISTENING].listens = true;
	made_call(recording, CALL_SOCKET, 0, LISTENING, 0, 5, "socket(TCP)", "→ 3");
	made_call(recording, CALL_BIND, 0, LISTENING, 41, 45, "bind(3, " SERVER ")", "");
	made_call(recording, CALL_LISTEN, 0, LISTENING, 52, 55, "listen(3, 128)", "");
	made_accept(recording, LISTENING, ACCEPTED, 60, 31390);
	made_call(recording, CALL_SOCKET, 1, CONNECTING, 31204, 31210, "socket(TCP)", "→ 3");
	made_call(recording, CALL_CONNECT, 1, CONNECTING, 31301, 31331, "connect(3, " SERVER ")",
		  "");
}

static void shake_hands(struct recording *recording)
{
	made_packet(recording, 31305, CLIENT, SERVER, PACKET_SYN, 1000, "");
	made_packet(recording, 31322, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 5000, "");
	made_packet(recording, 31330, CLIENT, SERVER, PACKET_ACK, 1001, "");
}

static void the_handshake_and_a_text(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	shake_hands(recording);
	made_call(recording, CALL_PRINT, 1, -1, 31502, 31504,
		  "prints \"I am going to send Hello world!\"", "");
	made_call(recording, CALL_INPUT, 1, -1, 31600, 33120, "reads Enter from the keyboard", "");
	made_send(recording, CONNECTING, 33310, 33340, "Hello, world", NULL);
	made_packet(recording, 33320, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001,
		    "Hello, world");
	assert_drawn(recording, &(struct view_options){.width = 132, .bytes = 64},
		     expected_handshake);
}

static void waits_and_answers(struct recording *recording)
{
	connect_both(recording);
	shake_hands(recording);
	made_receive(recording, ACCEPTED, 31500, 33350, "Hello, world", NULL);
	made_send(recording, CONNECTING, 33310, 33340, "Hello, world", NULL);
	made_packet(recording, 33320, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001,
		    "Hello, world");
	made_receive(recording, CONNECTING, 33400, 33640, "HELLO, WORLD", NULL);
	made_send(recording, ACCEPTED, 33600, 33650, "HELLO, WORLD", NULL);
	made_packet(recording, 33620, SERVER, CLIENT, PACKET_PSH | PACKET_ACK, 5001,
		    "HELLO, WORLD");
	made_call(recording, CALL_CLOSE, 1, CONNECTING, 33700, 33710, "close(3)", "");
	made_packet(recording, 33705, CLIENT, SERVER, PACKET_FIN | PACKET_ACK, 1013, "");
	made_receive(recording, ACCEPTED, 33720, 33725, "", NULL);
	made_call(recording, CALL_EXIT, 1, -1, 33800, NEVER_LEFT, "ends with status 0", "");
	made_call(recording, CALL_EXIT, 0, -1, 33900, NEVER_LEFT, "ended by SIGINT", "");
}

static void it_fits_a_terminal_of_80_columns(void **state)
{
	waits_and_answers(*state);
	assert_drawn(*state, &(struct view_options){.width = 80, .bytes = 64}, expected_eighty);
}

static void it_fits_a_terminal_of_60_columns(void **state)
{
	waits_and_answers(*state);
	assert_drawn(*state, &(struct view_options){.width = 60, .bytes = 64}, expected_sixty);
}

static void plain_text_has_no_arrows_or_boxes(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .ascii = true};
	char *text;

	waits_and_answers(*state);
	assert_drawn(*state, &options, expected_ascii);
	made_send(*state, CONNECTING, 40000, 40001, "日本 → ö", NULL);
	text = drawn(*state, &options);
	for (const char *at = text; *at; at++)
		assert_true((*at >= ' ' && *at < 0x7f) || *at == '\n');
	free(text);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	waits_and_answers(*state);
	made_send(*state, CONNECTING, 40000, 40001, "日本語日本語日本語日本語日本語", NULL);
	for (int width = 40; width < 150; width++) {
		char *text = drawn(*state, &(struct view_options){.width = width, .bytes = 64});

		for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
			size_t n = strcspn(line, "\n");

			assert_true(text_columns(line, n) <= (size_t)width);
			assert_true(n == 0 || line[n - 1] != ' ');
		}
		free(text);
	}
}

static void each_connection_has_a_colour(void **state)
{
	struct recording *recording = *state;
	char *text;

	connect_both(recording);
	shake_hands(recording);
	text = drawn(recording, &(struct view_options){.width = 80, .colour = true});
	assert_non_null(strstr(text, "\x1b[32mconnect(3,\x1b[0m"));
	assert_non_null(strstr(text, "\x1b[32mSYN ACK\x1b[0m"));
	free(text);
}

static void waits_are_joined_to_what_they_waited_for(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_send(recording, CONNECTING, 32000, 32010, "a", NULL);
	made_send(recording, CONNECTING, 32020, 32030, "b", NULL);
	made_send(recording, CONNECTING, 32040, 32050, "cdef", NULL);
	made_receive(recording, ACCEPTED, 32100, 32110, "abcd", NULL);
	made_receive(recording, ACCEPTED, 32120, 32130, "ef", NULL);
	assert_drawn(recording, &plain_80, expected_coalesced);
}

/* --- Waiting for ever. --- */

static void a_hanging_program_shows_where_it_waits(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_receive(recording, ACCEPTED, 31500, NEVER_LEFT, "", NULL);
	made_receive(recording, CONNECTING, 31600, NEVER_LEFT, "", NULL);
	recording->programs[0].ended = INT64_C(4231500000);
	recording->programs[0].status = 137;
	recording->programs[1].ended = INT64_C(4231600000);
	recording->programs[1].status = 137;
	assert_drawn(recording, &plain_80, expected_hanging);
}

static void what_began_before_the_recording_waits_from_its_beginning(void **state)
{
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_call(recording, CALL_ACCEPT, 0, 0, -1, 5000, "accept(3)", "= -1 EMFILE");
	made_call(recording, CALL_INPUT, 0, -1, 6000, NEVER_LEFT, "reads from the keyboard", "");
	made_call(recording, CALL_PRINT, 0, -1, 9000, 9001, "prints \"x\"", "= -1 EPIPE")->result =
		-32;
	assert_drawn(recording, &plain_80, expected_before);
}

/* --- Others. --- */

static void clients_have_columns_of_their_own_if_there_is_room(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_program(recording, "client 2", "nc", false);
	made_socket(recording, 0, SOCK_STREAM, SERVER, "127.0.0.1:51613");
	made_socket(recording, 2, SOCK_STREAM, "127.0.0.1:51613", SERVER);
	made_call(recording, CALL_CONNECT, 2, 4, 31500, 31530, "connect(3, " SERVER ")", "");
	made_accept(recording, LISTENING, 3, 31400, 33000);
	made_receive(recording, CONNECTING, 31600, 34000, "welcome", NULL);
	made_send(recording, 4, 31700, 31710, "hi", NULL);
	made_send(recording, ACCEPTED, 33500, 33510, "welcome", NULL);
	assert_drawn(recording, &(struct view_options){.width = 120, .bytes = 64},
		     expected_wide_clients);
	assert_drawn(recording, &plain_80, expected_narrow_clients);
}

static void a_lost_datagram_does_not_arrive(void **state)
{
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	made_program(recording, "client", "", false);
	made_socket(recording, 0, SOCK_DGRAM, "0.0.0.0:5000", NULL);
	made_socket(recording, 1, SOCK_DGRAM, "0.0.0.0:40000", NULL);
	made_receive(recording, 0, 0, 3010, "two", "127.0.0.1:40000");
	made_send(recording, 1, 1000, 1020, "one", "127.0.0.1:5000");
	made_packet(recording, 1010, "127.0.0.1:40000", "127.0.0.1:5000", -1, 0, "one");
	made_send(recording, 1, 3000, 3020, "two", "127.0.0.1:5000");
	made_packet(recording, 3005, "127.0.0.1:40000", "127.0.0.1:5000", -1, 0, "two");
	assert_drawn(recording, &plain_80, expected_lost);
}

static void without_a_wire_a_line_says_why(void **state)
{
	struct recording *recording = *state;

	assert_true(
		recording_set(&recording->note, "No wire column: capturing needs CAP_NET_RAW."));
	connect_both(recording);
	assert_drawn(recording, &plain_80, expected_no_wire);
}

static void a_server_alone_has_a_wire(void **state)
{
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_accept(recording, LISTENING, ACCEPTED, 0, 31390);
	shake_hands(recording);
	made_receive(recording, ACCEPTED, 31400, 32010, "abc", NULL);
	made_packet(recording, 32000, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001, "abc");
	assert_drawn(recording, &plain_80, expected_server_alone);
}

static void a_capture_alone_is_drawn_between_its_hosts(void **state)
{
	struct recording *recording = *state;

	shake_hands(recording);
	made_packet(recording, 32000, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001, "abc")
		->retransmission = true;
	assert_drawn(recording, &plain_80, expected_capture);
}

/* Two hosts keep their sides, whoever connects to whom. */
static void two_hosts_have_a_side_each(void **state)
{
	struct recording *recording = *state;

	made_packet(recording, 1000, "10.0.0.1:40000", "10.0.0.2:80", PACKET_SYN, 5, "");
	made_packet(recording, 2000, "10.0.0.2:40001", "10.0.0.1:22", PACKET_SYN, 9, "");
	assert_drawn(recording, &plain_80, expected_two_hosts);
}

static void of_several_hosts_each_packet_names_its_own(void **state)
{
	struct recording *recording = *state;

	made_packet(recording, 1000, "10.0.0.1:40000", "10.0.0.2:80", PACKET_SYN, 5, "");
	made_packet(recording, 2000, "10.0.0.2:40001", "10.0.0.3:22", PACKET_SYN, 9, "");
	made_packet(recording, 3000, "10.0.0.2:80", "10.0.0.4:1234", PACKET_RST, 9, "");
	assert_drawn(recording, &plain_80, expected_several_hosts);
}

static void threads_have_lines_of_their_own(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_call(recording, CALL_PROCESS, 0, -1, 31400, 31410, "clone()", "→ 101");
	made_receive(recording, ACCEPTED, 31500, 40000, "Hello", NULL)->thread = 101;
	made_call(recording, CALL_ACCEPT, 0, LISTENING, 31600, NEVER_LEFT, "accept(3)", "");
	made_send(recording, CONNECTING, 39990, 39995, "Hello", NULL);
	made_call(recording, CALL_EXIT, 0, -1, 41000, NEVER_LEFT, "ends with status 0", "");
	assert_drawn(recording, &(struct view_options){.width = 88, .bytes = 64}, expected_threads);
}

static void repeated_waits_are_folded(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .fold_waits = true};
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	for (int64_t i = 0; i < 37; i++)
		made_call(recording, CALL_WAIT, 0, -1, 1000 * i, 1000 * i + 990, "epoll_wait(4)",
			  i < 36 ? "= 0" : "= 1");
	made_call(recording, CALL_WATCH, 0, -1, 40000, 40001, "epoll_ctl(4)", "");
	made_call(recording, CALL_WAIT, 0, -1, 41000, 41001, "epoll_wait(4)", "= 0");
	assert_drawn(recording, &options, expected_folded);
}

static void sources_stand_before_the_calls(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .source = true};
	struct recording *recording = *state;

	connect_both(recording);
	for (size_t i = 0; i < recording->call_count; i++) {
		assert_true(recording_set(&recording->calls[i].file, "/tmp/papers/pair.py"));
		recording->calls[i].line = 10 + (int)i;
	}
	assert_drawn(recording, &options, expected_source);
}

static void strange_bytes_are_escaped_and_wide_ones_measured(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	shake_hands(recording);
	made_send(recording, CONNECTING, 32000, 32030, "日本語", NULL);
	made_packet(recording, 32010, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001, "日本語");
	made_send(recording, CONNECTING, 33000, 33030, "\x1b[31m\xff", NULL);
	made_call(recording, CALL_PRINT, 1, -1, 34000, 34010, "prints \"a\tb\x07\"", "");
	assert_drawn(recording, &(struct view_options){.width = 88, .bytes = 4}, expected_strange);
}

static void packets_are_opened_where_that_is_asked_for(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .verbose = true};
	char *text;

	shake_hands(*state);
	text = drawn(*state, &options);
	assert_non_null(strstr(text, "┌"));
	free(text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_handshake_and_a_text),
		TEST(it_fits_a_terminal_of_80_columns),
		TEST(it_fits_a_terminal_of_60_columns),
		TEST(plain_text_has_no_arrows_or_boxes),
		TEST(no_line_is_wider_than_the_terminal),
		TEST(each_connection_has_a_colour),
		TEST(waits_are_joined_to_what_they_waited_for),
		TEST(a_hanging_program_shows_where_it_waits),
		TEST(what_began_before_the_recording_waits_from_its_beginning),
		TEST(clients_have_columns_of_their_own_if_there_is_room),
		TEST(a_lost_datagram_does_not_arrive),
		TEST(without_a_wire_a_line_says_why),
		TEST(a_server_alone_has_a_wire),
		TEST(a_capture_alone_is_drawn_between_its_hosts),
		TEST(two_hosts_have_a_side_each),
		TEST(of_several_hosts_each_packet_names_its_own),
		TEST(threads_have_lines_of_their_own),
		TEST(repeated_waits_are_folded),
		TEST(sources_stand_before_the_calls),
		TEST(strange_bytes_are_escaped_and_wide_ones_measured),
		TEST(packets_are_opened_where_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
