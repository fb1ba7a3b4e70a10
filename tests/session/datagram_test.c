/*
 * Datagrams served: one short session each, in slots that hold answers until they are sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

enum { SLOTS = 4, LARGEST = 65507 };

static struct stage *stage;
static struct datagram_desk *desk;
static int opened, closed;

static void open_desk(const struct protocol *protocol, bool allow_amplification)
{
	static const uint16_t own[] = {7777};

	stage = stage_new(protocol, &(struct stage_settings){0});
	desk = datagram_desk_new(stage->service, stage->loop, SLOTS,
				 &(struct datagram_policy){own, 1, allow_amplification});
	assert_non_null(desk);
	opened = closed = 0;
}

static void close_desk(void)
{
	datagram_desk_free(desk);
	stage_free(stage);
}

/* The answer's length, -1 for none; its bytes in out if that is given. */
static int ask(int slot, const char *host, uint16_t port, const void *bytes, size_t n, char *out)
{
	struct address peer = address_ipv4(host, port);
	struct iovec runs[2];
	int count = datagram_answer(desk, slot, &peer, bytes, n, runs, 2), length = 0;

	for (int i = 0; i < count; i++) {
		if (out)
			memcpy(out + length, runs[i].iov_base, runs[i].iov_len);
		length += (int)runs[i].iov_len;
	}
	return count ? length : -1;
}

static void payloads_of_every_length_come_back(void **state)
{
	static const size_t lengths[] = {0, 1, 2, 512, 1472, 4096, 4097, 65506, LARGEST};
	char *bytes = test_malloc(LARGEST), *out = test_malloc(LARGEST);

	(void)state;
	open_desk(protocol_find("echo"), false);
	for (size_t i = 0; i < LARGEST; i++)
		bytes[i] = (char)stage_random(stage, 256);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(ask(0, "192.0.2.1", 40000, bytes, lengths[i], out), lengths[i]);
		assert_memory_equal(out, bytes, lengths[i]);
		datagram_done(desk, 0);
	}
	test_free(bytes);
	test_free(out);
	close_desk();
}

static void answers_wait_in_their_slots(void **state)
{
	struct iovec runs[SLOTS][2];

	(void)state;
	open_desk(protocol_find("udp-date"), true);
	for (int i = 0; i < SLOTS; i++) {
		struct address peer = address_ipv4("192.0.2.1", 40000);
		const char *request = i % 2 ? "SEND_DATE" : "SEND_TIME";
		assert_int_equal(datagram_answer(desk, i, &peer, request, 9, runs[i], 2), 1);
	}
	for (int i = SLOTS - 1; i >= 0; i--) {
		assert_int_equal(runs[i][0].iov_len, i % 2 ? 10 : 8);
		assert_memory_equal(runs[i][0].iov_base, i % 2 ? "2026-11-20" : "22:57:00",
				    runs[i][0].iov_len);
		datagram_done(desk, i);
	}
	close_desk();
}

static void nobody_is_answered_twice_as_much(void **state)
{
	(void)state;
	open_desk(protocol_find("daytime"), false);
	assert_int_equal(ask(0, "127.0.0.1", 40000, "", 0, NULL), 42);
	datagram_done(desk, 0);
	assert_int_equal(ask(0, "192.0.2.1", 40000, "\n", 1, NULL), -1);
	assert_int_equal(ask(0, "192.0.2.2", 40000, "\n", 1, NULL), -1);
	/* That an answer was withheld is said now and then, not for each. */
	assert_int_equal(text_occurrences(stage_log.bytes, "--allow-amplification"), 1);
	stage_pass(stage, 11 * NANOSECONDS_PER_SECOND);
	assert_int_equal(ask(0, "192.0.2.2", 40000, "\n", 1, NULL), -1);
	assert_int_equal(text_occurrences(stage_log.bytes, "--allow-amplification"), 2);
	char padded[42] = "";
	assert_int_equal(ask(0, "192.0.2.1", 40000, padded, 42, NULL), 42);
	datagram_done(desk, 0);
	close_desk();
	open_desk(protocol_find("daytime"), true);
	assert_int_equal(ask(0, "192.0.2.1", 40000, "", 0, NULL), 42);
	datagram_done(desk, 0);
	close_desk();
}

