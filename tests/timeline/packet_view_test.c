/*
 * Packets in words, and drawn: escaped, cut, and always rectangular.
 */
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"
#include "support/frames.h"
#include "timeline/packet_view.h"

static struct packet make(unsigned flags, const char *data, size_t n, uint32_t length)
{
	return (struct packet){
		.flags = flags, .data = (char *)data, .data_length = n, .length = length};
}

static void assert_words(const struct packet *packet, const char *words)
{
	char out[300];

	assert_int_equal(packet_words(out, sizeof(out), packet, NULL, 64), strlen(words));
	assert_string_equal(out, words);
}

static void words_of_packets(void **state)
{
	struct packet packet = make(PACKET_SYN, "", 0, 0);

	(void)state;
	assert_words(&packet, "SYN");
	packet.flags = PACKET_SYN | PACKET_ACK;
	assert_words(&packet, "SYN ACK");
	packet.flags = PACKET_ACK;
	assert_words(&packet, "ACK");
	packet.flags = PACKET_FIN | PACKET_ACK;
	assert_words(&packet, "FIN ACK");
	packet.retransmission = true;
	assert_words(&packet, "retransmitted FIN ACK");
	packet = make(PACKET_RST, "", 0, 0);
	assert_words(&packet, "RST");
	packet.flags = 0;
	assert_words(&packet, "no flags");
	packet = make(PACKET_PSH | PACKET_ACK, "Hello, world", 12, 12);
	assert_words(&packet, "PSH 12 \"Hello, world\"");
	packet = make(PACKET_ACK, "Hello, world", 12, 65000);
	assert_words(&packet, "ACK 65000 \"Hello, world\"...");
	packet = make(PACKET_ACK, "", 0, 65000);
	assert_words(&packet, "ACK 65000");
	packet = make(0, "SEND_DATE", 9, 9);
	packet.udp = true;
	assert_words(&packet, "UDP 9 \"SEND_DATE\"");
	packet = make(0, "", 0, 0);
	packet.udp = true;
	assert_words(&packet, "UDP 0");
}

static void words_with_numbers(void **state)
{
	struct packet packet = make(PACKET_SYN, "", 0, 0);
	struct relative relative = {0, 0};
	char out[100];

	(void)state;
	packet_words(out, sizeof(out), &packet, &relative, 64);
	assert_string_equal(out, "SYN seq 0");
	relative = (struct relative){1, 13};
	packet = make(PACKET_PSH | PACKET_ACK, "Hi", 2, 2);
	packet_words(out, sizeof(out), &packet, &relative, 64);
	assert_string_equal(out, "PSH seq 1 ack 13 length 2 \"Hi\"");
}

static void data_is_escaped_and_cut(void **state)
{
	struct packet packet = make(PACKET_PSH, "a\tb\r\n\"\\\x1b\0\xff", 10, 10);
	char out[8];

	(void)state;
	assert_words(&packet, "PSH 10 \"a\\tb\\r\\n\\\"\\\\\\x1b\\0\\xff\"");
	/* No character is cut in two: what was not kept, and what is not wanted. */
	packet = make(PACKET_PSH, "ab\xc3\xa9\xe2\x82\xac", 7, 7);
	assert_words(&packet, "PSH 7 \"ab\xc3\xa9\xe2\x82\xac\"");
	for (size_t kept = 4; kept < 7; kept++) {
		packet.data_length = kept;
		assert_words(&packet, "PSH 7 \"ab\xc3\xa9\"...");
	}
	packet.data_length = 3;
	assert_words(&packet, "PSH 7 \"ab\"...");
	/* Bytes that were no character in the first place are shown as such. */
	packet = make(PACKET_PSH, "ab\xc3", 3, 3);
	assert_words(&packet, "PSH 3 \"ab\\xc3\"");
	packet = make(PACKET_PSH, "Hello, world", 12, 12);
	assert_int_equal(packet_words(out, sizeof(out), &packet, NULL, 64), 7);
	assert_string_equal(out, "PSH ...");
	assert_int_equal(packet_words(out, sizeof(out), &packet, NULL, 0), 6);
	assert_string_equal(out, "PSH 12");
}

static char *draw(const struct packet_view *view, const struct recording *recording, size_t packet)
{
	struct relative *relative = sequence_relative(recording);
	char *text = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	assert_non_null(relative);
	assert_true(packet_draw(file, view, recording, packet, &relative[packet]));
	fclose(file);
	free(relative);
	assert_true(text_valid(text, n));
	return text;
}

