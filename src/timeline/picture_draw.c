/*
 * A sequence diagram as the inside of svg elements.
 *
 * Whatever a reader may point at says what it is: data-cell and data-arrow are indices, by which
 * the page's script finds what belongs together. Calls, bars and lifelines are placed by
 * transforms, so that the script can move columns and rows.
 */
#include "timeline/picture.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/markup.h"
#include "timeline/wording.h"

enum {
	BAR = 10, /* the width of a call that waits */
	MARK = 6, /* and of one that does not */
	HALF = 7, /* half the height of one that does not */
	TEXT_AT = 10,
	BASE = 4,    /* from the middle of a line to its letters' base */
	CARGO = 256, /* bytes of data: more than fit the wire's column */
	CARGO_TEXT = 4 * CARGO + 64,
};

static const struct picture_column *column_of(const struct picture *picture,
					      const struct cell *cell)
{
	int number = cell->column == COLUMN_WIRE ? picture->wire
						 : picture->column_of_program[cell->column];

	return &picture->columns[number];
}

/* --- Heads. --- */

static void put_head_text(const char *class, double x, int y, const char *anchor, const char *text,
			  size_t columns, FILE *file)
{
	fprintf(file, "<text class=\"%s\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", class, x, y,
		anchor);
	if (picture_put_text(text, columns, file)) {
		fputs("<title>", file);
		markup_text(file, text);
		fputs("</title>", file);
	}
	fputs("</text>\n", file);
}

static const char *name_of(const struct picture *picture, const struct picture_column *column)
{
	const char(*hosts)[ADDRESS_TEXT] = picture->rows->hosts.titles;

	switch (column->program) {
	case PICTURE_WIRE:
		return picture->recording->packet_count ? "wire" : "";
	case PICTURE_LEFT_HOSTS:
		return picture->recording->program_count ? "not traced" : hosts[0];
	case PICTURE_RIGHT_HOSTS:
		return picture->recording->program_count ? "not traced" : hosts[1];
	default:
		return picture->recording->programs[column->program].name;
	}
}

/* Without transforms, which a browser forgets in a head that it repeats on each sheet of paper. */
void picture_heads(const struct picture *picture, FILE *file)
{
	for (size_t i = 0; i < picture->column_count; i++) {
		const struct picture_column *column = &picture->columns[i];
		const char *anchor = column->program == PICTURE_WIRE ? "middle"
				     : column->leftward              ? "end"
								     : "start";

		fprintf(file, "<g data-column=\"%zu\">\n", i);
		put_head_text("name", column->line, 20, anchor, name_of(picture, column),
			      column->text, file);
		if (column->program >= 0)
			put_head_text("command", column->line, 37, anchor,
				      picture->recording->programs[column->program].command,
				      column->text, file);
		fputs("</g>\n", file);
	}
}

/* --- Times. --- */

void picture_times(const struct picture *picture, int first, int end, FILE *file)
{
	char text[PICTURE_TIME];

	for (int row = first; row < end; row++) {
		double y = picture->y[row];
		double gap = y - PICTURE_ROW / 2.0 - picture_top(picture, row);

		fprintf(file, "<g data-row=\"%d\" transform=\"translate(%d %.1f)\">", row,
			PICTURE_TIMES - 8, y);
		if (gap > 0)
			fprintf(file, "<path class=\"gap\" d=\"M0 -10V%.1f\"/>", -10 - gap);
		fprintf(file,
			"<path class=\"axis\" d=\"M0 -10V10M-4 0H0\"/>"
			"<text x=\"-8\" y=\"%d\" text-anchor=\"end\">%s</text></g>\n",
			BASE, picture_time(text, picture->rows->rows[row].when));
	}
}

/* --- Lifelines and calls that wait. --- */

static void put_lifelines(const struct picture *picture, int first, int end, FILE *file)
{
	for (size_t i = 0; i < picture->column_count; i++) {
		const struct picture_column *column = &picture->columns[i];
		int from = column->first > first ? column->first : first;
		int to = column->last < end - 1 ? column->last : end - 1;

		if (column->program < 0 || column->first < 0 || from > to)
			continue;
		fprintf(file,
			"<line class=\"lifeline\" data-column=\"%zu\" data-from=\"%d\" "
			"data-to=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
			"transform=\"translate(%.1f 0)\"/>\n",
			i, from, to,
			from == column->first ? picture->y[from] : picture_top(picture, from),
			to == column->last ? picture->y[to] : picture_top(picture, to + 1),
			column->line);
	}
}

/* Where a lane's middle is, seen from its lifeline. */
static double lane_at(const struct picture_column *column, int lane)
{
	double distance = lane * column->lane;

	return column->leftward ? -distance : distance;
}

static const char *class_of_bar(const struct picture *picture, const struct cell *cell)
{
	const struct call *call = &picture->recording->calls[cell->call];

	if (cell->row >= 0) {
		const struct row *row = &picture->rows->rows[cell->row];

		for (size_t i = row->first; i < row->first + row->count; i++)
			if (picture->rows->cells[i].call == cell->call &&
			    picture->rows->cells[i].kind == CELL_WAITS)
				return "bar waits stuck";
	}
	return cell->waits || call->left < 0 ? "bar waits" : "bar";
}

