/*
 * bench from outside: every kind of load on our own servers, and servers that do wrong.
 */
#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

enum { MESSAGE = 64 };

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

/* The number behind a key of the JSON report, whatever the white space. */
static double number(const struct program *program, const char *key)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(program_output(program), quoted);
	if (!at)
		fail_msg("no %s in: %s", quoted, program_output(program));
	return strtod(at + strlen(quoted), NULL);
}

static void assert_says(const struct program *program, int status, const char *text)
{
	if (program->status != status || !strstr(program_errors(program), text))
		fail_msg("status %d, not %d, or no \"%s\" in: %s", program->status, status, text,
			 program_errors(program));
}

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
	assert_int_equal(number(bench, "messages"), 400);
	assert_true(number(bench, "rate") > 0);
	assert_true(number(bench, "p50") > 0);
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
	double messages = number(bench, "messages");

	assert_says(bench, 1, "a second were achieved");
	assert_null(strstr(program_errors(bench), "timeout"));
	assert_true(messages > 0);
	assert_true(fabs(number(bench, "rate") * number(bench, "duration_s") - messages) < 1);
	assert_true(number(bench, "p50") >= 10e3);
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

/* --- Servers that are wrong, played by the test. --- */

static struct program *start_bench(int listener, const char *const more[])
{
	const char *arguments[20] = {
		"bench",         "echo", "127.0.0.1", program_number(peer_port(listener)),
		"--connections", "1",    "--count",   "3",
		"--warmup",      "0",    "--json"};
	int n = 11;

	for (int i = 0; more[i]; i++)
		arguments[n++] = more[i];
	struct program *bench = program_start_list(arguments);
	/* The first connection only looks whether somebody is there. */
	close(peer_accept(listener));
	return bench;
}

static void read_message(int caller, char message[MESSAGE + 1])
{
	assert_int_equal(recv(caller, message, MESSAGE, MSG_WAITALL), MESSAGE);
	message[MESSAGE] = '\0';
}

static void assert_fault(struct program *bench, const char *fault, const char *sentence)
{
	program_wait(bench);
	assert_says(bench, 1, sentence);
	assert_int_equal(number(bench, fault), 1);
	program_free(bench);
}

static void test_wrong_answer(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench = start_bench(listener, (const char *const[]){NULL});
	int caller = peer_accept(listener);
	char message[MESSAGE + 1];

	(void)state;
	read_message(caller, message);
	peer_send(caller, message);
	read_message(caller, message);
	message[40] ^= 1;
	peer_send(caller, message);
	assert_fault(bench, "wrong", "in place of");
	close(caller);
	close(listener);
}

/* More than was asked for is not right, though it is what would come next. */
static void test_unasked_answer(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench = start_bench(listener, (const char *const[]){NULL});
	int caller = peer_accept(listener);
	char message[MESSAGE + 1];

	(void)state;
	for (int i = 0; i < 3; i++) {
		read_message(caller, message);
		peer_send(caller, i == 2 ? "" : message);
	}
	message[MESSAGE - 1] = '\0';
	peer_send(caller, message);
	peer_send(caller, "\n\x1b[2J");
	assert_fault(bench, "wrong", "answered \"");
	close(caller);
	close(listener);
}

/* The next sum's result, right but before the sum. */
static void test_early_answer(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench = program_start("bench", "calc", "127.0.0.1",
					      program_number(peer_port(listener)), "--connections",
					      "1", "--json");

	(void)state;
	close(peer_accept(listener));
	int caller = peer_accept(listener);
	peer_expect(caller, "bench\n12 + 13\n");
	peer_send(caller, "25.0\n-42.0\n");
	assert_fault(bench, "wrong", "before it was asked: \"25.0\\x0a-42.0");
	close(caller);
	close(listener);
}

static void test_short_answer(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench = start_bench(listener, (const char *const[]){NULL});
	int caller = peer_accept(listener);
	char message[MESSAGE + 1];

	(void)state;
	read_message(caller, message);
	message[10] = '\0';
	peer_send(caller, message);
	close(caller);
	assert_fault(bench, "short", "ended the stream within an answer");
	close(listener);
}

