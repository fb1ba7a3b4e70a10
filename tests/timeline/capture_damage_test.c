/*
 * Captures of every kind of link in both formats, cut at every byte and with every byte changed:
 * they are read, joined, and drawn in all views with their packets opened, and nothing breaks.
 */
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "support/frames.h"
#include "timeline/capture_file.h"
#include "timeline/join.h"
#include "timeline/pcapng.h"
#include "timeline/view.h"
#include "timeline/view_drawn.h"

/* A file in memory, written anew thousands of times. */
static int memory;
static char path[64];

#define HELLO_SEGMENT TCP("00000065", "0000000d", "5018") HELLO
#define DATAGRAM "c99c ff98 000b fe1b 61 62 63 "
/* A SYN with options: the largest segment, SACK, a timestamp and the window scale. */
#define SYN_SEGMENT                         \
	TCP("00000064", "00000000", "a002") \
	"0204 05b4 0402 080a 00000001 00000000 01 03030a "
/* Hop-by-hop options, destination options and a first fragment. */
#define EXTENSIONS "3c00 0104 00000000 2c00 0104 00000000 0600 0001 00000009 "

#define SYN4 IPV4("003c", "06") SYN_SEGMENT
#define HELLO4 IPV4("0034", "06") HELLO_SEGMENT
#define UDP4 IPV4("001f", "11") DATAGRAM
#define HELLO6 IPV6("0038", "00") EXTENSIONS HELLO_SEGMENT

static const struct {
	int type, number; /* libpcap's, and the file's */
	const char *link4, *link6;
} links[] = {
	{DLT_EN10MB, 1, ETHERNET_IPV4, ETHERNET_IPV6},
	{DLT_EN10MB, 1, "020000000001 020000000002 8100 a00a 0800 ",
	 "020000000001 020000000002 88a8 a00a 8100 000b 86dd "},
	{DLT_NULL, 0, "02000000 ", "0a000000 "},
	{DLT_LOOP, 108, "00000002 ", "00000018 "},
	{DLT_LINUX_SLL, 113, "0000 0001 0006 020000000001 0000 0800 ",
	 "0004 0304 0006 000000000000 0000 86dd "},
	{DLT_LINUX_SLL2, 276, "0800 0000 00000002 0001 00 06 020000000001 0000 ",
	 "86dd 0000 00000001 0304 04 06 000000000000 0000 "},
	{DLT_RAW, 101, "", ""},
	{DLT_IPV4, 228, "", ""},
};

struct bytes {
	uint8_t *bytes;
	size_t length;
};

static void make_frames(struct recording *recording, size_t link)
{
	char text[600];
	const char *four[] = {SYN4, HELLO4, UDP4};
	int64_t when = 0;

	for (size_t i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%s%s", links[link].link4, four[i]);
		assert_true(frame_record(recording, links[link].type, text, when++) >= 0);
	}
	snprintf(text, sizeof(text), "%s%s", links[link].link6, HELLO6);
	assert_true(frame_record(recording, links[link].type, text, when) >= 0);
}

static void put_32(FILE *file, uint32_t value)
{
	assert_int_equal(fwrite(&value, sizeof(value), 1, file), 1);
}

static void put_pcap(FILE *file, const struct recording *recording, size_t link)
{
	const uint16_t version[] = {2, 4};

	put_32(file, 0xa1b23c4d);
	assert_int_equal(fwrite(version, sizeof(version), 1, file), 1);
	put_32(file, 0);
	put_32(file, 0);
	put_32(file, 65535);
	put_32(file, (uint32_t)links[link].number);
	for (size_t i = 0; i < recording->packet_count; i++) {
		const struct packet *packet = &recording->packets[i];

		put_32(file, 1);
		put_32(file, (uint32_t)i);
		put_32(file, packet->frame_length);
		put_32(file, packet->frame_original);
		fwrite(packet->frame, 1, packet->frame_length, file);
	}
}

static struct bytes make_file(size_t link, bool pcapng)
{
	struct recording *recording = recording_new();
	struct bytes made;
	char *text;
	FILE *file = open_memstream(&text, &made.length);

	assert_non_null(recording);
	assert_non_null(file);
	assert_int_equal(recording_add_interface(recording), 0);
	recording_set(&recording->interfaces[0].name, "x");
	recording->interfaces[0].link_type = links[link].type;
	make_frames(recording, link);
	for (size_t i = 0; i < recording->packet_count; i++)
		recording->packets[i].interface = 0;
	if (pcapng)
		assert_int_equal(pcapng_write(file, recording), 0);
	else
		put_pcap(file, recording, link);
	assert_int_equal(fclose(file), 0);
	recording_free(recording);
	made.bytes = (uint8_t *)text;
	return made;
}

enum { VIEWS = 4 };

static void draw(const struct recording *recording, size_t view)
{
	static int (*const views[VIEWS])(const struct recording *, const struct join *,
					 const struct view_options *,
					 FILE *) = {view_text, view_markdown, view_svg, view_html};
	const struct view_options options = {.verbose = true, .width = 80, .bytes = 16};
	struct join *join = join_make(recording);

	assert_non_null(join);
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_int_equal(views[view](recording, join, &options, file), 0);
	fclose(file);
	free(text);
	join_free(join);
}

/* Returns how many packets there were, having drawn them in so many views from one on. */
static size_t check(const uint8_t *bytes, size_t n, size_t view, size_t views)
{
	struct recording *recording = recording_new();
	struct error error = {.text = ""};

	assert_int_equal(ftruncate(memory, 0), 0);
	assert_int_equal(pwrite(memory, bytes, n, 0), n);
	if (capture_file_read(recording, path, 16, &error))
		assert_true(error.text[0] != '\0');
	size_t count = recording->packet_count;
	for (size_t i = 0; count > 0 && i < views; i++)
		draw(recording, (view + i) % VIEWS);
	recording_free(recording);
	return count;
}

static void check_all(bool pcapng)
{
	for (size_t link = 0; link < sizeof(links) / sizeof(links[0]); link++) {
		struct bytes made = make_file(link, pcapng);

		assert_int_equal(check(made.bytes, made.length, 0, VIEWS), 4);
		/* What is before the cut is drawn already. */
		for (size_t n = 0; n < made.length; n++)
			assert_true(check(made.bytes, n, 0, 0) <= 4);
		/* Frames are the same in both formats. */
		for (size_t at = 0; (!pcapng || link == 0) && at < made.length; at++) {
			made.bytes[at] ^= 0xff;
			check(made.bytes, made.length, at, 1);
			made.bytes[at] ^= 0xff;
		}
		free(made.bytes);
	}
}

static void pcap_files_of_every_link(void **state)
{
	(void)state;
	check_all(false);
}

static void pcapng_files_of_every_link(void **state)
{
	(void)state;
	check_all(true);
}

static int make_file_in_memory(void **state)
{
	(void)state;
	memory = memfd_create("capture", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	return memory < 0 ? -1 : 0;
}

static int close_file(void **state)
{
	(void)state;
	return close(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_files_of_every_link),
		cmocka_unit_test(pcapng_files_of_every_link),
	};

	return cmocka_run_group_tests(tests, make_file_in_memory, close_file);
}
