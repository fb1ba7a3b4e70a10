/*
 * The one order of a chat room, as its members see it.
 */
#include "bench/room_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MIN = 64 /* room for so many, at least */ };

static uint64_t power_of_two(uint64_t least)
{
	uint64_t power = 1;

	while (power < least)
		power *= 2;
	return power;
}

int order_make(struct order *order, int speakers, int listeners, size_t size, uint64_t in_flight)
{
	uint64_t lines = in_flight > LINES_MIN ? in_flight : LINES_MIN;
	size_t line = ROOM_NAME + 2 + size;

	*order = (struct order){
		.speakers = speakers,
		.listeners = listeners,
		.size = size,
		.ring = power_of_two(2 * lines * line),
		.said_ring = power_of_two(2 * lines),
	};
	order->names = calloc((size_t)speakers, sizeof(*order->names));
	order->said_by = calloc((size_t)speakers, sizeof(*order->said_by));
	order->heard = calloc((size_t)speakers, sizeof(*order->heard));
	order->bytes = malloc(2 * order->ring);
	order->said = calloc(order->said_ring, sizeof(*order->said));
	if (order->names && order->said_by && order->heard && order->bytes && order->said)
		return 0;
	order_free(order);
	return -ENOMEM;
}

void order_free(struct order *order)
{
	free(order->names);
	free(order->said_by);
	free(order->heard);
	free(order->bytes);
	free(order->said);
	*order = (struct order){0};
}

static int read_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static int find_speaker(const struct order *order, const char *line, size_t n)
{
	for (int i = 0; i < order->speakers; i++) {
		size_t length = strlen(order->names[i]);
		if (n > length + 2 && memcmp(line, order->names[i], length) == 0 &&
		    line[length] == ':' && line[length + 1] == ' ')
			return i;
	}
	return -1;
}

int order_read(const struct order *order, const char *line, size_t n, uint64_t *number)
{
	int speaker = find_speaker(order, line, n);

	if (speaker < 0)
		return -1;
	size_t name = strlen(order->names[speaker]) + 2;
	if (n != name + order->size - 1)
		return -1;
	*number = 0;
	for (size_t i = name; i < name + ROOM_NUMBER; i++) {
		int digit = read_digit(line[i]);
		if (digit < 0)
			return -1;
		*number = *number << 4 | (uint64_t)digit;
	}
	for (size_t i = name + ROOM_NUMBER; i < n; i++) {
		if (line[i] != 'x')
			return -1;
	}
	return speaker;
}

/* Notes the line that is complete now. Returns whether it is the next one of its speaker, who has
 * said it: a server that makes lines up must not run out of the rings. */
static bool end_line(struct order *order)
{
	size_t at = order->line & (order->ring - 1), n = (size_t)(order->end - order->line) - 1;
	uint64_t number;
	int speaker = order_read(order, order->bytes + at, n, &number);

	if (speaker < 0 || number != order->heard[speaker] || number >= order->said_by[speaker])
		return false;
	order->heard[speaker]++;
	*order_said(order, order->said_count++) = (struct said){
		.end = order->end,
		.number = number,
		.speaker = speaker,
		.missing = order->listeners + order->speakers - 1,
	};
	order->line = order->end;
	return true;
}

static void lay_down(struct order *order, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = (order->end + i) & (order->ring - 1);
		order->bytes[at] = order->bytes[at + order->ring] = bytes[i];
	}
	order->end += n;
}

/* Adds bytes at the end, line by line. */
static bool lengthen(struct order *order, const char *bytes, size_t n)
{
	while (n > 0) {
		const char *end = memchr(bytes, '\n', n);
		size_t part = end ? (size_t)(end + 1 - bytes) : n;
		/* No line of the load is so long, and the ring holds only so much. */
		if (order->end + part - order->line > ROOM_NAME + 2 + order->size)
			return false;
		lay_down(order, bytes, part);
		if (end && !end_line(order))
			return false;
		bytes += part;
		n -= part;
	}
	return true;
}

/* The line that the first difference lies in, as far as it has come. */
static const char *differing_line(const struct order *order, uint64_t place, const char *bytes,
				  size_t n, size_t *length)
{
	const char *expected = order->bytes + (place & (order->ring - 1));
	const char *line = bytes, *end;
	size_t known = place < order->line ? (size_t)(order->line - place) : 0;

	while ((end = memchr(line, '\n', (size_t)(bytes + n - line))) &&
	       (size_t)(end + 1 - bytes) <= known &&
	       memcmp(bytes, expected, (size_t)(end + 1 - bytes)) == 0)
		line = end + 1;
	*length = end ? (size_t)(end - line) : (size_t)(bytes + n - line);
	return line;
}

const char *order_take(struct order *order, uint64_t place, const char *bytes, size_t n,
		       size_t *length)
{
	uint64_t known = order->end - place;
	size_t compared = known < n ? (size_t)known : n;

	if (compared <= order->ring &&
	    memcmp(bytes, order->bytes + (place & (order->ring - 1)), compared) == 0 &&
	    lengthen(order, bytes + compared, n - compared))
		return NULL;
	return differing_line(order, place, bytes, n, length);
}
