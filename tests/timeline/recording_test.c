/*
 * A recording: entries begin empty, survive growth, are bounded, and own their texts;
 * what came after a stop is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/recording.h"

static void entries_begin_empty(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	assert_string_equal(recording->note, "");
	assert_int_equal(recording->stopped, -1);
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

/* A server that had accepted, and a client that was still waiting when both were stopped at 50. */
static struct recording *make_stopped(void)
{
	struct recording *recording = recording_new();
	struct call *call;

	assert_non_null(recording);
	made_program(recording, "server", "", true);
	made_program(recording, "client", "", false);
	made_socket(recording, 0, SOCK_STREAM, "127.0.0.1:5000", NULL);
	made_socket(recording, 0, SOCK_STREAM, "127.0.0.1:5000", "127.0.0.1:40000");
	made_socket(recording, 1, SOCK_STREAM, "127.0.0.1:40000", "127.0.0.1:5000");
	made_call(recording, CALL_LISTEN, 0, 0, 5, 50, "listen(3)", "= 0")->result = 7;
	made_accept(recording, 0, 1, 10, 51);
	call = made_receive(recording, 2, 20, 60, "late", NULL);
	assert_int_equal(call->bytes, 4);
	made_call(recording, CALL_SIGNAL, 0, -1, 51, 51, "gets SIGTERM", "");
	made_call(recording, CALL_EXIT, 0, -1, 70, 70, "ended by SIGTERM", "");
	made_packet(recording, 50, "127.0.0.1:40000", "127.0.0.1:5000", PACKET_SYN, 1, "");
	made_packet(recording, 55, "127.0.0.1:5000", "127.0.0.1:40000", PACKET_FIN, 1, "");
	recording->programs[0].ended = 70000;
	recording->programs[0].status = 143;
	recording->programs[1].ended = 40000;
	recording->programs[1].status = 0;
	return recording;
}

static void what_came_after_the_stop_is_cut(void **state)
{
	struct recording *recording = make_stopped();

	(void)state;
	recording->stopped = 50000;
	recording_cut(recording);
	assert_int_equal(recording->call_count, 3);
	assert_int_equal(recording->calls[0].left, 50000);
	assert_int_equal(recording->calls[0].result, 7);
	for (int i = 1; i < 3; i++) {
		assert_int_equal(recording->calls[i].left, -1);
		assert_int_equal(recording->calls[i].result, 0);
		assert_int_equal(recording->calls[i].accepted, -1);
		assert_int_equal(recording->calls[i].bytes, 0);
		assert_int_equal(recording->calls[i].data_length, 0);
		assert_string_equal(recording->calls[i].data, "");
		assert_string_equal(recording->calls[i].outcome, "");
	}
	assert_string_equal(recording->calls[1].text, "accept(3)");
	assert_int_equal(recording->packet_count, 1);
	assert_int_equal(recording->programs[0].ended, -1);
	assert_int_equal(recording->programs[0].status, -1);
	assert_int_equal(recording->programs[1].ended, 40000);
	assert_int_equal(recording->programs[1].status, 0);
	recording_free(recording);
}

static void what_was_not_stopped_is_not_cut(void **state)
{
	struct recording *recording = make_stopped();

	(void)state;
	recording_cut(recording);
	assert_int_equal(recording->call_count, 5);
	assert_int_equal(recording->packet_count, 2);
	assert_int_equal(recording->calls[2].bytes, 4);
	assert_int_equal(recording->programs[0].ended, 70000);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_begin_empty),
		cmocka_unit_test(texts_are_copies),
		cmocka_unit_test(entries_survive_growth_and_are_bounded),
		cmocka_unit_test(what_came_after_the_stop_is_cut),
		cmocka_unit_test(what_was_not_stopped_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
