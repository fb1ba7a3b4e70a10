/*
 * Frames of every link type, written byte by byte, and what hostile ones do: cut anywhere, and with
 * any byte changed.
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

#include "support/frames.h"
#include "timeline/packet_parse.h"

#define HELLO_TCP TCP("00000001", "0000000d", "5018") HELLO
#define SYN_OPTIONS "0204ffd7 0402 080a00000007 00000000 01 030307 "

static const struct {
	int link_type;
	const char *text;
	const char *layers; /* NULL: neither TCP nor UDP */
	const char *from, *to;
	bool udp;
	unsigned flags;
	uint32_t length;
	const char *data;
} cases[] = {
	{DLT_EN10MB, ETHERNET_IPV4 IPV4("0034", "06") HELLO_TCP, "Ethernet IPv4 TCP data",
	 "127.0.0.1:51612", "127.0.0.1:65432", false, PACKET_PSH | PACKET_ACK, 12, "Hello, world"},
	{DLT_EN10MB,
	 ETHERNET_IPV4 IPV4("003c", "06") TCP("00000000", "00000000", "a002") SYN_OPTIONS,
	 "Ethernet IPv4 TCP", "127.0.0.1:51612", "127.0.0.1:65432", false, PACKET_SYN, 0, ""},
	/* Fill bytes of a short Ethernet frame are no data. */
	{DLT_EN10MB,
	 ETHERNET_IPV4 IPV4("0028", "06") TCP("00000001", "00000001", "5011") "000000000000",
	 "Ethernet IPv4 TCP", "127.0.0.1:51612", "127.0.0.1:65432", false, PACKET_FIN | PACKET_ACK,
	 0, ""},
	/* Left to the network card: a length of 0. */
	{DLT_EN10MB, ETHERNET_IPV4 IPV4("0000", "06") HELLO_TCP, "Ethernet IPv4 TCP data",
	 "127.0.0.1:51612", "127.0.0.1:65432", false, PACKET_PSH | PACKET_ACK, 12, "Hello, world"},
	{DLT_EN10MB,
	 "020000000001 020000000002 8100 2064 0800 " IPV4("0028", "11") UDP("0014") HELLO,
	 "Ethernet VLAN tag IPv4 UDP data", "127.0.0.1:51612", "127.0.0.1:65432", true, 0, 12,
	 "Hello, world"},
	{DLT_EN10MB,
	 "020000000001 020000000002 88a8 0001 8100 2064 0800 " IPV4("001c", "11") UDP("0008"),
	 "Ethernet VLAN tag VLAN tag IPv4 UDP", "127.0.0.1:51612", "127.0.0.1:65432", true, 0, 0,
	 ""},
	{DLT_EN10MB, ETHERNET_IPV6 IPV6("0020", "06") HELLO_TCP, "Ethernet IPv6 TCP data",
	 "[::1]:51612", "[::1]:65432", false, PACKET_PSH | PACKET_ACK, 12, "Hello, world"},
	{DLT_NULL, "02000000 " IPV4("0034", "06") HELLO_TCP, "loopback IPv4 TCP data",
	 "127.0.0.1:51612", "127.0.0.1:65432", false, PACKET_PSH | PACKET_ACK, 12, "Hello, world"},
	{DLT_NULL, "0000001e " IPV6("0014", "11") UDP("0014") HELLO, "loopback IPv6 UDP data",
	 "[::1]:51612", "[::1]:65432", true, 0, 12, "Hello, world"},
	{DLT_LOOP, "00000002 " IPV4("0028", "11") UDP("0014") HELLO, "loopback IPv4 UDP data",
	 "127.0.0.1:51612", "127.0.0.1:65432", true, 0, 12, "Hello, world"},
	{DLT_LINUX_SLL,
	 "0000 0304 0006 000000000000 0000 0800 " IPV4("0028", "11") UDP("0014") HELLO,
	 "Linux cooked IPv4 UDP data", "127.0.0.1:51612", "127.0.0.1:65432", true, 0, 12,
	 "Hello, world"},
	{DLT_LINUX_SLL2,
	 "86dd 0000 00000001 0304 04 06 000000000000 0000 " IPV6("0014", "11") UDP("0014") HELLO,
	 "Linux cooked 2 IPv6 UDP data", "[::1]:51612", "[::1]:65432", true, 0, 12, "Hello, world"},
	{DLT_RAW, IPV4("0034", "06") HELLO_TCP, "IPv4 TCP data", "127.0.0.1:51612",
	 "127.0.0.1:65432", false, PACKET_PSH | PACKET_ACK, 12, "Hello, world"},
	{DLT_RAW, IPV6("0020", "06") HELLO_TCP, "IPv6 TCP data", "[::1]:51612", "[::1]:65432",
	 false, PACKET_PSH | PACKET_ACK, 12, "Hello, world"},
	/* Options of IPv4: a router alert (RFC 2113). */
	{DLT_RAW, "46 00 002c 1c46 4000 40 11 0000 7f000001 7f000001 94040000 " UDP("0014") HELLO,
	 "IPv4 UDP data", "127.0.0.1:51612", "127.0.0.1:65432", true, 0, 12, "Hello, world"},
	/* Hop-by-hop options, destination options, authentication. */
	{DLT_RAW,
	 IPV6("0034", "00") "3c 00 0502 0000 0100 33 00 010400000000 11 02 0000 00000001 00000001 "
			    "00000000 " UDP("0014") HELLO,
	 "IPv6 hop-by-hop options destination options authentication UDP data", "[::1]:51612",
	 "[::1]:65432", true, 0, 12, "Hello, world"},
	/* The first fragment of a datagram of 3000 bytes. */
	{DLT_RAW, "45 00 0028 1c46 2000 40 11 0000 7f000001 7f000001 " UDP("0bc0") HELLO,
	 "IPv4 UDP data", "127.0.0.1:51612", "127.0.0.1:65432", true, 0, 3000, "Hello, world"},
	{DLT_RAW, IPV6("001c", "2c") "11 00 0001 00000007 " UDP("0bc0") HELLO,
	 "IPv6 fragment UDP data", "[::1]:51612", "[::1]:65432", true, 0, 3000, "Hello, world"},
	/* Later ones. */
	{DLT_RAW, "45 00 0028 1c46 2064 40 11 0000 7f000001 7f000001 " UDP("0014") HELLO, NULL,
	 NULL, NULL, false, 0, 0, NULL},
	{DLT_RAW, IPV6("001c", "2c") "11 00 0320 00000007 " UDP("0014") HELLO, NULL, NULL, NULL,
	 false, 0, 0, NULL},
	/* A datagram that claims more than the packet has. */
	{DLT_RAW, IPV4("0028", "11") UDP("ffff") HELLO, "IPv4 UDP data", "127.0.0.1:51612",
	 "127.0.0.1:65432", true, 0, 12, "Hello, world"},
	/* ICMP, ARP, a link that nobody knows. */
	{DLT_RAW, IPV4("0020", "01") "0800 f7ff 0000 0000 00000000", NULL, NULL, NULL, false, 0, 0,
	 NULL},
	{DLT_EN10MB, "ffffffffffff 020000000002 0806 0001 0800 06 04 0001", NULL, NULL, NULL, false,
	 0, 0, NULL},
	{DLT_IEEE802_11, IPV4("0028", "11") UDP("0014") HELLO, NULL, NULL, NULL, false, 0, 0, NULL},
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void join_names(char *out, size_t size, const struct layers *layers)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < layers->count; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "",
					 layers->layer[i].name);
}

