/*
 * Recorded runs of fixed programs: the calls they make, in words.
 */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/tracing.h"

#define LISTENS                                     \
	"socket(TCP) → 3\n"                       \
	"bind(3, 127.0.0.1:0) → 127.0.0.1:PORT\n" \
	"listen(3, 128) = 0\n"
#define ECHOES(fd)                              \
	"recv(" fd ", 512) = 12\n"              \
	"send(" fd ", \"Hello, world\") = 12\n" \
	"recv(" fd ", 512) = 0\n"               \
	"close(" fd ") = 0\n"
#define GREETS                             \
	"socket(TCP) → 3\n"              \
	"connect(3, 127.0.0.1:PORT) = 0\n" \
	"send(3, \"Hello, world\") = 12\n" \
	"recv(3, 512) = 12\n"              \
	"close(3) = 0\n"                   \
	"ends with status 3\n"

static struct tracing *tracing;

static int set_up(void **state)
{
	(void)state;
	tracing = tracing_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tracing_free(tracing);
	return 0;
}

static void expect_calls(int program, const char *calls)
{
	assert_string_equal(tracing_calls(tracing, program, 0), calls);
}

/* The only call of its kind. */
static const struct call *find_call(int program, enum call_kind kind)
{
	assert_int_equal(tracing_count(tracing, program, kind), 1);
	for (size_t i = 0;; i++) {
		const struct call *call = &tracing->recording->calls[i];
		if (call->program == program && call->kind == kind)
			return call;
	}
}

static void echo_pair(void **state)
{
	(void)state;
	tracing_server(tracing, "echo");
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	expect_calls(0, LISTENS
		     "accept(3) → 4 from 127.0.0.1:OTHER\n" ECHOES("4") "close(3) = 0\n"
									"ends with status 0\n");
	expect_calls(1, GREETS);
}

/* Both ends' addresses match, although the programs never asked for them. */
static void ends_of_a_connection(void **state)
{
	const struct socket_record *sockets;

	(void)state;
	tracing_server(tracing, "echo");
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	sockets = tracing->recording->sockets;
	const struct call *accepted = find_call(0, CALL_ACCEPT);
	const struct call *connected = find_call(1, CALL_CONNECT);
	assert_int_equal(tracing->recording->socket_count, 3);
	assert_true(sockets[accepted->socket].listens);
	assert_int_not_equal(accepted->accepted, accepted->socket);
	const struct socket_record *server = &sockets[accepted->accepted];
	const struct socket_record *client = &sockets[connected->socket];
	assert_memory_equal(&server->local, &client->remote, sizeof(server->local));
	assert_memory_equal(&server->remote, &client->local, sizeof(server->local));
	assert_memory_equal(&accepted->peer, &client->local, sizeof(server->local));
	assert_memory_equal(&connected->peer, &server->local, sizeof(server->local));
	assert_int_equal(client->family, AF_INET);
	assert_int_equal(client->type, SOCK_STREAM);
	assert_int_equal(client->program, 1);
	assert_int_not_equal(client->local.port, 0);
}

static void times_and_data(void **state)
{
	(void)state;
	tracing->plan.bytes = 5;
	tracing_server(tracing, "echo");
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	const struct call *sent = find_call(1, CALL_SEND), *received = find_call(1, CALL_RECEIVE);
	assert_string_equal(sent->text, "send(3, \"Hello\"...)");
	assert_string_equal(sent->name, "sendto");
	assert_int_equal(sent->bytes, 12);
	assert_int_equal(sent->data_length, 5);
	assert_memory_equal(sent->data, "Hello", 5);
	assert_int_equal(received->bytes, 12);
	assert_memory_equal(received->data, "Hello", 5);
	assert_true(sent->entered >= 0 && sent->left >= sent->entered);
	assert_true(received->entered >= sent->left);
	const struct program *client = &tracing->recording->programs[1];
	assert_true(client->started <= sent->entered && client->ended >= received->left);
	for (size_t i = 1; i < tracing->recording->call_count; i++)
		assert_true(tracing->recording->calls[i].entered >=
			    tracing->recording->calls[i - 1].entered);
}

