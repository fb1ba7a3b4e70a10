/*
 * One column of a text view, line by line.
 */
#include "timeline/view_cells.h"

#include <stdlib.h>
#include <string.h>

/* --- Beams. --- */

static size_t beam_place(const struct track *track, size_t x, size_t width)
{
	/* Two calls that wait have a line each, as long as there is room. */
	for (size_t i = 0; i < track->beam_count; i++)
		if (track->beams[i].x == x && x + VIEW_GAP < width)
			x += VIEW_GAP;
	return x;
}

static bool add_beam(struct track *track, const struct beam *beam)
{
	size_t i = track->beam_count;

	if (i == track->beam_capacity) {
		size_t capacity = i ? 2 * i : 4;
		struct beam *more = realloc(track->beams, capacity * sizeof(*more));

		if (!more)
			return false;
		track->beams = more;
		track->beam_capacity = capacity;
	}
	for (; i > 0 && track->beams[i - 1].x > beam->x; i--)
		track->beams[i] = track->beams[i - 1];
	track->beams[i] = *beam;
	track->beam_count++;
	return true;
}

/* Takes a call's beam away. Returns where it was. */
static size_t end_beam(struct track *track, int call)
{
	for (size_t i = 0; i < track->beam_count; i++) {
		size_t x = track->beams[i].x;

		if (track->beams[i].call != call)
			continue;
		track->beam_count--;
		memmove(&track->beams[i], &track->beams[i + 1],
			(track->beam_count - i) * sizeof(*track->beams));
		return x;
	}
	return 0;
}

/* Draws the beams from where the line is up to a column's x. */
static void put_beams(struct paper *paper, const struct track *track, size_t left, size_t until)
{
	for (size_t i = 0; i < track->beam_count; i++) {
		const struct beam *beam = &track->beams[i];
		size_t at = paper->at + paper->pending;

		if (beam->x >= until || left + beam->x < at ||
		    (left + beam->x == paper->at && beam->x > 0))
			continue;
		paper_go(paper, left + beam->x);
		paper_put(paper, beam->colour, paper->glyphs->goes_on,
			  strlen(paper->glyphs->goes_on));
	}
}

/* --- Cells of programs. --- */

int cell_colour(const struct cell *cell)
{
	if (cell->kind == CELL_WAITS)
		return PAPER_ALARM;
	return cell->conversation >= 0 ? cell->conversation : PAPER_PLAIN;
}

/* Writes as much of the text as fits between two columns. */
static void put_part(struct paper *paper, struct track *track, size_t from, size_t to)
{
	size_t n = paper_fitting(track->rest, to > from ? to - from : 1);

	paper_go(paper, from);
	paper_put(paper, cell_colour(track->cell), track->rest, n);
	track->rest += n;
	track->rest += strspn(track->rest, " ");
}

/* The end of an opening: the corner at which its beam begins. */
static bool put_corner(struct paper *paper, struct track *track, const struct view_column *column)
{
	const struct glyphs *glyphs = paper->glyphs;
	struct beam beam = {track->cell->call, 0, cell_colour(track->cell)};

	beam.x = beam_place(track, paper->at + 1 - column->x, column->width);
	put_beams(paper, track, column->x, beam.x);
	paper_go(paper, column->x + beam.x);
	paper_put(paper, beam.colour, glyphs->opens, strlen(glyphs->opens));
	if (track->cell->waits && beam.x + 1 + strlen(" waits") <= column->width) {
		paper_go(paper, paper->at + 1);
		paper_put(paper, beam.colour, "waits", strlen("waits"));
	}
	put_beams(paper, track, column->x, column->width);
	return add_beam(track, &beam);
}

static bool put_opening(struct paper *paper, struct track *track, const struct view_column *column)
{
	size_t indent = column->x + (track->rest > track->text ? 2 : 0);

	put_part(paper, track, indent, column->x + column->width - 2);
	if (!*track->rest)
		return put_corner(paper, track, column);
	put_beams(paper, track, column->x, column->width);
	return true;
}

/* The first line of a return: the corner under its beam, or at the left if the text would not fit
 * behind it. */
static void put_return(struct paper *paper, struct track *track, const struct view_column *column)
{
	bool waits = track->cell->kind == CELL_WAITS;
	const char *corner = waits ? paper->glyphs->goes_on : paper->glyphs->returns;
	size_t x = end_beam(track, track->cell->call);
	size_t columns = paper_columns(track->text);

	if (x + 2 + columns > column->width)
		x = 0;
	put_beams(paper, track, column->x, x);
	paper_go(paper, column->x + x);
	paper_put(paper, cell_colour(track->cell), corner, strlen(corner));
	track->indent = x + 2;
}

bool cell_put_line(struct paper *paper, struct track *track, const struct view_column *column)
{
	const struct cell *cell = track->cell;
	bool first = track->rest == track->text;
	size_t end = column->x + column->width;

	if (!cell || !*track->rest) {
		put_beams(paper, track, column->x, column->width);
		return true;
	}
	if (cell->kind == CELL_OPENS)
		return put_opening(paper, track, column);
	if (first && (cell->kind == CELL_RETURNS || cell->kind == CELL_WAITS))
		put_return(paper, track, column);
	else if (first)
		track->indent = 0;
	else if (cell->kind == CELL_CALL)
		track->indent = 2;
	put_beams(paper, track, column->x, track->indent > 2 ? track->indent - 1 : 0);
	put_part(paper, track, column->x + track->indent, end);
	put_beams(paper, track, column->x, column->width);
	return true;
}

/* --- Cells of the wire. --- */

/* A packet in the middle of its column: with long arrows, with short ones, or cut. */
void cell_put_packet(struct paper *paper, struct track *track, const struct view_column *column)
{
	const struct glyphs *glyphs = paper->glyphs;
	const struct cell *cell = track->cell;
	const char *dots = "", *before, *after;
	size_t n = strlen(track->text), columns = paper_columns(track->text), arrows;

	for (int little = 0; little < 2; little++) {
		before = glyphs->arrows[little][cell->lost][cell->leftward].before;
		after = glyphs->arrows[little][cell->lost][cell->leftward].after;
		arrows = paper_columns(before) + paper_columns(after);
		if (columns + arrows <= column->width)
			break;
	}
	if (columns + arrows > column->width) {
		dots = glyphs->dots;
		n = paper_cut(track->text, column->width - arrows - paper_columns(dots));
		columns = column->width - arrows;
	}
	paper_go(paper, column->x + (column->width - columns - arrows) / 2);
	paper_put(paper, cell_colour(cell), before, strlen(before));
	paper_put(paper, cell_colour(cell), track->text, n);
	paper_put(paper, cell_colour(cell), dots, strlen(dots));
	paper_put(paper, cell_colour(cell), after, strlen(after));
	track->rest += strlen(track->rest);
}
