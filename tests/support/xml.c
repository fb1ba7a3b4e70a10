/*
 * A small strict reader of XML: enough to find what would make a browser or a viewer refuse a file.
 */
#include "support/xml.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"

enum { DEPTH = 64 };

struct reader {
	const char *at, *start;
	struct {
		const char *bytes;
		size_t n;
	} open[DEPTH];
	size_t depth, roots;
};

static void refuse(const struct reader *reader, const char *why)
{
	fail_msg("%s at byte %zu: %.60s", why, (size_t)(reader->at - reader->start), reader->at);
}

static void assert_characters(const char *text)
{
	const char *end = text + strlen(text);

	while (text < end) {
		int32_t c = text_next(&text, end);

		if (c < 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0xfffe || c == 0xffff)
			fail_msg("a character that XML does not allow: %d", (int)c);
	}
}

static void read_entity(struct reader *reader)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(reader->at, known[i], strlen(known[i])) == 0) {
			reader->at += strlen(known[i]);
			return;
		}
	}
	refuse(reader, "an unknown entity");
}

static size_t name_length(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || strchr("-:_", at[n]) != NULL) {
		if (at[n] == '\0')
			break;
		n++;
	}
	return n;
}

static void read_attribute(struct reader *reader)
{
	size_t n = name_length(reader->at);

	if (n == 0 || strncmp(reader->at + n, "=\"", 2) != 0)
		refuse(reader, "no attribute");
	reader->at += n + 2;
	while (*reader->at != '"') {
		if (*reader->at == '<' || *reader->at == '\0')
			refuse(reader, "an attribute that does not end");
		if (*reader->at == '&')
			read_entity(reader);
		else
			reader->at++;
	}
	reader->at++;
}

static void read_end(struct reader *reader)
{
	size_t n = name_length(reader->at += 2);

	if (reader->depth == 0 || reader->open[reader->depth - 1].n != n ||
	    memcmp(reader->open[reader->depth - 1].bytes, reader->at, n) != 0 ||
	    reader->at[n] != '>')
		refuse(reader, "an end of another element");
	reader->depth--;
	reader->at += n + 1;
}

static void read_tag(struct reader *reader)
{
	size_t n = name_length(++reader->at);

	if (n == 0 || reader->depth == DEPTH)
		refuse(reader, "no element");
	if (reader->depth == 0)
		reader->roots++;
	reader->open[reader->depth].bytes = reader->at;
	reader->open[reader->depth++].n = n;
	reader->at += n;
	while (*reader->at == ' ') {
		reader->at++;
		read_attribute(reader);
	}
	if (strncmp(reader->at, "/>", 2) == 0) {
		reader->depth--;
		reader->at++;
	}
	if (*reader->at++ != '>')
		refuse(reader, "a tag that does not end");
}

void xml_assert_well_formed(const char *text)
{
	struct reader reader = {.at = text, .start = text};

	assert_characters(text);
	if (strncmp(text, "<!DOCTYPE html>", 15) == 0)
		reader.at += 15;
	while (*reader.at) {
		if (strncmp(reader.at, "</", 2) == 0)
			read_end(&reader);
		else if (*reader.at == '<')
			read_tag(&reader);
		else if (*reader.at == '&')
			read_entity(&reader);
		else if (reader.depth == 0 && !isspace((unsigned char)*reader.at))
			refuse(&reader, "text outside of the element");
		else
			reader.at++;
	}
	assert_int_equal(reader.depth, 0);
	assert_int_equal(reader.roots, 1);
}

size_t xml_count(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		count++;
	return count;
}
