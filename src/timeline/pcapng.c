/*
 * pcapng by hand: a section header, interface descriptions, enhanced packets. Blocks are in the
 * byte order of this host, which the section header tells, and padded to 4 bytes.
 */
#include "timeline/pcapng.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

/* Numbers of draft-ietf-opsawg-pcapng sections 4.1 to 4.3. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,

	OPTION_END = 0,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,

	/* Numbers in files, where libpcap has others in programs. */
	LINK_RAW = 101,
	LINK_LOOP = 108,

	NAME_MAX_LENGTH = 255,
};

static void put_16(FILE *file, uint16_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

static void put_32(FILE *file, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

static uint32_t padded(uint32_t length)
{
	return (length + 3) & ~UINT32_C(3);
}

static void put_padded(FILE *file, const void *bytes, uint32_t length)
{
	static const char zeros[4];

	fwrite(bytes, 1, length, file);
	fwrite(zeros, 1, padded(length) - length, file);
}

static void put_option(FILE *file, uint16_t code, const void *bytes, uint16_t length)
{
	put_16(file, code);
	put_16(file, length);
	put_padded(file, bytes, length);
}

static void put_section(FILE *file)
{
	static const char application[] = "sockettool " SOCKETTOOL_VERSION;
	uint16_t length = sizeof(application) - 1;
	uint32_t total = 28 + 4 + padded(length) + 4;

	put_32(file, BLOCK_SECTION);
	put_32(file, total);
	put_32(file, BYTE_ORDER_MAGIC);
	put_16(file, 1); /* version 1.0 */
	put_16(file, 0);
	put_32(file, UINT32_MAX); /* the section's length: not told, 64 bits */
	put_32(file, UINT32_MAX);
	put_option(file, SECTION_APPLICATION, application, length);
	put_option(file, OPTION_END, "", 0);
	put_32(file, total);
}

static uint16_t link_number(int link_type)
{
	switch (link_type) {
	case DLT_RAW:
		return LINK_RAW;
	case DLT_LOOP:
		return LINK_LOOP;
	default:
		return (uint16_t)link_type;
	}
}

static void put_interface(FILE *file, const struct interface *interface)
{
	static const uint8_t nanoseconds = 9; /* the decimal places of a second */
	uint16_t length = (uint16_t)strnlen(interface->name, NAME_MAX_LENGTH);
	uint32_t total = 20 + (length ? 4 + padded(length) : 0) + 8 + 4;

	put_32(file, BLOCK_INTERFACE);
	put_32(file, total);
	put_16(file, link_number(interface->link_type));
	put_16(file, 0);
	put_32(file, 0); /* no limit to a packet's length */
	if (length)
		put_option(file, INTERFACE_NAME, interface->name, length);
	put_option(file, INTERFACE_RESOLUTION, &nanoseconds, 1);
	put_option(file, OPTION_END, "", 0);
	put_32(file, total);
}

static void put_packet(FILE *file, const struct packet *packet, uint32_t interface, int64_t started)
{
	uint32_t total = 32 + padded(packet->frame_length);
	uint64_t when = (uint64_t)started + (uint64_t)packet->when;

	put_32(file, BLOCK_PACKET);
	put_32(file, total);
	put_32(file, interface);
	put_32(file, (uint32_t)(when >> 32));
	put_32(file, (uint32_t)when);
	put_32(file, packet->frame_length);
	put_32(file, packet->frame_original);
	put_padded(file, packet->frame, packet->frame_length);
	put_32(file, total);
}

static bool can_write(const struct recording *recording, const struct packet *packet)
{
	return packet->frame && packet->interface >= 0 &&
	       (size_t)packet->interface < recording->interface_count;
}

/* Describes the interfaces that packets came from, and gives them numbers in the file. Readers with
 * little patience, libpcap's among them, refuse files with interfaces of several kinds: those that
 * saw nothing are left out. Returns how many packets can be written. */
static size_t put_interfaces(FILE *file, const struct recording *recording, uint32_t *numbers)
{
	size_t packets = 0;
	uint32_t next = 0;

	for (size_t i = 0; i < recording->packet_count; i++) {
		if (can_write(recording, &recording->packets[i])) {
			numbers[recording->packets[i].interface] = 1;
			packets++;
		}
	}
	for (size_t i = 0; i < recording->interface_count; i++) {
		if (packets && !numbers[i])
			continue;
		put_interface(file, &recording->interfaces[i]);
		numbers[i] = next++;
	}
	return packets;
}

int pcapng_write(FILE *file, const struct recording *recording)
{
	uint32_t *numbers = calloc(recording->interface_count + 1, sizeof(*numbers));
	size_t packets;

	if (!numbers)
		return -ENOMEM;
	errno = 0;
	put_section(file);
	packets = put_interfaces(file, recording, numbers);
	for (size_t i = 0; i < recording->packet_count && !ferror(file); i++) {
		const struct packet *packet = &recording->packets[i];
		if (can_write(recording, packet))
			put_packet(file, packet, numbers[packet->interface], recording->started);
	}
	int code = fflush(file) || ferror(file) ? errno : 0;
	bool failed = ferror(file);
	free(numbers);
	if (failed)
		return code ? -code : -EIO;
	return recording->packet_count && !packets ? -ENODATA : 0;
}

int pcapng_save(const struct recording *recording, const char *path, struct error *error)
{
	FILE *file = fopen(path, "wbe");
	int status;

	if (!file)
		return error_system(error, errno, "write %.200s", path);
	status = pcapng_write(file, recording);
	if (fclose(file) && !status)
		status = -errno;
	if (status == -ENODATA)
		return error_set(error, STATUS_PROTOCOL, ENODATA,
				 "write %.200s: the recording has packets, but not their bytes; "
				 "record again with --pcap",
				 path);
	return status ? error_system(error, -status, "write %.200s", path) : 0;
}
