/*
 * Every model serves every protocol on every transport: right answers, many clients at once,
 * clients that break, much data, and half-closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

enum { CLIENTS = 50, BIG = 16 * 1024 * 1024, SLOW = 1024 * 1024 };

static const char *const stream_places[] = {"tcp 127.0.0.1", "tcp [::1]", NULL};

static int end_servers(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

static bool is_missing(const char *name)
{
	return strchr(name, '[') && !net_has_ipv6();
}

/* --- Right answers --- */

static void ask(const struct net_place *place, const void *bytes, size_t n, const char *answer,
		size_t answer_length)
{
	int client = net_connect(place);

	assert_int_equal(send(client, bytes, n, MSG_NOSIGNAL), n);
	net_expect(client, answer, answer_length);
	net_finish(client);
	peer_expect_end(client);
	close(client);
}

static void ask_text(const struct net_place *place, const char *text, const char *answer)
{
	ask(place, text, strlen(text), answer, strlen(answer));
}

static void check_echo(const struct net_place *place)
{
	static const char bytes[] = "a\0b\xff\x1b\n\r\n no end";

	ask(place, bytes, sizeof(bytes), bytes, sizeof(bytes));
}

static void check_calc(const struct net_place *place)
{
	int client = net_connect(place);

	peer_send(client, "Ada\n12 + 13\r\n3.24 - 45\n12(10\n1 / 0\n4.5 / -6\nq\n");
	peer_expect(client,
		    "25.0\n-41.76\nInvalid expression: write NUMBER OP NUMBER with spaces "
		    "between, as in 12 + 42\nInvalid expression: division by zero\n-0.75\n");
	peer_expect_end(client);
	close(client);
}

static void check_daytime(const struct net_place *place)
{
	int client = net_connect(place);
	char line[128];

	assert_true(net_line(client, line, sizeof(line)));
	assert_int_equal(strlen(line), strlen("Fri Nov 20 22:57:00 2026"));
	peer_expect(client, "Have a nice day!\n");
	peer_expect_end(client);
	close(client);
}

static void check_statemachine(const struct net_place *place)
{
	int client = net_connect(place);

	peer_send(client, "what is your name?How old are you?\nGoodbye");
	peer_expect(client, "My name is OOOI am 22\n");
	peer_expect_end(client);
	close(client);
}

/* The streams' protocols, and the conversation each is tried with. */
static const struct {
	const char *protocol;
	void (*check)(const struct net_place *);
} checks[] = {
	{"echo", check_echo},
	{"calc", check_calc},
	{"daytime", check_daytime},
	{"statemachine", check_statemachine},
};

static void answer_over_tcp(const struct model *model)
{
	struct program *server =
		program_serve("echo", "calc", "daytime", "statemachine", "--model", model->name);

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		for (size_t j = 0; stream_places[j]; j++) {
			if (is_missing(stream_places[j]))
				continue;
			struct net_place place =
				net_place(server, stream_places[j], checks[i].protocol);
			checks[i].check(&place);
		}
	}
	net_stop(server);
}

static void test_tcp_answers(void **state)
{
	(void)state;
	net_each_model(answer_over_tcp);
}

static void answer_over_unix(const struct model *model)
{
	char path[108];

	net_path(path, "answers");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct program *server =
			program_serve(checks[i].protocol, "--unix", path, "--model", model->name);
		struct net_place place = net_place(server, "unix", checks[i].protocol);
		checks[i].check(&place);
		net_stop(server);
	}
}

static void test_unix_answers(void **state)
{
	(void)state;
	net_each_model(answer_over_unix);
}

static size_t receive(int client, void *bytes, size_t size, const char *what)
{
	ssize_t n = net_receive(client, bytes, size);

	if (n < 0)
		fail_msg("no answer to %s: %s", what, strerror(errno));
	return (size_t)n;
}

/* Sends a datagram and receives the answer to it. */
static size_t exchange(const struct net_place *place, const char *text, char *answer, size_t size)
{
	int client = net_connect(place);

	assert_int_equal(send(client, text, strlen(text), 0), strlen(text));
	size_t n = receive(client, answer, size - 1, text);
	answer[n] = '\0';
	close(client);
	return n;
}

