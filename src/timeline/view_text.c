/*
 * A timeline as text: programs side by side, the wire between them.
 */
#include "timeline/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/packet_view.h"
#include "timeline/rows.h"
#include "timeline/view_cells.h"
#include "timeline/view_columns.h"
#include "timeline/view_foot.h"
#include "timeline/view_paper.h"

struct drawing {
	const struct recording *recording;
	const struct join *join;
	const struct view_options *options;
	struct rows *rows;
	struct relative *relative; /* for each packet, or NULL */
	struct view_columns columns;
	struct track *tracks; /* for each column */
	struct paper paper;
};

static void put_host(struct drawing *drawing, const struct cell *packet,
		     const struct view_column *column)
{
	char text[ADDRESS_TEXT];
	size_t n;

	view_host(text, drawing->recording, packet, column->kind);
	n = paper_cut(text, column->width);
	paper_go(&drawing->paper, column->x);
	paper_put(&drawing->paper, cell_colour(packet), text, n);
}

/* --- Rows. --- */

static bool is_left(const struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->columns.count; i++)
		if (drawing->tracks[i].cell && *drawing->tracks[i].rest)
			return true;
	return false;
}

static bool put_line(struct drawing *drawing, bool first)
{
	const struct view_columns *columns = &drawing->columns;
	bool done = true;

	for (size_t i = 0; done && i < columns->count; i++) {
		const struct view_column *column = &columns->columns[i];
		struct track *track = &drawing->tracks[i];

		switch (column->kind) {
		case VIEW_PROGRAM:
		case VIEW_CLIENTS:
			done = cell_put_line(&drawing->paper, track, column);
			break;
		case VIEW_WIRE:
			if (first && track->cell)
				cell_put_packet(&drawing->paper, track, column);
			break;
		case VIEW_LEFT_HOST:
		case VIEW_RIGHT_HOST:
			if (first && drawing->tracks[columns->wire].cell)
				put_host(drawing, drawing->tracks[columns->wire].cell, column);
			break;
		}
	}
	paper_line_end(&drawing->paper);
	return done;
}

/* The text of a cell as it is written; in a column of several programs the name comes first. */
static char *text_of(const struct drawing *drawing, const struct view_column *column,
		     const struct cell *cell)
{
	const char *name = "";
	char *text, *written = NULL;

	if (column->kind == VIEW_CLIENTS)
		name = drawing->recording->programs[cell->column].name;
	if (asprintf(&text, "%s%s%s", name, name[0] ? ": " : "", cell->text) >= 0) {
		written = paper_text(&drawing->paper, text);
		free(text);
	}
	return written;
}

static bool take_cells(struct drawing *drawing, const struct row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct cell *cell = &drawing->rows->cells[row->first + i];
		int at = cell->column == COLUMN_WIRE ? drawing->columns.wire
						     : drawing->columns.of_program[cell->column];
		struct track *track = &drawing->tracks[at];

		track->cell = cell;
		track->text = text_of(drawing, &drawing->columns.columns[at], cell);
		track->rest = track->text;
		if (!track->text)
			return false;
	}
	return true;
}

static void drop_cells(struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->columns.count; i++) {
		free(drawing->tracks[i].text);
		drawing->tracks[i].text = NULL;
		drawing->tracks[i].cell = NULL;
	}
}

static bool put_layers(struct drawing *drawing, int packet)
{
	struct packet_view view = {
		.width = drawing->columns.width,
		.ascii = drawing->options->ascii,
		.bytes = drawing->options->bytes > 0 ? (size_t)drawing->options->bytes : 0};

	if (drawing->options->width > 0)
		view.width = (size_t)drawing->options->width;
	return packet_draw(drawing->paper.file, &view, drawing->recording, (size_t)packet,
			   &drawing->relative[packet]);
}

static bool put_row(struct drawing *drawing, const struct row *row)
{
	char time[64];
	bool first = true, done = take_cells(drawing, row);

	snprintf(time, sizeof(time), "%*.3f", (int)drawing->columns.time, (double)row->when / 1e6);
	while (done && (first || is_left(drawing))) {
		if (first)
			paper_put(&drawing->paper, PAPER_DIM, time, strlen(time));
		done = put_line(drawing, first);
		first = false;
	}
	drop_cells(drawing);
	for (size_t i = 0; done && drawing->relative && i < row->count; i++) {
		int packet = drawing->rows->cells[row->first + i].packet;

		done = packet < 0 || put_layers(drawing, packet);
	}
	return done;
}

/* --- The head. --- */

