/*
 * What a server does around its conversations: what it listens on and says of it, and how it
 * closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

/* A program that must fail: with that status, one sentence that has the word, and no output. */
static void expect_refusal(struct program *program, int status, const char *word)
{
	assert_int_equal(program_wait(program), status);
	assert_string_equal(program_output(program), "");
	if (net_count(program_errors(program), "\n") != 1 || !strstr(program_errors(program), word))
		fail_msg("not one sentence with \"%s\": %s", word, program_errors(program));
	program_free(program);
}

/* --- Listening --- */

static void test_listening_lines(void **state)
{
	char expected[256];

	(void)state;
	struct program *server = program_serve("chat");
	if (net_has_ipv6())
		snprintf(expected, sizeof(expected),
			 "listening on tcp 127.0.0.1:%d (chat, epoll)\n"
			 "listening on tcp [::1]:%d (chat, epoll)\n",
			 server->port, server->port);
	else
		snprintf(expected, sizeof(expected),
			 "listening on tcp 127.0.0.1:%d (chat, epoll)\n", server->port);
	assert_string_equal(program_output(server), expected);
	net_stop(server);
}

static void test_several_protocols(void **state)
{
	(void)state;
	struct program *server = program_serve("echo", "calc", "udp-date", "--model", "poll");
	struct net_place echo = net_tcp_place(server, "echo"), calc = net_tcp_place(server, "calc"),
			 date = net_place(server, "udp 127.0.0.1", "udp-date");
	int client = net_connect(&echo), other = net_connect(&calc), asker = net_connect(&date);
	char answer[64];

	assert_true(echo.port != calc.port);
	peer_ask(client, "x", "x");
	peer_ask(other, "Ada\n1 + 1\n", "2.0\n");
	assert_int_equal(send(asker, "?", 1, 0), 1);
	assert_int_equal(net_receive(asker, answer, sizeof(answer)), strlen("Invalid request"));
	close(client);
	close(other);
	close(asker);
	net_stop(server);
}

/* Both transports of a protocol on one port. */
static void test_two_transports(void **state)
{
	(void)state;
	struct program *server = program_serve("echo", "--tcp", "--udp");
	struct net_place stream = net_tcp_place(server, "echo"),
			 datagram = net_place(server, "udp 127.0.0.1", "echo");
	int client = net_connect(&stream), other = net_connect(&datagram);

	assert_int_equal(stream.port, datagram.port);
	peer_ask(client, "stream", "stream");
	peer_ask(other, "datagram", "datagram");
	close(client);
	close(other);
	net_stop(server);
}

static void test_ready_fd(void **state)
{
	int ends[2];
	char text[16];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	struct program *server = program_serve("echo", "--ready-fd", program_number(ends[1]));
	close(ends[1]);
	assert_int_equal(read(ends[0], text, sizeof(text)), 6);
	assert_memory_equal(text, "ready\n", 6);
	/* The server has closed its end. */
	assert_int_equal(read(ends[0], text, sizeof(text)), 0);
	close(ends[0]);
	net_stop(server);
	expect_refusal(program_start("serve", "echo", "--port", "0", "--ready-fd", "999"), 2,
		       "--ready-fd");
}

/* The server is there all the same, for whoever finds it. */
static void test_ready_fd_that_is_full(void **state)
{
	(void)state;
	int full = open("/dev/full", O_WRONLY);
	struct program *server = program_serve("echo", "--ready-fd", program_number(full));

	close(full);
	program_expect_error(server, "cannot be written to: no space left on device");
	net_stop(server);
}

/* What is shown goes to a pipe that nobody reads. A full one is not waited for after the stop. */
static void test_stop_despite_unread_output(void **state)
{
	struct net_place place = {.name = "unix"};
	char pipe_path[108], line[1001];
	int64_t limit = net_limit();
	int client;

	(void)state;
	net_path(place.path, "shown");
	net_path(pipe_path, "pipe");
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	int held = open(pipe_path, O_RDWR | O_CLOEXEC);
	struct program *server = program_start_other(
		"sh", "-c",
		"exec \"$SOCKETTOOL\" serve message --unix \"$0\" --grace 100ms >\"$1\"",
		place.path, pipe_path);
	while ((client = net_try(&place)) < 0)
		assert_true(net_now() < limit);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	struct pollfd room = {.fd = held, .events = POLLOUT};
	while (poll(&room, 1, 0) == 1) {
		ssize_t n = send(client, line, sizeof(line), MSG_DONTWAIT | MSG_NOSIGNAL);
		assert_true(n > 0 || errno == EAGAIN);
		assert_true(net_now() < limit);
	}
	program_signal(server, SIGTERM);
	assert_int_equal(program_wait(server), 0);
	assert_int_equal(net_count(program_errors(server), "nobody reads it"), 1);
	close(client);
	close(held);
}