static void answer_datagrams_at(struct program *server, const char *name)
{
	struct net_place echo = net_place(server, name, "echo"),
			 date = net_place(server, name, "udp-date"),
			 day = net_place(server, name, "daytime");
	char answer[256];
	int a, b, c;

	exchange(&echo, "there and back", answer, sizeof(answer));
	assert_string_equal(answer, "there and back");
	exchange(&date, " SEND_DATE\n", answer, sizeof(answer));
	assert_int_equal(sscanf(answer, "%4d-%2d-%2d", &a, &b, &c), 3);
	exchange(&date, "SEND_TIME", answer, sizeof(answer));
	assert_int_equal(sscanf(answer, "%2d:%2d:%2d", &a, &b, &c), 3);
	exchange(&date, "date, please", answer, sizeof(answer));
	assert_memory_equal(answer, "Invalid request", 15);
	exchange(&day, "", answer, sizeof(answer));
	assert_non_null(strstr(answer, "Have a nice day!"));
}

static void answer_over_udp(const struct model *model)
{
	struct program *server =
		program_serve("echo", "udp-date", "daytime", "--udp", "--model", model->name);

	answer_datagrams_at(server, "udp 127.0.0.1");
	if (net_has_ipv6())
		answer_datagrams_at(server, "udp [::1]");
	net_stop(server);
}

static void test_udp_answers(void **state)
{
	(void)state;
	net_each_model(answer_over_udp);
}

/* --- Many, and broken ones among them --- */

static void serve_fifty(const struct model *model)
{
	struct program *server = program_serve("calc", "--model", model->name, "-q");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "calc");
	int clients[CLIENTS];
	char text[64];

	for (int i = 0; i < CLIENTS; i++)
		clients[i] = net_connect(&place);
	for (int i = 0; i < CLIENTS; i++) {
		snprintf(text, sizeof(text), "client%d\n%d + 1\n", i, i);
		peer_send(clients[i], text);
	}
	for (int i = 0; i < CLIENTS; i++) {
		snprintf(text, sizeof(text), "%d.0\n", i + 1);
		peer_expect(clients[i], text);
		peer_send(clients[i], "q\n");
		peer_expect_end(clients[i]);
		close(clients[i]);
	}
	net_stop(server);
}

static void test_fifty_clients(void **state)
{
	(void)state;
	net_each_model(serve_fifty);
}

static void serve_despite_resets(const struct model *model)
{
	struct program *server = program_serve("echo", "--model", model->name, "-q");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	static char bytes[100000];
	int clients[CLIENTS];

	memset(bytes, 'r', sizeof(bytes));
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = net_connect(&place);
		/* Most are being sent to when they break; some break before they speak. */
		if (i % 2 && i % 5)
			(void)send(clients[i], bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (i % 2 == 0)
			peer_send(clients[i], "still here");
	}
	for (int i = 1; i < CLIENTS; i += 2)
		peer_reset(clients[i]);
	for (int i = 0; i < CLIENTS; i += 2) {
		peer_expect(clients[i], "still here");
		net_finish(clients[i]);
		peer_expect_end(clients[i]);
		close(clients[i]);
	}
	net_stop(server);
}

static void test_resets(void **state)
{
	(void)state;
	net_each_model(serve_despite_resets);
}

/* --- Much, both ways at once --- */

