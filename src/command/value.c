/*
 * Values of options: from the user's text to what the program computes with.
 */
#include "command/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "command/phrase.h"
#include "command/suggest.h"

#define MINUTE (60 * NANOSECONDS_PER_SECOND)
#define HOUR (60 * MINUTE)

struct unit {
	const char *name;
	int64_t amount;
};

static const struct unit size_units[] = {
	{"", 1},
	{"K", INT64_C(1) << 10},
	{"M", INT64_C(1) << 20},
	{"G", INT64_C(1) << 30},
	{"k", INT64_C(1) << 10},
	{"m", INT64_C(1) << 20},
	{"g", INT64_C(1) << 30},
	{NULL, 0},
};

static const struct unit duration_units[] = {
	{"", NANOSECONDS_PER_SECOND},
	{"ms", NANOSECONDS_PER_MILLISECOND},
	{"s", NANOSECONDS_PER_SECOND},
	{"m", MINUTE},
	{"h", HOUR},
	{NULL, 0},
};

static const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (; units->name; units++) {
		if (strcmp(units->name, name) == 0)
			return units;
	}
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the digits at *at and moves it past them. They become a negative number, because there are
 * more of those. */
static int read_digits(const char **at, int64_t *negative)
{
	bool overflow = false;

	if (!is_digit(**at))
		return -EINVAL;
	for (*negative = 0; is_digit(**at); ++*at)
		overflow = overflow || __builtin_mul_overflow(*negative, 10, negative) ||
			   __builtin_sub_overflow(*negative, **at - '0', negative);
	return overflow ? -ERANGE : 0;
}

int value_number(const char *text, int64_t *out)
{
	bool minus = text[0] == '-';
	const char *at = text + minus;
	int result = read_digits(&at, out);

	if (result == -EINVAL || *at != '\0')
		return -EINVAL;
	if (result == 0 && !minus && __builtin_sub_overflow(0, *out, out))
		return -ERANGE;
	return result;
}

int value_size(const char *text, int64_t *bytes)
{
	const char *at = text;
	int result = read_digits(&at, bytes);
	const struct unit *unit = unit_find(size_units, at);

	if (result == -EINVAL || !unit)
		return -EINVAL;
	if (result == 0 && __builtin_mul_overflow(*bytes, -unit->amount, bytes))
		return -ERANGE;
	return result;
}

/* What the digits of a fraction add to a duration. */
static int64_t fraction_of(const char *digits, int64_t unit)
{
	int64_t sum = 0;

	for (; is_digit(*digits); digits++) {
		unit /= 10;
		sum += unit * (*digits - '0');
	}
	return sum;
}

int value_duration(const char *text, int64_t *nanoseconds)
{
	const char *at = text, *fraction = "";
	int result = read_digits(&at, nanoseconds);
	const struct unit *unit;

	if (result == -EINVAL)
		return result;
	if (at[0] == '.' && is_digit(at[1])) {
		fraction = at + 1;
		at = fraction + strspn(fraction, "0123456789");
	}
	unit = unit_find(duration_units, at);
	if (!unit)
		return -EINVAL;
	if (result == 0 &&
	    (__builtin_mul_overflow(*nanoseconds, -unit->amount, nanoseconds) ||
	     __builtin_add_overflow(*nanoseconds, fraction_of(fraction, unit->amount),
				    nanoseconds)))
		return -ERANGE;
	return result;
}

static int value_interval(const char *text, struct interval *interval)
{
	char least[64];
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : 0;
	int result;

	if (!dash) {
		result = value_duration(text, &interval->least);
		interval->most = interval->least;
		return result;
	}
	if (length >= sizeof(least))
		return -EINVAL;
	memcpy(least, text, length);
	least[length] = '\0';
	result = value_duration(least, &interval->least);
	if (result == 0)
		result = value_duration(dash + 1, &interval->most);
	return result == 0 && interval->least > interval->most ? -EINVAL : result;
}

