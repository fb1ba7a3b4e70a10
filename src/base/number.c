/*
 * Numbers as people write them, to the last digit that matters, and what they stand for. Those of
 * few digits, which are nearly all, need no arithmetic of many.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"

static const char zeros[] = "00000000000000000";

/* Lays out "-d.ddde+xx" as people write numbers: -1234.5, 0.00012, 1.5e+16. */
static void lay_out(char *out, size_t size, const char *scientific)
{
	const char *sign = *scientific == '-' ? "-" : "";
	const char *mark = strchr(scientific, 'e');
	int exponent = (int)strtol(mark + 1, NULL, 10);
	char digits[20] = {0};
	int count = 0;

	for (const char *at = scientific; at < mark; at++) {
		if (*at >= '0' && *at <= '9')
			digits[count++] = *at;
	}
	while (count > 1 && digits[count - 1] == '0')
		count--;
	int whole = exponent + 1; /* digits before the point */
	if (exponent < -4 || exponent >= 16)
		snprintf(out, size, "%s%c%s%.*se%+03d", sign, digits[0], count > 1 ? "." : "",
			 count - 1, digits + 1, exponent);
	else if (whole <= 0)
		snprintf(out, size, "%s0.%.*s%.*s", sign, -whole, zeros, count, digits);
	else if (count <= whole)
		snprintf(out, size, "%s%.*s%.*s.0", sign, count, digits, whole - count, zeros);
	else
		snprintf(out, size, "%s%.*s.%.*s", sign, whole, digits, count - whole,
			 digits + whole);
}

/* Counts the last digit of "-d.ddde+xx" up by one. */
static void count_up(char *scientific)
{
	for (char *at = strchr(scientific, 'e') - 1; at >= scientific && *at != '-'; at--) {
		if (*at == '.')
			continue;
		if (*at != '9') {
			(*at)++;
			return;
		}
		*at = '0';
	}
}

/* Powers of ten that are doubles without rounding. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
				1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
				1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { POWERS = sizeof(powers) / sizeof(powers[0]), NUMERAL_MAX = 400 };

/* Whether one operation on doubles rounds once: not where the processor counts with more bits. */
static const bool rounds_once = FLT_EVAL_METHOD == 0;

/* --- Reading. --- */

/* Integers up to this are doubles without rounding. */
static const uint64_t exact_max = UINT64_C(1) << DBL_MANT_DIG;

/* A numeral as it is written: an integer, some of whose digits stand behind the point, and where it
 * ends. */
struct numeral {
	bool negative;
	bool exact; /* digits is the integer */
	uint64_t digits;
	size_t count, decimals; /* of digits; of those behind the point */
	const char *end;
};

static const char *read_digits(const char *at, const char *end, struct numeral *numeral)
{
	const char *start = at;

	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		if (numeral->digits > exact_max)
			numeral->exact = false;
		else
			numeral->digits = numeral->digits * 10 + (uint64_t)(*at - '0');
	}
	numeral->count += (size_t)(at - start);
	return at;
}

/* Reads the exponent, if there is one. Returns NULL if it lacks digits. */
static const char *skip_exponent(const char *at, const char *end, struct numeral *numeral)
{
	struct numeral exponent = {.exact = true};

	if (at == end || (*at != 'e' && *at != 'E'))
		return at;
	at++;
	if (at < end && (*at == '+' || *at == '-'))
		at++;
	numeral->exact = false;
	at = read_digits(at, end, &exponent);
	return exponent.count ? at : NULL;
}

/* Returns whether there is a numeral. */
static bool read_numeral(const char *at, const char *end, struct numeral *numeral)
{
	*numeral = (struct numeral){.negative = at < end && *at == '-', .exact = true};
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	at = read_digits(at, end, numeral);
	if (at < end && *at == '.') {
		const char *point = at;
		at = read_digits(at + 1, end, numeral);
		numeral->decimals = (size_t)(at - point) - 1;
	}
	numeral->end = numeral->count ? skip_exponent(at, end, numeral) : NULL;
	return numeral->end;
}

