/*
 * pcapng files: block by block as the format says, read back by our own reader, and as tshark reads
 * them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "support/frames.h"
#include "timeline/capture_file.h"
#include "timeline/pcapng.h"

static char directory[] = "/tmp/sockettool-pcapng-XXXXXX", path[64];

static const char *const frames[] = {
	ETHERNET_IPV4 IPV4("0028", "06") TCP("00000064", "00000000", "5002"),
	ETHERNET_IPV4 IPV4("0034", "06") TCP("00000065", "0000000d", "5018") HELLO,
	ETHERNET_IPV6 IPV6("0019", "11") UDP("0019") HELLO "0a00ff1b22",
};

enum { FRAMES = sizeof(frames) / sizeof(frames[0]) };

static struct recording *make(void)
{
	struct recording *recording = recording_new();

	recording->started = INT64_C(1795215420123456789);
	recording_add_interface(recording);
	recording_set(&recording->interfaces[0].name, "lo");
	recording->interfaces[0].link_type = DLT_EN10MB;
	for (int i = 0; i < FRAMES; i++)
		assert_int_equal(
			frame_record(recording, DLT_EN10MB, frames[i], i * INT64_C(1000001)), i);
	return recording;
}

static uint32_t word(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static void blocks_are_as_the_format_says(void **state)
{
	static const uint32_t types[] = {0x0a0d0d0a, 1, 6, 6, 6};
	struct recording *recording = make();
	char *bytes;
	size_t n, at = 0;
	FILE *file = open_memstream(&bytes, &n);

	(void)state;
	assert_int_equal(pcapng_write(file, recording), 0);
	fclose(file);
	for (size_t i = 0; i < 5; i++) {
		const uint8_t *block = (const uint8_t *)bytes + at;
		uint32_t length = word(block + 4);
		assert_int_equal(word(block), types[i]);
		assert_true(length % 4 == 0 && length <= n - at);
		assert_int_equal(word(block + length - 4), length);
		at += length;
		if (i == 0)
			assert_int_equal(word(block + 8), 0x1a2b3c4d);
		if (i < 2)
			continue;
		const struct packet *packet = &recording->packets[i - 2];
		uint64_t when = (uint64_t)word(block + 12) << 32 | word(block + 16);
		assert_int_equal(word(block + 8), 0);
		assert_true(when == (uint64_t)(recording->started + packet->when));
		assert_int_equal(word(block + 20), packet->frame_length);
		assert_int_equal(word(block + 24), packet->frame_original);
		assert_memory_equal(block + 28, packet->frame, packet->frame_length);
	}
	assert_int_equal(at, n);
	free(bytes);
	recording_free(recording);
}

static void assert_same(const struct packet *a, const struct packet *b)
{
	assert_int_equal(a->when, b->when);
	assert_int_equal(a->udp, b->udp);
	assert_memory_equal(&a->from, &b->from, sizeof(a->from));
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->sequence, b->sequence);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->data_length, b->data_length);
	assert_memory_equal(a->data, b->data, a->data_length);
	assert_int_equal(a->frame_length, b->frame_length);
	assert_int_equal(a->frame_original, b->frame_original);
	assert_memory_equal(a->frame, b->frame, a->frame_length);
}

static void what_is_written_is_read_back(void **state)
{
	struct recording *recording = make(), *copy = recording_new();
	struct error error;

	(void)state;
	assert_int_equal(pcapng_save(recording, path, &error), 0);
	if (capture_file_read(copy, path, 64, &error))
		fail_msg("%s", error.text);
	assert_int_equal(copy->packet_count, FRAMES);
	assert_true(copy->started == recording->started);
	for (int i = 0; i < FRAMES; i++)
		assert_same(&copy->packets[i], &recording->packets[i]);
	assert_int_equal(copy->interfaces[0].link_type, DLT_EN10MB);
	recording_free(copy);
	recording_free(recording);
}

/* An interface of another kind that saw nothing would keep libpcap from reading the file. */
static void silent_interfaces_are_left_out(void **state)
{
	struct recording *recording = recording_new(), *copy = recording_new();
	struct error error;

	(void)state;
	recording_add_interface(recording);
	recording->interfaces[0].link_type = DLT_RAW;
	recording_add_interface(recording);
	recording->interfaces[1].link_type = DLT_EN10MB;
	assert_int_equal(frame_record(recording, DLT_EN10MB, frames[1], 0), 0);
	recording->packets[0].interface = 1;
	assert_int_equal(pcapng_save(recording, path, &error), 0);
	if (capture_file_read(copy, path, 64, &error))
		fail_msg("%s", error.text);
	assert_int_equal(copy->interfaces[0].link_type, DLT_EN10MB);
	assert_same(&copy->packets[0], &recording->packets[0]);
	recording_free(copy);
	recording_free(recording);
}

