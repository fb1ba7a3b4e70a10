/*
 * Frames written byte by byte, as hexadecimal text.
 */
#ifndef SUPPORT_FRAMES_H
#define SUPPORT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "timeline/recording.h"

/* Link layers. */
#define ETHERNET_IPV4 "020000000001 020000000002 0800 "
#define ETHERNET_IPV6 "020000000001 020000000002 86dd "

/* 127.0.0.1 to 127.0.0.1; the total length is 20 and what is added. */
#define IPV4(total, protocol) "45 00 " total " 1c46 4000 40 " protocol " 0000 7f000001 7f000001 "
#define IPV6(payload, next)                  \
	"60 000000 " payload " " next " 40 " \
	"00000000000000000000000000000001 00000000000000000000000000000001 "

/* 51612 to 65432. */
#define TCP(sequence, acknowledgement, offset_flags) \
	"c99c ff98 " sequence " " acknowledgement " " offset_flags " 0200 fe30 0000 "
#define UDP(length) "c99c ff98 " length " fe1b "

#define HELLO "48656c6c6f2c20776f726c64 " /* Hello, world */

/* Reads hexadecimal digits, spaces apart, into memory of just that size, which the caller frees. */
uint8_t *frame_bytes(const char *text, size_t *length);

/* Adds the packet of an Ethernet or other frame to a recording, at a time. Returns its index. */
int frame_record(struct recording *, int link_type, const char *text, int64_t when);

#endif
