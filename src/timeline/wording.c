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

static void add_escaped(struct wording *words, const char *bytes, size_t n)
{
	size_t room = words->size - words->length;

	/* text_escape needs room for its dots. */
	if (n && room >= 4)
		words->length += text_escape(words->text + words->length, room, bytes, n);
}

/* The letter that stands for a control character in C, or 0. */
static char letter_of(char character)
{
	switch (character) {
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '\0':
		return '0';
	default:
		return 0;
	}
}

void wording_quote(struct wording *words, const char *bytes, size_t n, bool more)
{
	size_t from = 0;

	wording_add(words, "\"");
	for (size_t i = 0; i < n; i++) {
		char letter = letter_of(bytes[i]);

		if (!letter)
			continue;
		add_escaped(words, bytes + from, i - from);
		wording_add(words, "\\%c", letter);
		from = i + 1;
	}
	add_escaped(words, bytes + from, n - from);
	wording_add(words, more ? "\"..." : "\"");
}

size_t wording_quote_bound(size_t n)
{
	return text_escape_bound(n) + QUOTES;
}
