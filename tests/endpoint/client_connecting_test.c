/*
 * How the client reaches a server: by TCP, Unix sockets and datagrams.
 */
#include <netinet/in.h>
#include <poll.h>
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

#include "support/client.h"
#include "support/peer.h"
#include "support/program.h"

/* --- Connecting --- */

static void test_refused(void **state)
{
	const char *free_port = client_port();

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
	client = program_run(NULL, "connect", "chat", "127.0.0.1", client_port(), "--timeout",
			     "100ms");
	assert_int_equal(client->status, 4);
	client_assert_complains("connect ", ": no answer within 100 ms");
	close(guest);
}

static void test_interrupt_while_connecting(void **state)
{
	int guest;

	(void)state;
	fill_queue(&guest);
	client = program_start("connect", "chat", "127.0.0.1", client_port(), "--send", "x");
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
	client_close_caller();
	assert_int_equal(program_wait(client), 1);
	assert_non_null(strstr(program_errors(client), folder));
	assert_non_null(strstr(program_errors(client), "reset the connection"));
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
	client = program_start("connect", "echo", "127.0.0.1", client_port(), "--udp");
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
	client = program_start("connect", "echo", "127.0.0.1", client_port(), "--udp",
			       "--quit-after", "100ms");
	program_write(client, "one\n");
	program_close_input(client);
	assert_int_equal(program_wait(client), 4);
	client_assert_complains("no reply from ", " within 100 ms");
}

static void test_datagram_to_nobody(void **state)
{
	const char *free_port;

	(void)state;
	use_datagrams();
	free_port = client_port();
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
	client = program_start("connect", "echo", "127.0.0.1", client_port(), "--udp", "--max-line",
			       "100K");
	program_write(client, line);
	program_expect_error(client, "a message of 70000 bytes is too long for a datagram\n");
	program_write(client, "short\n");
	answer_datagram("short", "short");
	program_expect(client, "short\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_refused),
		CLIENT_TEST(test_connecting_takes_too_long),
		CLIENT_TEST(test_interrupt_while_connecting),
		CLIENT_TEST(test_unix_socket),
		CLIENT_TEST(test_datagrams),
		CLIENT_TEST(test_datagram_without_answer),
		CLIENT_TEST(test_datagram_to_nobody),
		CLIENT_TEST(test_datagram_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