static void frames_of_every_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct packet packet = {.when = 7};
		struct span data;
		struct layers layers;
		size_t length;
		uint8_t *bytes = frame_bytes(cases[i].text, &length);
		struct frame frame = {cases[i].link_type, bytes, (uint32_t)length,
				      (uint32_t)length};
		char names[200], text[ADDRESS_TEXT];

		layers_clear(&layers);
		bool found = packet_parse(&packet, &data, &layers, &frame);
		assert_int_equal(found, cases[i].layers != NULL);
		if (found) {
			join_names(names, sizeof(names), &layers);
			assert_string_equal(names, cases[i].layers);
			assert_string_equal(address_text(text, &packet.from), cases[i].from);
			assert_string_equal(address_text(text, &packet.to), cases[i].to);
			assert_int_equal(packet.udp, cases[i].udp);
			assert_int_equal(packet.flags, cases[i].flags);
			assert_int_equal(packet.length, cases[i].length);
			assert_int_equal(data.length, strlen(cases[i].data));
			assert_memory_equal(data.bytes, cases[i].data, data.length);
		} else {
			assert_int_equal(packet.from.family, ADDRESS_NONE);
		}
		assert_int_equal(packet.when, 7);
		free(bytes);
	}
}

/* What must hold of any frame: lengths never reach beyond it. */
static void check(int link_type, const uint8_t *bytes, size_t length, size_t original)
{
	struct frame frame = {link_type, bytes, (uint32_t)length, (uint32_t)original};
	struct packet packet = {.when = 7}, again = {.when = 7};
	struct span data, same;
	static struct layers layers;

	layers_clear(&layers);
	bool found = packet_parse(&packet, &data, &layers, &frame);
	assert_int_equal(packet_parse(&again, &same, NULL, &frame), found);
	assert_memory_equal(&packet, &again, sizeof(packet));
	assert_true(layers.count <= LAYERS_MAX && layers.field_count <= LAYERS_FIELDS_MAX);
	for (size_t i = 0; i < layers.count; i++) {
		const struct layer *layer = &layers.layer[i];
		assert_true(layer->offset <= length && layer->length <= length - layer->offset);
		assert_true(layer->header <= layer->length);
		assert_true(layer->first_field + layer->field_count <= layers.field_count);
	}
	for (size_t i = 0; i < layers.field_count; i++)
		assert_true(strlen(layers.fields[i].value) < 300);
	if (!found)
		return;
	assert_true(data.bytes >= bytes && data.bytes + data.length <= bytes + length);
	assert_true(data.length <= packet.length);
	assert_true(packet.length <= original || packet.length < 65536);
}

