/*
 * Saved captures of both formats and byte orders, and damaged ones: cut at every byte, and with
 * every byte changed.
 */
#include <errno.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "support/frames.h"
#include "timeline/capture_file.h"
#include "timeline/pcapng.h"

static char directory[] = "/tmp/sockettool-pcap-XXXXXX", path[64];

/* The header of a file: version 2.4, 64 KiB, Ethernet. */
#define LITTLE_MICRO "d4c3b2a1 0200 0400 00000000 00000000 00000100 01000000 "
#define LITTLE_NANO "4d3cb2a1 0200 0400 00000000 00000000 00000100 01000000 "
#define BIG_MICRO "a1b2c3d4 0002 0004 00000000 00000000 00010000 00000001 "
/* 54 and 66 bytes long. */
#define SYN_FRAME ETHERNET_IPV4 IPV4("0028", "06") TCP("00000064", "00000000", "5002")
#define HELLO_FRAME ETHERNET_IPV4 IPV4("0034", "06") TCP("00000065", "0000000d", "5018") HELLO
#define ARP_FRAME "ffffffffffff 020000000002 0806 0001 0800 "

static void write_file(const uint8_t *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static int read_bytes(struct recording **recording, const uint8_t *bytes, size_t n,
		      struct error *error)
{
	write_file(bytes, n);
	*recording = recording_new();
	error->text[0] = '\0';
	return capture_file_read(*recording, path, 64, error);
}

static int read_text(struct recording **recording, const char *text, struct error *error)
{
	size_t length;
	uint8_t *bytes = frame_bytes(text, &length);
	int status = read_bytes(recording, bytes, length, error);

	free(bytes);
	return status;
}

static void both_byte_orders_and_resolutions(void **state)
{
	static const struct {
		const char *text;
		int64_t nanoseconds;
	} files[] = {
		{LITTLE_MICRO "00010000 07000000 36000000 36000000 " SYN_FRAME
			      "00010000 09000000 42000000 42000000 " HELLO_FRAME,
		 7000},
		{LITTLE_NANO "00010000 07000000 36000000 36000000 " SYN_FRAME
			     "00010000 d7070000 42000000 42000000 " HELLO_FRAME,
		 7},
		{BIG_MICRO "00000100 00000007 00000036 00000036 " SYN_FRAME
			   "00000100 00000009 00000042 00000042 " HELLO_FRAME,
		 7000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct recording *recording;
		struct error error;
		if (read_text(&recording, files[i].text, &error))
			fail_msg("%s", error.text);
		assert_int_equal(recording->packet_count, 2);
		assert_true(recording->started == 256000000000 + files[i].nanoseconds);
		assert_int_equal(recording->packets[0].when, 0);
		assert_int_equal(recording->packets[1].when, 2000);
		assert_int_equal(recording->packets[0].flags, PACKET_SYN);
		assert_string_equal(recording->packets[1].data, "Hello, world");
		assert_int_equal(recording->packets[1].frame_length, 66);
		assert_string_equal(recording->interfaces[0].name, path);
		recording_free(recording);
	}
}

static void order_and_retransmissions(void **state)
{
	struct recording *recording;
	struct error error;

	(void)state;
	assert_int_equal(read_text(&recording,
				   LITTLE_MICRO "00010000 09000000 42000000 42000000 " HELLO_FRAME
						"00010000 07000000 36000000 36000000 " SYN_FRAME
						"00010000 08000000 12000000 12000000 " ARP_FRAME
						"00010000 0b000000 42000000 42000000 " HELLO_FRAME,
				   &error),
			 0);
	assert_int_equal(recording->packet_count, 3);
	assert_int_equal(recording->packets[0].flags, PACKET_SYN);
	assert_int_equal(recording->packets[0].when, 0);
	assert_false(recording->packets[1].retransmission);
	assert_true(recording->packets[2].retransmission);
	recording_free(recording);
}

static void assert_refused(const char *text, int code, const char *words)
{
	struct recording *recording;
	struct error error;

	assert_int_equal(read_text(&recording, text, &error), -code);
	if (!strstr(error.text, words) || !strstr(error.text, path))
		fail_msg("no \"%s\" or no path in: %s", words, error.text);
	recording_free(recording);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct recording *recording = recording_new();
	struct error error;

	(void)state;
	assert_refused("", EINVAL, "is no capture");
	assert_refused("48656c6c6f2c20776f726c64 48656c6c6f2c20776f726c64", EINVAL,
		       "is no capture");
	assert_refused(LITTLE_MICRO, ENODATA, "has no packets");
	assert_refused(LITTLE_MICRO "00010000 08000000 12000000 12000000 " ARP_FRAME, ENODATA,
		       "has packets, 1, but none");
	assert_refused("d4c3b2a1 0200 0400 00000000 00000000 00000100 69000000 ", ENOTSUP,
		       "IEEE802_11");
	assert_int_equal(capture_file_read(recording, "/tmp/no/such/file", 64, &error), -ENOENT);
	assert_non_null(strstr(error.text, "/tmp/no/such/file"));
	recording_free(recording);
}

/* Times that no clock shows neither overflow nor keep the rest from being drawn. */
static void absurd_times_are_borne(void **state)
{
	struct recording *recording;
	struct error error;

	(void)state;
	assert_int_equal(read_text(&recording,
				   LITTLE_MICRO "ffffffff ffffffff 42000000 42000000 " HELLO_FRAME
						"00010000 07000000 36000000 36000000 " SYN_FRAME,
				   &error),
			 0);
	assert_int_equal(recording->packet_count, 2);
	assert_true(recording->packets[1].when >= 0);
	recording_free(recording);
}

static uint8_t *pcapng_bytes(size_t *length)
{
	struct recording *recording = recording_new();
	char *bytes;
	FILE *file = open_memstream(&bytes, length);

	recording_add_interface(recording);
	recording_set(&recording->interfaces[0].name, "lo");
	recording->interfaces[0].link_type = DLT_EN10MB;
	frame_record(recording, DLT_EN10MB, SYN_FRAME, 0);
	frame_record(recording, DLT_EN10MB, HELLO_FRAME, 5);
	assert_int_equal(pcapng_write(file, recording), 0);
	fclose(file);
	recording_free(recording);
	return (uint8_t *)bytes;
}

static uint8_t *pcap_bytes(size_t *length)
{
	return frame_bytes(LITTLE_NANO "00010000 07000000 36000000 36000000 " SYN_FRAME
				       "00010000 d7070000 42000000 42000000 " HELLO_FRAME,
			   length);
}

/* Either the file reads, or a sentence says why not; what is read is whole. */
static size_t check(const uint8_t *bytes, size_t n)
{
	struct recording *recording;
	struct error error;
	int status = read_bytes(&recording, bytes, n, &error);
	size_t count = recording->packet_count;

	assert_true(status <= 0);
	if (status)
		assert_non_null(strstr(error.text, path));
	else
		assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		assert_true(recording->packets[i].data_length <= recording->packets[i].length);
	recording_free(recording);
	return count;
}

static void check_damaged(uint8_t *bytes, size_t length)
{
	static const uint8_t changes[] = {0x01, 0x10, 0x80, 0x7f, 0xff};
	size_t before = 0;

	for (size_t n = 0; n <= length; n++) {
		size_t count = check(bytes, n);
		assert_true(count >= before);
		before = count;
	}
	assert_int_equal(before, 2);
	for (size_t at = 0; at < length; at++) {
		for (size_t i = 0; i < sizeof(changes); i++) {
			bytes[at] ^= changes[i];
			check(bytes, length);
			bytes[at] ^= changes[i];
		}
	}
}

static void damaged_pcap_files(void **state)
{
	size_t length;
	uint8_t *bytes = pcap_bytes(&length);

	(void)state;
	check_damaged(bytes, length);
	free(bytes);
}

static void damaged_pcapng_files(void **state)
{
	size_t length;
	uint8_t *bytes = pcapng_bytes(&length);

	(void)state;
	check_damaged(bytes, length);
	free(bytes);
}

static void damage_leaves_what_was_before(void **state)
{
	struct recording *recording;
	struct error error;
	size_t length;
	uint8_t *bytes = pcap_bytes(&length);

	(void)state;
	assert_int_equal(read_bytes(&recording, bytes, length - 1, &error), -EINVAL);
	assert_non_null(strstr(error.text, "damaged after packet 1"));
	assert_int_equal(recording->packet_count, 1);
	recording_free(recording);
	free(bytes);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/x.pcap", directory);
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
		cmocka_unit_test(both_byte_orders_and_resolutions),
		cmocka_unit_test(order_and_retransmissions),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(absurd_times_are_borne),
		cmocka_unit_test(damaged_pcap_files),
		cmocka_unit_test(damaged_pcapng_files),
		cmocka_unit_test(damage_leaves_what_was_before),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
