/*
 * The client away from a terminal: input, output, exit statuses, and every way a conversation ends.
 * The other end is in this test, so that nothing here needs our server.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/peer.h"
#include "support/program.h"

static int listener, caller;
static struct program *client;

static int set_up(void **state)
{
	(void)state;
	listener = peer_listen("127.0.0.1", 0, 16);
	caller = -1;
	return listener < 0 ? -1 : 0;
}

static void close_caller(void)
{
	if (caller >= 0)
		close(caller);
	caller = -1;
}

static int tear_down(void **state)
{
	(void)state;
	program_free_all();
	client = NULL;
	close_caller();
	if (listener >= 0)
		close(listener);
	return 0;
}

static const char *port(void)
{
	return program_number(peer_port(listener));
}

/* Starts a client of a protocol with options, and accepts it. */
#define begin(protocol, ...)                                                                     \
	do {                                                                                     \
		client = program_start("connect", (protocol), "127.0.0.1", port(), __VA_ARGS__); \
		caller = peer_accept(listener);                                                  \
	} while (0)

/* The sentence about the server in this test. */
static void assert_complains(const char *before, const char *after)
{
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "sockettool: %s127.0.0.1:%s%s\n", before, port(),
		 after);
	assert_string_equal(program_errors(client), sentence);
}

/* --- Lines in and out --- */

static void test_lines_go_both_ways(void **state)
{
	(void)state;
	begin("chat", NULL);
	program_write(client, "Ann\nhel");
	peer_expect(caller, "Ann\n");
	peer_send(caller, "Welcome, Ann.\r\nBob: h");
	program_expect(client, "Welcome, Ann.\n");
	program_write(client, "lo\n");
	peer_expect(caller, "hello\n");
	peer_send(caller, "i\n");
	program_expect(client, "Bob: hi\n");
	program_close_input(client);
	peer_expect_end(caller);
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "Welcome, Ann.\nBob: hi\n");
	assert_string_equal(program_errors(client), "");
}

static void test_bytes_leave_as_they_are(void **state)
{
	(void)state;
	begin("chat", NULL);
	peer_send(caller, "\033[1m\a\xff\t\n");
	program_expect(client, "\033[1m\a\xff\t\n");
}

static void test_last_line_without_newline_is_sent(void **state)
{
	(void)state;
	begin("chat", NULL);
	program_write(client, "Ann\nbye");
	program_close_input(client);
	peer_expect(caller, "Ann\nbye\n");
	peer_expect_end(caller);
}

static void test_line_ends_of_other_systems(void **state)
{
	(void)state;
	begin("chat", NULL);
	program_write(client, "one\r\n\r\n\nt\rwo\r\n");
	peer_expect(caller, "one\n\n\nt\rwo\n");
}

static void test_crlf(void **state)
{
	(void)state;
	begin("chat", "--crlf");
	program_write(client, "one\ntwo\n");
	peer_expect(caller, "one\r\ntwo\r\n");
}

static void test_raw_framing(void **state)
{
	(void)state;
	begin("chat", "--framing", "raw");
	program_write(client, "one\n");
	peer_expect(caller, "one");
	peer_send(caller, "no newline");
	program_expect(client, "no newline\n");
}

static void test_long_lines_are_refused(void **state)
{
	(void)state;
	begin("chat", "--max-line", "10");
	/* In one read and across several, and lines of exactly the limit, are told apart. */
	program_write(client, "12345678901\n1234567890\n1234567890\r\n");
	peer_expect(caller, "1234567890\n1234567890\n");
	program_expect_error(client, "a line of more than 10 bytes was not sent (--max-line)\n");
	/* Ten and a CR could be a line still; one more cannot. */
	program_write(client, "1234567890\r2");
	program_expect_error(client, "a line of more than 10 bytes was not sent (--max-line)\n");
	program_write(client, "still the same line");
	program_write(client, "\nshort\n");
	peer_expect(caller, "short\n");
	program_write(client, "12345");
	program_close_input(client);
	peer_expect(caller, "12345\n");
	peer_expect_end(caller);
	close_caller();
	assert_int_equal(program_wait(client), 0);
}

