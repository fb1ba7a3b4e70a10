/*
 * The transport layer: TCP (RFC 9293) and UDP (RFC 768), and the data they carry.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "timeline/packet_checksum.h"
#include "timeline/packet_dissect.h"

enum { TCP_HEADER = 20, UDP_HEADER = 8 };

/* The data that a header carried: length bytes on the wire, those before the end in the frame. */
static bool carry_data(struct dissection *dissection, size_t at, size_t length)
{
	size_t there = dissection->end - at;

	dissection->packet.length = (uint32_t)length;
	dissection->data = (struct span){dissection->bytes + at, there};
	if (length) {
		layers_begin(dissection->layers, "data", "data", at, 0, there);
		if (length > there)
			layers_trait(dissection->layers,
				     dissection->fragmented
					     ? "the rest is in later fragments of the packet"
					     : "the rest was not captured");
	}
	return true;
}

/* What is left to a network card is the sum of the pseudo header alone, to begin with. */
static const char *checksum_words(const struct dissection *dissection, const uint8_t *segment,
				  size_t length, unsigned protocol, size_t field)
{
	const struct packet *packet = &dissection->packet;
	uint16_t value = read_16(segment + field);
	uint32_t pseudo = checksum_pseudo(&packet->from, &packet->to, protocol, length);

	/* RFC 768: an IPv4 sender may leave it out. */
	if (protocol == IPPROTO_UDP && value == 0)
		return "none";
	if (dissection->missing || dissection->fragmented)
		return "not checked: the packet is not all here";
	if (value == checksum_fold(pseudo))
		return "begun, and left to the network card (checksum offload)";
	return checksum_verdict(checksum_add(checksum_fold(pseudo), segment, length));
}

/* --- UDP. --- */

static void udp_fields(struct dissection *dissection, size_t at, size_t length)
{
	const uint8_t *udp = dissection->bytes + at;
	struct layers *layers = dissection->layers;

	layers_field(layers, "source port", "%u", read_16(udp));
	layers_field(layers, "destination port", "%u", read_16(udp + 2));
	layers_field(layers, "length", "%u bytes: header %d, data %zu", read_16(udp + 4),
		     UDP_HEADER, length - UDP_HEADER);
	layers_field(layers, "checksum", "0x%04x, %s", read_16(udp + 6),
		     checksum_words(dissection, udp, dissection->end - at, IPPROTO_UDP, 6));
}

static bool dissect_udp(struct dissection *dissection, size_t at)
{
	const uint8_t *udp = dissection->bytes + at;

	if (dissect_short(dissection, "transport", "UDP", at, UDP_HEADER))
		return false;
	size_t on_wire = dissection->end - at + dissection->missing, length = read_16(udp + 4);
	/* RFC 2675 section 4: a length of 0 is a jumbogram's. */
	bool malformed = length != 0 &&
			 (length < UDP_HEADER || (length > on_wire && !dissection->fragmented));
	if (length == 0 || malformed)
		length = on_wire;
	dissect_limit(dissection, at, length);
	dissection->packet.udp = true;
	dissection->packet.from.port = read_16(udp);
	dissection->packet.to.port = read_16(udp + 2);
	layers_begin(dissection->layers, "transport", "UDP", at, UDP_HEADER, dissection->end - at);
	if (dissection->layers)
		udp_fields(dissection, at, length);
	if (malformed)
		layers_trait(dissection->layers, "malformed: the length is not that of the packet");
	return carry_data(dissection, at + UDP_HEADER, length - UDP_HEADER);
}

/* --- TCP. --- */

/* RFC 9293 section 3.1, RFC 3168 section 6.1 and RFC 9768 for the first three. */
static void flags_field(struct layers *layers, unsigned bits)
{
	static const char *const names[] = {
		"FIN (no more data)",  "SYN (begin)",        "RST (reset)",
		"PSH (hand over now)", "ACK (acknowledges)", "URG (urgent data)",
		"ECE (congestion)",    "CWR (slowed down)",  "AE (accurate congestion)",
	};
	char text[240] = "";
	size_t used = 0;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits & 1u << i)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? ", " : "", names[i]);
	layers_field(layers, "flags", "0x%03x: %s", bits, used ? text : "none");
}

/* RFC 2018 section 3: pairs of numbers, each a block that has come. */
static void blocks_field(struct layers *layers, const uint8_t *option, size_t length)
{
	for (size_t at = 2; at + 8 <= length; at += 8)
		layers_field(layers, "option", "SACK: bytes %u to %u have come",
			     read_32(option + at), read_32(option + at + 4));
}