/* What stands over a column. The caller frees it; NULL for want of memory. */
static char *title_of(const struct drawing *drawing, const struct view_column *column)
{
	const struct program *program;
	char *text, *written = NULL;
	int n;

	if (column->kind == VIEW_PROGRAM) {
		program = &drawing->recording->programs[column->program];
		n = asprintf(&text, "%s%s%s%s", program->name, program->command[0] ? " (" : "",
			     program->command, program->command[0] ? ")" : "");
	} else {
		n = asprintf(&text, "%s", view_title(drawing->rows, column->kind));
	}
	if (n >= 0) {
		written = paper_text(&drawing->paper, text);
		free(text);
	}
	return written;
}

static void put_title(struct drawing *drawing, const struct view_column *column, const char *title)
{
	const char *dots = drawing->paper.glyphs->dots;
	size_t n = strlen(title), x = column->x;

	if (column->kind == VIEW_WIRE)
		x += (column->width - strlen("wire")) / 2;
	if (paper_columns(title) > column->width)
		n = paper_cut(title, column->width - paper_columns(dots));
	paper_go(&drawing->paper, x);
	paper_put(&drawing->paper, PAPER_BOLD, title, n);
	if (n < strlen(title))
		paper_put(&drawing->paper, PAPER_BOLD, dots, strlen(dots));
}

static bool put_head(struct drawing *drawing)
{
	struct paper *paper = &drawing->paper;

	if (drawing->recording->note[0]) {
		char *note = paper_text(paper, drawing->recording->note);

		if (!note)
			return false;
		paper_wrapped(paper, PAPER_PLAIN, 0, drawing->columns.width, note);
		free(note);
	}
	paper_go(paper, drawing->columns.time - strlen("time ms"));
	paper_put(paper, PAPER_BOLD, "time ms", strlen("time ms"));
	for (size_t i = 0; i < drawing->columns.count; i++) {
		char *title = title_of(drawing, &drawing->columns.columns[i]);

		if (!title)
			return false;
		put_title(drawing, &drawing->columns.columns[i], title);
		free(title);
	}
	paper_line_end(paper);
	return true;
}

/* --- The foot. --- */

static bool put_foot(struct drawing *drawing)
{
	struct foot *foot = foot_make(drawing->recording, drawing->join);
	size_t width = drawing->options->width > 0 ? (size_t)drawing->options->width : 100;
	bool done = foot != NULL;

	for (size_t i = 0; done && i < foot->count; i++) {
		const struct foot_line *line = &foot->lines[i];
		char *text = paper_text(&drawing->paper, line->text);

		done = text != NULL;
		if (line->level == 0)
			paper_line_end(&drawing->paper);
		if (done)
			paper_wrapped(&drawing->paper,
				      line->conversation >= 0 ? line->conversation : PAPER_PLAIN,
				      2 * (size_t)line->level, width, text);
		free(text);
	}
	foot_free(foot);
	return done;
}

/* --- The whole. --- */

static bool start(struct drawing *drawing)
{
	drawing->rows = rows_make(drawing->recording, drawing->join, drawing->options);
	if (!drawing->rows || !view_columns_make(&drawing->columns, drawing->recording,
						 drawing->rows, drawing->options))
		return false;
	drawing->tracks = calloc(drawing->columns.count + 1, sizeof(*drawing->tracks));
	if (drawing->options->verbose) {
		drawing->relative = sequence_relative(drawing->recording);
		if (!drawing->relative)
			return false;
	}
	return drawing->tracks != NULL;
}

static void finish(struct drawing *drawing)
{
	for (size_t i = 0; drawing->tracks && i < drawing->columns.count; i++)
		free(drawing->tracks[i].beams);
	free(drawing->tracks);
	free(drawing->relative);
	view_columns_free(&drawing->columns);
	rows_free(drawing->rows);
}

int view_text(const struct recording *recording, const struct join *join,
	      const struct view_options *options, FILE *file)
{
	struct drawing drawing = {.recording = recording,
				  .join = join,
				  .options = options,
				  .paper = {.file = file,
					    .glyphs = glyphs_of(options->ascii),
					    .ascii = options->ascii,
					    .colour = options->colour}};
	bool done = start(&drawing) && put_head(&drawing);

	for (size_t i = 0; done && i < drawing.rows->row_count; i++)
		done = put_row(&drawing, &drawing.rows->rows[i]);
	done = done && put_foot(&drawing);
	finish(&drawing);
	if (fflush(file) || ferror(file))
		return -EIO;
	return done ? 0 : -ENOMEM;
}