static void threads(void **state)
{
	(void)state;
	tracing_server(tracing, "threads");
	for (int i = 0; i < 3; i++)
		tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	for (int i = 1; i <= 3; i++)
		expect_calls(i, GREETS);
	assert_int_equal(tracing_count(tracing, 0, CALL_ACCEPT), 3);
	assert_int_equal(tracing_count(tracing, 0, CALL_PROCESS), 4);
	assert_int_equal(tracing_count(tracing, 0, CALL_EXIT), 1);
	assert_int_equal(tracing->recording->socket_count, 7);
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		/* Threads' calls are of their process, and each thread has one conversation. */
		if (call->program == 0 && call->kind == CALL_SEND)
			assert_int_not_equal(call->thread, call->process);
	}
}

static void forks(void **state)
{
	(void)state;
	tracing_server(tracing, "forks");
	for (int i = 0; i < 3; i++)
		tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	for (int i = 1; i <= 3; i++)
		expect_calls(i, GREETS);
	int parent = tracing_process(tracing, 0, CALL_LISTEN, 0);
#define FORKS "accept(3) → 4 from 127.0.0.1:OTHER\nfork() → CHILD\nclose(4) = 0\n"
	const char *calls = tracing_calls(tracing, 0, parent);
	assert_memory_equal(calls, LISTENS FORKS FORKS FORKS, strlen(LISTENS FORKS FORKS FORKS));
	for (int i = 0; i < 3; i++) {
		int child = tracing_process(tracing, 0, CALL_SEND, i);
		assert_int_not_equal(child, parent);
		calls = tracing_calls(tracing, 0, child);
		assert_memory_equal(calls, "close(3) = 0\n" ECHOES("4"),
				    strlen("close(3) = 0\n" ECHOES("4")));
	}
	/* A socket is one, whichever process uses it. */
	assert_int_equal(tracing->recording->socket_count, 7);
}

static void nonblocking_connect(void **state)
{
	(void)state;
	tracing_server(tracing, "echo");
	tracing_client(tracing, "nonblocking");
	tracing_run(tracing, 0);
	expect_calls(1, "socket(TCP) → 3\n"
			"fcntl(3, F_SETFL, O_NONBLOCK) = 0\n"
			"connect(3, 127.0.0.1:PORT) = -1 EINPROGRESS\n"
			"select(write [3]) → write 3\n"
			"setsockopt(3, TCP_NODELAY, 1) = 0\n"
			"setsockopt(3, SO_RCVTIMEO, 0.000001 s) = 0\n"
			"setsockopt(3, SO_RCVTIMEO, 20.05 s) = 0\n"
			"recv(3, 4) = -1 EAGAIN\n"
			"ioctl(3, FIONBIO, blocking) = 0\n"
			"send(3, \"late\") = 4\n"
			"recv(3, 512) = 4\n"
			"close(3) = 0\n"
			"ends with status 0\n");
	const struct call *wait = find_call(1, CALL_WAIT);
	const struct call *connected = find_call(1, CALL_CONNECT);
	assert_int_equal(wait->socket, connected->socket);
	assert_int_equal(connected->result, -EINPROGRESS);
	assert_int_not_equal(tracing->recording->sockets[connected->socket].local.port, 0);
}

static void epoll_with_20_clients(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	tracing_server(tracing, "epoll");
	for (int i = 0; i < 20; i++)
		tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	for (int i = 1; i <= 20; i++)
		expect_calls(i, GREETS);
	assert_int_equal(tracing_count(tracing, 0, CALL_ACCEPT), 20);
	assert_int_equal(tracing_count(tracing, 0, CALL_WATCH), 21);
	assert_int_equal(tracing->recording->socket_count, 41);
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		if (call->program != 0)
			continue;
		bytes += call->kind == CALL_SEND ? call->bytes : 0;
		if (call->kind == CALL_WAIT)
			assert_non_null(strstr(call->outcome, " in"));
	}
	assert_int_equal(bytes, 20 * 12);
	/* One ready descriptor for each caller, each message and each end. */
	assert_int_equal(tracing_count(tracing, 0, CALL_WAIT), 60);
	const char *calls = tracing_calls(tracing, 0, 0);
	assert_non_null(strstr(calls, "epoll_ctl(4, add 3 in) = 0\nepoll_wait(4, [3 in]) → 3 in\n"
				      "accept(3, non-blocking) → 5 from 127.0.0.1:OTHER\n"));
}

