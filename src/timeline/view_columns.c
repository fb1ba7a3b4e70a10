/*
 * How wide each column is.
 *
 * Where the terminal has room for everything, each column is as wide as its widest cell. Else the
 * wire takes a quarter at most, and the programs share the rest as evenly as they need. Clients
 * that would be squeezed too much share one column.
 */
#include "timeline/view_columns.h"

#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"

enum {
	PROGRAM_MIN = 24, /* a client has a column of its own if it is at least so wide */
	WIRE_MIN = 14,
	BRACKET = 2,       /* " ┐" or "┘ " */
	ARROWS = 8,        /* "◄── " and " ──" */
	WAITS = 6,         /* " waits" */
	TIME_DECIMALS = 4, /* ".000" */
	TIME_MIN = 8,
};

static size_t columns_of(const char *text)
{
	return text_columns(text, strlen(text));
}

static size_t cell_width(const struct cell *cell)
{
	size_t width = columns_of(cell->text);

	switch (cell->kind) {
	case CELL_PACKET:
		return width + ARROWS;
	case CELL_OPENS:
		return width + BRACKET + (cell->waits ? WAITS : 0);
	case CELL_RETURNS:
	case CELL_WAITS:
		return width + BRACKET;
	default:
		return width;
	}
}

/* --- What the columns would like. --- */

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t header_width(const struct program *program)
{
	size_t command = columns_of(program->command);

	return columns_of(program->name) + (command ? command + strlen(" ()") : 0);
}

static void measure_packet(const struct view_columns *columns, const struct recording *recording,
			   const struct cell *cell, size_t *wanted)
{
	char text[ADDRESS_TEXT];
	int wire = columns->wire;

	wanted[wire] = max(wanted[wire], cell_width(cell));
	if (recording->program_count > 0)
		return;
	view_host(text, recording, cell, VIEW_LEFT_HOST);
	wanted[wire - 1] = max(wanted[wire - 1], strlen(text));
	view_host(text, recording, cell, VIEW_RIGHT_HOST);
	wanted[wire + 1] = max(wanted[wire + 1], strlen(text));
}

const char *view_title(const struct rows *rows, enum column_kind kind)
{
	switch (kind) {
	case VIEW_LEFT_HOST:
		return rows->hosts.titles[0];
	case VIEW_RIGHT_HOST:
		return rows->hosts.titles[1];
	case VIEW_CLIENTS:
		return "clients";
	default:
		return "wire";
	}
}

/* The widest cell of each column. wanted has room for a number for each column. */
static void measure(const struct view_columns *columns, const struct recording *recording,
		    const struct rows *rows, size_t *wanted)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct view_column *column = &columns->columns[i];

		wanted[i] = WIRE_MIN;
		if (column->kind == VIEW_LEFT_HOST || column->kind == VIEW_RIGHT_HOST)
			wanted[i] = columns_of(view_title(rows, column->kind));
		if (column->kind == VIEW_PROGRAM)
			wanted[i] = header_width(&recording->programs[column->program]);
	}
	for (size_t i = 0; i < rows->cell_count; i++) {
		const struct cell *cell = &rows->cells[i];
		size_t width = cell_width(cell);
		int at;

		if (cell->column == COLUMN_WIRE) {
			measure_packet(columns, recording, cell, wanted);
			continue;
		}
		at = columns->of_program[cell->column];
		if (columns->columns[at].kind == VIEW_CLIENTS)
			width += columns_of(recording->programs[cell->column].name) + strlen(": ");
		wanted[at] = max(wanted[at], width);
	}
}

void view_host(char *out, const struct recording *recording, const struct cell *cell,
	       enum column_kind kind)
{
	const struct packet *packet = &recording->packets[cell->packet];
	bool sender = cell->leftward == (kind == VIEW_RIGHT_HOST);

	address_text(out, sender ? &packet->from : &packet->to);
}

/* --- What they get. --- */

/* Shares room among the columns: none gets more than it wants, and what one leaves the others
 * get. */
static void share(struct view_columns *columns, const size_t *wanted, size_t room)
{
	size_t left = columns->count;
	bool settled = false;

	for (size_t i = 0; i < columns->count; i++)
		columns->columns[i].width = 0;
	while (!settled && left > 0) {
		size_t even = room / left;

		settled = true;
		for (size_t i = 0; i < columns->count; i++) {
			if (columns->columns[i].width || wanted[i] > even)
				continue;
			columns->columns[i].width = wanted[i];
			room -= wanted[i];
			left--;
			settled = false;
		}
	}
	for (size_t i = 0; i < columns->count && left > 0; i++) {
		if (columns->columns[i].width)
			continue;
		columns->columns[i].width = max(room / left, 1);
		room -= room / left;
		left--;
	}
}

