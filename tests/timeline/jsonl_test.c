/*
 * Saved recordings: nothing is lost, and a damaged file is refused in one sentence.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "support/recording.h"
#include "timeline/jsonl.h"
#include "timeline/join.h"
#include "timeline/view.h"

#define HEAD "{\"entry\":\"recording\",\"format\":\"sockettool timeline\",\"version\":1}\n"
#define END "{\"entry\":\"end\"}\n"

/* Something in every field. */
static struct recording *full(void)
{
	struct recording *recording = recording_new();
	struct packet *packet;
	struct call *call;

	assert_non_null(recording);
	recording->started = INT64_C(1700000000123456789);
	recording->dropped = 3;
	assert_true(recording_set(&recording->note, "a \"note\"\n\x1b[31m\xff"));
	made_program(recording, "server", "python3 server.py", true);
	recording->programs[0].started = 5;
	recording->programs[0].ended = 500;
	recording->programs[0].status = 0;
	made_program(recording, "client", "", false);
	made_socket(recording, 0, SOCK_STREAM, "[fe80::1]:5000", "[::1]:40000");
	recording->sockets[0].local.number = 2;
	recording->sockets[0].listens = true;
	made_socket(recording, 1, SOCK_DGRAM, "unix", NULL);
	recording->sockets[1].local.number = 4711;
	recording->sockets[1].inode = 123456;
	assert_true(recording_set(&recording->sockets[1].path, "/tmp/s"));
	assert_int_equal(recording_add_interface(recording), 0);
	assert_true(recording_set(&recording->interfaces[0].name, "lo"));
	recording->interfaces[0].link_type = 1;
	call = made_accept(recording, 0, 0, 10, 20);
	call->descriptor = 3;
	call->line = 42;
	assert_true(recording_set(&call->file, "server.py"));
	call = made_send(recording, 0, -1, 40, "x", "127.0.0.1:53");
	assert_true(recording_set_bytes(&call->data, &call->data_length, "a\0\xff z", 5));
	call->result = -ECONNRESET;
	call->bytes = 70000;
	made_call(recording, CALL_SIGNAL, 1, -1, 50, NEVER_LEFT, "signal(2)", "");
	packet = made_packet(recording, 12, "127.0.0.1:1", "10.1.2.3:65535", PACKET_SYN, UINT32_MAX,
			     "日本");
	packet->acknowledgement = 7;
	packet->window = 8;
	packet->frame = malloc(4);
	assert_non_null(packet->frame);
	memcpy(packet->frame, "\0\1\2\3", 4);
	packet->frame_length = 4;
	packet->frame_original = 9;
	packet->interface = 0;
	packet->retransmission = true;
	made_packet(recording, 13, "127.0.0.1:1", "10.1.2.3:2", -1, 0, "");
	return recording;
}

/* The caller frees it. */
static char *written(const struct recording *recording)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_int_equal(jsonl_write(recording, file), 0);
	assert_int_equal(fclose(file), 0);
	return text;
}

static struct recording *read_bytes(const char *text, size_t n, struct error *error)
{
	struct recording *recording;
	FILE *file = n ? fmemopen((void *)(uintptr_t)text, n, "r") : fopen("/dev/null", "r");

	assert_non_null(file);
	memset(error, 0, sizeof(*error));
	recording = jsonl_read(file, "saved.jsonl", error);
	fclose(file);
	return recording;
}

static void assert_refused(const char *text, const char *sentence)
{
	struct error error;

	assert_null(read_bytes(text, strlen(text), &error));
	assert_string_equal(error.text, sentence);
	assert_int_equal(error.status, STATUS_PROTOCOL);
}

static void nothing_is_lost(void **state)
{
	struct recording *recording = full(), *again;
	char *first = written(recording), *second;
	struct error error;

	(void)state;
	again = read_bytes(first, strlen(first), &error);
	assert_string_equal(error.text, "");
	assert_non_null(again);
	second = written(again);
	assert_string_equal(first, second);
	assert_string_equal(again->note, recording->note);
	assert_int_equal(again->call_count, 3);
	assert_int_equal(again->calls[0].accepted, 0);
	assert_int_equal(again->calls[1].entered, -1);
	assert_int_equal(again->calls[1].bytes, 70000);
	assert_int_equal(again->calls[1].data_length, 5);
	assert_memory_equal(again->calls[1].data, "a\0\xff z", 5);
	assert_memory_equal(&again->sockets[0].local, &recording->sockets[0].local,
			    sizeof(struct address));
	assert_int_equal(again->sockets[1].local.number, 4711);
	assert_int_equal(again->packets[0].sequence, UINT32_MAX);
	assert_memory_equal(again->packets[0].frame, "\0\1\2\3", 4);
	assert_null(again->packets[1].frame);
	assert_true(again->packets[1].udp);
	free(first);
	free(second);
	recording_free(recording);
	recording_free(again);
}

