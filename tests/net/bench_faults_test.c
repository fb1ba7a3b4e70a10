/*
 * bench and servers that do wrong, played by the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/bench.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

enum { MESSAGE = 64 };

/* --- One caller of a server that the test plays. --- */

struct meeting {
	int listener, caller;
	struct program *bench;
};

/* Starts a bench of one connection, with more options, and accepts that. */
static void start_meeting(struct meeting *meeting, const char *protocol, const char *const more[])
{
	const char *arguments[20] = {"bench",         protocol,
				     "127.0.0.1",     program_number(peer_port(meeting->listener)),
				     "--connections", "1",
				     "--warmup",      "0",
				     "--json"};
	int n = 9;

	for (int i = 0; more[i]; i++)
		arguments[n++] = more[i];
	meeting->bench = program_start_list(arguments);
	/* The first connection only looks whether somebody is there. */
	close(peer_accept(meeting->listener));
	meeting->caller = peer_accept(meeting->listener);
}

#define meet(meeting, protocol, ...) \
	start_meeting(meeting, protocol, (const char *const[]){__VA_ARGS__, NULL})

static void close_caller(struct meeting *meeting)
{
	if (meeting->caller >= 0)
		close(meeting->caller);
	meeting->caller = -1;
}

static int set_up(void **state)
{
	static struct meeting meeting;

	meeting = (struct meeting){.listener = peer_listen("127.0.0.1", 0, 5), .caller = -1};
	*state = &meeting;
	return 0;
}

static int tear_down(void **state)
{
	struct meeting *meeting = *state;

	close_caller(meeting);
	close(meeting->listener);
	return bench_teardown(state);
}

static void read_message(int caller, char message[MESSAGE + 1])
{
	assert_int_equal(recv(caller, message, MESSAGE, MSG_WAITALL), MESSAGE);
	message[MESSAGE] = '\0';
}

static void test_wrong_answer(void **state)
{
	struct meeting *meeting = *state;
	char message[MESSAGE + 1];

	meet(meeting, "echo", "--count", "3");
	read_message(meeting->caller, message);
	peer_send(meeting->caller, message);
	read_message(meeting->caller, message);
	message[40] ^= 1;
	peer_send(meeting->caller, message);
	bench_assert_fault(meeting->bench, "wrong", "in place of");
}

/* More than was asked for is not right, though it is what would come next. */
static void test_unasked_answer(void **state)
{
	struct meeting *meeting = *state;
	char message[MESSAGE + 1];

	meet(meeting, "echo", "--count", "3");
	for (int i = 0; i < 3; i++) {
		read_message(meeting->caller, message);
		peer_send(meeting->caller, i == 2 ? "" : message);
	}
	message[MESSAGE - 1] = '\0';
	peer_send(meeting->caller, message);
	peer_send(meeting->caller, "\n\x1b[2J");
	bench_assert_fault(meeting->bench, "wrong", "answered \"");
}

/* The next sum's result, right but before the sum. */
static void test_early_answer(void **state)
{
	struct meeting *meeting = *state;

	meet(meeting, "calc", "--count", "3");
	peer_expect(meeting->caller, "bench\n12 + 13\n");
	peer_send(meeting->caller, "25.0\n-42.0\n");
	bench_assert_fault(meeting->bench, "wrong", "before it was asked: \"25.0\\x0a-42.0");
}

static void test_short_answer(void **state)
{
	struct meeting *meeting = *state;
	char message[MESSAGE + 1];

	meet(meeting, "echo", "--count", "3");
	read_message(meeting->caller, message);
	message[10] = '\0';
	peer_send(meeting->caller, message);
	close_caller(meeting);
	bench_assert_fault(meeting->bench, "short", "ended the stream within an answer");
}

static void test_closed(void **state)
{
	struct meeting *meeting = *state;
	char message[MESSAGE + 1];

	meet(meeting, "echo", "--count", "3");
	read_message(meeting->caller, message);
	close_caller(meeting);
	bench_assert_fault(meeting->bench, "closed", "closed a connection");
}

static void test_reset(void **state)
{
	struct meeting *meeting = *state;
	char message[MESSAGE + 1];

	meet(meeting, "echo", "--count", "3");
	read_message(meeting->caller, message);
	peer_reset(meeting->caller);
	meeting->caller = -1;
	bench_assert_fault(meeting->bench, "closed", "closed a connection: connection reset");
}

static void test_silence(void **state)
{
	struct meeting *meeting = *state;

	meet(meeting, "echo", "--count", "3", "--timeout", "100ms");
	bench_assert_fault(meeting->bench, "timeout", "did not answer within 100 ms");
}

static void test_nobody_there(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 5);
	const char *port = program_number(peer_port(listener));

	(void)state;
	close(listener);
	struct program *bench = program_run(NULL, "bench", "echo", "127.0.0.1", port);
	bench_assert_says(bench, 3, "connection refused");
	bench = program_run(NULL, "bench", "echo", "127.0.0.1", port, "--udp", "--count", "5");
	assert_int_equal(bench->status, 1);
}

/* --- Rooms. --- */

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
	bench_assert_fault(bench, "disordered", "another order");
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
	bench_assert_fault(bench, "wrong", "what nobody had said");
	for (int i = 0; i < 2; i++)
		close(callers[i]);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wrong_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unasked_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_early_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_short_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reset, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
		cmocka_unit_test_teardown(test_nobody_there, bench_teardown),
		cmocka_unit_test_teardown(test_disorder, bench_teardown),
		cmocka_unit_test_teardown(test_invention, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
