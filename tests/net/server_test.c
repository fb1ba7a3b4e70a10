/*
 * What a server does around its conversations: what it listens on and says of it, its limits, its
 * log, and what it does when descriptors are used up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

static int end_servers(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

static struct net_place tcp_place(struct program *server, const char *protocol)
{
	return net_place(server, "tcp 127.0.0.1", protocol);
}

static void say(int client, const char *text, const char *answer)
{
	peer_send(client, text);
	peer_expect(client, answer);
}

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
	struct net_place echo = tcp_place(server, "echo"), calc = tcp_place(server, "calc"),
			 date = net_place(server, "udp 127.0.0.1", "udp-date");
	int client = net_connect(&echo), other = net_connect(&calc), asker = net_connect(&date);
	char answer[64];

	assert_true(echo.port != calc.port);
	say(client, "x", "x");
	say(other, "Ada\n1 + 1\n", "2.0\n");
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
	struct net_place stream = tcp_place(server, "echo"),
			 datagram = net_place(server, "udp 127.0.0.1", "echo");
	int client = net_connect(&stream), other = net_connect(&datagram);

	assert_int_equal(stream.port, datagram.port);
	say(client, "stream", "stream");
	say(other, "datagram", "datagram");
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
	struct net_place place = tcp_place(server, "daytime");
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
	struct net_place stream = tcp_place(server, "echo"),
			 datagram = net_place(server, "udp 127.0.0.1", "echo");
	for (int i = 0; i < 40; i++) {
		int client = net_connect(&stream), other = net_connect(&datagram);
		say(client, "stream", "stream");
		say(other, "datagram", "datagram");
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
	say(client, "still here", "still here");
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
	say(client, "again", "again");
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

/* --- Limits --- */

static void limit_connections(const struct model *model)
{
	if (strcmp(model->name, "iterative") == 0)
		return;
	struct program *server = program_serve("echo", "--max-conns", "2", "--model", model->name);
	struct net_place place = tcp_place(server, "echo");
	int first = net_connect(&place), second = net_connect(&place);

	say(first, "1", "1");
	say(second, "2", "2");
	int third = net_connect(&place);
	net_await_gone(third);
	close(third);
	program_expect_error(server, "turned away: as many connections as --max-conns allows");
	say(first, "on", "on");
	net_finish(first);
	peer_expect_end(first);
	close(first);
	/* There is room again, once the server has seen the end. */
	int64_t limit = net_limit();
	char byte = 0;
	while (byte != 'x' && net_now() < limit) {
		third = net_connect(&place);
		(void)send(third, "x", 1, MSG_NOSIGNAL);
		(void)net_receive(third, &byte, 1);
		close(third);
	}
	assert_int_equal(byte, 'x');
	say(second, "on", "on");
	close(second);
	net_stop(server);
}

static void test_max_connections(void **state)
{
	(void)state;
	net_each_model(limit_connections);
}

static void test_max_connections_per_host(void **state)
{
	(void)state;
	if (!net_has_ipv6())
		skip();
	struct program *server = program_serve("echo", "--max-conns-per-ip", "1");
	struct net_place place = tcp_place(server, "echo"),
			 other = net_place(server, "tcp [::1]", "echo");
	int first = net_connect(&place), second = net_connect(&place), third = net_connect(&other);

	net_await_gone(second);
	program_expect_error(server,
			     "its host has as many connections as --max-conns-per-ip allows");
	say(first, "one", "one");
	say(third, "another host", "another host");
	close(first);
	close(second);
	close(third);
	net_stop(server);
}

static void end_idle(const struct model *model)
{
	struct program *server =
		program_serve("echo", "--idle-timeout", "200ms", "--model", model->name);
	struct net_place place = tcp_place(server, "echo");
	int client = net_connect(&place);
	int64_t start = net_now();

	say(client, "x", "x");
	peer_expect_end(client);
	assert_true(net_now() - start >= INT64_C(190000000));
	close(client);
	program_expect_error(server, "idle for too long");
	net_stop(server);
}

