/*
 * A terminal's screen as memory: see emulator.h.
 */
#include "emulator.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"

enum { PARAMETERS_MAX = 8, TAB_STOP = 8, ESCAPE = 0x1b };

static const struct emulator_cell blank;

void emulator_begin(struct emulator *emulator, int rows, int columns)
{
	memset(emulator, 0, sizeof(*emulator));
	emulator->rows = rows;
	emulator->columns = columns;
}

void emulator_resize(struct emulator *emulator, int rows, int columns)
{
	emulator->rows = rows;
	emulator->columns = columns;
	if (emulator->row >= rows)
		emulator->row = rows - 1;
	if (emulator->column > columns)
		emulator->column = columns;
}

/* --- Changes --- */

static void scroll(struct emulator *emulator)
{
	memmove(emulator->cells[0], emulator->cells[1],
		(emulator->rows - 1) * sizeof(emulator->cells[0]));
	memset(emulator->cells[emulator->rows - 1], 0, sizeof(emulator->cells[0]));
}

static void line_feed(struct emulator *emulator)
{
	if (emulator->row + 1 < emulator->rows)
		emulator->row++;
	else
		scroll(emulator);
}

static void erase(struct emulator *emulator, int row, int from, int to)
{
	for (int column = from; column < to && column < EMULATOR_COLUMNS_MAX; column++)
		emulator->cells[row][column] = blank;
}

static void erase_rows(struct emulator *emulator, int from, int to)
{
	for (int row = from; row < to; row++)
		erase(emulator, row, 0, EMULATOR_COLUMNS_MAX);
}

/* Moves the rest of the row by so many columns; what passes the edges is lost. */
static void shift(struct emulator *emulator, int by)
{
	struct emulator_cell *row = emulator->cells[emulator->row];
	int at = emulator->column, rest = emulator->columns - at;
	int n = abs(by) < rest ? abs(by) : rest;

	if (by > 0) {
		memmove(row + at + n, row + at, (rest - n) * sizeof(*row));
		erase(emulator, emulator->row, at, at + n);
	} else {
		memmove(row + at, row + at + n, (rest - n) * sizeof(*row));
		erase(emulator, emulator->row, emulator->columns - n, emulator->columns);
	}
}

/* Adds what combines with the character before the cursor to it. */
static void combine(struct emulator *emulator, const char *bytes, size_t n)
{
	int column = emulator->column - 1;

	while (column > 0 && emulator->cells[emulator->row][column].covered)
		column--;
	if (column < 0)
		return;
	struct emulator_cell *cell = &emulator->cells[emulator->row][column];
	size_t length = strlen(cell->text);
	if (length + n < sizeof(cell->text)) {
		memcpy(cell->text + length, bytes, n);
		cell->text[length + n] = '\0';
	}
}

static void put(struct emulator *emulator, const char *bytes, size_t n)
{
	int width = (int)text_columns(bytes, n);

	if (width == 0) {
		combine(emulator, bytes, n);
		return;
	}
	if (emulator->column + width > emulator->columns) {
		emulator->column = 0;
		line_feed(emulator);
	}
	if (emulator->inserting)
		shift(emulator, width);
	for (int i = 0; i < width; i++) {
		struct emulator_cell *cell = &emulator->cells[emulator->row][emulator->column + i];
		*cell = (struct emulator_cell){
			.covered = i > 0, .bold = emulator->bold, .dim = emulator->dim};
		if (i == 0)
			memcpy(cell->text, bytes, n);
	}
	emulator->column += width;
}

static int clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void move(struct emulator *emulator, int row, int column)
{
	emulator->row = clamp(row, 0, emulator->rows - 1);
	emulator->column = clamp(column, 0, emulator->columns - 1);
}

/* --- Sequences --- */

static void erase_display(struct emulator *emulator, int how)
{
	if (how == 0) {
		erase(emulator, emulator->row, emulator->column, emulator->columns);
		erase_rows(emulator, emulator->row + 1, emulator->rows);
	} else if (how == 1) {
		erase_rows(emulator, 0, emulator->row);
		erase(emulator, emulator->row, 0, emulator->column + 1);
	} else {
		erase_rows(emulator, 0, emulator->rows);
	}
}

static void erase_line(struct emulator *emulator, int how)
{
	int from = how == 0 ? emulator->column : 0;
	int to = how == 1 ? emulator->column + 1 : emulator->columns;

	erase(emulator, emulator->row, from, to);
}

static void colour(struct emulator *emulator, int parameter)
{
	if (parameter == 0 || parameter == 22)
		emulator->bold = emulator->dim = false;
	else if (parameter == 1)
		emulator->bold = true;
	else if (parameter == 2)
		emulator->dim = true;
}

static int parse(const char *sequence, int parameters[PARAMETERS_MAX])
{
	int n = 0;
	const char *at = sequence + 2;

	memset(parameters, 0, PARAMETERS_MAX * sizeof(int));
	for (; n < PARAMETERS_MAX; n++) {
		char *end;
		parameters[n] = (int)strtol(at, &end, 10);
		if (*end != ';')
			return n + 1;
		at = end + 1;
	}
	return n;
}

