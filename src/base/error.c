/*
 * Fills errors with their sentences. A sentence is formatted aside first, so that it may quote the
 * one it replaces.
 */
#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	TEXT_SIZE = sizeof(((struct error *)0)->text),
	REASON_SIZE = 128,
};

/* Formats at most size bytes, NUL included. A text that is longer ends in "...", and no character
 * of more than one byte is cut in two. */
static void format_text(char *out, size_t size, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void format_text(char *out, size_t size, const char *format, va_list arguments)
{
	int length = vsnprintf(out, size, format, arguments);
	size_t end;

	if (length < 0)
		out[0] = '\0';
	if (length < (int)size)
		return;
	end = size - sizeof("...");
	while (end > 0 && ((unsigned char)out[end] & 0xc0) == 0x80)
		end--;
	memcpy(out + end, "...", sizeof("..."));
}

static void fill(struct error *error, int status, const char *tail, const char *format,
		 va_list arguments) __attribute__((format(printf, 4, 0)));

static void fill(struct error *error, int status, const char *tail, const char *format,
		 va_list arguments)
{
	char text[TEXT_SIZE];
	size_t tail_size = strlen(tail) + 1;

	format_text(text, sizeof(text) - tail_size + 1, format, arguments);
	memcpy(text + strlen(text), tail, tail_size);
	memcpy(error->text, text, strlen(text) + 1);
	error->status = status;
}

int error_usage(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, STATUS_USAGE, "", format, arguments);
	va_end(arguments);
	return -EINVAL;
}

int error_set(struct error *error, int status, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, status, "", format, arguments);
	va_end(arguments);
	return -code;
}

int error_system(struct error *error, int code, const char *format, ...)
{
	char tail[REASON_SIZE + 2];
	va_list arguments;

	snprintf(tail, sizeof(tail), ": %s", error_reason(code));
	va_start(arguments, format);
	fill(error, STATUS_UNREACHABLE, tail, format, arguments);
	va_end(arguments);
	return -code;
}

const char *error_reason(int code)
{
	static _Thread_local char text[REASON_SIZE];
	const char *description = strerrordesc_np(code);

	if (!description) {
		snprintf(text, sizeof(text), "unknown error %d", code);
		return text;
	}
	snprintf(text, sizeof(text), "%s", description);
	/* An acronym, as in "RPC version wrong", keeps its capitals. */
	if (!isupper((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}
