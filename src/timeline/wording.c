/*
 * Texts put together piece by piece.
 */
#include "timeline/wording.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"

enum { QUOTES = 8 }; /* two quotation marks, three dots, the NUL */

bool wording_init(struct wording *words, size_t size)
{
	*words = (struct wording){.text = malloc(size), .size = size};
	if (!words->text)
		return false;
	wording_clear(words);
	return true;
}

void wording_free(struct wording *words)
{
	free(words->text);
	*words = (struct wording){0};
}

void wording_clear(struct wording *words)
{
	words->length = 0;
	words->text[0] = '\0';
}

void wording_add(struct wording *words, const char *format, ...)
{
	size_t room = words->size - words->length;
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(words->text + words->length, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		words->length += (size_t)n < room ? (size_t)n : room - 1;
}

/* The letter that stands for a character in C, or 0. */
static char letter_of(int32_t code_point)
{
	switch (code_point) {
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '\0':
		return '0';
	case '"':
	case '\\':
		return (char)code_point;
	default:
		return 0;
	}
}

/* Whether a character turns what stands around it: Unicode's Bidi_Control. */
static bool turns(int32_t code_point)
{
	return code_point == 0x61c || code_point == 0x200e || code_point == 0x200f ||
	       (code_point >= 0x202a && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069);
}

/* How many of the bytes to show when there are more, so that no character is cut in two. */
static size_t whole_characters(const char *bytes, size_t n)
{
	size_t start = n;

	while (start > 0 && n - start < 3 && ((unsigned char)bytes[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)bytes[start - 1] >= 0xc0 &&
	    !text_valid(bytes + start - 1, n - start + 1))
		return start - 1;
	return n;
}

/* Adds a character as an escape if it needs one. byte: its first. */
static bool add_escape(struct wording *words, int32_t code_point, char byte)
{
	char letter = letter_of(code_point);

	if (letter)
		wording_add(words, "\\%c", letter);
	else if (code_point < 0 || code_point < ' ' || code_point == 0x7f)
		wording_add(words, "\\x%02x", (unsigned char)byte);
	else if ((code_point >= 0x80 && code_point < 0xa0) || turns(code_point))
		wording_add(words, "\\u%04x", (unsigned)code_point);
	else
		return false;
	return true;
}

void wording_quote(struct wording *words, const char *bytes, size_t n, bool more)
{
	const char *end = bytes + (more ? whole_characters(bytes, n) : n), *from = bytes;

	wording_add(words, "\"");
	while (bytes < end) {
		const char *start = bytes;
		int32_t code_point = text_next(&bytes, end);

		if (code_point >= ' ' && code_point <= '~' && code_point != '"' &&
		    code_point != '\\')
			continue;
		wording_add(words, "%.*s", (int)(start - from), from);
		from = start;
		if (add_escape(words, code_point, *start))
			from = bytes;
	}
	wording_add(words, "%.*s", (int)(end - from), from);
	wording_add(words, more ? "\"..." : "\"");
}

size_t wording_quote_bound(size_t n)
{
	return text_escape_bound(n) + QUOTES;
}
