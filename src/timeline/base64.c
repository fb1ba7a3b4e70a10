/*
 * Bytes as text in base64.
 */
#include "timeline/base64.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t n)
{
	const uint8_t *in = bytes;
	char *text = malloc(n / 3 * 4 + 5), *out = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t group = (uint32_t)in[i] << 16;

		group |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		group |= left > 2 ? in[i + 2] : 0;
		*out++ = digits[group >> 18];
		*out++ = digits[group >> 12 & 63];
		*out++ = left > 1 ? digits[group >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[group & 63] : '=';
	}
	*out = '\0';
	return text;
}

/* What four characters stand for. Returns how many bytes that is, or 0 if they are no base64; only
 * the last four may be padded. */
static size_t decode_group(uint8_t out[3], const char *text, int last)
{
	uint32_t group = 0;
	size_t padding = 0;

	for (int i = 0; i < 4; i++) {
		const char *digit = strchr(digits, text[i]);

		if (text[i] == '=' && last && i > 1)
			padding++;
		else if (!digit || padding)
			return 0;
		group = group << 6 | (uint32_t)(text[i] == '=' ? 0 : digit - digits);
	}
	out[0] = (uint8_t)(group >> 16);
	out[1] = (uint8_t)(group >> 8);
	out[2] = (uint8_t)group;
	return 3 - padding;
}

void *base64_decode(const char *text, size_t *n)
{
	size_t length = strlen(text);
	uint8_t *bytes = malloc(length / 4 * 3 + 1);

	*n = 0;
	for (size_t i = 0; bytes && i < length; i += 4) {
		size_t count = length - i < 4 ? 0
					      : decode_group(bytes + *n, text + i, i + 4 == length);

		if (count == 0) {
			free(bytes);
			errno = EINVAL;
			return NULL;
		}
		*n += count;
	}
	return bytes;
}
