/*
 * Lines of text whose columns are counted.
 */
#include "timeline/view_paper.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"

const struct glyphs *glyphs_of(bool ascii)
{
	static const struct glyphs drawn = {
		.opens = "┐",
		.goes_on = "│",
		.returns = "┘",
		.dots = "…",
		.arrows = {{{{"── ", " ──►"}, {"◄── ", " ──"}}, {{"── ", " ──✗"}, {"✗── ", " ──"}}},
			   {{{"", " ►"}, {"◄ ", ""}}, {{"", " ✗"}, {"✗ ", ""}}}},
	};
	static const struct glyphs plain = {
		.opens = "+",
		.goes_on = "|",
		.returns = "+",
		.dots = "...",
		.arrows = {{{{"-- ", " -->"}, {"<-- ", " --"}}, {{"-- ", " --x"}, {"x-- ", " --"}}},
			   {{{"", " >"}, {"< ", ""}}, {{"", " x"}, {"x ", ""}}}},
	};

	return ascii ? &plain : &drawn;
}

/* --- Lines. --- */

void paper_go(struct paper *paper, size_t column)
{
	if (column > paper->at + paper->pending)
		paper->pending = column - paper->at;
}

static void begin_colour(const struct paper *paper, int colour)
{
	static const char *const codes[] = {"32", "36", "33", "35", "34", "92", "96", "93"};
	static const char *const styles[] = {"0", "2", "1", "1;31"};

	if (!paper->colour || colour == PAPER_PLAIN)
		return;
	if (colour >= 0)
		fprintf(paper->file, "\x1b[%sm",
			codes[(size_t)colour % (sizeof(codes) / sizeof(codes[0]))]);
	else
		fprintf(paper->file, "\x1b[%sm", styles[-1 - colour]);
}

void paper_put(struct paper *paper, int colour, const char *text, size_t n)
{
	if (n == 0)
		return;
	fprintf(paper->file, "%*s", (int)paper->pending, "");
	begin_colour(paper, colour);
	fwrite(text, 1, n, paper->file);
	if (paper->colour && colour != PAPER_PLAIN)
		fputs("\x1b[0m", paper->file);
	paper->at += paper->pending + text_columns(text, n);
	paper->pending = 0;
}

void paper_line_end(struct paper *paper)
{
	fputc('\n', paper->file);
	paper->at = paper->pending = 0;
}

/* --- Texts. --- */

/* The plain form of a character that has one, or NULL. */
static const char *plain_form(int32_t code_point)
{
	switch (code_point) {
	case 0x2192: /* → */
		return "->";
	case 0xd7: /* × */
		return "x";
	case 0x2026: /* … */
		return "...";
	default:
		return NULL;
	}
}

/* Puts the plain form of a text into out, which has room for four bytes for each of its bytes. */
static void make_plain(char *out, const char *text)
{
	const char *end = text + strlen(text);

	while (text < end) {
		const char *start = text;
		int32_t code_point = text_next(&text, end);
		const char *form = plain_form(code_point);

		if (code_point >= 0 && code_point < 0x80) {
			*out++ = *start;
		} else if (form) {
			out = stpcpy(out, form);
		} else {
			for (; start < text; start++)
				out += sprintf(out, "\\x%02x", (unsigned char)*start);
		}
	}
	*out = '\0';
}

char *paper_text(const struct paper *paper, const char *text)
{
	size_t n = strlen(text), size = text_escape_bound(n);
	char *escaped = malloc(size), *plain;

	if (!escaped)
		return NULL;
	text_escape(escaped, size, text, n);
	if (!paper->ascii)
		return escaped;
	plain = malloc(4 * strlen(escaped) + 1);
	if (plain)
		make_plain(plain, escaped);
	free(escaped);
	return plain;
}

/* --- Fitting. --- */

size_t paper_columns(const char *text)
{
	return text_columns(text, strlen(text));
}

/* How many bytes fit, cut before a space where that is asked for and there is one. */
static size_t fit(const char *text, size_t columns, bool at_spaces)
{
	const char *end = text + strlen(text), *at = text;
	size_t used = 0, space = 0;

	while (at < end) {
		const char *start = at;

		text_next(&at, end);
		used += text_columns(start, (size_t)(at - start));
		if (used > columns) {
			if (at_spaces && space)
				return space;
			return start > text ? (size_t)(start - text) : (size_t)(at - text);
		}
		if (at < end && *at == ' ')
			space = (size_t)(at - text);
	}
	return (size_t)(end - text);
}

size_t paper_fitting(const char *text, size_t columns)
{
	return fit(text, columns, true);
}

size_t paper_cut(const char *text, size_t columns)
{
	return fit(text, columns, false);
}

void paper_wrapped(struct paper *paper, int colour, size_t column, size_t width, const char *text)
{
	bool first = true;

	do {
		size_t n = paper_fitting(text, width > column ? width - column : 1);

		paper_go(paper, column);
		paper_put(paper, colour, text, n);
		paper_line_end(paper);
		text += n;
		text += strspn(text, " ");
		column += first ? 2 : 0;
		first = false;
	} while (*text);
}