static void every_prefix_is_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		size_t length;
		uint8_t *bytes = frame_bytes(cases[i].text, &length);

		for (size_t n = 0; n <= length; n++) {
			uint8_t *prefix = malloc(n ? n : 1);
			memcpy(prefix, bytes, n);
			check(cases[i].link_type, prefix, n, n);
			check(cases[i].link_type, prefix, n, length);
			check(cases[i].link_type, prefix, n, UINT32_MAX);
			free(prefix);
		}
		free(bytes);
	}
}

static void every_changed_byte_is_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		size_t length;
		uint8_t *bytes = frame_bytes(cases[i].text, &length);

		for (size_t at = 0; at < length; at++) {
			uint8_t old = bytes[at];
			for (int change = 1; change < 256; change++) {
				bytes[at] = (uint8_t)(old ^ change);
				check(cases[i].link_type, bytes, length, length);
			}
			bytes[at] = old;
		}
		free(bytes);
	}
}

static void random_frames_are_safe(void **state)
{
	static const int types[] = {DLT_EN10MB, DLT_NULL, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW};
	unsigned short seed[3] = {3, 1, 4};

	(void)state;
	for (int round = 0; round < 50000; round++) {
		size_t pick = (size_t)nrand48(seed) % CASES, length;
		uint8_t *bytes = frame_bytes(cases[pick].text, &length);

		for (int i = 0; i < 8; i++)
			bytes[(size_t)nrand48(seed) % length] = (uint8_t)nrand48(seed);
		check(round % 2 ? cases[pick].link_type : types[round % 5], bytes, length,
		      length + (size_t)nrand48(seed) % 3 * 1000);
		free(bytes);
	}
}

/* Of what a snapped capture left, the headers say how much there was. */
static void cut_data_is_counted(void **state)
{
	struct packet packet = {.when = 7};
	struct span data;
	size_t length;
	uint8_t *bytes = frame_bytes(cases[0].text, &length);
	struct frame frame = {DLT_EN10MB, bytes, (uint32_t)length - 7, (uint32_t)length};

	(void)state;
	assert_true(packet_parse(&packet, &data, NULL, &frame));
	assert_int_equal(packet.length, 12);
	assert_int_equal(data.length, 5);
	/* The fill bytes of a frame that was cut are no data either. */
	frame.original += 6;
	assert_true(packet_parse(&packet, &data, NULL, &frame));
	assert_int_equal(packet.length, 12);
	free(bytes);
}

static const char *value(const struct layers *layers, size_t layer, const char *name)
{
	for (size_t i = 0; i < layers->layer[layer].field_count; i++) {
		const struct field *field = &layers->fields[layers->layer[layer].first_field + i];
		if (!strcmp(field->name, name))
			return field->value;
	}
	return "(no such field)";
}

/* What a capture of the first bytes only leaves of the options is enough to know the packet. */
static void cut_options_are_no_hindrance(void **state)
{
	size_t length;
	uint8_t *bytes = frame_bytes(ETHERNET_IPV4 IPV4("0034", "06")
					     TCP("00000064", "00000007", "7018") "0402 0800",
				     &length);
	const struct frame frame = {DLT_EN10MB, bytes, (uint32_t)length, 66};
	struct layers *layers = calloc(1, sizeof(*layers));
	struct packet packet = {.udp = false};
	struct span data;

	(void)state;
	assert_non_null(layers);
	assert_true(packet_parse(&packet, &data, layers, &frame));
	assert_int_equal(packet.sequence, 100);
	assert_int_equal(packet.length, 4);
	assert_int_equal(data.length, 0);
	assert_string_equal(layers->layer[2].trait, "the capture ends within this header");
	/* Without anything missing the packet is malformed. */
	assert_false(packet_parse(
		&packet, &data, NULL,
		&(struct frame){DLT_EN10MB, bytes, (uint32_t)length, (uint32_t)length}));
	free(layers);
	free(bytes);
}

