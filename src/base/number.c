/* Numbers as people write them, to the last digit that matters. */
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

/* 15 digits always survive the way
 * through a normal double, 17 always tell two doubles apart. Above a power of two doubles lie twice
 * as far apart as below it: where the nearest decimal lies too far below, the next one may do. */
const char *text_number(char out[TEXT_NUMBER], double value)
{
	char scientific[32];

	for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
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