static void put_bar(const struct picture *picture, const struct span *span, FILE *file)
{
	const struct cell *cell = &picture->rows->cells[span->index];
	const struct picture_column *column = column_of(picture, cell);
	double width = fmin(BAR, fmax(1, column->lane - 2));

	fprintf(file, "<rect class=\"%s", class_of_bar(picture, cell));
	picture_put_colour(cell->conversation, file);
	fprintf(file,
		"\" data-cell=\"%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"transform=\"translate(%.1f 0)\"/>\n",
		span->index, lane_at(column, cell->lane) - width / 2,
		picture->y[span->first] - HALF, width,
		picture->y[span->last] - picture->y[span->first] + 2 * HALF, column->line);
}

/* --- Arrows. --- */

/* Writes an arrow's way: from its lifeline it bends to the row in which it crosses the wire, and
 * before the other lifeline to the row in which it arrives. Between two programs on the same side
 * it turns in the wire. The page's script does the same. */
static void put_way(const struct picture *picture, const struct picture_arrow *arrow, FILE *file)
{
	const struct picture_column *wire = &picture->columns[picture->wire];
	double from = picture->columns[arrow->from].line, to = picture->columns[arrow->to].line;
	double y0 = picture->y[arrow->rows[0]], y1 = picture->y[arrow->rows[1]];
	double y2 = picture->y[arrow->rows[2]];
	double out = from < wire->line ? PICTURE_BEND : -PICTURE_BEND;
	double in = to < wire->line ? PICTURE_BEND : -PICTURE_BEND;
	double edge = in > 0 ? wire->left : wire->left + wire->width;

	fprintf(file, "<path class=\"way\" d=\"M%.1f %.1f", from, y0);
	if (y0 != y1)
		fprintf(file, "C%.1f %.1f %.1f %.1f %.1f %.1f", from + out / 2, y0, from + out / 2,
			y1, from + out, y1);
	if (out * in > 0)
		fprintf(file, "H%.1f", edge);
	if (arrow->lost)
		fprintf(file, "H%.1f", edge);
	else if (y1 == y2)
		fprintf(file, "H%.1f", to);
	else
		fprintf(file, "H%.1fC%.1f %.1f %.1f %.1f %.1f %.1f", to + in, to + in / 2, y1,
			to + in / 2, y2, to, y2);
	fputs("\"/>", file);
}

static void put_shape(const char *class, double x, double y, const char *shape, FILE *file)
{
	fprintf(file, "<path class=\"%s\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>", class, x,
		y, shape);
}

static void put_point(const struct picture *picture, const struct picture_arrow *arrow, FILE *file)
{
	const struct picture_column *wire = &picture->columns[picture->wire];
	double to = picture->columns[arrow->to].line;
	double edge = to < wire->line ? wire->left : wire->left + wire->width;

	if (arrow->lost)
		put_shape("cross", edge, picture->y[arrow->rows[1]], "M-6 -6L6 6M-6 6L6 -6", file);
	else
		put_shape("head", to, picture->y[arrow->rows[2]],
			  to < wire->line ? "M2 0L11 -4.5V4.5Z" : "M-2 0L-11 -4.5V4.5Z", file);
}

static void put_mark(const struct picture *picture, const struct picture_arrow *arrow,
		     int conversation, FILE *file)
{
	const struct picture_column *from = &picture->columns[arrow->from];
	double out = from->line < picture->columns[picture->wire].line ? PICTURE_BEND
								       : -PICTURE_BEND;

	put_shape("mark", from->line + out, picture->y[arrow->rows[1]], picture_mark(conversation),
		  file);
}

/* What keeps a line away from the text that stands on it. width: of the text. */
static void put_ground(double left, double width, FILE *file)
{
	fprintf(file, "<rect class=\"ground\" x=\"%.1f\" y=\"-8\" width=\"%.1f\" height=\"16\"/>",
		left - 4, width + 8);
}

/* The address of a host that was not traced, beside its packet. */
static void put_host(const struct picture *picture, int number, const struct address *address,
		     int row, FILE *file)
{
	const struct picture_column *column = &picture->columns[number];
	char text[ADDRESS_TEXT];

	if (column->program >= 0)
		return;
	fprintf(file,
		"<g class=\"host\" transform=\"translate(%.1f %.1f)\"><text x=\"%d\" y=\"%d\" "
		"text-anchor=\"%s\">",
		column->line, picture->y[row], column->leftward ? -4 : 4, BASE,
		column->leftward ? "end" : "start");
	markup_text(file, address_text(text, address));
	fputs("</text></g>", file);
}

