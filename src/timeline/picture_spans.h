/*
 * What reaches over several rows: calls that wait, and arrows. A drawing that goes from row to row
 * asks which of them it meets.
 */
#ifndef TIMELINE_PICTURE_SPANS_H
#define TIMELINE_PICTURE_SPANS_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	int first, last; /* rows */
	int index;       /* of whatever it is */
};

struct spans {
	struct span *all;
	size_t count, next;
	struct span *met; /* those that reach into the rows asked for, in the order of all */
	size_t met_count;
};

/* Makes room for so many spans. Returns false for want of memory; free it in any case. */
bool spans_init(struct spans *, size_t room);
void spans_free(struct spans *);

/* Adds one; there must be room. */
void spans_add(struct spans *, int first, int last, int index);

/* When all are added: puts them in order. */
void spans_sort(struct spans *);

/* Finds those that reach into the rows first up to but not including end. Rows before those of the
 * last call must not be asked for. */
void spans_meet(struct spans *, int first, int end);

#endif
