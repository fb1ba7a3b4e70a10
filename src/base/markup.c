/*
 * Texts inside of SVG and HTML: strangers' bytes must neither end the element nor make the file
 * unreadable.
 */
#include "base/markup.h"

#include <stdint.h>
#include <string.h>

#include "sockettool/text.h"

static void put_character(FILE *file, int32_t code_point, const char *bytes, size_t n)
{
	char escaped[16];

	switch (code_point) {
	case '&':
		fputs("&amp;", file);
		break;
	case '<':
		fputs("&lt;", file);
		break;
	case '>':
		fputs("&gt;", file);
		break;
	case '"':
		fputs("&quot;", file);
		break;
	case '\'':
		fputs("&#39;", file);
		break;
	case 0xfffe: /* No character, to XML. */
	case 0xffff:
		fputs("\xef\xbf\xbd", file);
		break;
	default:
		text_escape(escaped, sizeof(escaped), bytes, n);
		fputs(escaped, file);
	}
}

void markup_bytes(FILE *file, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	while (bytes < end) {
		const char *start = bytes;
		int32_t code_point = text_next(&bytes, end);

		put_character(file, code_point, start, (size_t)(bytes - start));
	}
}

void markup_text(FILE *file, const char *text)
{
	markup_bytes(file, text, strlen(text));
}
