/*
 * Measured numbers as people read them: "48.1 k", "41.2 µs", "1,234,567".
 */
#ifndef BENCH_QUANTITY_H
#define BENCH_QUANTITY_H

#include <stddef.h>

enum quantity {
	QUANTITY_COUNT, /* of anything, also a second */
	QUANTITY_TIME,  /* in nanoseconds */
	QUANTITY_RATIO,
};

enum { QUANTITY_TEXT = 64 }; /* room for any of these texts, its NUL included */

/* Three significant digits with their unit: "48.1 k", "1.20 ms", "0.954". Returns out. */
char *quantity_text(char out[QUANTITY_TEXT], enum quantity, double value);

/* A middle and what it lies between, in the middle's unit: "48.1 k (47.9..48.3)". Returns out. */
char *quantity_spread(char out[QUANTITY_TEXT], enum quantity, double middle, double least,
		      double most);

/* A round number beside an axis: "0", "10 k", "2.5 µs". Returns out. */
char *quantity_tick(char out[QUANTITY_TEXT], enum quantity, double value);

/* Rounded to a whole number, with thousands set apart: "1,234,567". Returns out. */
char *quantity_grouped(char out[QUANTITY_TEXT], double value);

#endif
