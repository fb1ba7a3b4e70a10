/*
 * A terminal's screen as memory: enough of a VT100 to say what a line editor's output looks like.
 *
 * It knows CR, LF, BS, tabs, wrapping at the right edge as xterm does it (at the next character),
 * scrolling, wide characters, cursor movement, erasing, inserting and deleting, and bold and dim.
 * Other escape sequences are skipped.
 */
#ifndef SUPPORT_EMULATOR_H
#define SUPPORT_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

enum { EMULATOR_ROWS_MAX = 64, EMULATOR_COLUMNS_MAX = 256, EMULATOR_SEQUENCE_MAX = 32 };

struct emulator_cell {
	char text[16]; /* a character and what combines with it; "" is a space */
	bool covered;  /* the right half of a wide character */
	bool bold, dim;
};

struct emulator {
	int rows, columns;
	int row, column; /* the cursor's, from 0; column == columns: the next character wraps */
	bool bold, dim, inserting;
	struct emulator_cell cells[EMULATOR_ROWS_MAX][EMULATOR_COLUMNS_MAX];
	char sequence[EMULATOR_SEQUENCE_MAX]; /* a character or escape sequence that has begun */
	size_t length;
};

void emulator_begin(struct emulator *, int rows, int columns);

/* Changes the size; what is on the screen stays where it is. */
void emulator_resize(struct emulator *, int rows, int columns);

/* Shows what a program has written. */
void emulator_write(struct emulator *, const char *bytes, size_t n);

/* A row's text without the blanks at its end; it lasts until the next call. */
const char *emulator_row(const struct emulator *, int row);

/* All rows down to the last that is not blank, each ending in a newline; until the next call. */
const char *emulator_text(const struct emulator *);

#endif
