/*
 * Measured numbers as people read them: a unit that fits, and no more digits than were measured.
 */
#include "bench/quantity.h"

#include <math.h>
#include <stdio.h>

struct unit {
	double size;
	const char *name;
};

static const struct unit count_units[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {0, NULL}};
static const struct unit time_units[] = {
	{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}, {0, NULL}};
static const struct unit ratio_units[] = {{1, ""}, {0, NULL}};

/* The largest unit of which the value has at least one; rounding may complete the one. */
static const struct unit *unit_of(enum quantity quantity, double value)
{
	static const struct unit *const units[] = {
		[QUANTITY_COUNT] = count_units,
		[QUANTITY_TIME] = time_units,
		[QUANTITY_RATIO] = ratio_units,
	};
	const struct unit *unit = units[quantity];

	while (unit[1].size > 0 && value >= unit[1].size * 0.9995)
		unit++;
	return unit;
}

/* Places behind the point that leave three digits. */
static int places(double value)
{
	if (value == 0)
		return 0;
	if (value < 0.9995)
		return 3;
	if (value < 9.995)
		return 2;
	return value < 99.95 ? 1 : 0;
}

static const char *gap(const struct unit *unit)
{
	return *unit->name ? " " : "";
}

char *quantity_text(char out[QUANTITY_TEXT], enum quantity quantity, double value)
{
	const struct unit *unit = unit_of(quantity, value);
	double number = value / unit->size;

	snprintf(out, QUANTITY_TEXT, "%.*f%s%s", places(number), number, gap(unit), unit->name);
	return out;
}

char *quantity_spread(char out[QUANTITY_TEXT], enum quantity quantity, double middle, double least,
		      double most)
{
	const struct unit *unit = unit_of(quantity, middle);
	double low = least / unit->size, high = most / unit->size;
	char text[QUANTITY_TEXT];

	snprintf(out, QUANTITY_TEXT, "%.24s (%.*f..%.*f)", quantity_text(text, quantity, middle),
		 places(low), low, places(high), high);
	return out;
}

char *quantity_tick(char out[QUANTITY_TEXT], enum quantity quantity, double value)
{
	const struct unit *unit = unit_of(quantity, value);

	if (value == 0)
		snprintf(out, QUANTITY_TEXT, "0");
	else
		snprintf(out, QUANTITY_TEXT, "%.4g%s%s", value / unit->size, gap(unit), unit->name);
	return out;
}

char *quantity_grouped(char out[QUANTITY_TEXT], double value)
{
	char digits[QUANTITY_TEXT];
	/* More than so many digits would not fit with their commas, and nobody counts so far. */
	int n = snprintf(digits, sizeof(digits), "%.0f", fmin(fmax(value, 0), 1e18));
	char *to = out;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}
