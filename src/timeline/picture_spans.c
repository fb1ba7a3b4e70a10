/*
 * What reaches over several rows, found by going down the rows once.
 */
#include "timeline/picture_spans.h"

#include <stdlib.h>

bool spans_init(struct spans *spans, size_t room)
{
	*spans = (struct spans){.all = calloc(room + 1, sizeof(*spans->all)),
				.met = calloc(room + 1, sizeof(*spans->met))};
	return spans->all && spans->met;
}

void spans_free(struct spans *spans)
{
	free(spans->all);
	free(spans->met);
	*spans = (struct spans){0};
}

void spans_add(struct spans *spans, int first, int last, int index)
{
	spans->all[spans->count++] = (struct span){first, last, index};
}

static int by_first_row(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

void spans_sort(struct spans *spans)
{
	qsort(spans->all, spans->count, sizeof(*spans->all), by_first_row);
}

void spans_meet(struct spans *spans, int first, int end)
{
	size_t kept = 0;

	for (size_t i = 0; i < spans->met_count; i++)
		if (spans->met[i].last >= first)
			spans->met[kept++] = spans->met[i];
	for (; spans->next < spans->count && spans->all[spans->next].first < end; spans->next++)
		if (spans->all[spans->next].last >= first)
			spans->met[kept++] = spans->all[spans->next];
	spans->met_count = kept;
}
