/*
 * The network layer: IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "timeline/packet_checksum.h"
#include "timeline/packet_dissect.h"

enum {
	IPV4_TYPE = 0x0800,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	EXTENSIONS_MAX = 8, /* real packets have one or two */

	/* Protocol numbers that the C library has no names for. */
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};

static const char not_first[] =
	"a later fragment: without the first one's header there are no ports, so it is not opened";

const char *dissect_protocol_name(unsigned protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_ICMPV6:
		return "ICMPv6";
	case IPPROTO_IPIP:
		return "IPv4 within IP";
	case IPPROTO_IPV6:
		return "IPv6 within IP";
	case IPPROTO_HOPOPTS:
		return "hop-by-hop options";
	case IPPROTO_ROUTING:
		return "routing";
	case IPPROTO_FRAGMENT:
		return "fragment";
	case IPPROTO_ESP:
		return "encrypted (ESP)";
	case IPPROTO_AH:
		return "authentication";
	case IPPROTO_NONE:
		return "nothing";
	case IPPROTO_DSTOPTS:
		return "destination options";
	case PROTOCOL_MOBILITY:
		return "mobility";
	case PROTOCOL_HIP:
		return "host identity";
	case PROTOCOL_SHIM6:
		return "shim6";
	default:
		return "unknown";
	}
}

static struct address address_of(uint8_t family, const uint8_t *bytes)
{
	struct address address = {.family = family};

	memcpy(address.bytes, bytes, family == ADDRESS_IPV4 ? 4 : 16);
	return address;
}

static void host_field(struct layers *layers, const char *name, const struct address *address)
{
	char text[ADDRESS_TEXT];

	layers_field(layers, name, "%s%s", address_host_text(text, address),
		     address_is_loopback(address) ? " (this host)"
		     : address_is_group(address)  ? " (a group)"
						  : "");
}

/* RFC 2474 section 3 and RFC 3168 section 5: six bits for the class and two for congestion. */
static void class_field(struct layers *layers, unsigned byte)
{
	static const char *const congestion[] = {"not announced (not ECN-capable)",
						 "announced (ECT 1)", "announced (ECT 0)",
						 "experienced"};

	layers_field(layers, "traffic class", "%u; congestion %s", byte >> 2, congestion[byte & 3]);
}

/* --- IPv4. --- */

static void ipv4_option(struct layers *layers, const uint8_t *option, size_t length)
{
	layers_field(layers, "option", "number %u, %zu bytes", option[0], length);
}

static void ipv4_flag_fields(struct layers *layers, unsigned word)
{
	layers_field(layers, "flags", "%s%s%s",
		     word & 0x4000 ? "DF (do not fragment)" : "may be fragmented",
		     word & 0x2000 ? ", MF (more fragments follow)" : "",
		     word & 0x8000 ? ", a reserved bit" : "");
	layers_field(layers, "fragment offset", "%u bytes", (word & 0x1fff) * 8);
}

static void ipv4_fields(struct dissection *dissection, const uint8_t *ip, size_t header)
{
	struct layers *layers = dissection->layers;
	unsigned total = read_16(ip + 2);

	layers_field(layers, "version", "4");
	layers_field(layers, "header length", "%u words of 4 bytes = %zu bytes", ip[0] & 0xfu,
		     header);
	class_field(layers, ip[1]);
	layers_field(layers, "total length", "%u bytes%s", total,
		     total ? "" : " (left to the network card: segmentation offload)");
	layers_field(layers, "identification", "0x%04x", read_16(ip + 4));
	ipv4_flag_fields(layers, read_16(ip + 6));
	layers_field(layers, "time to live", "%u hops", ip[8]);
	layers_field(layers, "protocol", "%u, %s", ip[9], dissect_protocol_name(ip[9]));
	layers_field(layers, "header checksum", "0x%04x, %s", read_16(ip + 10),
		     checksum_verdict(checksum_add(0, ip, header)));
	host_field(layers, "source", &dissection->packet.from);
	host_field(layers, "destination", &dissection->packet.to);
	dissect_options(layers, ip + IPV4_HEADER, header - IPV4_HEADER, ipv4_option);
}

static bool dissect_ipv4(struct dissection *dissection, size_t at)
{
	const uint8_t *ip = dissection->bytes + at;
	struct layers *layers = dissection->layers;

	if (dissect_short(dissection, "network", "IPv4", at, IPV4_HEADER))
		return false;
	size_t header = (size_t)4 * (ip[0] & 0xfu), total = read_16(ip + 2);
	if (ip[0] >> 4 != 4 || header < IPV4_HEADER || (total && total < header))
		return dissect_unknown(dissection, at, "malformed: this is no IPv4 header");
	/* Large segments on their way to the card, and BIG TCP, have a length of 0. */
	if (total)
		dissect_limit(dissection, at, total);
	if (dissect_short(dissection, "network", "IPv4", at, header))
		return false;
	dissection->packet.from = address_of(ADDRESS_IPV4, ip + 12);
	dissection->packet.to = address_of(ADDRESS_IPV4, ip + 16);
	layers_begin(layers, "network", "IPv4", at, header, dissection->end - at);
	if (layers)
		ipv4_fields(dissection, ip, header);
	unsigned fragment = read_16(ip + 6);
	if (fragment & 0x1fff)
		return dissect_unknown(dissection, at + header, not_first);
	dissection->fragmented = (fragment & 0x2000) != 0;
	return dissect_transport(dissection, at + header, ip[9]);
}