static void test_closed(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench = start_bench(listener, (const char *const[]){NULL});
	int caller = peer_accept(listener);
	char message[MESSAGE + 1];

	(void)state;
	read_message(caller, message);
	close(caller);
	assert_fault(bench, "closed", "closed a connection");
	close(listener);
}

static void test_reset(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench = start_bench(listener, (const char *const[]){NULL});
	int caller = peer_accept(listener);
	char message[MESSAGE + 1];

	(void)state;
	read_message(caller, message);
	peer_reset(caller);
	assert_fault(bench, "closed", "closed a connection: connection reset");
	close(listener);
}

static void test_silence(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	struct program *bench =
		start_bench(listener, (const char *const[]){"--timeout", "100ms", NULL});
	int caller = peer_accept(listener);

	(void)state;
	assert_fault(bench, "timeout", "did not answer within 100 ms");
	close(caller);
	close(listener);
}

static void test_nobody_there(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	const char *port = program_number(peer_port(listener));

	(void)state;
	close(listener);
	struct program *bench = program_run(NULL, "bench", "echo", "127.0.0.1", port);
	assert_says(bench, 3, "connection refused");
	bench = program_run(NULL, "bench", "echo", "127.0.0.1", port, "--udp", "--count", "5");
	assert_int_equal(bench->status, 1);
}

