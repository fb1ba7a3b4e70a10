/*
 * Packets that wait: the newest are kept, in order, within bounds of number and bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "timeline/capture_waiting.h"

static void add(struct waiting *waiting, bool udp, uint16_t from, uint16_t to, int64_t when,
		uint32_t bytes)
{
	struct packet packet = {.udp = udp, .when = when, .frame_length = bytes};

	packet.from.port = from;
	packet.to.port = to;
	packet.frame = bytes ? malloc(bytes) : NULL;
	recording_set_bytes(&packet.data, &packet.data_length, NULL, 0);
	waiting_add(waiting, &packet);
}

static void packets_of_a_port_are_released(void **state)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	struct recording *recording = recording_new();

	(void)state;
	for (int i = 0; i < 10000; i++)
		add(waiting, i % 3 == 0, (uint16_t)(i % 7), 100, i, 10);
	assert_int_equal(waiting->count, WAITING_PACKETS);
	assert_int_equal(waiting->bytes, 10 * WAITING_PACKETS);
	size_t bytes = waiting_release(waiting, recording, true, 5);
	assert_int_equal(bytes, 10 * recording->packet_count);
	assert_int_equal(waiting->count + recording->packet_count, WAITING_PACKETS);
	assert_int_equal(waiting->bytes, 10 * waiting->count);
	int64_t expected = 10000 - WAITING_PACKETS;
	for (size_t i = 0; i < recording->packet_count; i++) {
		while (expected % 3 || expected % 7 != 5)
			expected++;
		assert_int_equal(recording->packets[i].when, expected++);
	}
	/* The other end's port counts as well, and what is left can be had. */
	waiting_release(waiting, recording, false, 100);
	waiting_release(waiting, recording, true, 100);
	assert_int_equal(recording->packet_count, WAITING_PACKETS);
	assert_int_equal(waiting->count, 0);
	assert_int_equal(waiting->bytes, 0);
	waiting_clear(waiting);
	free(waiting);
	recording_free(recording);
}

static void bytes_are_bounded(void **state)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	(void)state;
	for (int i = 0; i < 100; i++)
		add(waiting, false, 1, 2, i, WAITING_BYTES / 10);
	assert_int_equal(waiting->count, 10);
	add(waiting, false, 1, 2, 100, 1);
	assert_true(waiting->bytes <= WAITING_BYTES);
	/* One that is larger than all room pushes out the others, and stands alone. */
	add(waiting, false, 1, 2, 100, WAITING_BYTES + 1);
	assert_int_equal(waiting->count, 1);
	add(waiting, false, 1, 2, 101, 1);
	assert_int_equal(waiting->count, 1);
	assert_int_equal(waiting->bytes, 1);
	waiting_clear(waiting);
	assert_int_equal(waiting->bytes, 0);
	free(waiting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_a_port_are_released),
		cmocka_unit_test(bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
