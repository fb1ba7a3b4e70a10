/*
 * bench from outside: every kind of load on our own servers, reports, and interruption.
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/bench.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

/* --- Servers that are right. --- */

/* words: the protocol, and options. */
static void check_count(struct program *server, const char *transport, const char *const words[])
{
	const char *protocol = words[0];
	struct net_place place = net_place(server, transport, protocol);
	const char *arguments[20] = {"bench",  protocol,  "127.0.0.1", program_number(place.port),
				     "--json", "--count", "400",       "--warmup",
				     "10ms"};
	int n = 9;

	if (strncmp(transport, "udp", 3) == 0)
		arguments[n++] = "--udp";
	for (int i = 1; words[i]; i++)
		arguments[n++] = words[i];
	struct program *bench = program_run_list(NULL, arguments);
	/* A busy machine may not achieve a rate; nothing else may be wrong. */
	bool rate_only = strstr(program_errors(bench), "a second were achieved") != NULL;
	if (bench->status != 0 && !rate_only)
		fail_msg("%s: %s", protocol, program_errors(bench));
	assert_int_equal(bench_number(bench, "messages"), 400);
	assert_true(bench_number(bench, "rate") > 0);
	assert_true(bench_number(bench, "p50") > 0);
	program_free(bench);
}

#define check(server, transport, ...) \
	check_count(server, transport, (const char *const[]){__VA_ARGS__, NULL})

static void test_streams(void **state)
{
	struct program *server = program_serve("echo", "calc", "eval", "reply");
	static const char tcp[] = "tcp 127.0.0.1";

	(void)state;
	check(server, tcp, "echo", "--connections", "7");
	check(server, tcp, "echo", "--connections", "7", "--pipeline", "16", "--threads", "3");
	check(server, tcp, "echo", "--connections", "3", "--size", "200K", "--pipeline", "2");
	check(server, tcp, "echo", "--size", "1");
	check(server, tcp, "calc", "--pipeline", "5");
	check(server, tcp, "eval");
	check(server, tcp, "reply");
	check(server, tcp, "echo", "--rate", "4000");
	net_stop(server);
}

static void test_visits(void **state)
{
	struct program *server = program_serve("daytime", "qotd", "users", "time");

	(void)state;
	check(server, "tcp 127.0.0.1", "daytime");
	check(server, "tcp 127.0.0.1", "qotd", "--connections", "1");
	check(server, "tcp 127.0.0.1", "users", "--threads", "2");
	check(server, "tcp 127.0.0.1", "time");
	check(server, "tcp 127.0.0.1", "time", "--rate", "4000");
	net_stop(server);
}

static void test_datagrams(void **state)
{
	struct program *server =
		program_serve("echo", "udp-date", "ack", "time", "daytime", "--udp");

	(void)state;
	check(server, "udp 127.0.0.1", "echo", "--pipeline", "16");
	check(server, "udp 127.0.0.1", "echo", "--size", "60000");
	check(server, "udp 127.0.0.1", "echo", "--size", "1");
	check(server, "udp 127.0.0.1", "udp-date", "--pipeline", "4");
	check(server, "udp 127.0.0.1", "ack", "--threads", "2");
	check(server, "udp 127.0.0.1", "time");
	check(server, "udp 127.0.0.1", "daytime", "--rate", "4000");
	net_stop(server);
}

/* More than any server can: what was answered is measured, and nothing that was never sent is held
 * against the server. */
static void check_overload(struct program *server, const char *transport, const char *protocol,
			   const char *extent, const char *value)
{
	struct net_place place = net_place(server, transport, protocol);
	struct program *bench = program_run(NULL, "bench", protocol, "127.0.0.1",
					    program_number(place.port), "--rate", "90000000",
					    "--json", "--warmup", "50ms", extent, value,
					    strncmp(transport, "udp", 3) ? NULL : "--udp");
	double messages = bench_number(bench, "messages");

	bench_assert_says(bench, 1, "a second were achieved");
	assert_null(strstr(program_errors(bench), "timeout"));
	assert_true(messages > 0);
	assert_true(fabs(bench_number(bench, "rate") * bench_number(bench, "duration_s") -
			 messages) < 1);
	assert_true(bench_number(bench, "p50") >= 10e3);
	program_free(bench);
}

static void test_overload(void **state)
{
	struct program *server = program_serve("echo", "daytime", "chat", "-q");
	struct program *udp = program_serve("echo", "--udp", "-q");

	(void)state;
	check_overload(server, "tcp 127.0.0.1", "echo", "--duration", "100ms");
	check_overload(server, "tcp 127.0.0.1", "echo", "--count", "2000");
	check_overload(server, "tcp 127.0.0.1", "daytime", "--duration", "100ms");
	check_overload(server, "tcp 127.0.0.1", "chat", "--duration", "200ms");
	check_overload(udp, "udp 127.0.0.1", "echo", "--duration", "100ms");
	net_stop(udp);
	net_stop(server);
}

static void test_rooms(void **state)
{
	struct program *server = program_serve("chat", "-q");

	(void)state;
	check(server, "tcp 127.0.0.1", "chat", "--members", "10");
	check(server, "tcp 127.0.0.1", "chat", "--members", "1", "--pipeline", "7");
	check(server, "tcp 127.0.0.1", "chat", "--members", "20", "--speakers", "5", "--pipeline",
	      "16");
	check(server, "tcp 127.0.0.1", "chat", "--members", "5", "--speakers", "3", "--rate",
	      "5000");
	net_stop(server);
}

