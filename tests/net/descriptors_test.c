/*
 * A server whose descriptors are used up: it turns callers away, says so, does not turn in circles,
 * and goes on when descriptors are free again; and select at the 1,024 it can watch.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

enum { FEW = 40, SELECT_MAX = 1024, CLIENTS = SELECT_MAX + 16 };

static int end_servers(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

/* Starts a server that can have few descriptors. */
static struct program *serve_with_few(const struct model *model)
{
	char command[128], begun[64];

	snprintf(command, sizeof(command),
		 "ulimit -n %d && exec \"$SOCKETTOOL\" serve echo --port 0 --model %s", FEW,
		 model->name);
	snprintf(begun, sizeof(begun), "(echo, %s)\n", model->name);
	struct program *server = program_start_other("sh", "-c", command);
	program_expect(server, begun);
	return server;
}

/* Whether the server takes this client: an answer, or the end without one. */
static bool is_answered(int client)
{
	char byte = 0;

	if (send(client, "x", 1, MSG_NOSIGNAL) != 1)
		return false;
	return net_receive(client, &byte, 1) == 1;
}

/* Waits until there is room, and returns the client that got it. */
static int connect_again(const struct net_place *place)
{
	int64_t limit = net_limit();
	int client;

	while (!is_answered(client = net_connect(place))) {
		close(client);
		if (net_now() > limit)
			fail_msg("in time nobody was let in again");
	}
	return client;
}

/* iterative and fork hold no descriptor for a conversation: they have none to run out of. */
static bool holds_descriptors(const struct model *model)
{
	return strcmp(model->name, "iterative") && strcmp(model->name, "fork");
}

static void run_out(const struct model *model)
{
	if (!holds_descriptors(model))
		return;
	struct program *server = serve_with_few(model);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	int clients[FEW], count = 0, client;

	while (is_answered(client = net_connect(&place))) {
		clients[count++] = client;
		assert_true(count < FEW);
	}
	close(client);
	assert_true(count > 3);
	program_expect_error(server, "turned away: no file descriptor is left (see ulimit -n)");
	/* Another who comes is turned away after the pause, and whoever is in is served. */
	double before = net_cpu(server->pid);
	int64_t start = net_now();
	for (int i = 0; i < 3; i++) {
		client = net_connect(&place);
		assert_false(is_answered(client));
		close(client);
		assert_true(is_answered(clients[i]));
	}
	assert_true(net_cpu(server->pid) - before < 0.3 + (double)(net_now() - start) / 4e9);
	/* Nobody is said to have been turned away who was not there. */
	program_expect_error(server, "turned away");
	size_t turned_away = net_count(program_errors(server), "turned away");
	assert_in_range(turned_away, 2, 5);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	client = connect_again(&place);
	close(client);
	for (int i = 3; i < count; i++) {
		assert_true(is_answered(clients[i]));
		close(clients[i]);
	}
	net_stop(server);
}

static void test_run_out(void **state)
{
	(void)state;
	net_each_model(run_out);
}

/* The descriptor that a process would get next. */
static rlim_t next_descriptor(int pid)
{
	char path[64];
	rlim_t next = 0;

	do
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, (int)next);
	while (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && next++ < FEW);
	return next;
}

/* A server that has none left for anybody waits for callers without turning in circles. */
static void have_none(const struct model *model)
{
	/* uring's accept keeps the limit that it was armed with. */
	if (strcmp(model->name, "uring") == 0)
		return;
	struct program *server =
		program_serve("echo", "--model", model->name, "--host", "127.0.0.1");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	struct rlimit usual;
	int client;

	/* When this is answered the model has all it needs itself. */
	client = connect_again(&place);
	net_finish(client);
	peer_expect_end(client);
	close(client);
	program_expect_error(server, "0 active");
	assert_int_equal(prlimit(server->pid, RLIMIT_NOFILE, NULL, &usual), 0);
	struct rlimit none = {next_descriptor(server->pid), usual.rlim_max};
	assert_int_equal(prlimit(server->pid, RLIMIT_NOFILE, &none, NULL), 0);
	double before = net_cpu(server->pid);
	for (int i = 0; i < 4; i++) {
		client = net_connect(&place);
		/* A blocking accept that waits already has its descriptor. */
		assert_true(!is_answered(client) || i == 0);
		close(client);
	}
	assert_true(net_cpu(server->pid) - before < 0.3);
	assert_int_equal(prlimit(server->pid, RLIMIT_NOFILE, &usual, NULL), 0);
	client = connect_again(&place);
	close(client);
	net_stop(server);
}

static void test_have_none(void **state)
{
	(void)state;
	net_each_model(have_none);
}

/* --- select --- */

static bool raise_own_limit(rlim_t wanted)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < wanted)
		return false;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	return true;
}

static void fill_select(const char *workers)
{
	static int clients[CLIENTS];

	if (!raise_own_limit(CLIENTS + 64)) {
		print_message("the hard limit on descriptors is too low for this test\n");
		skip();
	}
	struct program *server = program_serve("echo", "--model", "select", "--workers", workers);
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = net_connect(&place);
		peer_send(clients[i], "x");
	}
	program_expect_error(server, "select watches no descriptor above 1023: nobody is accepted "
				     "until a connection closes");
	/* The others are served, and the last ones wait. */
	for (int i = 0; i < 900; i++)
		peer_expect(clients[i], "x");
	assert_true(is_answered(clients[0]));
	for (int i = 0; i < 100; i++)
		close(clients[i]);
	int served = 0;
	for (int i = CLIENTS - 16; i < CLIENTS; i++) {
		char byte;
		served += net_receive(clients[i], &byte, 1) == 1;
	}
	/* With several workers one may accept the 1,024th while another is about to. */
	assert_in_range(served, strcmp(workers, "1") ? 12 : 16, 16);
	int client = connect_again(&place);
	close(client);
	for (int i = 100; i < CLIENTS; i++)
		close(clients[i]);
	net_stop(server);
}

static void test_select_limit(void **state)
{
	(void)state;
	fill_select("1");
}

static void test_select_limit_of_workers(void **state)
{
	(void)state;
	fill_select("2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_run_out, end_servers),
		cmocka_unit_test_teardown(test_have_none, end_servers),
		cmocka_unit_test_teardown(test_select_limit, end_servers),
		cmocka_unit_test_teardown(test_select_limit_of_workers, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