static void test_idle_timeout(void **state)
{
	(void)state;
	net_each_model(end_idle);
}

/* Somebody who takes nothing of what he asked for is idle, too, even under the blocking models. */
static void end_unread(const struct model *model)
{
	struct program *server =
		program_serve("echo", "--idle-timeout", "200ms", "--model", model->name);
	struct net_place place = tcp_place(server, "echo");
	int client = net_connect(&place);
	static char bytes[65536];
	struct pollfd writable = {.fd = client, .events = POLLOUT};

	/* Once it is idle the server takes all, and throws it away. */
	for (int i = 0; i < 256 && poll(&writable, 1, 100) == 1; i++)
		(void)send(client, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
	program_expect_error(server, "idle for too long");
	close(client);
	net_stop(server);
}

static void test_unread_is_idle(void **state)
{
	(void)state;
	net_each_model(end_unread);
}

static void test_long_line(void **state)
{
	static char line[3000];

	(void)state;
	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	struct program *server = program_serve("calc", "--max-line", "100");
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);
	peer_send(client, "Ada\n");
	say(client, line, "Line too long: the limit is 100 bytes.\n");
	say(client, "1 + 1\n", "2.0\n");
	close(client);
	net_stop(server);
}

/* --- The log --- */

static void remark_on_partial_line(const struct model *model)
{
	struct program *server = program_serve("calc", "--model", model->name);
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_send(client, "Ada without end");
	program_expect_error(server,
			     "sent 15 bytes without a newline and waits; a textbook program "
			     "wants --framing raw");
	say(client, "\n1 + 1\n", "2.0\n");
	close(client);
	net_stop(server);
}

static void test_partial_line(void **state)
{
	(void)state;
	net_each_model(remark_on_partial_line);
}

/* The remark is made once, however often it happens. */
static void test_partial_line_once(void **state)
{
	(void)state;
	struct program *server = program_serve("calc", "--idle-timeout", "1500ms");
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_send(client, "A");
	program_expect_error(server, "without a newline");
	peer_send(client, "da");
	peer_expect_end(client);
	close(client);
	program_expect_error(server, "idle for too long");
	assert_int_equal(net_count(program_errors(server), "without a newline"), 1);
	net_stop(server);
}

static void test_json_log(void **state)
{
	static const char program[] =
		"import json, sys\n"
		"lines = [json.loads(line) for line in sys.stdin]\n"
		"print(len(lines), [line for line in lines if '\\u001b[2J' in str(line)] != [])\n";

	(void)state;
	struct program *server = program_serve("calc", "--log-format", "json", "-v");
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);
	peer_send(client, "\x1b[2J\"\\\x01\xff\n");
	say(client, "\x7f \"1\" + 1\r1\n",
	    "Invalid expression: write NUMBER OP NUMBER with spaces "
	    "between, as in 12 + 42\n");
	peer_reset(client);
	program_signal(server, SIGTERM);
	assert_int_equal(program_wait(server), 0);
	const char *log = program_errors(server);
	for (const char *at = log; *at; at++)
		assert_true(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f));
	struct program *reader = program_start_other("python3", "-c", program);
	program_write(reader, log);
	program_close_input(reader);
	int status = program_wait(reader);
	if (status == 127)
		fail_msg("python3 is missing: install the package python3");
	assert_int_equal(status, 0);
	assert_int_equal(atoi(program_output(reader)), net_count(log, "\n"));
	program_free(reader);
	program_free(server);
}

static void test_text_log_is_escaped(void **state)
{
	(void)state;
	struct program *server = program_serve("calc");
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_send(client, "\x1b[2J\n");
	program_expect_error(server, "name: \\x1b[2J");
	assert_null(strchr(program_errors(server), '\x1b'));
	close(client);
	net_stop(server);
}