/* A datagram socket on a free port of 127.0.0.1. */
static int udp_socket(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* The first datagram is answered only when the second has come, which is sent when the first is
 * given up: it is lost, and its answer late. */
static void test_lost_and_late(void **state)
{
	int port, fd = udp_socket(&port);
	struct program *bench = program_start("bench", "echo", "127.0.0.1", program_number(port),
					      "--udp", "--connections", "1", "--count", "2",
					      "--warmup", "0", "--json");
	char first[MESSAGE], second[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	(void)state;
	assert_int_equal(recv(fd, first, MESSAGE, 0), MESSAGE);
	assert_int_equal(recvfrom(fd, second, MESSAGE, 0, (struct sockaddr *)&from, &length),
			 MESSAGE);
	sendto(fd, first, MESSAGE, 0, (struct sockaddr *)&from, length);
	sendto(fd, second, MESSAGE, 0, (struct sockaddr *)&from, length);
	assert_int_equal(program_wait(bench), 1);
	assert_int_equal(number(bench, "lost"), 1);
	assert_int_equal(number(bench, "late"), 1);
	assert_int_equal(number(bench, "messages"), 1);
	close(fd);
}

/* Wrong bytes are wrong, also where the number was, and a piece is short: nothing else. */
static void test_wrong_datagrams(void **state)
{
	int port, fd = udp_socket(&port);
	struct program *bench = program_start("bench", "echo", "127.0.0.1", program_number(port),
					      "--udp", "--connections", "1", "--count", "2",
					      "--warmup", "0", "--json");
	char message[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	(void)state;
	assert_int_equal(recvfrom(fd, message, MESSAGE, 0, (struct sockaddr *)&from, &length),
			 MESSAGE);
	memset(message, 'X', MESSAGE);
	sendto(fd, message, MESSAGE, 0, (struct sockaddr *)&from, length);
	assert_int_equal(recv(fd, message, MESSAGE, 0), MESSAGE);
	sendto(fd, message, MESSAGE / 2, 0, (struct sockaddr *)&from, length);
	assert_int_equal(program_wait(bench), 1);
	assert_int_equal(number(bench, "wrong"), 1);
	assert_int_equal(number(bench, "short"), 1);
	assert_int_equal(number(bench, "lost"), 0);
	assert_int_equal(number(bench, "late"), 0);
	close(fd);
}

/* What was in flight when the user ended it all is not lost. */
static void test_interrupt_datagrams(void **state)
{
	int port, fd = udp_socket(&port);
	struct program *bench = program_start("bench", "echo", "127.0.0.1", program_number(port),
					      "--udp", "--connections", "1", "--duration", "1h",
					      "--warmup", "0", "--json");
	char message[MESSAGE];

	(void)state;
	assert_int_equal(recv(fd, message, MESSAGE, 0), MESSAGE);
	program_signal(bench, SIGINT);
	assert_int_equal(program_wait(bench), 128 + SIGINT);
	assert_int_equal(number(bench, "lost"), 0);
	close(fd);
}

/* An answer that comes long after its datagram is not that of the one which has its place in the
 * generator's memory by then: 1,024 datagrams later. */
static void test_very_late(void **state)
{
	int port, fd = udp_socket(&port);
	struct program *bench = program_start("bench", "echo", "127.0.0.1", program_number(port),
					      "--udp", "--connections", "1", "--count", "1025",
					      "--warmup", "0", "--json");
	char first[MESSAGE], next[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	(void)state;
	assert_int_equal(recv(fd, first, MESSAGE, 0), MESSAGE);
	for (int i = 1; i <= 1024; i++) {
		assert_int_equal(recvfrom(fd, next, MESSAGE, 0, (struct sockaddr *)&from, &length),
				 MESSAGE);
		sendto(fd, i < 1024 ? next : first, MESSAGE, 0, (struct sockaddr *)&from, length);
	}
	assert_int_equal(program_wait(bench), 1);
	assert_int_equal(number(bench, "late"), 1);
	assert_int_equal(number(bench, "messages"), 1023);
	close(fd);
}

/* --- A room in which two members see two orders. --- */

enum { SPEAKERS = 2, MEMBERS = 4 };

static void take_name(int caller, char name[32])
{
	char text[256];

	assert_true(net_line(caller, name, 32));
	snprintf(text, sizeof(text), "Welcome, %.32s.\n", name);
	peer_send(caller, text);
}

static void relay(const int *callers, int from, const char *name, const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s\n", name, line);
	for (int i = 0; i < MEMBERS; i++) {
		if (i != from)
			peer_send(callers[i], text);
	}
}

static void test_disorder(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5), callers[MEMBERS];
	struct program *bench = program_start(
		"bench", "chat", "127.0.0.1", program_number(peer_port(listener)), "--members", "2",
		"--speakers", "2", "--count", "6", "--warmup", "0", "--json");
	char names[MEMBERS][32], line[100], said[SPEAKERS][256], both[512];

	(void)state;
	close(peer_accept(listener));
	for (int i = 0; i < MEMBERS; i++)
		callers[i] = peer_accept(listener);
	for (int i = 0; i < MEMBERS; i++)
		take_name(callers[i], names[i]);
	assert_true(net_line(callers[0], line, sizeof(line)));
	relay(callers, 0, names[0], line);
	assert_true(net_line(callers[SPEAKERS], line, sizeof(line)));
	relay(callers, SPEAKERS, names[SPEAKERS], line);
	for (int i = 0; i < SPEAKERS; i++) {
		assert_true(net_line(callers[i], line, sizeof(line)));
		snprintf(said[i], sizeof(said[i]), "%s: %s\n", names[i], line);
	}
	snprintf(both, sizeof(both), "%s%s", said[0], said[1]);
	peer_send(callers[2], both);
	snprintf(both, sizeof(both), "%s%s", said[1], said[0]);
	peer_send(callers[3], both);
	assert_fault(bench, "disordered", "another order");
	for (int i = 0; i < MEMBERS; i++)
		close(callers[i]);
	close(listener);
}

/* A server that delivers a speaker's next line before it was said. */
static void test_invention(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5), callers[2];
	struct program *bench = program_start("bench", "chat", "127.0.0.1",
					      program_number(peer_port(listener)), "--members", "1",
					      "--duration", "1h", "--warmup", "0", "--json");
	char names[2][32], line[100], invented[512];

	(void)state;
	close(peer_accept(listener));
	for (int i = 0; i < 2; i++)
		callers[i] = peer_accept(listener);
	for (int i = 0; i < 2; i++)
		take_name(callers[i], names[i]);
	for (int i = 0; i < 2; i++) {
		assert_true(net_line(callers[i], line, sizeof(line)));
		snprintf(invented, sizeof(invented), "%s: %s\n", names[i], line);
		peer_send(callers[!i], invented);
	}
	assert_true(net_line(callers[0], line, sizeof(line)));
	snprintf(invented, sizeof(invented), "%s: %s\n", names[0], line);
	line[15]++;
	snprintf(invented + strlen(invented), sizeof(invented) / 2, "%s: %s\n", names[0], line);
	peer_send(callers[1], invented);
	assert_fault(bench, "wrong", "what nobody had said");
	for (int i = 0; i < 2; i++)
		close(callers[i]);
	close(listener);
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
	assert_int_equal(program_wait(bench), 3);
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
	assert_says(bench, 3, "/dev/full");
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
	assert_true(number(bench, "connections") == 1);
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
	assert_int_equal(number(bench, "refused"), 0);
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
	assert_says(bench, 2, "200 connections need 464 descriptors");
	close(listener);
}

/* --- Comparisons. --- */

static void serve_command(char *out, size_t size, const char *model)
{
	snprintf(out, size, "exec '%s' serve echo --tcp -q --port {port} --model %s",
		 getenv("SOCKETTOOL"), model);
}

static void test_compare_commands(void **state)
{
	char commands[2][512];

	(void)state;
	serve_command(commands[0], sizeof(commands[0]), "epoll");
	serve_command(commands[1], sizeof(commands[1]), "poll");
	struct program *bench = program_run(NULL, "bench", "echo", "--connections", "1,3",
					    "--count", "20", "--json", "--compare", commands[0],
					    commands[1]);
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_int_equal(net_count(program_output(bench), "\"round\""), 2 * 2 * 5);
	assert_int_equal(net_count(program_output(bench), "\"ratio\""), 2 * 2);
}

static void test_compare_models(void **state)
{
	(void)state;
	struct program *bench = program_run(NULL, "bench", "daytime", "--connections", "2",
					    "--count", "20", "--warmup", "1ms", "--compare",
					    "models");
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_non_null(strstr(program_output(bench), "epoll"));
	assert_non_null(strstr(program_output(bench), "iterative"));
	bench = program_run(NULL, "bench", "chat", "--members", "2", "--count", "20", "--warmup",
			    "1ms", "--compare", "models");
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_null(strstr(program_output(bench), "iterative"));
}

/* The models may be compared with others. */
static void test_compare_models_with_command(void **state)
{
	char command[512];

	(void)state;
	serve_command(command, sizeof(command), "poll");
	struct program *bench = program_run(NULL, "bench", "echo", "--connections", "1", "--count",
					    "20", "--warmup", "0", "--compare", "models", command);
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_non_null(strstr(program_output(bench), "select"));
	assert_non_null(strstr(program_output(bench), command));
}

/* A server that leaves its process group is ended, too: the socket it holds is closed. */
static void test_compare_daemon(void **state)
{
	int held[2];
	char command[200];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, held), 0);
	snprintf(command, sizeof(command), "setsid -f sleep 1000 & exec false {port}");
	struct program *bench = program_start("bench", "echo", "--compare", command);
	close(held[1]);
	assert_int_equal(program_wait(bench), 3);
	peer_expect_end(held[0]);
	close(held[0]);
}