static void test_partial_line_of_the_server_is_remarked_on(void **state)
{
	(void)state;
	begin("chat", NULL);
	peer_send(caller, "My name is");
	program_expect_error(client, "sent 10 bytes without a newline and waits");
	peer_send(caller, " OOO\n");
	program_expect(client, "My name is OOO\n");
}

static void test_details_are_for_verbose(void **state)
{
	(void)state;
	begin("chat", "-v");
	program_expect_error(client, "connected to 127.0.0.1:");
	tear_down(NULL);
	set_up(NULL);
	begin("chat", NULL);
	program_write(client, "Ann\n");
	peer_expect(caller, "Ann\n");
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_errors(client), "");
}

static void test_server_that_closes_without_a_word(void **state)
{
	(void)state;
	begin("chat", NULL);
	close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_errors(client), "sockettool: the server closed the connection "
						    "before anything was sent\n");
}

/* --- Bytes --- */

static void *echo(void *argument)
{
	static char bytes[65536];
	ssize_t n;

	(void)argument;
	while ((n = recv(caller, bytes, sizeof(bytes), 0)) > 0) {
		for (ssize_t sent = 0, part; sent < n; sent += part) {
			part = send(caller, bytes + sent, (size_t)(n - sent), MSG_NOSIGNAL);
			if (part < 0)
				return NULL;
		}
	}
	shutdown(caller, SHUT_WR);
	return NULL;
}

static void test_sixteen_mebibytes_come_back(void **state)
{
	size_t n = 16 << 20;
	unsigned char *bytes = malloc(n);
	unsigned random = 1;
	pthread_t thread;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++) {
		random = random * 1103515245 + 12345;
		bytes[i] = (unsigned char)(random >> 16);
	}
	begin("echo", NULL);
	assert_int_equal(pthread_create(&thread, NULL, echo, NULL), 0);
	program_write_bytes(client, bytes, n);
	program_close_input(client);
	assert_int_equal(program_wait(client), 0);
	pthread_join(thread, NULL);
	assert_int_equal(client->output.n, n);
	assert_memory_equal(program_output(client), bytes, n);
	free(bytes);
}

/* Whether the client takes this chunk of input within a while, without anybody reading. */
static bool takes(const char *bytes, size_t n)
{
	struct pollfd event = {.fd = client->input, .events = POLLOUT};

	if (poll(&event, 1, 300) != 1)
		return false;
	return write(client->input, bytes, n) > 0;
}

static void test_keyboard_waits_for_a_slow_server(void **state)
{
	static char chunk[65536];
	size_t taken = 0;

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	begin("echo", NULL);
	/* The kernel's buffers take some megabytes, the client little more. */
	while (takes(chunk, sizeof(chunk))) {
		taken += sizeof(chunk);
		assert_true(taken < 64 << 20);
	}
	assert_true(taken > 0);
}

/* --- Input of other kinds --- */

static void run_in_shell(const char *command)
{
	client = program_start_other("sh", "-c", command, port());
	caller = peer_accept(listener);
}

static void test_input_from_a_file(void **state)
{
	(void)state;
	run_in_shell("f=$(mktemp) && printf 'one\\ntwo\\n' >$f && exec 3<$f && rm $f && "
		     "exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0 <&3");
	peer_expect(caller, "one\ntwo\n");
	peer_expect_end(caller);
	close_caller();
	assert_int_equal(program_wait(client), 0);
}

static void test_no_input(void **state)
{
	static const char *const commands[] = {
		"exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0 </dev/null",
		"exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0 <&-",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run_in_shell(commands[i]);
		peer_expect_end(caller);
		close_caller();
		assert_int_equal(program_wait(client), 0);
	}
}

static void test_protocol_that_takes_no_lines_ignores_the_end_of_input(void **state)
{
	(void)state;
	run_in_shell("exec \"$SOCKETTOOL\" statemachine-client 127.0.0.1 $0 </dev/null");
	peer_expect(caller, "what is your name?\n");
	peer_send(caller, "My name is OOO\n");
	peer_expect(caller, "How old are you?\n");
	peer_send(caller, "I am 22\n");
	peer_expect_end(caller);
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "My name is OOO\nI am 22\n");
}