/* What an arrow without a packet carries: as much as the call that is known moved. */
static void put_cargo(const struct picture *picture, const struct arrow *arrow, int row, FILE *file)
{
	const struct picture_column *wire = &picture->columns[picture->wire];
	const struct call *call =
		&picture->recording->calls[arrow->send >= 0 ? arrow->send : arrow->receive];
	size_t most = picture->options->bytes < 0       ? 0
		      : picture->options->bytes < CARGO ? (size_t)picture->options->bytes
							: CARGO;
	size_t n = call->data_length < most ? call->data_length : most;
	char text[CARGO_TEXT];
	struct wording words = {.text = text, .size = sizeof(text)};
	double width;

	wording_clear(&words);
	wording_add(&words, "%" PRIu64 " ", call->bytes);
	wording_quote(&words, call->data, n, n < call->bytes);
	width = picture_text_width(words.text, wire->text);
	fprintf(file, "<g class=\"cargo\" transform=\"translate(%.1f %.1f)\">", wire->line,
		picture->y[row]);
	put_ground(-width / 2, width, file);
	fprintf(file, "<text y=\"%d\" text-anchor=\"middle\">", BASE);
	picture_put_text(words.text, wire->text, file);
	fputs("</text></g>", file);
}

static void put_arrow(const struct picture *picture, int index, FILE *file)
{
	const struct picture_arrow *drawn = &picture->arrows[index];
	const struct arrow *arrow = &drawn->of;
	const struct conversation *conversation =
		&picture->join->conversations[arrow->conversation];

	fprintf(file, "<g class=\"arrow%s%s%s%s", drawn->again ? " again" : "",
		drawn->lost ? " lost" : "", drawn->unread ? " unread" : "",
		drawn->quiet ? " quiet" : "");
	picture_put_colour(arrow->conversation, file);
	fprintf(file,
		"\" data-arrow=\"%d\" data-send=\"%d\" data-packet=\"%d\" data-receive=\"%d\">",
		index, arrow->send, arrow->packet, arrow->receive);
	put_way(picture, drawn, file);
	put_point(picture, drawn, file);
	if (drawn->leads) {
		put_mark(picture, drawn, arrow->conversation, file);
		put_host(picture, drawn->from, &conversation->ends[arrow->from], drawn->rows[1],
			 file);
		put_host(picture, drawn->to, &conversation->ends[1 - arrow->from], drawn->rows[1],
			 file);
	}
	if (drawn->leads && drawn->unpacked && arrow->length > 0)
		put_cargo(picture, arrow, drawn->rows[1], file);
	fputs("</g>\n", file);
}

/* --- Cells. --- */

/* Where a cell's text begins, seen from its lifeline, and which way it runs. */
static void put_text_place(const struct picture_column *column, const char *text, FILE *file)
{
	double lanes = column->lanes > 1 ? (column->lanes - 1) * column->lane : 0;
	double width = picture_text_width(text, column->text);

	if (column->program == PICTURE_WIRE) {
		put_ground(-width / 2, width, file);
		fprintf(file, "<text y=\"%d\" text-anchor=\"middle\">", BASE);
	} else {
		fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
			column->leftward ? -lanes - TEXT_AT : lanes + TEXT_AT, BASE,
			column->leftward ? "end" : "start");
	}
}

static void put_cell(const struct picture *picture, int row, int index, FILE *file)
{
	static const char *const classes[] = {[CELL_CALL] = "call",
					      [CELL_OPENS] = "opens",
					      [CELL_RETURNS] = "returns",
					      [CELL_WAITS] = "stuck",
					      [CELL_PACKET] = "packet"};
	const struct cell *cell = &picture->rows->cells[index];
	const struct picture_column *column = column_of(picture, cell);

	fprintf(file, "<g class=\"cell %s", classes[cell->kind]);
	picture_put_colour(cell->conversation, file);
	if (cell->kind == CELL_WAITS)
		fprintf(file, "\" id=\"waits-%d", cell->call);
	fprintf(file,
		"\" data-cell=\"%d\" data-call=\"%d\" data-packet=\"%d\" "
		"transform=\"translate(%.1f %.1f)\">",
		index, cell->call, cell->packet, column->line, picture->y[row]);
	if (cell->kind == CELL_CALL)
		fprintf(file,
			"<rect class=\"moment\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
			-MARK / 2, -HALF, MARK, 2 * HALF);
	put_text_place(column, cell->text, file);
	if (picture_put_text(cell->text, column->text, file)) {
		fputs("<title>", file);
		markup_text(file, cell->text);
		fputs("</title>", file);
	}
	fputs("</text></g>\n", file);
}

void picture_band(struct picture *picture, int first, int end, FILE *file)
{
	put_lifelines(picture, first, end, file);
	spans_meet(&picture->bars, first, end);
	for (size_t i = 0; i < picture->bars.met_count; i++)
		put_bar(picture, &picture->bars.met[i], file);
	spans_meet(&picture->ways, first, end);
	for (size_t i = 0; i < picture->ways.met_count; i++)
		put_arrow(picture, picture->ways.met[i].index, file);
	for (int row = first; row < end; row++) {
		const struct row *cells = &picture->rows->rows[row];

		for (size_t i = 0; i < cells->count; i++)
			put_cell(picture, row, (int)(cells->first + i), file);
	}
}
