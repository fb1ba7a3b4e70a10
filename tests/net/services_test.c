/*
 * The small services under every model, over TCP and Unix sockets, byte by byte; a server that a
 * peer may stop; and what may be wrong at the start.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"
#include "support/services.h"

enum { WIDTH = 72, LINE = WIDTH + 2, RING = 95, CYCLE = RING * LINE };

/* --- Talking, every byte in a segment of its own. --- */

static int call(const struct net_place *place)
{
	int client = net_connect(place), one = 1;

	if (strcmp(place->name, "unix") != 0)
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return client;
}

static void say(int client, const char *text)
{
	for (; *text; text++)
		assert_int_equal(send(client, text, 1, MSG_NOSIGNAL), 1);
}

/* Says all, and expects all of the answer and then the end. */
static void converse(const struct net_place *place, const char *text, const char *answer)
{
	int client = call(place);

	say(client, text);
	peer_expect(client, answer);
	peer_expect_end(client);
	close(client);
}

static void check_knock(struct program *server, const struct net_place *place)
{
	(void)server;
	converse(place, "Knock Knock..\r\nDatagram\nI would tell you.\n",
		 "Who's there?\nDatagram who?\nHa ha!\n");
}

static void check_reply(struct program *server, const struct net_place *place)
{
	(void)server;
	converse(place, "Hello\nHow are you\r\nquit()\n",
		 "Request received as : Hello\nRequest received as : How are you\nquit()\n");
}

static void check_eval(struct program *server, const struct net_place *place)
{
	(void)server;
	converse(place, "3+5\n2 ** 10 - (1 + 2) * 3\r\n4 + * 5\nexit()\nquit()\n",
		 "Answer is 8\nAnswer is 1015\nError at column 5: a number or '(' is missing\n"
		 "Error: this server does not stop for exit(); quit() leaves\nquit()\n");
}

static void check_message(struct program *server, const struct net_place *place)
{
	int client = call(place);
	char text[40];

	snprintf(text, sizeof(text), "over %s\x1b.", place->name);
	say(client, text);
	net_finish(client);
	peer_expect_end(client);
	close(client);
	snprintf(text, sizeof(text), ": over %s\\x1b.\n", place->name);
	program_expect(server, text);
}

static void check_discard(struct program *server, const struct net_place *place)
{
	int client = call(place);
	static char bytes[256 * 1024];

	(void)server;
	say(client, "into the void\n");
	for (size_t sent = 0; sent < sizeof(bytes);) {
		ssize_t n = send(client, bytes + sent, sizeof(bytes) - sent, MSG_NOSIGNAL);
		assert_true(n > 0);
		sent += (size_t)n;
	}
	net_finish(client);
	peer_expect_end(client);
	close(client);
}

static void check_chargen(struct program *server, const struct net_place *place)
{
	int client = call(place);
	static char pattern[3 * CYCLE];

	(void)server;
	for (size_t i = 0; i < sizeof(pattern); i++) {
		size_t line = i / LINE, column = i % LINE;
		pattern[i] = column < WIDTH ? (char)(' ' + (line + column) % RING)
					    : "\r\n"[column - WIDTH];
	}
	say(client, "thrown away");
	net_expect(client, pattern, sizeof(pattern));
	close(client);
}

static void check_qotd(struct program *server, const struct net_place *place)
{
	int client = call(place);
	char text[1024];
	size_t n = net_all(client, text, sizeof(text));

	(void)server;
	assert_in_range(n, 2, 511);
	assert_int_equal(text[n - 1], '\n');
	close(client);
}

static void check_users(struct program *server, const struct net_place *place)
{
	int client = call(place);

	(void)server;
	peer_expect_end(client);
	close(client);
}

static void check_time(struct program *server, const struct net_place *place)
{
	time_t before = time(NULL);
	int client = call(place);
	char bytes[16];

	(void)server;
	assert_int_equal(net_all(client, bytes, sizeof(bytes)), 4);
	services_expect_now(bytes, before);
	close(client);
}