static void test_standard_input_stays_blocking(void **state)
{
	const char *command = "echo Ann | { \"$SOCKETTOOL\" connect chat 127.0.0.1 $0; "
			      "grep flags /proc/self/fdinfo/0; }";

	(void)state;
	client = program_start_other("sh", "-c", command, port());
	caller = peer_accept(listener);
	peer_expect(caller, "Ann\n");
	close_caller();
	assert_int_equal(program_wait(client), 0);
	/* In octal, O_NONBLOCK is 4000. */
	assert_non_null(strstr(program_output(client), "flags:"));
	assert_null(strstr(program_output(client), "4000"));
}

/* --- Ends --- */

static void test_answers_after_the_end_of_input(void **state)
{
	(void)state;
	begin("chat", NULL);
	program_write(client, "Ann\n");
	program_close_input(client);
	peer_expect(caller, "Ann\n");
	peer_expect_end(caller);
	peer_send(caller, "late, but here");
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "late, but here\n");
}

static void test_server_that_never_closes(void **state)
{
	(void)state;
	begin("chat", "--quit-after", "100ms");
	program_close_input(client);
	peer_expect_end(caller);
	assert_int_equal(program_wait(client), 4);
	assert_complains("the server at ",
			 " did not close the connection within 100 ms of the end of the input");
}

static void test_silent_server_of_a_protocol_that_takes_no_lines(void **state)
{
	(void)state;
	begin("daytime", "--quit-after", "200ms");
	assert_int_equal(program_wait(client), 4);
	assert_complains("no reply from ", " within 200 ms");
	program_free_all();
	close_caller();
	/* Once it speaks it may take its time. */
	begin("daytime", "--quit-after", "200ms");
	peer_send(caller, "Fri Nov 20\n");
	program_expect(client, "Fri Nov 20\n");
	struct pollfd event = {.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 400), 0);
	close_caller();
	assert_int_equal(program_wait(client), 0);
}

static void test_no_shutdown(void **state)
{
	struct pollfd event;

	(void)state;
	begin("chat", "--no-shutdown", "--quit-after", "500ms");
	program_write(client, "Ann\n");
	program_close_input(client);
	peer_expect(caller, "Ann\n");
	peer_send(caller, "Welcome, Ann.\n");
	program_expect(client, "Welcome, Ann.\n");
	event = (struct pollfd){.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 50), 0);
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_errors(client), "");
}

static void test_server_closes_first(void **state)
{
	(void)state;
	begin("chat", NULL);
	peer_send(caller, "Goodbye.\n");
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "Goodbye.\n");
	assert_string_equal(program_errors(client), "");
}

static void test_server_resets(void **state)
{
	(void)state;
	begin("chat", NULL);
	/* A reset that comes before the client has seen its connection is a failure to connect. */
	program_write(client, "Ann\n");
	peer_expect(caller, "Ann\n");
	peer_reset(caller);
	caller = -1;
	assert_int_equal(program_wait(client), 1);
	assert_complains("the server at ", " reset the connection");
}

static void test_reply_before_a_reset_is_shown(void **state)
{
	(void)state;
	begin("chat", NULL);
	program_write(client, "never read\n");
	/* Closing with unread input makes the kernel send a reset after the reply. */
	struct pollfd event = {.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 10000), 1);
	peer_send(caller, "last words\n");
	close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_output(client), "last words\n");
}

static void test_last_words_while_sending_stands_still(void **state)
{
	static char chunk[65536];

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	begin("echo", NULL);
	while (takes(chunk, sizeof(chunk)))
		continue;
	peer_send(caller, "last words\n");
	close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_output(client), "last words\n");
	assert_complains("the server at ", " reset the connection");
}

static void test_protocol_that_failed(void **state)
{
	(void)state;
	begin("statemachine", NULL);
	peer_expect(caller, "what is your name?\n");
	peer_send(caller, "Who knows?\n");
	assert_int_equal(program_wait(client), 1);
	assert_non_null(strstr(program_errors(client), "sockettool: the server strayed in state "));
}

static void test_closed_standard_output(void **state)
{
	(void)state;
	begin("chat", NULL);
	close(client->output.descriptor);
	client->output.descriptor = -1;
	peer_send(caller, "Does anybody hear me?\n");
	peer_expect_end(caller);
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_errors(client),
			    "sockettool: cannot write to standard output: broken pipe\n");
}