static void refuse_second(const char *protocol, const char *transport, const char *workers)
{
	struct program *server = program_serve(protocol, transport, "--workers", workers);

	expect_refusal(program_start("serve", protocol, transport, "--workers", workers, "--port",
				     program_number(server->port)),
		       3, "address already in use");
	net_stop(server);
}

static void test_port_in_use(void **state)
{
	(void)state;
	refuse_second("echo", "--tcp", "1");
	refuse_second("echo", "--udp", "1");
	/* Loops of one process share a port; two processes do not. */
	refuse_second("echo", "--tcp", "2");
	refuse_second("echo", "--udp", "2");
}

/* A port that was just in use is free for the next server, although connections linger. */
static void test_port_reused(void **state)
{
	(void)state;
	struct program *server = program_serve("daytime");
	struct net_place place = net_tcp_place(server, "daytime");
	int client = net_connect(&place);
	char text[256];

	net_all(client, text, sizeof(text));
	close(client);
	net_stop(server);
	server = program_serve("daytime", "--port", program_number(place.port));
	assert_int_equal(server->port, place.port);
	net_stop(server);
}

static void serve_with_workers(const struct model *model)
{
	if (!(model->abilities & MODEL_WORKERS))
		return;
	struct program *server =
		program_serve("echo", "--workers", "4", "--tcp", "--udp", "--model", model->name);
	struct net_place stream = net_tcp_place(server, "echo"),
			 datagram = net_place(server, "udp 127.0.0.1", "echo");
	for (int i = 0; i < 40; i++) {
		int client = net_connect(&stream), other = net_connect(&datagram);
		peer_ask(client, "stream", "stream");
		peer_ask(other, "datagram", "datagram");
		close(client);
		close(other);
	}
	net_stop(server);
}

static void test_workers(void **state)
{
	(void)state;
	net_each_model(serve_with_workers);
}

/* --- Unix sockets --- */

static void test_unix_socket(void **state)
{
	char path[108];
	struct stat status;

	(void)state;
	net_path(path, "socket");
	struct program *server = program_serve("echo", "--unix", path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0600);
	/* Somebody answers there: the second is refused, the first goes on. */
	expect_refusal(program_start("serve", "echo", "--unix", path), 3, path);
	struct net_place place = net_place(server, "unix", "echo");
	int client = net_connect(&place);
	peer_ask(client, "still here", "still here");
	close(client);
	net_stop(server);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_stale_unix_socket(void **state)
{
	char path[108];

	(void)state;
	net_path(path, "stale");
	struct program *server = program_serve("echo", "--unix", path);
	program_signal(server, SIGKILL);
	program_wait(server);
	program_free(server);
	assert_int_equal(access(path, F_OK), 0);
	server = program_serve("echo", "--unix", path);
	struct net_place place = net_place(server, "unix", "echo");
	int client = net_connect(&place);
	peer_ask(client, "again", "again");
	close(client);
	net_stop(server);
}

static void test_other_file_is_kept(void **state)
{
	char path[108], text[16] = "";

	(void)state;
	net_path(path, "file");
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs("precious", file);
	fclose(file);
	expect_refusal(program_start("serve", "echo", "--unix", path), 3, path);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "precious");
}

/* --- Closing --- */

/* What the client sends before it reads the answer does not turn the close into a reset. */
static void answer_before_unread_input(const struct model *model)
{
	static char bytes[100000];
	struct program *server = program_serve("daytime", "--model", model->name);
	struct net_place place = net_tcp_place(server, "daytime");
	int client = net_connect(&place);
	char text[256];

	memset(bytes, 'x', sizeof(bytes));
	for (size_t sent = 0; sent < sizeof(bytes);) {
		ssize_t n = send(client, bytes + sent, sizeof(bytes) - sent, MSG_NOSIGNAL);
		assert_true(n > 0);
		sent += (size_t)n;
	}
	net_all(client, text, sizeof(text));
	assert_non_null(strstr(text, "Have a nice day!\n"));
	close(client);
	net_stop(server);
}

static void test_unread_input(void **state)
{
	(void)state;
	net_each_model(answer_before_unread_input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_listening_lines, program_teardown),
		cmocka_unit_test_teardown(test_several_protocols, program_teardown),
		cmocka_unit_test_teardown(test_two_transports, program_teardown),
		cmocka_unit_test_teardown(test_ready_fd, program_teardown),
		cmocka_unit_test_teardown(test_ready_fd_that_is_full, program_teardown),
		cmocka_unit_test_teardown(test_stop_despite_unread_output, program_teardown),
		cmocka_unit_test_teardown(test_port_in_use, program_teardown),
		cmocka_unit_test_teardown(test_port_reused, program_teardown),
		cmocka_unit_test_teardown(test_workers, program_teardown),
		cmocka_unit_test_teardown(test_unix_socket, program_teardown),
		cmocka_unit_test_teardown(test_stale_unix_socket, program_teardown),
		cmocka_unit_test_teardown(test_other_file_is_kept, program_teardown),
		cmocka_unit_test_teardown(test_unread_input, program_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
