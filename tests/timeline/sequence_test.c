/*
 * What counts as sent before, across the wrap of sequence numbers, gaps, and connections that use
 * the same ports again; and the numbers that people read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "timeline/packet_order.h"
#include "timeline/sequence.h"

enum { A, B };

static void add(struct recording *recording, int from, unsigned flags, uint32_t sequence,
		uint32_t acknowledgement, uint32_t length)
{
	int index = recording_add_packet(recording);
	struct packet *packet = &recording->packets[index];
	struct address ends[] = {{.family = ADDRESS_IPV4, .port = 40000, .bytes = {127, 0, 0, 1}},
				 {.family = ADDRESS_IPV4, .port = 5000, .bytes = {127, 0, 0, 1}}};

	packet->from = ends[from];
	packet->to = ends[!from];
	packet->flags = flags;
	packet->sequence = sequence;
	packet->acknowledgement = acknowledgement;
	packet->length = length;
}

static void assert_marks(struct recording *recording, const char *marks)
{
	assert_true(sequence_mark(recording));
	for (size_t i = 0; i < recording->packet_count; i++)
		assert_int_equal(recording->packets[i].retransmission, marks[i] == 'R');
	assert_int_equal(marks[recording->packet_count], '\0');
	recording_free(recording);
}

static void a_connection_without_loss(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	add(recording, A, PACKET_SYN, 1000, 0, 0);
	add(recording, B, PACKET_SYN | PACKET_ACK, 5000, 1001, 0);
	add(recording, A, PACKET_ACK, 1001, 5001, 0);
	add(recording, A, PACKET_PSH | PACKET_ACK, 1001, 5001, 12);
	add(recording, B, PACKET_ACK, 5001, 1013, 0);
	/* A keep-alive has the number before, but no data. */
	add(recording, A, PACKET_ACK, 1012, 5001, 0);
	add(recording, A, PACKET_FIN | PACKET_ACK, 1013, 5001, 0);
	add(recording, B, PACKET_ACK, 5001, 1014, 0);
	add(recording, B, PACKET_RST, 5001, 0, 0);
	assert_marks(recording, ".........");
}

static void what_was_sent_before_is_marked(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	add(recording, A, PACKET_SYN, 1000, 0, 0);
	add(recording, A, PACKET_SYN, 1000, 0, 0);
	add(recording, B, PACKET_SYN | PACKET_ACK, 5000, 1001, 0);
	add(recording, B, PACKET_SYN | PACKET_ACK, 5000, 1001, 0);
	add(recording, A, PACKET_ACK, 1001, 5001, 12);
	add(recording, A, PACKET_ACK, 1001, 5001, 12);
	/* Half of it new. */
	add(recording, A, PACKET_ACK, 1007, 5001, 12);
	add(recording, A, PACKET_FIN | PACKET_ACK, 1019, 5001, 0);
	add(recording, A, PACKET_FIN | PACKET_ACK, 1019, 5001, 0);
	assert_marks(recording, ".R.R.RR.R");
}

static void numbers_wrap(void **state)
{
	struct recording *recording = recording_new();
	uint32_t base = UINT32_MAX - 9; /* the SYN; the first byte is the ninth before the wrap */

	(void)state;
	add(recording, A, PACKET_SYN, base, 0, 0);
	add(recording, A, PACKET_ACK, base + 1, 1, 6);
	add(recording, A, PACKET_ACK, base + 7, 1, 6); /* across */
	add(recording, A, PACKET_ACK, base + 13, 1, 6);
	add(recording, A, PACKET_ACK, base + 7, 1, 6);
	add(recording, A, PACKET_ACK, base + 1, 1, 18);
	add(recording, A, PACKET_ACK, base + 19, 1, 1);
	struct relative *relative = sequence_relative(recording);
	assert_int_equal(relative[2].sequence, 7);
	assert_int_equal(relative[3].sequence, 13);
	assert_int_equal(relative[6].sequence, 19);
	free(relative);
	assert_marks(recording, "....RR.");
}