static void test_interrupts(void **state)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		begin("chat", NULL);
		program_write(client, "Ann\n");
		peer_expect(caller, "Ann\n");
		program_signal(client, numbers[i]);
		peer_expect_end(caller);
		assert_int_equal(program_wait(client), 128 + numbers[i]);
		assert_string_equal(program_errors(client), "");
		close_caller();
	}
}

static void test_interrupt_while_output_stands_still(void **state)
{
	static char flood[1 << 20];

	(void)state;
	memset(flood, 'x', sizeof(flood) - 1);
	begin("echo", NULL);
	/* Nobody reads the client's output: it stops in the middle of a write. */
	for (int i = 0; i < 8; i++) {
		if (send(caller, flood, sizeof(flood) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	}
	struct pollfd event = {.fd = client->output.descriptor, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 10000), 1);
	program_signal(client, SIGTERM);
	assert_int_equal(program_wait(client), 128 + SIGTERM);
}

static void test_ignored_interrupt_stays_ignored(void **state)
{
	(void)state;
	client = program_start_other(
		"sh", "-c", "trap '' HUP; exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0", port());
	caller = peer_accept(listener);
	program_signal(client, SIGHUP);
	program_write(client, "still here\n");
	peer_expect(caller, "still here\n");
}

/* --- Connecting --- */

static void test_refused(void **state)
{
	const char *free_port = port();

	(void)state;
	close(listener);
	listener = -1;
	client = program_run(NULL, "connect", "chat", "127.0.0.1", free_port);
	assert_int_equal(client->status, 3);
	assert_string_equal(program_output(client), "");
	assert_non_null(
		strstr(program_errors(client), ": connection refused; is the server running?"));
}

static void fill_queue(int *guest)
{
	struct sockaddr_in name;
	socklen_t length = sizeof(name);

	close(listener);
	listener = peer_listen("127.0.0.1", 0, 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &length), 0);
	*guest = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*guest, (struct sockaddr *)&name, length), 0);
}

static void test_connecting_takes_too_long(void **state)
{
	int guest;

	(void)state;
	fill_queue(&guest);
	client = program_run(NULL, "connect", "chat", "127.0.0.1", port(), "--timeout", "100ms");
	assert_int_equal(client->status, 4);
	assert_complains("connect ", ": no answer within 100 ms");
	close(guest);
}

static void test_interrupt_while_connecting(void **state)
{
	int guest;

	(void)state;
	fill_queue(&guest);
	client = program_start("connect", "chat", "127.0.0.1", port(), "--send", "x");
	program_expect(client, "starting connection 1");
	program_signal(client, SIGINT);
	assert_int_equal(program_wait(client), 128 + SIGINT);
	close(guest);
}

static void test_unix_socket(void **state)
{
	char folder[] = "/tmp/client_test.XXXXXX";
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", folder);
	close(listener);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(listener, 1), 0);
	client = program_start("connect", "chat", "--unix", name.sun_path);
	caller = peer_accept(listener);
	unlink(name.sun_path);
	rmdir(folder);
	program_write(client, "Ann\n");
	peer_expect(caller, "Ann\n");
	/* A local server that goes away with something unread resets, too. */
	program_write(client, "unread\n");
	struct pollfd event = {.fd = caller, .events = POLLIN};
	assert_int_equal(poll(&event, 1, 10000), 1);
	close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_non_null(strstr(program_errors(client), folder));
	assert_non_null(strstr(program_errors(client), "reset the connection"));
}

/* --- --send --- */

