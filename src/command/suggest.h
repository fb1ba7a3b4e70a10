/*
 * "Did you mean": the known name nearest to one that is not known.
 */
#ifndef COMMAND_SUGGEST_H
#define COMMAND_SUGGEST_H

#include <stddef.h>

/* Begin with the typed text and the rest zero; offer every candidate; best is the nearest one that
 * is near enough, or NULL. The candidates are borrowed. */
struct suggestion {
	const char *typed;
	const char *best;
	size_t distance; /* of best */
};

void suggest_offer(struct suggestion *, const char *candidate);

/* The restricted Damerau-Levenshtein distance without regard to case: how many insertions,
 * deletions, replacements and swaps of neighbours make one text of the other. Texts of more than
 * SUGGEST_LONGEST bytes are at distance SIZE_MAX from everything. */
size_t suggest_distance(const char *a, const char *b);

enum { SUGGEST_LONGEST = 64 };

#endif
