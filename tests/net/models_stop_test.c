/*
 * Every model stops as it was told to: what has come is answered, nobody is cut off within the
 * grace, and nobody holds the server after it.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

enum { QUESTIONS = 300, WAITERS = 5 };

/* All requests have been sent when the signal comes. The first client talks on after it; the others
 * wait, under iterative in the accept queue. */
static void stop_in_conversation(const struct model *model)
{
	struct program *server = program_serve("calc", "--model", model->name, "--grace", "60s");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "calc");
	int first = net_connect(&place), waiters[WAITERS];
	char text[64];

	peer_send(first, "first\n");
	for (int i = 0; i < QUESTIONS; i++) {
		snprintf(text, sizeof(text), "%d * 2\n", i);
		peer_send(first, text);
	}
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = net_connect(&place);
		peer_send(waiters[i], "waiter\n20 + 2\nq\n");
	}
	program_signal(server, SIGTERM);
	for (int i = 0; i < QUESTIONS; i++) {
		snprintf(text, sizeof(text), "%d.0\n", i * 2);
		peer_expect(first, text);
	}
	peer_send(first, "6 * 7\n");
	peer_expect(first, "42.0\n");
	peer_send(first, "q\n");
	peer_expect_end(first);
	close(first);
	for (int i = 0; i < WAITERS; i++) {
		peer_expect(waiters[i], "22.0\n");
		peer_expect_end(waiters[i]);
		close(waiters[i]);
	}
	assert_int_equal(program_wait(server), 0);
	program_free(server);
}

static void test_stop_in_conversation(void **state)
{
	(void)state;
	net_each_model(stop_in_conversation);
}

static void stop_in_datagrams(const struct model *model)
{
	struct program *server = program_serve("echo", "--udp", "--model", model->name);
	struct net_place place = net_place(server, "udp 127.0.0.1", "echo");
	int client = net_connect(&place);
	char byte;

	for (int i = 0; i < 100; i++)
		assert_int_equal(send(client, &(char){(char)i}, 1, 0), 1);
	program_signal(server, SIGTERM);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(net_receive(client, &byte, 1), 1);
		assert_int_equal(byte, i);
	}
	close(client);
	assert_int_equal(program_wait(server), 0);
	program_free(server);
}

static void test_stop_in_datagrams(void **state)
{
	(void)state;
	net_each_model(stop_in_datagrams);
}

/* A conversation in which nothing happens, with a server that was told to stop. */
static void end_at(const struct model *model, const char *grace, bool twice)
{
	struct program *server = program_serve("echo", "--model", model->name, "--grace", grace);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	int client = net_connect(&place);
	int64_t start = net_now();

	peer_send(client, "x");
	peer_expect(client, "x");
	program_signal(server, SIGTERM);
	if (twice)
		program_signal(server, SIGINT);
	net_await_gone(client);
	close(client);
	assert_int_equal(program_wait(server), 0);
	/* No sooner than the grace, where it has one, and no later than a fraction of it. */
	if (!twice && strcmp(grace, "0"))
		assert_true(net_now() - start >= INT64_C(300000000));
	program_free(server);
}

static void end_at_second_signal(const struct model *model)
{
	end_at(model, "1h", true);
}

static void test_second_signal(void **state)
{
	(void)state;
	net_each_model(end_at_second_signal);
}

static void end_without_grace(const struct model *model)
{
	end_at(model, "0", false);
}

static void test_no_grace(void **state)
{
	(void)state;
	net_each_model(end_without_grace);
}

static void end_after_grace(const struct model *model)
{
	end_at(model, "300ms", false);
}

static void test_grace(void **state)
{
	(void)state;
	net_each_model(end_after_grace);
}

/* A peer that takes none of what it is owed cannot hold the server after the grace. */
static void end_despite_unread(const struct model *model)
{
	struct program *server = program_serve("echo", "--model", model->name, "--grace", "50ms");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	int client = net_connect(&place);
	static char bytes[65536];
	struct pollfd writable = {.fd = client, .events = POLLOUT};

	/* Until the server takes no more for a while. */
	while (poll(&writable, 1, 100) == 1)
		assert_true(send(client, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0);
	program_signal(server, SIGTERM);
	assert_int_equal(program_wait(server), 0);
	close(client);
	program_free(server);
}

static void test_stop_despite_unread(void **state)
{
	(void)state;
	net_each_model(end_despite_unread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_stop_in_conversation, end_servers),
		cmocka_unit_test_teardown(test_stop_in_datagrams, end_servers),
		cmocka_unit_test_teardown(test_second_signal, end_servers),
		cmocka_unit_test_teardown(test_no_grace, end_servers),
		cmocka_unit_test_teardown(test_grace, end_servers),
		cmocka_unit_test_teardown(test_stop_despite_unread, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