/* What a server prints is not kept without end; its last words are, where it cannot serve. */
static void test_compare_talkative(void **state)
{
	(void)state;
	struct program *bench =
		program_run(NULL, "bench", "echo", "--compare",
			    "head -c 1000000 /dev/zero >&2 && exec sleep 100; false {port}");
	assert_says(bench, 3, "ended before it served");
}

/* A server that ends at its first message, in the warm-up of every round. */
static void test_compare_faults(void **state)
{
	(void)state;
	struct program *bench =
		program_run(NULL, "bench", "echo", "--connections", "1", "--count", "20",
			    "--compare", "exec socat TCP-LISTEN:{port},fork,reuseaddr EXEC:false");
	assert_says(bench, 1, "closed 1");
}

/* Of a program whose path a shell would take apart. */
static void test_compare_models_of_a_path(void **state)
{
	char path[108], command[512];

	(void)state;
	net_path(path, "it's a $HOME");
	snprintf(
		command, sizeof(command),
		"cp '%s' \"$1\" && \"$1\" bench daytime --connections 1 --count 5 --compare models",
		getenv("SOCKETTOOL"));
	struct program *bench = program_start_other("sh", "-c", command, "sh", path);
	if (program_wait(bench) != 0)
		fail_msg("%s", program_errors(bench));
	unlink(path);
}

