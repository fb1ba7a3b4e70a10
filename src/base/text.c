/*
 * UTF-8 by libutf8proc, and the two ways in which strangers' bytes are made safe: escaped for
 * people and escaped for JSON.
 */
#include "sockettool/text.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

enum { PIECE_SIZE = 8 }; /* room for "\u001b", the longest form of one character, and a NUL */

int32_t text_next(const char **at, const char *end)
{
	utf8proc_int32_t code_point;

	if (*at < end && (unsigned char)**at < 0x80)
		return *(*at)++;
	utf8proc_ssize_t length =
		utf8proc_iterate((const utf8proc_uint8_t *)*at, end - *at, &code_point);

	if (length <= 0) {
		(*at)++;
		return -1;
	}
	*at += length;
	return code_point;
}

bool text_valid(const char *bytes, size_t n)
{
	const char *end = bytes + n;

	while (bytes < end)
		if (text_next(&bytes, end) < 0)
			return false;
	return true;
}

bool text_space(int32_t code_point)
{
	if (code_point >= '\t' && code_point <= '\r')
		return true;
	switch (utf8proc_category(code_point)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return false;
	}
}

bool text_visible(int32_t code_point)
{
	if (text_space(code_point))
		return false;
	switch (utf8proc_category(code_point)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN:
		return false;
	default:
		/* Fillers and variation selectors count as letters and marks, but show nothing. */
		return !utf8proc_get_property(code_point)->ignorable;
	}
}

char *text_fold(const char *bytes, size_t n)
{
	utf8proc_uint8_t *folded;
	utf8proc_ssize_t length =
		utf8proc_map((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)n, &folded,
			     UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
				     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

	return length < 0 ? NULL : (char *)folded;
}

static bool is_control(int32_t code_point)
{
	return (code_point >= 0 && code_point < 0x20) || (code_point >= 0x7f && code_point < 0xa0);
}

size_t text_columns(const char *bytes, size_t n)
{
	const char *end = bytes + n;
	size_t columns = 0;

	while (bytes < end) {
		int32_t code_point = text_next(&bytes, end);

		if (code_point < 0)
			columns++;
		else if (is_control(code_point))
			columns += strlen("\\x1b");
		else
			columns += (size_t)utf8proc_charwidth(code_point);
	}
	return columns;
}

/* How one character is shown: its own n bytes or, written into piece, another form. Returns where
 * that stands and how long it is. */
typedef const char *show_character(char piece[PIECE_SIZE], int32_t code_point, const char *bytes,
				   size_t *n);

static const char *show_escaped(char piece[PIECE_SIZE], int32_t code_point, const char *bytes,
				size_t *n)
{
	if (code_point < 0) {
		*n = strlen(REPLACEMENT);
		return REPLACEMENT;
	}
	if (!is_control(code_point))
		return bytes;
	*n = (size_t)snprintf(piece, PIECE_SIZE, "\\x%02x", (unsigned)code_point);
	return piece;
}

static const char *show_json(char piece[PIECE_SIZE], int32_t code_point, const char *bytes,
			     size_t *n)
{
	if (is_control(code_point)) {
		*n = (size_t)snprintf(piece, PIECE_SIZE, "\\u%04x", (unsigned)code_point);
		return piece;
	}
	if (code_point == '"' || code_point == '\\') {
		*n = (size_t)snprintf(piece, PIECE_SIZE, "\\%c", (char)code_point);
		return piece;
	}
	return show_escaped(piece, code_point, bytes, n);
}

/* Whether a byte is a character that is shown as it is: most are, and need no look at Unicode. */
static bool is_plain(char byte, show_character *character)
{
	return byte >= ' ' && byte <= '~' &&
	       (character != show_json || (byte != '"' && byte != '\\'));
}

/* How many such characters there are, at most max. */
static size_t plain_run(const char *bytes, size_t max, show_character *character)
{
	size_t n = 0;

	while (n < max && is_plain(bytes[n], character))
		n++;
	return n;
}

static size_t show(char *out, size_t size, const char *bytes, size_t n, show_character *character)
{
	const char *end = bytes + n;
	size_t used = 0, cut = 0; /* cut: where "..." would still fit */

	while (bytes < end) {
		const char *shown = bytes;
		char piece[PIECE_SIZE];
		size_t left = (size_t)(end - bytes);
		size_t room = size - used > sizeof("...") ? size - used - sizeof("...") : 0;
		size_t length = plain_run(bytes, left < room ? left : room, character);

		if (length > 0) {
			bytes += length;
		} else {
			const char *start = bytes;
			int32_t code_point = text_next(&bytes, end);
			length = (size_t)(bytes - start);
			shown = character(piece, code_point, start, &length);
		}
		if (used + length >= size) {
			memcpy(out + cut, "...", sizeof("..."));
			return cut + strlen("...");
		}
		memcpy(out + used, shown, length);
		used += length;
		if (used + sizeof("...") <= size)
			cut = used;
	}
	out[used] = '\0';
	return used;
}

size_t text_escape(char *out, size_t size, const char *bytes, size_t n)
{
	return show(out, size, bytes, n, show_escaped);
}

size_t text_escape_bound(size_t n)
{
	size_t longest = strlen("\\x1b");

	return n > SIZE_MAX / longest - 1 ? SIZE_MAX : (n + 1) * longest;
}

size_t text_json(char *out, size_t size, const char *bytes, size_t n)
{
	return show(out, size, bytes, n, show_json);
}
