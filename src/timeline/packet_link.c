/*
 * The link layer: Ethernet, loopback, Linux cooked, and none.
 */
#include <pcap/dlt.h>
#include <string.h>

#include "timeline/packet_dissect.h"

enum {
	/* Ethernet types, IEEE 802 numbers. */
	TYPE_IPV4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_SERVICE_VLAN = 0x88a8,
	TYPE_LEAST = 0x0600, /* smaller numbers are lengths (IEEE 802.3 section 3.2.6) */

	VLAN_TAGS_MAX = 2,
	MAC = 6,
};

bool packet_parse_knows(int link_type)
{
	switch (link_type) {
	case DLT_EN10MB:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return true;
	default:
		return false;
	}
}

static const char *type_name(unsigned type)
{
	switch (type) {
	case TYPE_IPV4:
		return "IPv4";
	case TYPE_IPV6:
		return "IPv6";
	case TYPE_ARP:
		return "ARP";
	case TYPE_VLAN:
		return "VLAN tag";
	case TYPE_SERVICE_VLAN:
		return "service VLAN tag";
	default:
		return type < TYPE_LEAST ? "a length, IEEE 802.3" : "unknown";
	}
}

static bool carry(struct dissection *dissection, size_t at, unsigned type)
{
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		return dissect_ip(dissection, at, type);
	return dissect_unknown(dissection, at, "neither IPv4 nor IPv6: not opened");
}

/* --- Ethernet, IEEE 802.3, as RFC 894 uses it. --- */

static const char *mac_trait(const uint8_t *mac)
{
	static const uint8_t none[MAC];

	if (!memcmp(mac, none, MAC))
		return " (none: the loopback interface)";
	if (!memcmp(mac, "\xff\xff\xff\xff\xff\xff", MAC))
		return " (broadcast: to everybody on this network)";
	return mac[0] & 1 ? " (multicast: to a group)" : "";
}

static void mac_field(struct layers *layers, const char *name, const uint8_t *mac)
{
	layers_field(layers, name, "%02x:%02x:%02x:%02x:%02x:%02x%s", mac[0], mac[1], mac[2],
		     mac[3], mac[4], mac[5], mac_trait(mac));
}

/* IEEE 802.1Q: each tag has a priority and a network's number, then the type of what follows. */
static bool dissect_vlan(struct dissection *dissection, size_t at, unsigned type)
{
	for (int tags = 0; type == TYPE_VLAN || type == TYPE_SERVICE_VLAN; tags++) {
		const uint8_t *tag = dissection->bytes + at;

		if (tags == VLAN_TAGS_MAX)
			return dissect_unknown(dissection, at, "too many VLAN tags: not opened");
		if (dissect_short(dissection, "link", "VLAN tag", at, 4))
			return false;
		type = read_16(tag + 2);
		layers_begin(dissection->layers, "link", "VLAN tag", at, 4, dissection->end - at);
		layers_field(dissection->layers, "priority", "%u", tag[0] >> 5);
		layers_field(dissection->layers, "network", "VLAN %u", read_16(tag) & 0xfffu);
		layers_field(dissection->layers, "type", "0x%04x, %s", type, type_name(type));
		at += 4;
	}
	return carry(dissection, at, type);
}

static bool dissect_ethernet(struct dissection *dissection)
{
	enum { HEADER = 14 };
	const uint8_t *bytes = dissection->bytes;

	if (dissect_short(dissection, "link", "Ethernet", 0, HEADER))
		return false;
	unsigned type = read_16(bytes + 12);
	layers_begin(dissection->layers, "link", "Ethernet", 0, HEADER, dissection->end);
	mac_field(dissection->layers, "destination", bytes);
	mac_field(dissection->layers, "source", bytes + MAC);
	layers_field(dissection->layers, "type", "0x%04x, %s", type, type_name(type));
	return dissect_vlan(dissection, HEADER, type);
}

/* --- Loopback: an address family in front, in the byte order of the host or of the network. --- */