/* What a parameter that is missing or 0 means. */
static int count(const int parameters[PARAMETERS_MAX], int index)
{
	return parameters[index] > 0 ? parameters[index] : 1;
}

static void move_by_sequence(struct emulator *emulator, const int parameters[PARAMETERS_MAX],
			     char final)
{
	int row = emulator->row, column = clamp(emulator->column, 0, emulator->columns - 1);
	int by = count(parameters, 0);

	if (final == 'A' || final == 'B')
		move(emulator, row + (final == 'A' ? -by : by), column);
	else if (final == 'C' || final == 'D')
		move(emulator, row, column + (final == 'D' ? -by : by));
	else if (final == 'G')
		move(emulator, row, by - 1);
	else if (final == 'd')
		move(emulator, by - 1, column);
	else
		move(emulator, by - 1, count(parameters, 1) - 1);
}

static void change_by_sequence(struct emulator *emulator, const int parameters[PARAMETERS_MAX],
			       char final)
{
	int by = count(parameters, 0);

	if (final == 'J')
		erase_display(emulator, parameters[0]);
	else if (final == 'K')
		erase_line(emulator, parameters[0]);
	else if (final == 'X')
		erase(emulator, emulator->row, emulator->column,
		      clamp(emulator->column + by, 0, emulator->columns));
	else
		shift(emulator, final == 'P' ? -by : by);
}

static void control_sequence(struct emulator *emulator, const char *sequence, char final)
{
	int parameters[PARAMETERS_MAX], n = parse(sequence, parameters);

	if (sequence[2] == '?')
		return;
	if (strchr("ABCDGHdf", final))
		move_by_sequence(emulator, parameters, final);
	else if (strchr("JKXP@", final))
		change_by_sequence(emulator, parameters, final);
	else if (strchr("hl", final) && parameters[0] == 4)
		emulator->inserting = final == 'h';
	for (int i = 0; i < n && final == 'm'; i++)
		colour(emulator, parameters[i]);
}

static void control(struct emulator *emulator, char byte)
{
	int column = clamp(emulator->column, 0, emulator->columns - 1);

	if (byte == '\r')
		emulator->column = 0;
	else if (byte == '\n')
		line_feed(emulator);
	else if (byte == '\b')
		move(emulator, emulator->row, column - 1);
	else if (byte == '\t')
		move(emulator, emulator->row, (column / TAB_STOP + 1) * TAB_STOP);
}

/* Whether the bytes so far are a whole escape sequence. */
static bool escape_is_whole(const char *sequence, size_t n)
{
	unsigned char last = (unsigned char)sequence[n - 1];

	if (n == 1)
		return false;
	if (sequence[1] == '[')
		return n > 2 && last >= 0x40 && last < 0x7f;
	if (sequence[1] == ']')
		return last == '\a';
	return sequence[1] != '(' || n == 3;
}

static size_t character_length(unsigned char first)
{
	return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static void take(struct emulator *emulator, char byte)
{
	char *sequence = emulator->sequence;
	size_t n = ++emulator->length;

	sequence[n - 1] = byte;
	sequence[n] = '\0';
	if (sequence[0] == ESCAPE) {
		if (!escape_is_whole(sequence, n) && n < EMULATOR_SEQUENCE_MAX - 1)
			return;
		if (sequence[1] == '[')
			control_sequence(emulator, sequence, byte);
	} else if ((unsigned char)sequence[0] < 0x20) {
		control(emulator, byte);
	} else if (n < character_length((unsigned char)sequence[0])) {
		return;
	} else {
		put(emulator, sequence, n);
	}
	emulator->length = 0;
}

void emulator_write(struct emulator *emulator, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		take(emulator, bytes[i]);
}

/* --- What it shows --- */

/* Writes a row's text and returns the end of it, without blanks. */
static char *write_row(const struct emulator *emulator, int row, char *out)
{
	char *end = out;

	*out = '\0';
	for (int column = 0; column < emulator->columns; column++) {
		const struct emulator_cell *cell = &emulator->cells[row][column];
		if (cell->covered)
			continue;
		out = stpcpy(out, cell->text[0] ? cell->text : " ");
		if (cell->text[0] && strcmp(cell->text, " ") != 0)
			end = out;
	}
	*end = '\0';
	return end;
}

const char *emulator_row(const struct emulator *emulator, int row)
{
	static char text[EMULATOR_COLUMNS_MAX * sizeof(blank.text) + 1];

	write_row(emulator, row, text);
	return text;
}

const char *emulator_text(const struct emulator *emulator)
{
	static char text[EMULATOR_ROWS_MAX * (EMULATOR_COLUMNS_MAX * sizeof(blank.text) + 1) + 1];
	char *at = text, *end = text;

	for (int row = 0; row < emulator->rows; row++) {
		char *start = at;
		at = write_row(emulator, row, at);
		bool is_blank = at == start;
		*at++ = '\n';
		if (!is_blank)
			end = at;
	}
	*end = '\0';
	return text;
}