/* --- IPv6. --- */

/* Whether a number stands for an extension header (RFC 8200 section 4, IANA). */
static bool is_extension(unsigned protocol)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return true;
	default:
		return false;
	}
}

/* Lengths are in units of 8 bytes beyond the first; of the authentication header (RFC 4302 section
 * 2.2) in units of 4 beyond the first two. */
static size_t extension_length(const uint8_t *extension, unsigned protocol)
{
	if (protocol == IPPROTO_FRAGMENT)
		return 8;
	if (protocol == IPPROTO_AH)
		return (size_t)4 * (extension[1] + 2u);
	return (size_t)8 * (extension[1] + 1u);
}

/* RFC 8200 section 4.5. Returns whether the fragment is a later one. */
static bool fragment_fields(struct dissection *dissection, const uint8_t *extension)
{
	unsigned word = read_16(extension + 2);

	layers_field(dissection->layers, "fragment offset", "%u bytes", word & 0xfff8);
	layers_field(dissection->layers, "more fragments", "%s", word & 1 ? "yes" : "no");
	layers_field(dissection->layers, "identification", "0x%08x", read_32(extension + 4));
	dissection->fragmented = word & 1;
	return (word & 0xfff8) != 0;
}

static bool dissect_extensions(struct dissection *dissection, size_t at, unsigned protocol)
{
	for (int count = 0; is_extension(protocol); count++) {
		const uint8_t *extension = dissection->bytes + at;
		const char *name = dissect_protocol_name(protocol);
		bool later = false;

		if (count == EXTENSIONS_MAX)
			return dissect_unknown(dissection, at,
					       "too many extension headers: not opened");
		if (dissect_short(dissection, "network", name, at, 8))
			return false;
		size_t header = extension_length(extension, protocol);
		if (dissect_short(dissection, "network", name, at, header))
			return false;
		layers_begin(dissection->layers, "network", name, at, header, dissection->end - at);
		layers_field(dissection->layers, "next header", "%u, %s", extension[0],
			     dissect_protocol_name(extension[0]));
		layers_field(dissection->layers, "header length", "%zu bytes", header);
		if (protocol == IPPROTO_FRAGMENT)
			later = fragment_fields(dissection, extension);
		protocol = extension[0];
		at += header;
		if (later)
			return dissect_unknown(dissection, at, not_first);
	}
	return dissect_transport(dissection, at, protocol);
}

static void ipv6_fields(struct dissection *dissection, const uint8_t *ip)
{
	struct layers *layers = dissection->layers;
	unsigned payload = read_16(ip + 4);

	layers_field(layers, "version", "6");
	class_field(layers, read_16(ip) >> 4 & 0xff);
	layers_field(layers, "flow label", "0x%05x", read_32(ip) & 0xfffff);
	layers_field(layers, "payload length", "%u bytes%s", payload,
		     payload ? "" : " (as long as the frame: a jumbogram or offload)");
	layers_field(layers, "next header", "%u, %s", ip[6], dissect_protocol_name(ip[6]));
	layers_field(layers, "hop limit", "%u hops", ip[7]);
	host_field(layers, "source", &dissection->packet.from);
	host_field(layers, "destination", &dissection->packet.to);
}

static bool dissect_ipv6(struct dissection *dissection, size_t at)
{
	const uint8_t *ip = dissection->bytes + at;

	if (dissect_short(dissection, "network", "IPv6", at, IPV6_HEADER))
		return false;
	if (ip[0] >> 4 != 6)
		return dissect_unknown(dissection, at, "malformed: this is no IPv6 header");
	/* RFC 2675 section 3: a jumbogram's length is 0 here. */
	if (read_16(ip + 4) || ip[6] == IPPROTO_NONE)
		dissect_limit(dissection, at, IPV6_HEADER + read_16(ip + 4));
	dissection->packet.from = address_of(ADDRESS_IPV6, ip + 8);
	dissection->packet.to = address_of(ADDRESS_IPV6, ip + 24);
	layers_begin(dissection->layers, "network", "IPv6", at, IPV6_HEADER, dissection->end - at);
	if (dissection->layers)
		ipv6_fields(dissection, ip);
	return dissect_extensions(dissection, at + IPV6_HEADER, ip[6]);
}

bool dissect_ip(struct dissection *dissection, size_t at, unsigned type)
{
	if (type == IPV4_TYPE)
		return dissect_ipv4(dissection, at);
	return dissect_ipv6(dissection, at);
}