static char *log_of(const char *option)
{
	const char *arguments[] = {"calc", option, NULL};
	struct program *server = program_serve_list(arguments);
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);

	say(client, "Ada\n1 + 1\n", "2.0\n");
	peer_reset(client);
	program_signal(server, SIGTERM);
	assert_int_equal(program_wait(server), 0);
	char *log = strdup(program_errors(server));
	program_free(server);
	assert_non_null(log);
	return log;
}

static void test_quiet_and_verbose(void **state)
{
	(void)state;
	char *quiet = log_of("-q"), *usual = log_of(NULL), *verbose = log_of("-v");

	assert_string_equal(quiet, "");
	assert_non_null(strstr(usual, "connected, 1 active"));
	assert_non_null(strstr(usual, "closed, connection broke; 0 active"));
	assert_null(strstr(usual, "connection failed:"));
	assert_non_null(strstr(verbose, "connection failed: connection reset by peer"));
	free(quiet);
	free(usual);
	free(verbose);
}

/* Nobody reads the server's standard error: its pipe fills up. */
static void serve_without_log_reader(const struct model *model)
{
	struct program *server = program_serve("calc", "--model", model->name);
	struct net_place place = tcp_place(server, "calc");
	int client = net_connect(&place);
	char question[300], answer[16];

	peer_send(client, "Ada\n");
	for (int i = 0; i < 1000; i++) {
		snprintf(question, sizeof(question), "%d + %0250d\n", i, 0);
		snprintf(answer, sizeof(answer), "%d.0\n", i);
		say(client, question, answer);
	}
	close(client);
	client = net_connect(&place);
	say(client, "Grace\n1 + 2\n", "3.0\n");
	close(client);
	net_stop(server);
}

static void test_log_without_reader(void **state)
{
	(void)state;
	net_each_model(serve_without_log_reader);
}

/* --- Closing --- */

/* What the client sends before it reads the answer does not turn the close into a reset. */
static void answer_before_unread_input(const struct model *model)
{
	static char bytes[100000];
	struct program *server = program_serve("daytime", "--model", model->name);
	struct net_place place = tcp_place(server, "daytime");
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
		cmocka_unit_test_teardown(test_listening_lines, end_servers),
		cmocka_unit_test_teardown(test_several_protocols, end_servers),
		cmocka_unit_test_teardown(test_two_transports, end_servers),
		cmocka_unit_test_teardown(test_ready_fd, end_servers),
		cmocka_unit_test_teardown(test_ready_fd_that_is_full, end_servers),
		cmocka_unit_test_teardown(test_stop_despite_unread_output, end_servers),
		cmocka_unit_test_teardown(test_port_in_use, end_servers),
		cmocka_unit_test_teardown(test_port_reused, end_servers),
		cmocka_unit_test_teardown(test_workers, end_servers),
		cmocka_unit_test_teardown(test_unix_socket, end_servers),
		cmocka_unit_test_teardown(test_stale_unix_socket, end_servers),
		cmocka_unit_test_teardown(test_other_file_is_kept, end_servers),
		cmocka_unit_test_teardown(test_max_connections, end_servers),
		cmocka_unit_test_teardown(test_max_connections_per_host, end_servers),
		cmocka_unit_test_teardown(test_idle_timeout, end_servers),
		cmocka_unit_test_teardown(test_unread_is_idle, end_servers),
		cmocka_unit_test_teardown(test_long_line, end_servers),
		cmocka_unit_test_teardown(test_partial_line, end_servers),
		cmocka_unit_test_teardown(test_partial_line_once, end_servers),
		cmocka_unit_test_teardown(test_json_log, end_servers),
		cmocka_unit_test_teardown(test_text_log_is_escaped, end_servers),
		cmocka_unit_test_teardown(test_quiet_and_verbose, end_servers),
		cmocka_unit_test_teardown(test_log_without_reader, end_servers),
		cmocka_unit_test_teardown(test_unread_input, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