static const struct {
	const char *protocol;
	void (*check)(struct program *, const struct net_place *);
} checks[] = {
	{"knock", check_knock},     {"reply", check_reply},     {"eval", check_eval},
	{"message", check_message}, {"discard", check_discard}, {"chargen", check_chargen},
	{"qotd", check_qotd},       {"users", check_users},     {"time", check_time},
};
enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

static void streams(const struct model *model)
{
	static const char *const places[] = {"tcp 127.0.0.1", "tcp [::1]"};
	const char *arguments[CHECKS + 3] = {NULL};
	int count = net_has_ipv6() ? 2 : 1;

	for (int i = 0; i < CHECKS; i++)
		arguments[i] = checks[i].protocol;
	arguments[CHECKS] = "--model";
	arguments[CHECKS + 1] = model->name;
	struct program *server = program_serve_list(arguments);
	for (int i = 0; i < CHECKS; i++) {
		for (int j = 0; j < count; j++) {
			struct net_place place = net_place(server, places[j], checks[i].protocol);
			checks[i].check(server, &place);
		}
	}
	net_stop(server);
}

static void test_streams(void **state)
{
	(void)state;
	net_each_model(streams);
}

static void unix_sockets(const struct model *model)
{
	char path[108];

	net_path(path, "services");
	for (int i = 0; i < CHECKS; i++) {
		struct program *server =
			program_serve(checks[i].protocol, "--unix", path, "--model", model->name);
		struct net_place place = net_place(server, "unix", checks[i].protocol);
		checks[i].check(server, &place);
		net_stop(server);
	}
}

static void test_unix_sockets(void **state)
{
	(void)state;
	net_each_model(unix_sockets);
}

/* --- A server that its peers may stop. --- */

static void stop_by_exit(const struct model *model)
{
	struct program *server = program_serve("eval", "--allow-exit", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "eval");
	int client = net_connect(&place);

	peer_send(client, "3+5\nexit()\n");
	peer_expect(client, "Answer is 8\nexit()\n");
	peer_expect_end(client);
	close(client);
	assert_int_equal(program_wait(server), 0);
	program_free(server);
}

static void stay_without_leave(const struct model *model)
{
	struct program *server = program_serve("eval", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "eval");

	for (int i = 0; i < 2; i++) {
		int client = net_connect(&place);
		peer_send(client, "exit()\n3+5\nquit()\n");
		peer_expect(client, "Error: this server does not stop for exit(); quit() leaves\n"
				    "Answer is 8\nquit()\n");
		peer_expect_end(client);
		close(client);
	}
	net_stop(server);
}

static void test_exit(void **state)
{
	(void)state;
	net_each_model(stop_by_exit);
	net_each_model(stay_without_leave);
}

static void test_exit_over_unix(void **state)
{
	char path[108];

	(void)state;
	net_path(path, "exit");
	struct program *server =
		program_serve("eval", "--allow-exit", "--unix", path, "--model", "fork");
	struct net_place place = net_place(server, "unix", "eval");
	int client = net_connect(&place);
	peer_send(client, "exit()\n");
	peer_expect(client, "exit()\n");
	peer_expect_end(client);
	close(client);
	assert_int_equal(program_wait(server), 0);
	program_free(server);
}

/* --- What may be wrong at the start. --- */

static void test_complaint(void **state)
{
	struct program *server =
		program_run(NULL, "serve", "qotd", "--port", "0", "--quotes", "/nowhere/quotes");

	(void)state;
	assert_int_equal(server->status, 2);
	assert_string_equal(program_output(server), "");
	assert_string_equal(program_errors(server),
			    "sockettool: qotd: --quotes /nowhere/quotes cannot be read: No such "
			    "file or directory\n");
	program_free(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_streams, program_teardown),
		cmocka_unit_test_teardown(test_unix_sockets, program_teardown),
		cmocka_unit_test_teardown(test_exit, program_teardown),
		cmocka_unit_test_teardown(test_exit_over_unix, program_teardown),
		cmocka_unit_test_teardown(test_complaint, program_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