/* A bench that cannot clean up takes a server of its own with it. */
static void test_compare_killed(void **state)
{
	struct program *bench =
		program_start("bench", "echo", "--duration", "1h", "--compare", "models");
	char path[64];
	int server = 0;
	int64_t limit = net_limit();

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", bench->pid, bench->pid);
	while (server == 0) {
		FILE *file = fopen(path, "r");
		assert_non_null(file);
		if (fscanf(file, "%d", &server) != 1)
			server = 0;
		fclose(file);
		assert_true(net_now() < limit);
	}
	/* The orphan comes to this process, which sees its end whatever the machine's init does. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1UL), 0);
	program_signal(bench, SIGKILL);
	program_wait(bench);
	int status, ended;
	while ((ended = waitpid(server, &status, WNOHANG)) == 0)
		assert_true(net_now() < limit);
	assert_int_equal(ended, server);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0UL), 0);
}

static void test_compare_failures(void **state)
{
	(void)state;
	struct program *bench = program_run(NULL, "bench", "echo", "--compare",
					    "echo 'no such thing' >&2; false {port}");
	assert_says(bench, 3, "no such thing");
	bench = program_run(NULL, "bench", "echo", "--compare", "sleep 100");
	assert_says(bench, 2, "{port}");
	bench = program_run(NULL, "bench", "echo", "--timeout", "50ms", "--compare",
			    "sleep 100; : {port}");
	assert_says(bench, 3, "does not serve");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_streams, end_programs),
		cmocka_unit_test_teardown(test_visits, end_programs),
		cmocka_unit_test_teardown(test_datagrams, end_programs),
		cmocka_unit_test_teardown(test_overload, end_programs),
		cmocka_unit_test_teardown(test_rooms, end_programs),
		cmocka_unit_test_teardown(test_wrong_answer, end_programs),
		cmocka_unit_test_teardown(test_unasked_answer, end_programs),
		cmocka_unit_test_teardown(test_early_answer, end_programs),
		cmocka_unit_test_teardown(test_short_answer, end_programs),
		cmocka_unit_test_teardown(test_closed, end_programs),
		cmocka_unit_test_teardown(test_reset, end_programs),
		cmocka_unit_test_teardown(test_silence, end_programs),
		cmocka_unit_test_teardown(test_nobody_there, end_programs),
		cmocka_unit_test_teardown(test_lost_and_late, end_programs),
		cmocka_unit_test_teardown(test_very_late, end_programs),
		cmocka_unit_test_teardown(test_wrong_datagrams, end_programs),
		cmocka_unit_test_teardown(test_interrupt_datagrams, end_programs),
		cmocka_unit_test_teardown(test_disorder, end_programs),
		cmocka_unit_test_teardown(test_invention, end_programs),
		cmocka_unit_test_teardown(test_full_output, end_programs),
		cmocka_unit_test_teardown(test_files, end_programs),
		cmocka_unit_test_teardown(test_interrupt, end_programs),
		cmocka_unit_test_teardown(test_descriptors, end_programs),
		cmocka_unit_test_teardown(test_interrupt_joining, end_programs),
		cmocka_unit_test_teardown(test_interrupt_connecting, end_programs),
		cmocka_unit_test_teardown(test_compare_commands, end_programs),
		cmocka_unit_test_teardown(test_compare_models, end_programs),
		cmocka_unit_test_teardown(test_compare_models_of_a_path, end_programs),
		cmocka_unit_test_teardown(test_compare_models_with_command, end_programs),
		cmocka_unit_test_teardown(test_compare_daemon, end_programs),
		cmocka_unit_test_teardown(test_compare_talkative, end_programs),
		cmocka_unit_test_teardown(test_compare_faults, end_programs),
		cmocka_unit_test_teardown(test_compare_killed, end_programs),
		cmocka_unit_test_teardown(test_compare_failures, end_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