/* libpcap has other numbers for some links than files have. */
static void links_of_other_kinds_are_read_back(void **state)
{
	static const struct {
		int link_type;
		const char *header;
	} links[] = {
		{DLT_RAW, ""},
		{DLT_NULL, "02000000"},
		{DLT_LOOP, "00000002"},
		{DLT_LINUX_SLL, "0000 0304 0006 000000000000 0000 0800"},
		{DLT_LINUX_SLL2, "0800 0000 00000001 0304 04 06 000000000000 0000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct recording *recording = recording_new(), *copy = recording_new();
		struct error error;
		char text[300];

		recording_add_interface(recording);
		recording->interfaces[0].link_type = links[i].link_type;
		snprintf(text, sizeof(text), "%s %s", links[i].header,
			 IPV4("0028", "11") UDP("0014") HELLO);
		assert_int_equal(frame_record(recording, links[i].link_type, text, 0), 0);
		assert_int_equal(pcapng_save(recording, path, &error), 0);
		if (capture_file_read(copy, path, 64, &error))
			fail_msg("link %zu: %s", i, error.text);
		assert_int_equal(copy->interfaces[0].link_type, links[i].link_type);
		assert_same(&copy->packets[0], &recording->packets[0]);
		recording_free(copy);
		recording_free(recording);
	}
}

static void what_cannot_be_written_is_told(void **state)
{
	struct recording *recording = make();
	struct error error;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(pcapng_write(full, recording), -ENOSPC);
	fclose(full);
	assert_int_equal(pcapng_save(recording, "/dev/full", &error), -ENOSPC);
	assert_non_null(strstr(error.text, "/dev/full"));
	assert_int_equal(pcapng_save(recording, "/dev/null/no", &error), -ENOTDIR);
	for (int i = 0; i < FRAMES; i++) {
		free(recording->packets[i].frame);
		recording->packets[i].frame = NULL;
	}
	assert_int_equal(pcapng_save(recording, path, &error), -ENODATA);
	assert_non_null(strstr(error.text, "--pcap"));
	recording_free(recording);
	/* Without any packet the file is valid and empty. */
	recording = recording_new();
	assert_int_equal(pcapng_save(recording, path, &error), 0);
	recording_free(recording);
}

/* Starts a program with its output in a pipe. */
static pid_t start(char *const arguments[], FILE **output)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	close(ends[1]);
	*output = fdopen(ends[0], "r");
	assert_non_null(*output);
	return child;
}

static void tshark_agrees(void **state)
{
	char *const arguments[] = {"tshark", "-n",
				   "-r",     path,
				   "-o",     "tcp.relative_sequence_numbers:FALSE",
				   "-T",     "fields",
				   "-E",     "separator=/s",
				   "-e",     "frame.time_epoch",
				   "-e",     "frame.interface_name",
				   "-e",     "ip.src",
				   "-e",     "ipv6.src",
				   "-e",     "tcp.srcport",
				   "-e",     "tcp.flags",
				   "-e",     "tcp.seq",
				   "-e",     "tcp.payload",
				   "-e",     "udp.dstport",
				   "-e",     "udp.payload",
				   NULL};
	struct recording *recording = make();
	struct error error;
	char text[4000];
	FILE *output;
	int status;

	(void)state;
	assert_int_equal(pcapng_save(recording, path, &error), 0);
	recording_free(recording);
	pid_t child = start(arguments, &output);
	text[fread(text, 1, sizeof(text) - 1, output)] = '\0';
	fclose(output);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		print_message("tshark is missing: install the package tshark\n");
		skip();
	}
	assert_int_equal(status, 0);
	assert_string_equal(
		text,
		"1795215420.123456789 lo 127.0.0.1  51612 0x0002 100   \n"
		"1795215420.124456790 lo 127.0.0.1  51612 0x0018 101 48656c6c6f2c20776f726c64  \n"
		"1795215420.125456791 lo  ::1     65432 48656c6c6f2c20776f726c640a00ff1b22\n");
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/x.pcapng", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_as_the_format_says),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(silent_interfaces_are_left_out),
		cmocka_unit_test(links_of_other_kinds_are_read_back),
		cmocka_unit_test(what_cannot_be_written_is_told),
		cmocka_unit_test(tshark_agrees),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