static void test_messages_over_two_connections(void **state)
{
	char start[64];
	int other;

	(void)state;
	begin("echo", "--connections", "2", "--send", "Message 1 from client.", "--send",
	      "Message 2 from client.");
	other = peer_accept(listener);
	peer_expect(caller, "Message 1 from client.\nMessage 2 from client.\n");
	peer_expect(other, "Message 1 from client.\nMessage 2 from client.\n");
	peer_send(caller, "Message 1 from client.\nMessage 2 from client.\n");
	peer_expect_end(caller);
	close_caller();
	peer_send(other, "Message 1 from cl\x01i\"ent.\nMessage 2 from client\n");
	peer_expect_end(other);
	close(other);
	assert_int_equal(program_wait(client), 0);
	snprintf(start, sizeof(start), "starting connection 1 to 127.0.0.1:%s\n", port());
	assert_non_null(strstr(program_output(client), start));
	client->output.seen = 0;
	program_expect(client, "sending \"Message 1 from client.\" to connection 2\n");
	program_expect(client, "sending \"Message 2 from client.\" to connection 2\n");
	program_expect(client, "received \"Message 1 from cl\\x01i\"ent.\" from connection 2\n");
	program_expect(client, "received \"Message 2 from client\" from connection 2\n");
	program_expect(client, "closing connection 2\n");
	client->output.seen = 0;
	program_expect(client, "received \"Message 2 from client.\" from connection 1\n");
	program_expect(client, "closing connection 1\n");
	assert_string_equal(program_errors(client), "");
}

static void test_quiet_leaves_what_is_received(void **state)
{
	(void)state;
	begin("echo", "--send", "one", "--send", "two", "--quiet");
	peer_expect(caller, "one\ntwo\n");
	peer_send(caller, "one\ntwo\n");
	peer_expect_end(caller);
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "one\ntwo\n");
}

static void test_messages_need_no_input(void **state)
{
	(void)state;
	begin("chat", "--send", "Ann", "--quiet");
	peer_expect(caller, "Ann\n");
	/* Chat has nothing to wait for: the sending side closes behind the last message. */
	peer_expect_end(caller);
	peer_send(caller, "Welcome, Ann.\n");
	close_caller();
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_output(client), "Welcome, Ann.\n");
}

static void test_messages_for_a_protocol_that_takes_none(void **state)
{
	(void)state;
	client = program_run(NULL, "connect", "daytime", "127.0.0.1", port(), "--send", "x");
	assert_int_equal(client->status, 2);
	assert_string_equal(program_output(client), "");
	assert_string_equal(program_errors(client),
			    "sockettool: daytime takes no messages: leave out --send\n");
}

static void test_answers_to_messages_that_do_not_come(void **state)
{
	(void)state;
	begin("echo", "--send", "one", "--quit-after", "100ms");
	peer_expect(caller, "one\n");
	assert_int_equal(program_wait(client), 4);
}

static void test_one_of_two_connections_fails(void **state)
{
	int other;

	(void)state;
	begin("echo", "--connections", "2", "--send", "one", "--quiet");
	other = peer_accept(listener);
	peer_expect(caller, "one\n");
	peer_reset(caller);
	caller = -1;
	peer_expect(other, "one\n");
	peer_send(other, "one\n");
	peer_expect_end(other);
	close(other);
	assert_int_equal(program_wait(client), 1);
	assert_string_equal(program_output(client), "one\n");
	assert_non_null(strstr(program_errors(client), "sockettool: connection "));
	assert_non_null(strstr(program_errors(client), " reset the connection\n"));
}

/* --- Datagrams --- */

/* A UDP socket instead of the listener. */
static void use_datagrams(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	close(listener);
	listener = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
}

/* Receives one datagram, which is the text, and answers it with another. */
static void answer_datagram(const char *text, const char *reply)
{
	struct pollfd event = {.fd = listener, .events = POLLIN};
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	char bytes[1024];

	assert_int_equal(poll(&event, 1, 20000), 1);
	ssize_t n =
		recvfrom(listener, bytes, sizeof(bytes) - 1, 0, (struct sockaddr *)&from, &length);
	assert_true(n >= 0);
	bytes[n] = '\0';
	assert_string_equal(bytes, text);
	assert_true(sendto(listener, reply, strlen(reply), 0, (struct sockaddr *)&from, length) >=
		    0);
}

static void test_datagrams(void **state)
{
	(void)state;
	use_datagrams();
	client = program_start("connect", "echo", "127.0.0.1", port(), "--udp");
	program_write(client, "one\ntwo\n");
	answer_datagram("one", "one");
	answer_datagram("two", "two");
	program_expect(client, "one\ntwo\n");
	program_close_input(client);
	assert_int_equal(program_wait(client), 0);
	assert_string_equal(program_errors(client), "");
}

