/*
 * What a server bounds: connections, idle time, lines.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

static void limit_connections(const struct model *model)
{
	if (strcmp(model->name, "iterative") == 0)
		return;
	struct program *server = program_serve("echo", "--max-conns", "2", "--model", model->name);
	struct net_place place = net_tcp_place(server, "echo");
	int first = net_connect(&place), second = net_connect(&place);

	peer_ask(first, "1", "1");
	peer_ask(second, "2", "2");
	int third = net_connect(&place);
	net_await_gone(third);
	close(third);
	program_expect_error(server, "turned away: as many connections as --max-conns allows");
	peer_ask(first, "on", "on");
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
	peer_ask(second, "on", "on");
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
	struct net_place place = net_tcp_place(server, "echo"),
			 other = net_place(server, "tcp [::1]", "echo");
	int first = net_connect(&place), second = net_connect(&place), third = net_connect(&other);

	net_await_gone(second);
	program_expect_error(server,
			     "its host has as many connections as --max-conns-per-ip allows");
	peer_ask(first, "one", "one");
	peer_ask(third, "another host", "another host");
	close(first);
	close(second);
	close(third);
	net_stop(server);
}

static void end_idle(const struct model *model)
{
	struct program *server =
		program_serve("echo", "--idle-timeout", "200ms", "--model", model->name);
	struct net_place place = net_tcp_place(server, "echo");
	int client = net_connect(&place);
	int64_t start = net_now();

	peer_ask(client, "x", "x");
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
	struct net_place place = net_tcp_place(server, "echo");
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
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);
	peer_send(client, "Ada\n");
	peer_ask(client, line, "Line too long: the limit is 100 bytes.\n");
	peer_ask(client, "1 + 1\n", "2.0\n");
	close(client);
	net_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_max_connections, program_teardown),
		cmocka_unit_test_teardown(test_max_connections_per_host, program_teardown),
		cmocka_unit_test_teardown(test_idle_timeout, program_teardown),
		cmocka_unit_test_teardown(test_unread_is_idle, program_teardown),
		cmocka_unit_test_teardown(test_long_line, program_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
