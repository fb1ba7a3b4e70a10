/* Lines out of a stream of bytes. */
#include "session/framing.h"

#include <stdlib.h>
#include <string.h>

static int keep(struct line_buffer *framing, const char *bytes, size_t n)
{
	size_t needed = framing->length + n;

	if (needed > framing->capacity) {
		size_t capacity = framing->capacity ? framing->capacity : 64;
		while (capacity < needed)
			capacity *= 2;
		char *partial = realloc(framing->partial, capacity);
		if (!partial)
			return -1;
		framing->partial = partial;
		framing->capacity = capacity;
	}
	if (n)
		memcpy(framing->partial + framing->length, bytes, n);
	framing->length = needed;
	return 0;
}

static struct slice without_carriage_return(const char *bytes, size_t n)
{
	if (n > 0 && bytes[n - 1] == '\r')
		n--;
	return (struct slice){bytes, n};
}

struct slice framing_without_end(const char *bytes, size_t n)
{
	if (n > 0 && bytes[n - 1] == '\n')
		return without_carriage_return(bytes, n - 1);
	return (struct slice){bytes, n};
}

/* The line goes on behind end. One byte more than max is kept: it may be the CR of a line's end. */
static enum frame keep_part(struct line_buffer *framing, const char *at, const char *end,
			    size_t max)
{
	size_t n = (size_t)(end - at);

	if (framing->length + n > max + 1) {
		framing->length = 0;
		framing->skipping = true;
		return FRAME_TOO_LONG;
	}
	return keep(framing, at, n) ? FRAME_NO_MEMORY : FRAME_NONE;
}

enum frame framing_next(struct line_buffer *framing, const char **at, const char *end, size_t max,
			struct slice *line)
{
	const char *start = *at;
	const char *feed = start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;

	*at = feed ? feed + 1 : end;
	if (framing->skipping) {
		framing->skipping = !feed;
		return feed ? framing_next(framing, at, end, max, line) : FRAME_NONE;
	}
	if (!feed)
		return keep_part(framing, start, end, max);
	size_t n = (size_t)(feed - start);
	if (framing->length + n > max + 1) {
		framing->length = 0;
		return FRAME_TOO_LONG;
	}
	if (framing->length == 0) {
		*line = without_carriage_return(start, n);
	} else {
		if (keep(framing, start, n))
			return FRAME_NO_MEMORY;
		*line = without_carriage_return(framing->partial, framing->length);
		framing->length = 0;
	}
	return line->n > max ? FRAME_TOO_LONG : FRAME_LINE;
}

bool framing_last(struct line_buffer *framing, struct slice *line)
{
	if (framing->length == 0)
		return false;
	*line = without_carriage_return(framing->partial, framing->length);
	framing->length = 0;
	return true;
}

void framing_trim(struct line_buffer *framing)
{
	if (framing->length == 0 && framing->partial)
		framing_free(framing);
}

void framing_free(struct line_buffer *framing)
{
	if (framing->partial)
		free(framing->partial);
	framing->partial = NULL;
	framing->length = framing->capacity = 0;
}
