/*
 * The Internet's checksum (RFC 1071), for telling whether a captured header's is right.
 */
#ifndef TIMELINE_PACKET_CHECKSUM_H
#define TIMELINE_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

struct address;

/* Adds bytes to a one's complement sum; but for the last piece their number must be even. */
uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t n);

/* The sum over the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) of a segment of that
 * length. */
uint32_t checksum_pseudo(const struct address *from, const struct address *to, unsigned protocol,
			 size_t length);

/* The sum in 16 bits. */
uint16_t checksum_fold(uint32_t sum);

/* Puts into words whether the sum over all, its checksum included, is as it should be. */
const char *checksum_verdict(uint32_t sum);

#endif
