/*
 * Frames from hexadecimal text.
 */
#include "support/frames.h"

#include <stdlib.h>
#include <string.h>

#include "timeline/packet_parse.h"

static unsigned digit(char character)
{
	const char *digits = "0123456789abcdef";

	return (unsigned)(strchr(digits, character) - digits);
}

uint8_t *frame_bytes(const char *text, size_t *length)
{
	uint8_t *bytes = malloc(strlen(text) / 2 + 1);
	uint8_t *exact;
	size_t n = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		bytes[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	/* No byte more, so that the sanitizer sees who reads beyond. */
	exact = malloc(n ? n : 1);
	memcpy(exact, bytes, n);
	free(bytes);
	*length = n;
	return exact;
}

int frame_record(struct recording *recording, int link_type, const char *text, int64_t when)
{
	size_t length;
	uint8_t *bytes = frame_bytes(text, &length);
	struct frame frame = {.link_type = link_type,
			      .bytes = bytes,
			      .length = (uint32_t)length,
			      .original = (uint32_t)length};
	int index = packet_record(recording, &frame, 64, true);

	if (index >= 0) {
		recording->packets[index].when = when;
		recording->packets[index].interface = 0;
	}
	free(bytes);
	return index;
}
