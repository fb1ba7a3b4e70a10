/*
 * A timeline as a table in Markdown: a column for each program and the wire, texts as code.
 */
#include "timeline/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/packet_view.h"
#include "timeline/rows.h"
#include "timeline/view_columns.h"
#include "timeline/view_foot.h"
#include "timeline/view_paper.h"

struct page {
	const struct recording *recording;
	const struct view_options *options;
	struct rows *rows;
	struct view_columns columns;
	size_t *waiting; /* for each column, how many of its calls wait */
	struct paper paper;
};

/* --- Texts. --- */

/* A text between words: what Markdown would take for its own is escaped. */
static void put_words(const struct page *page, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|&~", *text))
			fputc('\\', page->paper.file);
		fputc(*text, page->paper.file);
	}
}

/* The longest run of backticks in a text. */
static size_t longest_run(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strspn(text, "`");

		longest = n > longest ? n : longest;
		text += n;
		text += strcspn(text, "`");
	}
	return longest;
}

/* A text as code within a table, where only the bar is special. */
static void put_code(const struct page *page, const char *text)
{
	size_t fence = longest_run(text) + 1;
	FILE *file = page->paper.file;

	for (size_t i = 0; i < fence; i++)
		fputc('`', file);
	if (fence > 1)
		fputc(' ', file);
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', file);
		fputc(*text, file);
	}
	if (fence > 1)
		fputc(' ', file);
	for (size_t i = 0; i < fence; i++)
		fputc('`', file);
}

/* --- Cells. --- */

static int compose(char **text, const struct page *page, const struct cell *cell)
{
	const struct glyphs *glyphs = page->paper.glyphs;

	switch (cell->kind) {
	case CELL_OPENS:
		return asprintf(text, "%s %s%s", cell->text, glyphs->opens,
				cell->waits ? " waits" : "");
	case CELL_RETURNS:
		return asprintf(text, "%s %s", glyphs->returns, cell->text);
	case CELL_WAITS:
		return asprintf(text, "%s %s", glyphs->goes_on, cell->text);
	case CELL_PACKET:
		return asprintf(text, "%s%s%s",
				glyphs->arrows[0][cell->lost][cell->leftward].before, cell->text,
				glyphs->arrows[0][cell->lost][cell->leftward].after);
	default:
		return asprintf(text, "%s", cell->text);
	}
}

static bool put_cell(struct page *page, const struct cell *cell)
{
	char *composed, *text;

	if (compose(&composed, page, cell) < 0)
		return false;
	/* The corners and arrows are as they should be already. */
	text = page->paper.ascii ? paper_text(&page->paper, composed) : strdup(composed);
	free(composed);
	if (!text)
		return false;
	put_code(page, text);
	free(text);
	return true;
}

static void put_beams(const struct page *page, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (page->paper.ascii)
			fputc('\\', page->paper.file);
		fprintf(page->paper.file, "%s%s", page->paper.glyphs->goes_on,
			i + 1 < count ? " " : "");
	}
}

/* --- Rows. --- */

static const struct cell *cell_in(const struct page *page, const struct row *row, size_t column)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct cell *cell = &page->rows->cells[row->first + i];
		int at = cell->column == COLUMN_WIRE ? page->columns.wire
						     : page->columns.of_program[cell->column];

		if (at == (int)column)
			return cell;
	}
	return NULL;
}

static bool put_column(struct page *page, const struct row *row, size_t index)
{
	const struct view_column *column = &page->columns.columns[index];
	const struct cell *cell = cell_in(page, row, index);
	size_t *waiting = &page->waiting[index];
	char host[ADDRESS_TEXT];

	if (column->kind == VIEW_LEFT_HOST || column->kind == VIEW_RIGHT_HOST) {
		cell = cell_in(page, row, (size_t)page->columns.wire);
		if (!cell)
			return true;
		view_host(host, page->recording, cell, column->kind);
		put_code(page, host);
		return true;
	}
	if (cell && (cell->kind == CELL_RETURNS || cell->kind == CELL_WAITS))
		--*waiting;
	if (!cell) {
		put_beams(page, *waiting);
		return true;
	}
	if (cell->kind == CELL_OPENS)
		++*waiting;
	return put_cell(page, cell);
}