/* Reads the commonest numeral: a few digits and nothing else. Returns NULL if it is another. */
static const char *read_integer(const char *at, const char *end, double *value)
{
	const char *start = at;
	int64_t integer = 0;

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		integer = integer * 10 + (*at - '0');
	if (at == start || at - start > 15 ||
	    (at < end && (*at == '.' || *at == 'e' || *at == 'E')))
		return NULL;
	*value = (double)integer;
	return at;
}

const char *text_numeral(const char *at, const char *end, double *value)
{
	const char *stop = read_integer(at, end - at > 16 ? at + 16 : end, value);
	char text[NUMERAL_MAX + 1];
	struct numeral numeral;

	if (stop)
		return stop;
	if (!read_numeral(at, end, &numeral) || numeral.end - at > NUMERAL_MAX)
		return NULL;
	/* If the integer and the power of ten are both exact, their quotient is the nearest
	 * double. */
	if (rounds_once && numeral.exact && numeral.digits <= exact_max &&
	    numeral.decimals < POWERS) {
		*value = (double)numeral.digits;
		if (numeral.decimals)
			*value /= powers[numeral.decimals];
		*value = numeral.negative ? -*value : *value;
		return numeral.end;
	}
	memcpy(text, at, (size_t)(numeral.end - at));
	text[numeral.end - at] = '\0';
	*value = strtod(text, NULL);
	return numeral.end;
}

/* --- Writing. --- */

/* No number in this range needs an exponent, and 15 digits survive the way through it: the decimal
 * of so few digits that reads back as it is the only one. */
static bool is_ordinary(double magnitude)
{
	return magnitude >= 1e-4 && magnitude < 1e15;
}

/* Writes an integer with so many of its digits behind the point, at least one. */
static void write_decimal(char *out, bool negative, int64_t integer, int decimals)
{
	char reversed[32], *at = reversed;
	uint64_t digits = (uint64_t)integer;

	if (decimals == 0)
		*at++ = '0';
	for (; decimals > 0; decimals--, digits /= 10)
		*at++ = (char)('0' + digits % 10);
	*at++ = '.';
	do {
		*at++ = (char)('0' + digits % 10);
		digits /= 10;
	} while (digits > 0);
	if (negative)
		*out++ = '-';
	while (at > reversed)
		*out++ = *--at;
	*out = '\0';
}

/* Writes a number of at most 15 digits: with the least decimals that give it back. */
static bool write_short(char *out, double value)
{
	double magnitude = fabs(value);

	if (!rounds_once || (magnitude != 0 && !is_ordinary(magnitude)))
		return false;
	if ((double)(int64_t)magnitude == magnitude) {
		write_decimal(out, signbit(value), (int64_t)magnitude, 0);
		return true;
	}
	for (int decimals = 1; decimals < POWERS; decimals++) {
		double scaled = magnitude * powers[decimals];
		if (scaled >= 1e15)
			return false;
		int64_t digits = (int64_t)(scaled + 0.5);
		if ((double)digits / powers[decimals] == magnitude) {
			write_decimal(out, signbit(value), digits, decimals);
			return true;
		}
	}
	return false;
}

/* How many digits to try first: fewer cannot be enough, or were tried. */
static int least_digits(double magnitude)
{
	if (magnitude < DBL_MIN)
		return 1;
	return rounds_once && is_ordinary(magnitude) ? 16 : 15;
}

/* 17 digits always tell two doubles apart. Above a power of two doubles lie twice as far apart as
 * below it: where the nearest decimal lies too far below, the next one may do. */
const char *text_number(char out[TEXT_NUMBER], double value)
{
	char scientific[32];

	if (write_short(out, value))
		return out;
	for (int digits = least_digits(fabs(value)); digits <= 17; digits++) {
		snprintf(scientific, sizeof(scientific), "%.*e", digits - 1, value);
		if (strtod(scientific, NULL) == value)
			break;
		count_up(scientific);
		if (strtod(scientific, NULL) == value)
			break;
	}
	lay_out(out, TEXT_NUMBER, scientific);
	return out;
}
