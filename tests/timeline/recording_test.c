/*
 * A recording: entries begin empty, survive growth, are bounded, and own their texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "timeline/recording.h"

static void entries_begin_empty(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	assert_string_equal(recording->note, "");
	assert_int_equal(recording_add_program(recording), 0);
	assert_int_equal(recording_add_call(recording), 0);
	assert_int_equal(recording_add_socket(recording), 0);
	assert_int_equal(recording_add_packet(recording), 0);
	assert_int_equal(recording_add_interface(recording), 0);
	assert_string_equal(recording->programs[0].name, "");
	assert_int_equal(recording->programs[0].ended, -1);
	assert_int_equal(recording->programs[0].status, -1);
	assert_string_equal(recording->calls[0].outcome, "");
	assert_int_equal(recording->calls[0].left, -1);
	assert_int_equal(recording->calls[0].accepted, -1);
	assert_int_equal(recording->calls[0].peer.family, ADDRESS_NONE);
	assert_string_equal(recording->sockets[0].path, "");
	assert_int_equal(recording->sockets[0].program, -1);
	assert_string_equal(recording->packets[0].data, "");
	assert_int_equal(recording->packets[0].interface, -1);
	assert_null(recording->packets[0].frame);
	assert_string_equal(recording->interfaces[0].name, "");
	recording_free(recording);
	recording_free(NULL);
}

static void texts_are_copies(void **state)
{
	struct recording *recording = recording_new();
	char text[] = "recv(3)";

	(void)state;
	assert_int_equal(recording_add_call(recording), 0);
	struct call *call = &recording->calls[0];
	assert_true(recording_set(&call->text, text));
	text[0] = '#';
	assert_string_equal(call->text, "recv(3)");
	/* A text may be made of its own end. */
	assert_true(recording_set(&call->text, call->text + 4));
	assert_string_equal(call->text, "(3)");
	assert_true(recording_set(&call->text, ""));
	assert_string_equal(call->text, "");
	assert_true(recording_set_bytes(&call->data, &call->data_length, "a\0b", 3));
	assert_int_equal(call->data_length, 3);
	assert_memory_equal(call->data, "a\0b", 4);
	assert_true(recording_set_bytes(&call->data, &call->data_length, NULL, 0));
	assert_int_equal(call->data_length, 0);
	assert_string_equal(call->data, "");
	recording_free(recording);
}

static void entries_survive_growth_and_are_bounded(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	for (int i = 0; i < RECORDING_CALLS_MAX; i++) {
		assert_int_equal(recording_add_call(recording), i);
		recording->calls[i].result = i;
	}
	assert_int_equal(recording->dropped, 0);
	assert_int_equal(recording_add_call(recording), -1);
	assert_int_equal(recording_add_call(recording), -1);
	assert_int_equal(recording->dropped, 2);
	assert_int_equal(recording->call_count, RECORDING_CALLS_MAX);
	for (int i = 0; i < RECORDING_CALLS_MAX; i++)
		assert_int_equal(recording->calls[i].result, i);
	/* Other arrays are not full. */
	assert_int_equal(recording_add_packet(recording), 0);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_begin_empty),
		cmocka_unit_test(texts_are_copies),
		cmocka_unit_test(entries_survive_growth_and_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