static void services_are_not_answered(void **state)
{
	static const uint16_t ports[] = {0, 7, 9, 11, 13, 17, 19, 37, 7777};

	(void)state;
	open_desk(protocol_find("echo"), true);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		assert_int_equal(ask(0, "127.0.0.1", ports[i], "x", 1, NULL), -1);
	assert_int_equal(ask(0, "224.0.0.1", 40000, "x", 1, NULL), -1);
	assert_int_equal(ask(0, "255.255.255.255", 40000, "x", 1, NULL), -1);
	assert_int_equal(ask(0, "192.0.2.1", 40000, "x", 1, NULL), 1);
	datagram_done(desk, 0);
	close_desk();
}

static void a_flood_meets_the_bucket(void **state)
{
	int answered = 0;

	(void)state;
	open_desk(protocol_find("echo"), false);
	for (int i = 0; i < 5000; i++) {
		if (ask(0, "192.0.2.1", 40000, "x", 1, NULL) == 1) {
			answered++;
			datagram_done(desk, 0);
		}
	}
	assert_int_equal(answered, 2000);
	stage_pass(stage, NANOSECONDS_PER_SECOND / 10);
	for (int i = 0; i < 5000; i++) {
		if (ask(0, "192.0.2.1", 40000, "x", 1, NULL) == 1) {
			answered++;
			datagram_done(desk, 0);
		}
	}
	assert_int_equal(answered, 2100);
	close_desk();
}

/* --- Sessions of datagrams, seen from a protocol. --- */

struct counter {
	int inputs;
};

static void probe_open(struct session *session)
{
	assert_true(session_datagrams(session));
	opened++;
}

static void probe_input(struct session *session, const char *bytes, size_t n)
{
	struct counter *counter = session_state(session);

	/* The state is as new for each datagram. */
	assert_int_equal(counter->inputs++, 0);
	session_timer(session, 5);
	if (n == 0 || bytes[0] == '0')
		return;
	if (bytes[0] == 'e')
		session_send(session, "", 0);
	if (bytes[0] == 'm') {
		for (int i = 0; i < 20; i++) {
			session_send(session, bytes + i % 2, 1);
			session_line(session, "%d", i);
		}
	}
	if (bytes[0] == 'x') {
		session_line(session, "bye");
		session_end(session);
	}
}

static void probe_close(struct session *session, enum close_reason reason)
{
	assert_int_equal(((struct counter *)session_state(session))->inputs, 1);
	assert_true(reason == CLOSE_ENDED || reason == CLOSE_DONE);
	closed++;
}

static const struct protocol probe = {
	.name = "probe",
	.transports = TRANSPORT_UDP,
	.framing = FRAMING_LINE,
	.server_state = sizeof(struct counter),
	.server = {.open = probe_open, .input = probe_input, .close = probe_close},
};

static void each_datagram_is_a_session(void **state)
{
	char out[200];

	(void)state;
	open_desk(&probe, true);
	assert_int_equal(ask(0, "127.0.0.1", 40000, "0", 1, NULL), -1);
	assert_int_equal(ask(1, "127.0.0.1", 40000, "", 0, NULL), -1);
	assert_int_equal(ask(0, "127.0.0.1", 40000, "e", 1, NULL), 0);
	datagram_done(desk, 0);
	/* All that one call sends is one datagram, of however many pieces. */
	assert_int_equal(ask(0, "127.0.0.1", 40000, "mn\n", 3, out), 70);
	assert_memory_equal(out, "m0\nn1\nm2\n", 9);
	datagram_done(desk, 0);
	assert_int_equal(ask(0, "127.0.0.1", 40000, "x", 1, out), 4);
	datagram_done(desk, 0);
	assert_int_equal(opened, 5);
	assert_int_equal(closed, 5);
	assert_true(loop_deadline(stage->loop) == NEVER);
	assert_int_equal(loop_count(stage->loop), 0);
	close_desk();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_of_every_length_come_back),
		cmocka_unit_test(answers_wait_in_their_slots),
		cmocka_unit_test(nobody_is_answered_twice_as_much),
		cmocka_unit_test(services_are_not_answered),
		cmocka_unit_test(a_flood_meets_the_bucket),
		cmocka_unit_test(each_datagram_is_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