static void datagrams(void **state)
{
	(void)state;
	tracing_server(tracing, "udp");
	tracing_client(tracing, "udp-client");
	tracing_run(tracing, 0);
	expect_calls(0, "socket(UDP) → 3\n"
			"bind(3, 127.0.0.1:0) → 127.0.0.1:PORT\n"
			"recvfrom(3, 512) = 4 from 127.0.0.1:OTHER\n"
			"sendto(3, \"ping\", 127.0.0.1:OTHER) = 4\n"
			"close(3) = 0\n"
			"ends with status 0\n");
	expect_calls(1, "socket(UDP) → 3\n"
			"sendto(3, \"ping\", 127.0.0.1:PORT) = 4\n"
			"recv(3, 64) = 4\n"
			"close(3) = 0\n"
			"ends with status 0\n");
	const struct call *sent = find_call(1, CALL_SEND), *received = find_call(0, CALL_RECEIVE);
	/* The client's port was the kernel's choice, when it sent. */
	assert_int_equal(tracing->recording->sockets[sent->socket].local.port, received->peer.port);
	assert_int_equal(sent->peer.port, tracing->recording->sockets[0].local.port);
}

static void scattered_messages(void **state)
{
	(void)state;
	tracing_server(tracing, "messages");
	tracing_client(tracing, "messages-client");
	tracing_run(tracing, 0);
	expect_calls(1, "socket(UDP) → 3\n"
			"sendmsg(3, \"one two\", 127.0.0.1:PORT) = 7\n"
			"connect(3, 127.0.0.1:PORT) = 0\n"
			"writev(3, \"one two\") = 7\n"
			"sendmmsg(3, 2 messages, \"one twoone two\") = 2, 14 bytes\n"
			"recv(3, 64, MSG_PEEK) = 64, left in the queue\n"
			"read(3, 64) = 64\n"
			"ends with status 0\n");
	uint64_t bytes = 0;
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		if (call->program != 0 || call->kind != CALL_RECEIVE)
			continue;
		bytes += call->bytes;
		assert_memory_equal(call->data, "one two", 7);
		assert_int_not_equal(call->peer.port, 0);
	}
	assert_int_equal(bytes, 4 * 7);
	assert_int_equal(find_call(0, CALL_WAIT)->socket, 0);
	assert_string_equal(find_call(0, CALL_WAIT)->text, "poll([3 in])");
}

static void keyboard_and_screen(void **state)
{
	(void)state;
	tracing_server(tracing, "echo");
	tracing_client(tracing, "typist")->input = "\\x1b[m\\n";
	tracing_run(tracing, 0);
	expect_calls(1, "socket(TCP) → 3\n"
			"connect(3, 127.0.0.1:PORT) = 0\n"
			"reads \"\\x1b[m\\n\" from the keyboard = 4\n"
			"send(3, \"\\x1b[m\\n\", MSG_NOSIGNAL) = 4\n"
			"recv(3, 128) = 4\n"
			"prints \"\\x1b[m\" = 4\n"
			"reads end of file from the keyboard = 0\n"
			"prints \"done\" to standard error = 5\n"
			"ends with status 0\n");
	assert_memory_equal(find_call(1, CALL_SEND)->data, "\033[m\n", 4);
	assert_string_equal(tracing_output(tracing), "\033[m\ndone\n");
}