static void test_datagram_without_answer(void **state)
{
	(void)state;
	use_datagrams();
	client = program_start("connect", "echo", "127.0.0.1", port(), "--udp", "--quit-after",
			       "100ms");
	program_write(client, "one\n");
	program_close_input(client);
	assert_int_equal(program_wait(client), 4);
	assert_complains("no reply from ", " within 100 ms");
}

static void test_datagram_to_nobody(void **state)
{
	const char *free_port;

	(void)state;
	use_datagrams();
	free_port = port();
	close(listener);
	listener = -1;
	client = program_run("one\n", "connect", "echo", "127.0.0.1", free_port, "--udp");
	assert_int_equal(client->status, 1);
	assert_non_null(strstr(program_errors(client), "sockettool: no reply from 127.0.0.1:"));
	assert_non_null(strstr(program_errors(client), "connection refused"));
}

static void test_datagram_too_long(void **state)
{
	static char line[70002];

	(void)state;
	use_datagrams();
	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	client = program_start("connect", "echo", "127.0.0.1", port(), "--udp", "--max-line",
			       "100K");
	program_write(client, line);
	program_expect_error(client, "a message of 70000 bytes is too long for a datagram\n");
	program_write(client, "short\n");
	answer_datagram("short", "short");
	program_expect(client, "short\n");
}

#define CLIENT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_lines_go_both_ways),
		CLIENT_TEST(test_bytes_leave_as_they_are),
		CLIENT_TEST(test_last_line_without_newline_is_sent),
		CLIENT_TEST(test_line_ends_of_other_systems),
		CLIENT_TEST(test_crlf),
		CLIENT_TEST(test_raw_framing),
		CLIENT_TEST(test_long_lines_are_refused),
		CLIENT_TEST(test_partial_line_of_the_server_is_remarked_on),
		CLIENT_TEST(test_details_are_for_verbose),
		CLIENT_TEST(test_server_that_closes_without_a_word),
		CLIENT_TEST(test_sixteen_mebibytes_come_back),
		CLIENT_TEST(test_keyboard_waits_for_a_slow_server),
		CLIENT_TEST(test_input_from_a_file),
		CLIENT_TEST(test_no_input),
		CLIENT_TEST(test_protocol_that_takes_no_lines_ignores_the_end_of_input),
		CLIENT_TEST(test_standard_input_stays_blocking),
		CLIENT_TEST(test_answers_after_the_end_of_input),
		CLIENT_TEST(test_server_that_never_closes),
		CLIENT_TEST(test_no_shutdown),
		CLIENT_TEST(test_server_closes_first),
		CLIENT_TEST(test_server_resets),
		CLIENT_TEST(test_reply_before_a_reset_is_shown),
		CLIENT_TEST(test_last_words_while_sending_stands_still),
		CLIENT_TEST(test_silent_server_of_a_protocol_that_takes_no_lines),
		CLIENT_TEST(test_protocol_that_failed),
		CLIENT_TEST(test_closed_standard_output),
		CLIENT_TEST(test_interrupts),
		CLIENT_TEST(test_interrupt_while_output_stands_still),
		CLIENT_TEST(test_ignored_interrupt_stays_ignored),
		CLIENT_TEST(test_refused),
		CLIENT_TEST(test_connecting_takes_too_long),
		CLIENT_TEST(test_interrupt_while_connecting),
		CLIENT_TEST(test_unix_socket),
		CLIENT_TEST(test_messages_over_two_connections),
		CLIENT_TEST(test_quiet_leaves_what_is_received),
		CLIENT_TEST(test_messages_need_no_input),
		CLIENT_TEST(test_messages_for_a_protocol_that_takes_none),
		CLIENT_TEST(test_answers_to_messages_that_do_not_come),
		CLIENT_TEST(test_one_of_two_connections_fails),
		CLIENT_TEST(test_datagrams),
		CLIENT_TEST(test_datagram_without_answer),
		CLIENT_TEST(test_datagram_to_nobody),
		CLIENT_TEST(test_datagram_too_long),
	};

	/* A client that has gone must not take the test with it. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