static size_t room_for(const struct view_columns *columns, size_t width)
{
	size_t gaps = columns->time + VIEW_GAP * columns->count;

	return width > gaps ? width - gaps : columns->count;
}

static void fit(struct view_columns *columns, size_t *wanted, size_t width)
{
	size_t total = 0, x = columns->time;

	for (size_t i = 0; i < columns->count; i++)
		total += wanted[i];
	if (width > 0 && total > room_for(columns, width)) {
		size_t room = room_for(columns, width);

		for (size_t i = 0; i < columns->count; i++)
			if (columns->columns[i].kind == VIEW_WIRE && columns->count > 1 &&
			    wanted[i] > max(room / 4, WIRE_MIN))
				wanted[i] = max(room / 4, WIRE_MIN);
		share(columns, wanted, room);
	} else {
		for (size_t i = 0; i < columns->count; i++)
			columns->columns[i].width = wanted[i];
	}
	for (size_t i = 0; i < columns->count; i++) {
		columns->columns[i].x = x + VIEW_GAP;
		x += VIEW_GAP + columns->columns[i].width;
	}
	columns->width = x;
}

/* --- Which columns there are. --- */

static void add(struct view_columns *columns, enum column_kind kind, int program)
{
	columns->columns[columns->count++] = (struct view_column){.kind = kind, .program = program};
}

/* The server at the left, then the wire, then the clients, together or each in a column. */
static void list(struct view_columns *columns, const struct recording *recording, bool together)
{
	bool wire = recording->packet_count > 0;

	columns->count = 0;
	if (recording->program_count == 0) {
		columns->wire = 1;
		add(columns, VIEW_LEFT_HOST, -1);
		add(columns, VIEW_WIRE, -1);
		add(columns, VIEW_RIGHT_HOST, -1);
		return;
	}
	for (size_t i = 0; i < recording->program_count; i++) {
		if (recording->programs[i].is_server) {
			columns->of_program[i] = (int)columns->count;
			add(columns, VIEW_PROGRAM, (int)i);
		}
	}
	columns->wire = wire ? (int)columns->count : -1;
	if (wire)
		add(columns, VIEW_WIRE, -1);
	if (together)
		add(columns, VIEW_CLIENTS, -1);
	for (size_t i = 0; i < recording->program_count; i++) {
		if (recording->programs[i].is_server)
			continue;
		columns->of_program[i] = (int)columns->count - together;
		if (!together)
			add(columns, VIEW_PROGRAM, (int)i);
	}
}

static bool all_have_room(const struct view_columns *columns, const size_t *wanted)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct view_column *column = &columns->columns[i];

		if (column->kind == VIEW_PROGRAM && column->width < wanted[i] &&
		    column->width < PROGRAM_MIN)
			return false;
	}
	return true;
}

static size_t time_width(const struct rows *rows)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%.0f", (double)rows->end / 1e6);

	return max((size_t)n + TIME_DECIMALS, TIME_MIN);
}

bool view_columns_make(struct view_columns *columns, const struct recording *recording,
		       const struct rows *rows, const struct view_options *options)
{
	size_t programs = recording->program_count, clients = 0;
	size_t width = options->width > 0 ? max((size_t)options->width, VIEW_NARROWEST) : 0;
	size_t *wanted = calloc(programs + 4, sizeof(*wanted));

	*columns = (struct view_columns){
		.columns = malloc((programs + 4) * sizeof(*columns->columns)),
		.of_program = calloc(programs + 1, sizeof(*columns->of_program)),
		.time = time_width(rows)};
	if (!wanted || !columns->columns || !columns->of_program) {
		free(wanted);
		return false;
	}
	for (size_t i = 0; i < programs; i++)
		clients += !recording->programs[i].is_server;
	list(columns, recording, false);
	measure(columns, recording, rows, wanted);
	fit(columns, wanted, width);
	if (clients > 1 && !all_have_room(columns, wanted)) {
		list(columns, recording, true);
		measure(columns, recording, rows, wanted);
		fit(columns, wanted, width);
	}
	free(wanted);
	return true;
}

void view_columns_free(struct view_columns *columns)
{
	free(columns->columns);
	free(columns->of_program);
}