static int value_choice(option_choice *choice, const char *text, int *index)
{
	for (size_t i = 0; choice(i); i++) {
		if (strcmp(choice(i), text) == 0) {
			*index = (int)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int list_append(struct text_list *list, const char *text)
{
	/* The array is full when its length is a power of two; it doubles. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count > 0 ? 2 * list->count : 1;
		const char **items = realloc((void *)list->items, room * sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
	}
	list->items[list->count++] = text;
	return 0;
}

static bool in_bounds(const struct option *option, int64_t value)
{
	return value >= option->min && (option->max == 0 || value <= option->max);
}

/* Reads one of the types that have bounds. */
static int bounded(const struct option *option, const char *text, int64_t *out)
{
	int64_t value = 0;
	int result;

	if (option->type == OPTION_NUMBER)
		result = value_number(text, &value);
	else if (option->type == OPTION_SIZE)
		result = value_size(text, &value);
	else
		result = value_duration(text, &value);
	if (result == 0 && !in_bounds(option, value))
		result = -EDOM;
	if (result == 0)
		*out = value;
	return result;
}

static int bounded_interval(const struct option *option, const char *text, struct interval *out)
{
	struct interval interval = {0};
	int result = value_interval(text, &interval);

	if (result == 0 &&
	    (!in_bounds(option, interval.least) || !in_bounds(option, interval.most)))
		result = -EDOM;
	if (result == 0)
		*out = interval;
	return result;
}

/* Writes a bound as a user would write it. */
static void write_amount(char *out, size_t size, enum option_type type, int64_t amount)
{
	const char *name = "";
	int64_t unit = 1;
	const struct unit *units = type == OPTION_SIZE ? size_units : duration_units;

	if (type == OPTION_NUMBER || amount == 0) {
		snprintf(out, size, "%" PRId64, amount);
		return;
	}
	for (; units->name; units++) {
		if (units->name[0] && amount % units->amount == 0 && units->amount > unit) {
			name = units->name;
			unit = units->amount;
		}
	}
	if (unit == 1 && type != OPTION_SIZE)
		snprintf(out, size, "%.9fs", (double)amount / (double)NANOSECONDS_PER_SECOND);
	else
		snprintf(out, size, "%" PRId64 "%s", amount / unit, name);
}

static void append_bounds(char *out, size_t size, size_t *length, const struct option *option)
{
	char least[40], most[40];

	write_amount(least, sizeof(least), option->type, option->min);
	write_amount(most, sizeof(most), option->type, option->max);
	if (option->max != 0)
		phrase_append(out, size, length, " from %s to %s", least, most);
	else if (option->min != 0 || option->type == OPTION_NUMBER)
		phrase_append(out, size, length, " of at least %s", least);
}

char *value_expected(char *out, size_t size, const struct option *option)
{
	static const char *const kinds[] = {
		[OPTION_FLAG] = "no value",
		[OPTION_NUMBER] = "a number",
		[OPTION_SIZE] = "a size",
		[OPTION_DURATION] = "a duration",
		[OPTION_INTERVAL] = "an interval like 1s-2s (the shorter first)",
		[OPTION_TEXT] = "a text",
		[OPTION_LIST] = "a text",
	};
	struct phrase_list choices = {0};
	size_t length = 0;

	if (option->type == OPTION_CHOICE) {
		for (size_t i = 0; option->choice(i); i++)
			phrase_add(&choices, option->choice(i));
		return phrase_join(out, size, &choices, "or");
	}
	phrase_append(out, size, &length, "%s", kinds[option->type]);
	if (option->type != OPTION_FLAG && option->type != OPTION_TEXT &&
	    option->type != OPTION_LIST)
		append_bounds(out, size, &length, option);
	if (option->type == OPTION_SIZE)
		phrase_append(out, size, &length, " in bytes, K, M or G");
	if (option->type == OPTION_DURATION)
		phrase_append(out, size, &length, " in ms, s, m or h");
	return out;
}

static int refuse(const struct option *option, const char *text, int reason, struct error *error)
{
	char expected[240], quote[PHRASE_QUOTE];
	struct suggestion suggestion = {.typed = text};
	struct option stated = *option;

	/* With a number too large for the machine, the machine's bound is the one to tell. */
	if (reason == -ERANGE && option->type == OPTION_NUMBER && option->max == 0)
		stated.max = INT64_MAX;
	value_expected(expected, sizeof(expected), &stated);
	phrase_quote(quote, text);
	if (option->type == OPTION_CHOICE) {
		for (size_t i = 0; option->choice(i); i++)
			suggest_offer(&suggestion, option->choice(i));
	}
	if (suggestion.best)
		return error_usage(error, "--%s takes %s, not %s; did you mean %s?", option->name,
				   expected, quote, suggestion.best);
	return error_usage(error, "--%s takes %s, not %s", option->name, expected, quote);
}

int value_store(const struct option *option, const char *text, void *value, struct error *error)
{
	int result = 0;

	switch (option->type) {
	case OPTION_FLAG:
		*(bool *)value = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)value = text;
		return 0;
	case OPTION_LIST:
		if (list_append(value, text) != 0)
			return error_set(error, STATUS_UNREACHABLE, ENOMEM,
					 "no memory for the values of --%s", option->name);
		return 0;
	case OPTION_CHOICE:
		result = value_choice(option->choice, text, value);
		break;
	case OPTION_INTERVAL:
		result = bounded_interval(option, text, value);
		break;
	case OPTION_NUMBER:
	case OPTION_SIZE:
	case OPTION_DURATION:
		result = bounded(option, text, value);
		break;
	}
	return result == 0 ? 0 : refuse(option, text, result, error);
}