static unsigned family_type(uint32_t family)
{
	switch (family) {
	case 2:
		return TYPE_IPV4;
	case 10: /* Linux */
	case 24: /* NetBSD and OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return TYPE_IPV6;
	default:
		return 0;
	}
}

static bool dissect_loopback(struct dissection *dissection)
{
	enum { HEADER = 4 };

	if (dissect_short(dissection, "link", "loopback", 0, HEADER))
		return false;
	uint32_t family = read_32(dissection->bytes);
	/* Families are small: a large one is in the other byte order. */
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	unsigned type = family_type(family);
	layers_begin(dissection->layers, "link", "loopback", 0, HEADER, dissection->end);
	layers_field(dissection->layers, "address family", "%u, %s", family,
		     type ? type_name(type) : "unknown");
	return carry(dissection, HEADER, type);
}

/* --- Linux cooked captures, of interfaces of any kind. --- */

static const char *direction_name(unsigned direction)
{
	static const char *const names[] = {"to this host", "broadcast", "multicast",
					    "to another host", "sent by this host"};

	return direction < sizeof(names) / sizeof(names[0]) ? names[direction] : "unknown";
}

static void station_field(struct layers *layers, const uint8_t *station, unsigned length)
{
	if (length == MAC)
		mac_field(layers, "source", station);
	else
		layers_field(layers, "source", "an address of %u bytes", length);
}

static bool dissect_cooked(struct dissection *dissection)
{
	enum { HEADER = 16 };
	const uint8_t *bytes = dissection->bytes;

	if (dissect_short(dissection, "link", "Linux cooked", 0, HEADER))
		return false;
	unsigned type = read_16(bytes + 14);
	layers_begin(dissection->layers, "link", "Linux cooked", 0, HEADER, dissection->end);
	layers_field(dissection->layers, "direction", "%u, %s", read_16(bytes),
		     direction_name(read_16(bytes)));
	layers_field(dissection->layers, "kind of link", "%u", read_16(bytes + 2));
	station_field(dissection->layers, bytes + 6, read_16(bytes + 4));
	layers_field(dissection->layers, "type", "0x%04x, %s", type, type_name(type));
	return dissect_vlan(dissection, HEADER, type);
}

static bool dissect_cooked_2(struct dissection *dissection)
{
	enum { HEADER = 20 };
	const uint8_t *bytes = dissection->bytes;

	if (dissect_short(dissection, "link", "Linux cooked 2", 0, HEADER))
		return false;
	unsigned type = read_16(bytes);
	layers_begin(dissection->layers, "link", "Linux cooked 2", 0, HEADER, dissection->end);
	layers_field(dissection->layers, "type", "0x%04x, %s", type, type_name(type));
	layers_field(dissection->layers, "interface", "number %u", read_32(bytes + 4));
	layers_field(dissection->layers, "kind of link", "%u", read_16(bytes + 8));
	layers_field(dissection->layers, "direction", "%u, %s", bytes[10],
		     direction_name(bytes[10]));
	station_field(dissection->layers, bytes + 12, bytes[11]);
	return dissect_vlan(dissection, HEADER, type);
}

/* --- No link layer: the version stands in the first half byte of either IP. --- */

static bool dissect_raw(struct dissection *dissection)
{
	unsigned version = dissection->end ? dissection->bytes[0] >> 4 : 0;

	return carry(dissection, 0, version == 4 ? TYPE_IPV4 : version == 6 ? TYPE_IPV6 : 0);
}

bool dissect_link(struct dissection *dissection, int link_type)
{
	switch (link_type) {
	case DLT_EN10MB:
		return dissect_ethernet(dissection);
	case DLT_NULL:
	case DLT_LOOP:
		return dissect_loopback(dissection);
	case DLT_LINUX_SLL:
		return dissect_cooked(dissection);
	case DLT_LINUX_SLL2:
		return dissect_cooked_2(dissection);
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return dissect_raw(dissection);
	default:
		return dissect_unknown(dissection, 0, "an unknown kind of link: not opened");
	}
}
