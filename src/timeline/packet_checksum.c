/*
 * One's complement sums. Carries are folded in early, so that no length overflows the 32 bits.
 */
#include "timeline/packet_checksum.h"

#include "sockettool/address.h"

uint16_t checksum_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += 2)
		sum = checksum_fold(sum +
				    (uint32_t)(bytes[i] << 8 | (i + 1 < n ? bytes[i + 1] : 0)));
	return sum;
}

uint32_t checksum_pseudo(const struct address *from, const struct address *to, unsigned protocol,
			 size_t length)
{
	size_t n = from->family == ADDRESS_IPV4 ? 4 : 16;
	uint32_t sum = checksum_add(0, from->bytes, n);

	sum = checksum_add(sum, to->bytes, n);
	return sum + protocol + (uint32_t)(length >> 16) + (uint32_t)(length & 0xffff);
}

const char *checksum_verdict(uint32_t sum)
{
	return checksum_fold(sum) == 0xffff ? "right" : "wrong";
}
