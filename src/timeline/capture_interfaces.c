/*
 * Finds interfaces by their addresses, and opens them by libpcap.
 */
#include "timeline/capture_interfaces.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "timeline/packet_parse.h"

enum {
	/* What programs of one host tell each other passes through the first. */
	LOOPBACK_BUFFER = 64 * 1024 * 1024,
	OTHER_BUFFER = 8 * 1024 * 1024,
};

/* Of IPv6 all is taken, since a filter does not look behind extension headers. It must not ask for
 * a packet's direction: libpcap itself filters the first block, and finds no direction there. */
static const char filter[] = "ip proto 6 or ip proto 17 or ip6";

/* --- Finding them. --- */

static bool is_usable(const struct ifaddrs *entry)
{
	if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP))
		return false;
	if (entry->ifa_addr->sa_family == AF_INET)
		return true;
	if (entry->ifa_addr->sa_family != AF_INET6)
		return false;
	struct sockaddr_in6 in6;
	memcpy(&in6, entry->ifa_addr, sizeof(in6));
	return !IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr);
}

static void add(struct capture_interface *list, int *count, const struct ifaddrs *entry)
{
	/* An address may have a label of its own: "eth0:1". */
	size_t length = strcspn(entry->ifa_name, ":");

	if (length >= sizeof(list->name) || *count == CAPTURE_INTERFACES_MAX)
		return;
	for (int i = 0; i < *count; i++)
		if (!strncmp(list[i].name, entry->ifa_name, length) && !list[i].name[length])
			return;
	list[*count] = (struct capture_interface){.loopback = entry->ifa_flags & IFF_LOOPBACK};
	memcpy(list[*count].name, entry->ifa_name, length);
	++*count;
}

/* The loopback interface comes first. */
static int find(struct capture_interface list[CAPTURE_INTERFACES_MAX], struct error *error)
{
	struct ifaddrs *all;
	int count = 0;

	if (getifaddrs(&all))
		return error_system(error, errno, "list the network interfaces");
	for (const struct ifaddrs *entry = all; entry; entry = entry->ifa_next)
		if (is_usable(entry) && entry->ifa_flags & IFF_LOOPBACK)
			add(list, &count, entry);
	for (const struct ifaddrs *entry = all; entry; entry = entry->ifa_next)
		if (is_usable(entry))
			add(list, &count, entry);
	freeifaddrs(all);
	if (!count)
		return error_set(error, STATUS_UNREACHABLE, ENODEV,
				 "capture: no network interface is up, not even the loopback one; "
				 "set it up with: ip link set lo up");
	return count;
}

/* --- Opening one. --- */

static int not_opened(const struct capture_interface *interface, int status, struct error *error)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return error_set(error, STATUS_UNREACHABLE, EPERM,
				 "capture on %s: the privilege CAP_NET_RAW is missing; run this as "
				 "root to see the wire",
				 interface->name);
	case PCAP_ERROR_IFACE_NOT_UP:
		return error_set(error, STATUS_UNREACHABLE, ENETDOWN,
				 "capture on %s: the interface is down", interface->name);
	default:
		return error_set(error, STATUS_UNREACHABLE, EIO, "capture on %s: %.300s",
				 interface->name, libpcap.pcap_geterr(interface->handle));
	}
}

static int set_up(struct capture_interface *interface, int length, struct error *error)
{
	pcap_t *handle = interface->handle;
	struct bpf_program program;
	char words[PCAP_ERRBUF_SIZE];

	libpcap.pcap_set_snaplen(handle, length);
	libpcap.pcap_set_timeout(handle, CAPTURE_BLOCK_TIME);
	libpcap.pcap_set_buffer_size(handle, interface->loopback ? LOOPBACK_BUFFER : OTHER_BUFFER);
	libpcap.pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
	/* Warnings are positive. */
	int status = libpcap.pcap_activate(handle);
	if (status < 0)
		return not_opened(interface, status, error);
	if (!packet_parse_knows(libpcap.pcap_datalink(handle)))
		return error_set(error, STATUS_UNREACHABLE, ENOTSUP,
				 "capture on %s: packets of link type %d cannot be opened",
				 interface->name, libpcap.pcap_datalink(handle));
	/* The loopback interface shows each packet as it leaves and as it comes. libpcap skips the
	 * first of them; the kernel need not even buffer it. */
	if (interface->loopback)
		(void)setsockopt(libpcap.pcap_fileno(handle), SOL_PACKET, PACKET_IGNORE_OUTGOING,
				 &(int){1}, sizeof(int));
	if (libpcap.pcap_compile(handle, &program, filter, 1, PCAP_NETMASK_UNKNOWN))
		return not_opened(interface, PCAP_ERROR, error);
	status = libpcap.pcap_setfilter(handle, &program);
	libpcap.pcap_freecode(&program);
	if (status || libpcap.pcap_setnonblock(handle, 1, words))
		return not_opened(interface, PCAP_ERROR, error);
	return 0;
}

static int open_one(struct capture_interface *interface, int length, struct error *error)
{
	char words[PCAP_ERRBUF_SIZE];
	int status;

	interface->handle = libpcap.pcap_create(interface->name, words);
	if (!interface->handle)
		return error_set(error, STATUS_UNREACHABLE, EIO, "capture on %s: %.300s",
				 interface->name, words);
	status = set_up(interface, length, error);
	if (status)
		libpcap.pcap_close(interface->handle);
	return status;
}

int capture_interfaces_open(struct capture_interface list[CAPTURE_INTERFACES_MAX], int length,
			    struct error *error)
{
	struct error other;
	int found = libpcap_load(error), opened = 0, first = 0;

	if (found == 0)
		found = find(list, error);
	if (found < 0)
		return found;
	for (int i = 0; i < found; i++) {
		int status = open_one(&list[i], length, i ? &other : error);
		if (!status)
			list[opened++] = list[i];
		else if (i == 0)
			first = status;
	}
	return opened ? opened : first;
}