static void what_fills_a_gap_came_late(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	add(recording, A, PACKET_ACK, 100, 1, 10);
	add(recording, A, PACKET_ACK, 120, 1, 10); /* 110 to 119 are missing */
	add(recording, A, PACKET_ACK, 114, 1, 2);
	add(recording, A, PACKET_ACK, 110, 1, 4);
	add(recording, A, PACKET_ACK, 114, 1, 2);
	add(recording, A, PACKET_ACK, 116, 1, 4);
	add(recording, A, PACKET_ACK, 116, 1, 4);
	add(recording, A, PACKET_ACK, 130, 1, 1);
	assert_marks(recording, "....R.R.");
}

static void many_gaps_are_bounded(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		add(recording, A, PACKET_ACK, 100 + 20 * i, 1, 10);
	/* The newest gap is still known. */
	add(recording, A, PACKET_ACK, 100 + 20 * 998 + 10, 1, 10);
	assert_true(sequence_mark(recording));
	for (size_t i = 0; i < recording->packet_count; i++)
		assert_false(recording->packets[i].retransmission);
	recording_free(recording);
}

static void ports_are_used_again(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	add(recording, A, PACKET_SYN, 1000, 0, 0);
	add(recording, B, PACKET_SYN | PACKET_ACK, 7000, 1001, 0);
	add(recording, A, PACKET_ACK, 1001, 7001, 100);
	add(recording, A, PACKET_SYN, 500, 0, 0);
	add(recording, B, PACKET_SYN | PACKET_ACK, 3000, 501, 0);
	add(recording, A, PACKET_ACK, 501, 3001, 100);
	struct relative *relative = sequence_relative(recording);
	assert_int_equal(relative[3].sequence, 0);
	assert_int_equal(relative[4].sequence, 0);
	assert_int_equal(relative[4].acknowledgement, 1);
	assert_int_equal(relative[5].sequence, 1);
	assert_int_equal(relative[5].acknowledgement, 1);
	free(relative);
	assert_marks(recording, "......");
}

/* A capture that begins in the middle of a connection: 1 is the first byte of each direction. */
static void numbers_without_a_syn(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	add(recording, A, PACKET_ACK, 70000, 90000, 12);
	add(recording, B, PACKET_ACK, 90000, 70012, 0);
	add(recording, B, PACKET_ACK, 90000, 70012, 5);
	add(recording, B, PACKET_RST, 90005, 0, 0);
	assert_int_equal(recording_add_packet(recording), 4);
	recording->packets[4].udp = true;
	struct relative *relative = sequence_relative(recording);
	assert_int_equal(relative[0].sequence, 1);
	assert_int_equal(relative[0].acknowledgement, 1);
	assert_int_equal(relative[1].sequence, 1);
	assert_int_equal(relative[1].acknowledgement, 13);
	assert_int_equal(relative[3].sequence, 6);
	assert_int_equal(relative[3].acknowledgement, 0);
	assert_int_equal(relative[4].sequence, 0);
	free(relative);
	assert_marks(recording, ".....");
}

/* Many connections at once keep apart; the table grows under them. */
static void many_connections(void **state)
{
	struct recording *recording = recording_new();
	enum { CONNECTIONS = 20000 };

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < CONNECTIONS; i++) {
			add(recording, A, PACKET_ACK, 100, 1, 10);
			struct packet *packet = &recording->packets[recording->packet_count - 1];
			packet->from.port = (uint16_t)i;
		}
	}
	assert_true(sequence_mark(recording));
	for (int i = 0; i < 2 * CONNECTIONS; i++)
		assert_int_equal(recording->packets[i].retransmission, i >= CONNECTIONS);
	recording_free(recording);
}

static void packets_are_put_in_order(void **state)
{
	struct recording *recording = recording_new();
	unsigned short seed[3] = {1, 2, 3};

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		add(recording, A, 0, i, 0, 0);
		recording->packets[i].when = nrand48(seed) % 100;
	}
	assert_true(packet_order(recording));
	for (size_t i = 1; i < recording->packet_count; i++) {
		const struct packet *packet = &recording->packets[i];
		assert_true(packet[-1].when < packet->when ||
			    (packet[-1].when == packet->when &&
			     packet[-1].sequence < packet->sequence));
	}
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_without_loss),
		cmocka_unit_test(what_was_sent_before_is_marked),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(what_fills_a_gap_came_late),
		cmocka_unit_test(many_gaps_are_bounded),
		cmocka_unit_test(ports_are_used_again),
		cmocka_unit_test(numbers_without_a_syn),
		cmocka_unit_test(many_connections),
		cmocka_unit_test(packets_are_put_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