static void the_file_is_plain_ascii(void **state)
{
	struct recording *recording = full();
	char *text = written(recording);

	(void)state;
	for (const char *at = text; *at; at++)
		assert_true((*at >= ' ' && *at < 0x7f) || *at == '\n');
	free(text);
	recording_free(recording);
}

static void an_empty_recording_is_two_lines(void **state)
{
	struct recording *recording = recording_new(), *again;
	char *text = written(recording);
	struct error error;

	(void)state;
	assert_string_equal(text, "{\"entry\":\"recording\",\"format\":\"sockettool timeline\","
				  "\"version\":1}\n" END);
	again = read_bytes(text, strlen(text), &error);
	assert_non_null(again);
	assert_int_equal(again->call_count, 0);
	free(text);
	recording_free(recording);
	recording_free(again);
}

static void every_truncation_is_refused(void **state)
{
	struct recording *recording = full();
	char *text = written(recording);
	size_t length = strlen(text);
	struct error error;

	(void)state;
	/* Without its last newline the file is whole. */
	for (size_t n = 0; n + 1 < length; n++) {
		assert_null(read_bytes(text, n, &error));
		assert_int_equal(strncmp(error.text, "saved.jsonl, line ", 18), 0);
	}
	free(text);
	recording_free(recording);
}

/* Whatever a byte becomes, the file is refused or can be viewed. */
static void no_changed_byte_does_harm(void **state)
{
	static const char bytes[] = {'0', '9', '-', '"', '}', '\n', '\xff', 'a'};
	const struct view_options options = {.width = 80, .bytes = 64};
	struct recording *recording = full();
	char *text = written(recording);
	size_t length = strlen(text);
	FILE *nowhere = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(nowhere);
	for (size_t n = 0; n < length; n++) {
		char old = text[n];
		struct recording *changed;
		struct error error;

		text[n] = bytes[n % sizeof(bytes)];
		changed = read_bytes(text, length, &error);
		text[n] = old;
		if (changed) {
			struct join *join = join_make(changed);

			assert_non_null(join);
			assert_int_equal(view_text(changed, join, &options, nowhere), 0);
			join_free(join);
		}
		recording_free(changed);
	}
	fclose(nowhere);
	free(text);
	recording_free(recording);
}

static void damage_is_named(void **state)
{
	(void)state;
	assert_refused("", "saved.jsonl, line 1: the file ends before the timeline does");
	assert_refused("{}\n", "saved.jsonl, line 1: a line without \"entry\"");
	assert_refused("{\"entry\":\"call\"}\n", "saved.jsonl, line 1: this is no saved timeline");
	assert_refused(
		"{\"entry\":\"recording\",\"format\":\"sockettool timeline\",\"version\":2}\n",
		"saved.jsonl, line 1: the timeline was saved in version 2 of its format, "
		"and this program reads version 1");
	assert_refused(HEAD "{\"entry\":\"cow\"}\n", "saved.jsonl, line 2: no such entry");
	assert_refused(HEAD "{\"entry\":\"call\",\"kind\":\"send\",\"program\":0}\n" END,
		       "saved.jsonl, line 2: \"program\" is 0, which cannot be");
	assert_refused(HEAD "{\"entry\":\"call\",\"kind\":\"sing\"}\n" END,
		       "saved.jsonl, line 2: no such kind of call");
	assert_refused(HEAD "{\"entry\":\"call\",\"entered\":-2}\n" END,
		       "saved.jsonl, line 2: \"entered\" is -2, which cannot be");
	assert_refused(HEAD "{\"entry\":\"call\",\"entered\":1.5}\n" END,
		       "saved.jsonl, line 2: \"entered\" is no whole number");
	assert_refused(HEAD "{\"entry\":\"call\",\"data\":{\"base64\":\"AB=C\"}}\n" END,
		       "saved.jsonl, line 2: \"data\" is no base64");
	assert_refused(HEAD "{\"entry\":\"packet\",\"from\":{\"host\":\"localhost\"}}\n" END,
		       "saved.jsonl, line 2: \"from\" is no address");
	assert_refused(HEAD "{\"entry\":\"packet\",\"udp\":1}\n" END,
		       "saved.jsonl, line 2: \"udp\" is neither true nor false");
}

static void a_line_has_a_bound(void **state)
{
	size_t size = 5 << 20;
	char *text = malloc(size + 1);
	struct error error;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	assert_null(read_bytes(text, size, &error));
	assert_string_equal(error.text, "saved.jsonl, line 1: the line is too long");
	free(text);
}

static void a_full_disk_is_told(void **state)
{
	struct recording *recording = full();
	FILE *full_disk = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full_disk);
	assert_int_equal(jsonl_write(recording, full_disk), -EIO);
	fclose(full_disk);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(the_file_is_plain_ascii),
		cmocka_unit_test(an_empty_recording_is_two_lines),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(no_changed_byte_does_harm),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(a_line_has_a_bound),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