static void option_field(struct layers *layers, const uint8_t *option, size_t length)
{
	if (option[0] == 2 && length == 4) /* RFC 9293 section 3.7.1 */
		layers_field(layers, "option", "largest segment %u bytes (MSS)",
			     read_16(option + 2));
	else if (option[0] == 3 && length == 3) /* RFC 7323 section 2.2 */
		layers_field(layers, "option", "window scale %u: windows count %u bytes", option[2],
			     1u << (option[2] < 14 ? option[2] : 14));
	else if (option[0] == 4 && length == 2) /* RFC 2018 section 2 */
		layers_field(layers, "option", "selective acknowledgements permitted (SACK)");
	else if (option[0] == 5)
		blocks_field(layers, option, length);
	else if (option[0] == 8 && length == 10) /* RFC 7323 section 3.2 */
		layers_field(layers, "option", "timestamp %u, echo of %u", read_32(option + 2),
			     read_32(option + 6));
	else if (option[0] == 34) /* RFC 7413 section 4.1.1 */
		layers_field(layers, "option", "fast open, cookie of %zu bytes", length - 2);
	else
		layers_field(layers, "option", "number %u, %zu bytes", option[0], length);
}

/* seen: how much of the header the frame has. */
static void tcp_fields(struct dissection *dissection, size_t at, size_t header, size_t seen)
{
	const uint8_t *tcp = dissection->bytes + at;
	struct layers *layers = dissection->layers;
	unsigned bits = read_16(tcp + 12) & 0x1ff;

	layers_field(layers, "source port", "%u", read_16(tcp));
	layers_field(layers, "destination port", "%u", read_16(tcp + 2));
	layers_field(layers, "sequence number", "%u", read_32(tcp + 4));
	layers_field(layers, "acknowledgement", "%u%s", read_32(tcp + 8),
		     bits & PACKET_ACK ? "" : " (not used: no ACK flag)");
	layers_field(layers, "header length", "%u words of 4 bytes = %zu bytes", tcp[12] >> 4u,
		     header);
	flags_field(layers, bits);
	layers_field(layers, "window", "%u%s", read_16(tcp + 14),
		     bits & PACKET_SYN ? " bytes"
				       : " times the factor of the window scale, in bytes");
	layers_field(layers, "checksum", "0x%04x, %s", read_16(tcp + 16),
		     checksum_words(dissection, tcp, dissection->end - at, IPPROTO_TCP, 16));
	layers_field(layers, "urgent pointer", "%u%s", read_16(tcp + 18),
		     bits & 0x20 ? "" : " (not used: no URG flag)");
	dissect_options(layers, tcp + TCP_HEADER, seen - TCP_HEADER, option_field);
}

static bool dissect_tcp(struct dissection *dissection, size_t at)
{
	const uint8_t *tcp = dissection->bytes + at;
	struct packet *packet = &dissection->packet;

	if (dissect_short(dissection, "transport", "TCP", at, TCP_HEADER))
		return false;
	size_t header = (size_t)4 * (tcp[12] >> 4);
	if (header < TCP_HEADER)
		return dissect_unknown(dissection, at, "malformed: this is no TCP header");
	packet->from.port = read_16(tcp);
	packet->to.port = read_16(tcp + 2);
	packet->sequence = read_32(tcp + 4);
	packet->acknowledgement = read_32(tcp + 8);
	packet->flags = tcp[13] & (PACKET_FIN | PACKET_SYN | PACKET_RST | PACKET_PSH | PACKET_ACK |
				   PACKET_URG);
	packet->window = read_16(tcp + 14);
	/* Short captures often end within the options. */
	size_t there = dissection->end - at, on_wire = there + dissection->missing;
	bool cut = header > there && header <= on_wire;
	size_t seen = cut ? there : header;
	if (dissect_short(dissection, "transport", "TCP", at, seen))
		return false;
	layers_begin(dissection->layers, "transport", "TCP", at, seen, there);
	if (cut)
		layers_trait(dissection->layers, "the capture ends within this header");
	if (dissection->layers)
		tcp_fields(dissection, at, header, seen);
	return carry_data(dissection, at + seen, on_wire - header);
}

bool dissect_transport(struct dissection *dissection, size_t at, unsigned protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return dissect_tcp(dissection, at);
	case IPPROTO_UDP:
		return dissect_udp(dissection, at);
	case IPPROTO_ESP:
		return dissect_unknown(dissection, at, "encrypted: not opened");
	default:
		return dissect_unknown(dissection, at, "neither TCP nor UDP: not opened");
	}
}