static struct recording *one_interface(int link_type)
{
	struct recording *recording = recording_new();

	assert_int_equal(recording_add_interface(recording), 0);
	recording_set(&recording->interfaces[0].name, "lo");
	recording->interfaces[0].link_type = link_type;
	return recording;
}

/* Boxes have straight sides: every line from the first box on takes the same columns. */
static void assert_straight(const char *text, size_t width)
{
	const char *line = strchr(text, '\n') + 1;

	/* The title, and three lines of the strip. */
	for (int i = 0; i < 3; i++)
		line = strchr(line, '\n') + 1;
	while (*line) {
		size_t n = strcspn(line, "\n");
		assert_int_equal(text_columns(line, n), width);
		line += n + 1;
	}
}

static void layers_lie_within_each_other(void **state)
{
	static const char frame[] = ETHERNET_IPV4 IPV4("0034", "06")
		TCP("00000001", "0000000d", "5018") HELLO;
	struct recording *recording = one_interface(DLT_EN10MB);
	struct packet_view view = {.width = 90, .ascii = true, .bytes = 256};
	const char *order[] = {"packet 1, 33.310 ms, lo: 127.0.0.1:51612 -> 127.0.0.1:65432, PSH",
			       "| Ethernet 14 | IPv4 20 | TCP 20 | data 12 | 66 bytes\n",
			       "\n+- Ethernet, link layer",
			       "\n| +- IPv4, network layer",
			       "\n| | +- TCP, transport layer",
			       "counted from SYN    sequence 1, acknowledgement 1 ",
			       "\n| | | +- data: 12 bytes",
			       "0000  48 65 6c 6c 6f 2c 20 77 ",
			       "\n| | | +-",
			       "\n| | +-",
			       "\n| +-",
			       "\n+-"};

	(void)state;
	assert_int_equal(frame_record(recording, DLT_EN10MB, frame, 33310000), 0);
	char *text = draw(&view, recording, 0);
	const char *at = text;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *found = strstr(at, order[i]);
		if (found)
			at = found + strlen(order[i]);
		else
			fail_msg("\"%s\" is not in its place in: %s", order[i], text);
	}
	for (const char *byte = text; *byte; byte++)
		assert_true((unsigned char)*byte < 0x7f);
	assert_straight(text, 90);
	free(text);
	recording_free(recording);
}

static void any_width_and_depth_is_straight(void **state)
{
	static const char deep[] = IPV6("0054", "00") "3c 00 0502 0000 0100 3c 00 010400000000 "
						      "3c 00 010400000000 3c 00 010400000000 "
						      "3c 00 010400000000 3c 00 010400000000 "
						      "11 00 010400000000 " UDP("001c") HELLO
		"c3a9 e282ac 1b 00 ff";
	struct recording *recording = one_interface(DLT_RAW);

	(void)state;
	assert_int_equal(frame_record(recording, DLT_RAW, deep, 0), 0);
	for (size_t width = 0; width < 200; width += 7) {
		struct packet_view view = {.width = width, .ascii = width % 2, .bytes = width};
		char *text = draw(&view, recording, 0);
		/* Ten layers need 84 columns in any case. */
		assert_straight(text, width < 84 ? 84 : width);
		free(text);
	}
	recording_free(recording);
}

static void frames_that_were_not_kept_are_drawn(void **state)
{
	struct recording *recording = one_interface(DLT_RAW);
	struct packet_view view = {.width = 80, .bytes = 5};

	(void)state;
	frame_record(recording, DLT_RAW, IPV4("0028", "11") UDP("0014") HELLO, 0);
	free(recording->packets[0].frame);
	recording->packets[0].frame = NULL;
	char *text = draw(&view, recording, 0);
	assert_non_null(strstr(text, "the frame was not kept"));
	assert_non_null(strstr(text, "51612"));
	assert_non_null(strstr(text, "48 65 6c 6c 6f  "));
	assert_non_null(strstr(text, "and 7 bytes more"));
	free(text);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_packets),
		cmocka_unit_test(words_with_numbers),
		cmocka_unit_test(data_is_escaped_and_cut),
		cmocka_unit_test(layers_lie_within_each_other),
		cmocka_unit_test(any_width_and_depth_is_straight),
		cmocka_unit_test(frames_that_were_not_kept_are_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