static char pattern(size_t at)
{
	return (char)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

static size_t send_some(int client, const char *bytes, size_t at)
{
	ssize_t n = send(client, bytes + at, BIG - at, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		fail_msg("send after %zu bytes: %s", at, strerror(errno));
	if (n > 0 && at + (size_t)n == BIG)
		net_finish(client);
	return n > 0 ? (size_t)n : 0;
}

/* Reads little at a time, and only what the server could not keep back, for the first part. */
static size_t receive_some(int client, char *bytes, size_t at, bool sending)
{
	size_t most = at < SLOW ? 3000 : 200000;

	if (at < SLOW && sending)
		return 0;
	ssize_t n = recv(client, bytes + at, most < BIG - at ? most : BIG - at, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		fail_msg("receive after %zu bytes: %s", at, n ? strerror(errno) : "end");
	return n > 0 ? (size_t)n : 0;
}

static void echo_much(const struct net_place *place)
{
	char *sent = malloc(BIG), *received = malloc(BIG);
	size_t out = 0, in = 0;
	int client = net_connect(place);

	assert_true(sent && received);
	for (size_t i = 0; i < BIG; i++)
		sent[i] = pattern(i);
	while (in < BIG) {
		struct pollfd event = {.fd = client,
				       .events = (short)(POLLIN | (out < BIG ? POLLOUT : 0))};
		if (poll(&event, 1, (int)(program_patience / 1000000)) != 1)
			fail_msg("nothing moves after %zu bytes out and %zu in", out, in);
		bool sending = (event.revents & POLLOUT) && out < BIG;
		if (sending)
			out += send_some(client, sent, out);
		if (event.revents & (POLLIN | POLLERR))
			in += receive_some(client, received, in, sending);
	}
	peer_expect_end(client);
	close(client);
	assert_memory_equal(sent, received, BIG);
	free(sent);
	free(received);
}

static void echo_much_with(const struct model *model)
{
	struct program *server = program_serve("echo", "--model", model->name);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");

	echo_much(&place);
	net_stop(server);
}

static void test_big_echo(void **state)
{
	(void)state;
	net_each_model(echo_much_with);
}

static void test_big_echo_unix(void **state)
{
	char path[108];

	(void)state;
	net_path(path, "big");
	struct program *server = program_serve("echo", "--unix", path);
	struct net_place place = net_place(server, "unix", "echo");
	echo_much(&place);
	net_stop(server);
}

static void finish_early(const struct model *model)
{
	struct program *server = program_serve("calc", "statemachine", "--model", model->name);
	struct net_place calc = net_place(server, "tcp 127.0.0.1", "calc"),
			 machine = net_place(server, "tcp 127.0.0.1", "statemachine");
	int client = net_connect(&calc);

	/* The last line has no end but that of the stream. */
	peer_send(client, "Ada\n1 + 1\n2 + 2");
	net_finish(client);
	peer_expect(client, "2.0\n4.0\n");
	peer_expect_end(client);
	close(client);
	ask_text(&machine, "How old are you?", "I am 22");
	net_stop(server);
}

static void test_half_close(void **state)
{
	(void)state;
	net_each_model(finish_early);
}

/* --- What a model cannot do --- */

static void refuse(const char *const arguments[], const char *word)
{
	char path[108];
	const char *all[12] = {"serve", "chat", "--unix"};
	int n = 4;

	net_path(path, "refused");
	all[3] = path;
	for (int i = 0; arguments[i]; i++)
		all[n++] = arguments[i];
	struct program *program = program_run_list(NULL, all);
	assert_int_equal(program->status, 2);
	assert_string_equal(program_output(program), "");
	assert_int_equal(net_count(program_errors(program), "\n"), 1);
	assert_non_null(strstr(program_errors(program), word));
	/* Nothing was bound. */
	assert_int_equal(access(path, F_OK), -1);
	program_free(program);
}

static void refuse_what_it_cannot(const struct model *model)
{
	if (!(model->abilities & MODEL_SHARED))
		refuse((const char *[]){"--model", model->name, NULL}, model->name);
	if (!(model->abilities & MODEL_WORKERS))
		refuse((const char *[]){"--model", model->name, "--workers", "2", NULL},
		       model->abilities & MODEL_SHARED ? "--workers" : model->name);
}

static void test_refusals(void **state)
{
	(void)state;
	net_each_model(refuse_what_it_cannot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_tcp_answers, end_servers),
		cmocka_unit_test_teardown(test_unix_answers, end_servers),
		cmocka_unit_test_teardown(test_udp_answers, end_servers),
		cmocka_unit_test_teardown(test_fifty_clients, end_servers),
		cmocka_unit_test_teardown(test_resets, end_servers),
		cmocka_unit_test_teardown(test_big_echo, end_servers),
		cmocka_unit_test_teardown(test_big_echo_unix, end_servers),
		cmocka_unit_test_teardown(test_half_close, end_servers),
		cmocka_unit_test_teardown(test_refusals, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
