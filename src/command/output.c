/*
 * What the commands print: wrapped text, columns and JSON strings, on standard output.
 */
#include "command/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "sockettool/text.h"

/* The bytes of the word that begins here; brackets keep words together: "[default: 5s]". */
static size_t word_length(const char *text, const char *end)
{
	const char *at = text;
	bool bracketed = false;

	for (; at < end && (bracketed || (*at != ' ' && *at != '\n')); at++) {
		if (*at == '[' || *at == ']')
			bracketed = *at == '[';
	}
	return (size_t)(at - text);
}

/* output_wrapped for n bytes. */
static void wrap(const char *text, size_t n, size_t column, size_t indent, size_t width)
{
	const char *end = text + n;
	size_t at = column;

	while (text < end) {
		size_t word = word_length(text, end);
		size_t columns = text_columns(text, word);

		/* A word that fits nowhere stands alone. */
		if (at > indent && at + (at > column) + columns > width) {
			printf("\n%*s", (int)indent, "");
			at = column = indent;
		} else if (at > column) {
			putchar(' ');
			at++;
		}
		fwrite(text, 1, word, stdout);
		at += columns;
		text += word;
		while (text < end && (*text == ' ' || *text == '\n'))
			text++;
	}
	putchar('\n');
}

void output_wrapped(const char *text, size_t column, size_t indent, size_t width)
{
	wrap(text, strlen(text), column, indent, width);
}

size_t output_paragraph(const char *text)
{
	size_t n = strcspn(text, "\n");

	if (*text == ' ' || *text == '\n' || *text == '\0')
		return n;
	while (text[n] == '\n' && text[n + 1] && text[n + 1] != '\n' && text[n + 1] != ' ')
		n += 1 + strcspn(text + n + 1, "\n");
	return n;
}

void output_paragraphs(const char *text)
{
	while (*text) {
		size_t n = output_paragraph(text);

		if (*text == ' ' || *text == '\n')
			printf("%.*s\n", (int)n, text);
		else
			wrap(text, n, 0, 0, OUTPUT_WIDTH);
		text += n + (text[n] == '\n');
	}
}

void output_padded(const char *text, size_t width)
{
	size_t columns = text_columns(text, strlen(text));

	printf("%s%*s", text, columns < width ? (int)(width - columns) : 0, "");
}

/* A cell's text; row 0 is the headings. */
static const char *cell_text(const struct output_table *table, size_t row, size_t column,
			     char buffer[OUTPUT_CELL])
{
	return row == 0 ? table->headings[column]
			: table->cell(table->data, row - 1, column, buffer);
}

static size_t column_width(const struct output_table *table, size_t column)
{
	char buffer[OUTPUT_CELL];
	size_t width = 0;

	for (size_t row = 0; row <= table->rows; row++) {
		const char *text = cell_text(table, row, column, buffer);
		size_t columns = text_columns(text, strlen(text));

		width = columns > width ? columns : width;
	}
	return width;
}

void output_table(const struct output_table *table)
{
	enum { MOST = 8, GAP = 2 };
	char buffer[OUTPUT_CELL];
	size_t widths[MOST];

	for (size_t i = 0; i < table->columns && i < MOST; i++)
		widths[i] = column_width(table, i);
	for (size_t row = 0; row <= table->rows; row++) {
		for (size_t i = 0; i + 1 < table->columns && i < MOST; i++)
			output_padded(cell_text(table, row, i, buffer), widths[i] + GAP);
		puts(cell_text(table, row, table->columns - 1, buffer));
	}
}

void output_json(const char *text)
{
	char inside[8192];

	if (!text) {
		fputs("null", stdout);
		return;
	}
	text_json(inside, sizeof(inside), text, strlen(text));
	printf("\"%s\"", inside);
}

int output_finish(struct error *error)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* When an earlier write failed, its reason is gone. */
	return error_set(error, STATUS_PROTOCOL, errno ? errno : EIO,
			 "cannot write to standard output: %s", error_reason(errno ? errno : EIO));
}
