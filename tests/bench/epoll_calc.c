/*
 * What calc answers: NUMBER OP NUMBER, computed with doubles, as the shortest decimal that reads
 * back as the same number, with .0 if it is whole.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epoll_server.h"

/* Reads NUMBER OP NUMBER with spaces between. */
static bool read_sum(char *line, double *left, char *operation, double *right)
{
	char *at, *end;

	*left = strtod(line, &at);
	if (at == line || at[0] != ' ' || !at[1] || !strchr("+-*/", at[1]) || at[2] != ' ')
		return false;
	*operation = at[1];
	*right = strtod(at + 3, &end);
	return end > at + 3 && (*end == '\0' || *end == '\r');
}

static double compute(double left, char operation, double right)
{
	switch (operation) {
	case '+':
		return left + right;
	case '-':
		return left - right;
	case '*':
		return left * right;
	default:
		return left / right;
	}
}

/* Digits, the point and a zero: most results, without a search for the shortest form. */
static size_t write_whole(long value, char answer[CALC_ANSWER])
{
	char digits[24], *at = digits + sizeof(digits);
	unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;

	*--at = '\n';
	*--at = '0';
	*--at = '.';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--at = '-';
	size_t length = (size_t)(digits + sizeof(digits) - at);
	memcpy(answer, at, length);
	return length;
}

static size_t write_number(double value, char answer[CALC_ANSWER])
{
	int length = 0;

	if (fabs(value) < 1e15 && value == (double)(long)value && !(value == 0 && signbit(value)))
		return write_whole((long)value, answer);
	for (int precision = 15; precision <= 17; precision++) {
		length = snprintf(answer, CALC_ANSWER, "%.*g", precision, value);
		if (strtod(answer, NULL) == value)
			break;
	}
	if (!strpbrk(answer, ".e"))
		length += snprintf(answer + length, CALC_ANSWER - (size_t)length, ".0");
	answer[length] = '\n';
	return (size_t)length + 1;
}

size_t calc_answer(char *line, char answer[CALC_ANSWER])
{
	double left, right;
	char operation;

	if (!read_sum(line, &left, &operation, &right))
		return (size_t)snprintf(answer, CALC_ANSWER,
					"Invalid expression: write NUMBER OP NUMBER with spaces "
					"between, as in 12 + 42\n");
	if (operation == '/' && right == 0)
		return (size_t)snprintf(answer, CALC_ANSWER,
					"Invalid expression: division by zero\n");
	double result = compute(left, operation, right);
	if (!isfinite(result))
		return (size_t)snprintf(answer, CALC_ANSWER,
					"Invalid expression: the result is too large\n");
	return write_number(result, answer);
}
