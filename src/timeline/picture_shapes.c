/*
 * Small things of which a sequence diagram is made: colours, marks, and texts that fit.
 */
#include "timeline/picture.h"

#include <string.h>

#include "base/clock.h"
#include "base/markup.h"
#include "sockettool/text.h"

enum {
	TAIL = 12
}; /* columns that are kept of a cut text's end: there stands what came of a call */

void picture_put_colour(int conversation, FILE *file)
{
	if (conversation >= 0)
		fprintf(file, " c%d", conversation % PICTURE_COLOURS);
}

const char *picture_mark(int conversation)
{
	static const char *const marks[] = {
		"M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z",                  /* circle */
		"M-3.5 -3.5H3.5V3.5H-3.5Z",                             /* square */
		"M0 -5L4.5 3.5H-4.5Z",                                  /* triangle */
		"M0 -5L5 0L0 5L-5 0Z",                                  /* diamond */
		"M0 5L4.5 -3.5H-4.5Z",                                  /* triangle upside down */
		"M-1.5 -5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z", /* cross */
		"M0 -6L1.5 -2L5.5 -2L2.4 1L3.6 5L0 2.6L-3.6 5L-2.4 1L-5.5 -2L-1.5 -2Z", /* star */
		"M-5 -2H5V2H-5Z",                                                       /* bar */
	};
	int count = (int)(sizeof(marks) / sizeof(marks[0]));

	/* When the colours begin again, the marks are others. */
	return marks[(conversation + conversation / PICTURE_COLOURS) % count];
}

/* How many bytes of a text are so many columns at most. */
static size_t fitting(const char *text, size_t columns)
{
	const char *at = text, *end = text + strlen(text);

	while (at < end) {
		const char *next = at;

		text_next(&next, end);
		if (text_columns(text, (size_t)(next - text)) > columns)
			break;
		at = next;
	}
	return (size_t)(at - text);
}

/* Where the last columns of a text begin. */
static const char *ending(const char *text, size_t columns)
{
	const char *end = text + strlen(text);

	while (text < end && text_columns(text, (size_t)(end - text)) > columns)
		text_next(&text, end);
	return text;
}

double picture_text_width(const char *text, size_t columns)
{
	size_t n = text_columns(text, strlen(text));

	return PICTURE_LETTER * (double)(n < columns ? n : columns);
}

bool picture_put_text(const char *text, size_t columns, FILE *file)
{
	size_t tail = columns > 3 * TAIL / 2 ? TAIL : 0;

	if (text_columns(text, strlen(text)) <= columns) {
		markup_text(file, text);
		return false;
	}
	markup_bytes(file, text, fitting(text, columns > tail ? columns - tail - 1 : 0));
	fputs("…", file);
	markup_text(file, ending(text, tail));
	return true;
}

char *picture_time(char out[PICTURE_TIME], int64_t when)
{
	snprintf(out, PICTURE_TIME, "%.3f", (double)when / (double)NANOSECONDS_PER_MILLISECOND);
	return out;
}