static void unix_sockets(void **state)
{
	char path[TRACING_PATH];

	(void)state;
	tracing_client(tracing, "unix");
	tracing_run(tracing, 0);
	snprintf(path, sizeof(path), "%s/port.sock", tracing->folder);
	assert_int_equal(tracing->recording->socket_count, 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(tracing->recording->sockets[i].path, path);
	const struct call *accepted = find_call(0, CALL_ACCEPT);
	assert_int_equal(accepted->peer.family, ADDRESS_UNIX);
	assert_int_equal(accepted->peer.number, tracing->recording->programs[0].pid);
}

static bool has_python(void)
{
	FILE *stream = popen("python3 -c 'print(1)' 2>&1", "re"); /* NOLINT(cert-env33-c) */
	int said = fgetc(stream);

	return pclose(stream) == 0 && said == '1';
}

static void python_pair(void **state)
{
	static const char server[] = "python3 -c 'import socket, sys\n"
				     "s = socket.socket()\n"
				     "s.bind((\"127.0.0.1\", 0))\n"
				     "open(sys.argv[1], \"w\").write(str(s.getsockname()[1]))\n"
				     "s.listen()\n"
				     "c, a = s.accept()\n"
				     "while True:\n"
				     "  d = c.recv(1024)\n"
				     "  if not d: break\n"
				     "  c.sendall(d)\n"
				     "' %s/port";
	static const char client[] =
		"python3 -c 'import socket, sys\n"
		"s = socket.create_connection((\"127.0.0.1\", int(open(sys.argv[1]).read())))\n"
		"input(\"Enter? \")\n"
		"s.sendall(b\"Hello\")\n"
		"print(s.recv(1024).decode())\n"
		"' %s/port";
	char commands[2][TRACING_COMMAND];

	(void)state;
	if (!has_python())
		skip();
	snprintf(commands[0], sizeof(commands[0]), server, tracing->folder);
	snprintf(commands[1], sizeof(commands[1]), client, tracing->folder);
	tracing_server(tracing, "echo")->command = commands[0];
	*tracing_client(tracing, "client") =
		(struct run_program){.command = commands[1], .input = "\\p{20}\\n"};
	tracing_run(tracing, 0);
	int process = tracing_process(tracing, 0, CALL_ACCEPT, 0);
	assert_non_null(strstr(tracing_calls(tracing, 0, process),
			       "recv(4, 1024) = 5\nsend(4, \"Hello\") = 5\nrecv(4, 1024) = 0\n"));
	process = tracing_process(tracing, 1, CALL_CONNECT, 0);
	const char *calls = tracing_calls(tracing, 1, process);
	const char *enter = strstr(calls, "reads Enter from the keyboard = 1\n");
	assert_non_null(enter);
	assert_non_null(strstr(enter, "send(3, \"Hello\") = 5\nrecv(3, 1024) = 5\n"));
	assert_non_null(strstr(tracing_output(tracing), "Enter? Hello\n"));
}

static void many_calls(void **state)
{
	char said[64];
	uint64_t sent = 0, received = 0;
	size_t calls = 0;

	(void)state;
	tracing_client(tracing, "many 50000");
	tracing_run(tracing, 0);
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		calls += call->socket >= 0;
		sent += call->kind == CALL_SEND ? call->bytes : 0;
		received += call->kind == CALL_RECEIVE ? call->bytes : 0;
	}
	snprintf(said, sizeof(said), "%zu\n", calls);
	assert_string_equal(tracing_output(tracing), said);
	assert_int_equal(sent, 50000);
	assert_int_equal(received, 50000);
	assert_int_equal(tracing->recording->dropped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(echo_pair, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ends_of_a_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_and_data, set_up, tear_down),
		cmocka_unit_test_setup_teardown(threads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nonblocking_connect, set_up, tear_down),
		cmocka_unit_test_setup_teardown(epoll_with_20_clients, set_up, tear_down),
		cmocka_unit_test_setup_teardown(datagrams, set_up, tear_down),
		cmocka_unit_test_setup_teardown(scattered_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keyboard_and_screen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unix_sockets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(python_pair, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_calls, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
