/*
 * JSON within a page's script element.
 */
#include "timeline/page_json.h"

#include <stdint.h>
#include <string.h>

#include "sockettool/text.h"

void page_json_text(const char *text, FILE *file)
{
	const char *end = text + strlen(text);
	char escaped[16];

	fputc('"', file);
	while (text < end) {
		const char *start = text;
		int32_t code_point = text_next(&text, end);

		/* HTML sees "</script" and "<!--" before JSON does. */
		if (code_point == '<' || code_point == '>' || code_point == '&') {
			fprintf(file, "\\u%04x", (unsigned)code_point);
			continue;
		}
		/* No characters, to XML. */
		if (code_point == 0xfffe || code_point == 0xffff) {
			fputs("\\ufffd", file);
			continue;
		}
		text_json(escaped, sizeof(escaped), start, (size_t)(text - start));
		fputs(escaped, file);
	}
	fputc('"', file);
}