static void assert_starts(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" does not start with \"%s\"", text, start);
}

/* Numbers worked out by hand from the RFCs' figures. */
static void fields_have_their_values(void **state)
{
	struct packet packet;
	struct span data;
	struct layers layers;
	size_t length;
	uint8_t *bytes = frame_bytes(ETHERNET_IPV4
				     "45 00 003c 1c46 4000 40 06 2074 7f000001 7f000001 "
				     "c99c ff98 deadbeef 00000000 a002 ffd7 fe30 0000 " SYN_OPTIONS,
				     &length);
	struct frame frame = {DLT_EN10MB, bytes, (uint32_t)length, (uint32_t)length};

	(void)state;
	layers_clear(&layers);
	assert_true(packet_parse(&packet, &data, &layers, &frame));
	assert_int_equal(packet.sequence, 0xdeadbeef);
	assert_int_equal(packet.window, 65495);
	assert_string_equal(value(&layers, 0, "source"), "02:00:00:00:00:02");
	assert_string_equal(value(&layers, 0, "type"), "0x0800, IPv4");
	assert_string_equal(value(&layers, 1, "header length"), "5 words of 4 bytes = 20 bytes");
	assert_string_equal(value(&layers, 1, "total length"), "60 bytes");
	assert_starts(value(&layers, 1, "flags"), "DF");
	assert_string_equal(value(&layers, 1, "time to live"), "64 hops");
	assert_string_equal(value(&layers, 1, "protocol"), "6, TCP");
	assert_string_equal(value(&layers, 1, "header checksum"), "0x2074, right");
	assert_string_equal(value(&layers, 2, "source port"), "51612");
	assert_string_equal(value(&layers, 2, "sequence number"), "3735928559");
	assert_string_equal(value(&layers, 2, "flags"), "0x002: SYN (begin)");
	/* 7f00 + 0001 + 7f00 + 0001 + 6 + 40 = fe30: the pseudo header's sum alone. */
	assert_starts(value(&layers, 2, "checksum"), "0xfe30, begun");
	assert_string_equal(value(&layers, 2, "option"), "largest segment 65495 bytes (MSS)");
	assert_int_equal(layers.layer[2].offset, 34);
	assert_int_equal(layers.layer[2].header, 40);
	assert_string_equal(layers.layer[2].trait, "");

	/* A checksum that is computed, and one that is damaged. */
	memcpy(bytes + 50, "\xff\xff", 2);
	layers_clear(&layers);
	packet_parse(&packet, &data, &layers, &frame);
	assert_starts(value(&layers, 2, "checksum"), "0xffff, wrong");
	bytes[24] ^= 1;
	layers_clear(&layers);
	packet_parse(&packet, &data, &layers, &frame);
	assert_string_equal(value(&layers, 1, "header checksum"), "0x2174, wrong");
	free(bytes);
}

static void options_that_lie_are_told(void **state)
{
	static const char *const options[] = {"0200 0000", "0205 0000", "0101 0303", "01010102"};
	char text[400];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct packet packet;
		struct span data;
		struct layers layers;
		size_t length;

		snprintf(text, sizeof(text), "%s%s",
			 IPV4("002c", "06") TCP("00000001", "00000001", "6010"), options[i]);
		uint8_t *bytes = frame_bytes(text, &length);
		struct frame frame = {DLT_RAW, bytes, (uint32_t)length, (uint32_t)length};
		layers_clear(&layers);
		assert_true(packet_parse(&packet, &data, &layers, &frame));
		assert_starts(layers.layer[1].trait, "malformed");
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_every_kind),
		cmocka_unit_test(every_prefix_is_safe),
		cmocka_unit_test(every_changed_byte_is_safe),
		cmocka_unit_test(random_frames_are_safe),
		cmocka_unit_test(cut_data_is_counted),
		cmocka_unit_test(cut_options_are_no_hindrance),
		cmocka_unit_test(fields_have_their_values),
		cmocka_unit_test(options_that_lie_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
