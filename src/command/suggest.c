/*
 * "Did you mean": the known name nearest to one that is not known.
 */
#include "command/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_LONGEST + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_length = strnlen(a, SUGGEST_LONGEST + 1),
	       b_length = strnlen(b, SUGGEST_LONGEST + 1);

	if (a_length > SUGGEST_LONGEST || b_length > SUGGEST_LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t replaced = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);

			row[j] = least(replaced, 1 + least(above[j], row[j - 1]));
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[b_length];
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
	size_t length = strlen(suggestion->typed), other = strlen(candidate);
	size_t limit = length / 3 > 2 ? length / 3 : 2;
	size_t distance = suggest_distance(suggestion->typed, candidate);

	/* A beginning of the name is as good as one slip of the finger. */
	if (length >= 3 && strncasecmp(suggestion->typed, candidate, length) == 0)
		distance = least(distance, 1);
	/* With half of its letters changed, any short text becomes any other. */
	if (distance > limit || 2 * distance >= (length > other ? length : other))
		return;
	if (suggestion->best && suggestion->distance <= distance)
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}