static bool put_row(struct page *page, const struct row *row)
{
	bool done = true;

	fprintf(page->paper.file, "| %.3f |", (double)row->when / 1e6);
	for (size_t i = 0; done && i < page->columns.count; i++) {
		fputc(' ', page->paper.file);
		done = put_column(page, row, i);
		fputs(" |", page->paper.file);
	}
	fputc('\n', page->paper.file);
	return done;
}

/* --- Before and after. --- */

static bool put_escaped(const struct page *page, const char *text)
{
	char *written = paper_text(&page->paper, text);

	if (written)
		put_words(page, written);
	free(written);
	return written != NULL;
}

static bool put_title(const struct page *page, const struct view_column *column)
{
	const struct program *program;

	if (column->kind != VIEW_PROGRAM)
		return put_escaped(page, view_title(page->rows, column->kind));
	program = &page->recording->programs[column->program];
	if (!program->command[0])
		return put_escaped(page, program->name);
	return put_escaped(page, program->name) && put_escaped(page, " (") &&
	       put_escaped(page, program->command) && put_escaped(page, ")");
}

static bool put_head(const struct page *page)
{
	FILE *file = page->paper.file;
	bool done = true;

	if (page->recording->note[0]) {
		done = put_escaped(page, page->recording->note);
		fputs("\n\n", file);
	}
	fputs("| time ms |", file);
	for (size_t i = 0; done && i < page->columns.count; i++) {
		fputc(' ', file);
		done = put_title(page, &page->columns.columns[i]);
		fputs(" |", file);
	}
	fputs("\n| ---: |", file);
	for (size_t i = 0; i < page->columns.count; i++)
		fputs(page->columns.columns[i].kind == VIEW_WIRE ? " :---: |" : " --- |", file);
	fputc('\n', file);
	return done;
}

static bool put_foot(const struct page *page, const struct join *join)
{
	struct foot *foot = foot_make(page->recording, join);
	bool done = foot != NULL;

	for (size_t i = 0; done && i < foot->count; i++) {
		fprintf(page->paper.file, "%s%*s- ", i ? "" : "\n", 2 * foot->lines[i].level, "");
		done = put_escaped(page, foot->lines[i].text);
		fputc('\n', page->paper.file);
	}
	foot_free(foot);
	return done;
}

/* The packets opened: too large for a table. */
static bool put_layers(const struct page *page)
{
	struct packet_view view = {.width = 80, .ascii = page->options->ascii};
	bool done;

	view.bytes = page->options->bytes > 0 ? (size_t)page->options->bytes : 0;
	if (!page->recording->packet_count)
		return true;
	fputs("\n```\n", page->paper.file);
	done = packet_draw_all(page->paper.file, &view, page->recording);
	fputs("```\n", page->paper.file);
	return done;
}

/* --- The whole. --- */

/* A table is as wide as it takes. */
static bool start(struct page *page, const struct join *join)
{
	struct view_options wide = *page->options;

	wide.width = 0;
	page->rows = rows_make(page->recording, join, page->options);
	if (!page->rows || !view_columns_make(&page->columns, page->recording, page->rows, &wide))
		return false;
	page->waiting = calloc(page->columns.count + 1, sizeof(*page->waiting));
	return page->waiting != NULL;
}

int view_markdown(const struct recording *recording, const struct join *join,
		  const struct view_options *options, FILE *file)
{
	struct page page = {.recording = recording,
			    .options = options,
			    .paper = {.file = file,
				      .glyphs = glyphs_of(options->ascii),
				      .ascii = options->ascii}};
	bool done = start(&page, join) && put_head(&page);

	for (size_t i = 0; done && i < page.rows->row_count; i++)
		done = put_row(&page, &page.rows->rows[i]);
	done = done && put_foot(&page, join) && (!options->verbose || put_layers(&page));
	free(page.waiting);
	view_columns_free(&page.columns);
	rows_free(page.rows);
	if (fflush(file) || ferror(file))
		return -EIO;
	return done ? 0 : -ENOMEM;
}