/* --- Reports and interruption. --- */

/* A report that cannot be written does not cost the picture. */
static void test_full_output(void **state)
{
	struct program *server = program_serve("echo");
	char path[108], command[512], text[8] = "";

	(void)state;
	net_path(path, "bench.svg");
	snprintf(command, sizeof(command),
		 "'%s' bench echo 127.0.0.1 %d --count 10 --svg '%s' > /dev/full",
		 getenv("SOCKETTOOL"), server->port, path);
	struct program *bench = program_start_other("sh", "-c", command);
	assert_int_equal(program_wait(bench), 1);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, 4, file) == 4);
	fclose(file);
	unlink(path);
	assert_string_equal(text, "<svg");
	net_stop(server);
}

static void test_files(void **state)
{
	struct program *server = program_serve("echo");
	char path[3][108];
	static const char *const begins[] = {"<svg", "<!DOCTYPE html>", "       Value"};

	(void)state;
	net_path(path[0], "bench.svg");
	net_path(path[1], "bench.html");
	net_path(path[2], "bench.hgrm");
	struct program *bench = program_run(NULL, "bench", "echo", "127.0.0.1",
					    program_number(server->port), "--count", "100", "--svg",
					    path[0], "--html", path[1], "--histogram", path[2]);
	assert_int_equal(bench->status, 0);
	for (int i = 0; i < 3; i++) {
		char text[32] = "";
		FILE *file = fopen(path[i], "r");
		assert_non_null(file);
		assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
		fclose(file);
		if (strncmp(text, begins[i], strlen(begins[i])) != 0)
			fail_msg("%s begins with: %s", path[i], text);
		unlink(path[i]);
	}
	bench = program_run(NULL, "bench", "echo", "127.0.0.1", program_number(server->port),
			    "--count", "10", "--svg", "/dev/full");
	bench_assert_says(bench, 3, "/dev/full");
	net_stop(server);
}

static void check_interrupt(int number_of_signal)
{
	struct program *server = program_serve("echo", "--log-format", "text");
	struct program *bench = program_start("bench", "echo", "127.0.0.1",
					      program_number(server->port), "--connections", "1",
					      "--duration", "1h", "--warmup", "0", "--json");

	program_expect_error(server, "connected");
	program_expect_error(server, "connected");
	program_signal(bench, number_of_signal);
	assert_int_equal(program_wait(bench), 128 + number_of_signal);
	assert_true(bench_number(bench, "connections") == 1);
	net_stop(server);
}

static void test_interrupt(void **state)
{
	(void)state;
	check_interrupt(SIGINT);
	check_interrupt(SIGTERM);
	check_interrupt(SIGHUP);
}

/* A room in which nobody is welcomed: the user need not wait for that. */
static void test_interrupt_joining(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5), callers[2];
	char name[32];
	struct program *bench = program_start("bench", "chat", "127.0.0.1",
					      program_number(peer_port(listener)), "--members", "1",
					      "--timeout", "1h");

	(void)state;
	close(peer_accept(listener));
	for (int i = 0; i < 2; i++)
		callers[i] = peer_accept(listener);
	for (int i = 0; i < 2; i++)
		assert_true(net_line(callers[i], name, sizeof(name)));
	program_signal(bench, SIGINT);
	assert_int_equal(program_wait(bench), 128 + SIGINT);
	for (int i = 0; i < 2; i++)
		close(callers[i]);
	close(listener);
}

/* A backlog of one that is full while bench makes its connections. */
static void test_interrupt_connecting(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 0);
	struct program *bench = program_start("bench", "echo", "127.0.0.1",
					      program_number(peer_port(listener)), "--connections",
					      "50", "--timeout", "1h", "--json");

	(void)state;
	close(peer_accept(listener));
	int caller = peer_accept(listener);
	program_signal(bench, SIGINT);
	assert_int_equal(program_wait(bench), 128 + SIGINT);
	assert_int_equal(bench_number(bench, "refused"), 0);
	close(caller);
	close(listener);
}

/* Each thread needs descriptors, too. */
static void test_descriptors(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	char command[512];

	(void)state;
	snprintf(command, sizeof(command),
		 "ulimit -n 300; exec '%s' bench echo 127.0.0.1 %d --connections 200 --threads 200",
		 getenv("SOCKETTOOL"), peer_port(listener));
	struct program *bench = program_start_other("sh", "-c", command);
	program_wait(bench);
	bench_assert_says(bench, 2, "200 connections need 464 descriptors");
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_streams, bench_teardown),
		cmocka_unit_test_teardown(test_visits, bench_teardown),
		cmocka_unit_test_teardown(test_datagrams, bench_teardown),
		cmocka_unit_test_teardown(test_overload, bench_teardown),
		cmocka_unit_test_teardown(test_rooms, bench_teardown),
		cmocka_unit_test_teardown(test_full_output, bench_teardown),
		cmocka_unit_test_teardown(test_files, bench_teardown),
		cmocka_unit_test_teardown(test_interrupt, bench_teardown),
		cmocka_unit_test_teardown(test_interrupt_joining, bench_teardown),
		cmocka_unit_test_teardown(test_interrupt_connecting, bench_teardown),
		cmocka_unit_test_teardown(test_descriptors, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
