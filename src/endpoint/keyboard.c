/*
 * Standard input cut into lines: see keyboard.h.
 */
#include "endpoint/keyboard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void give_line(struct keyboard *keyboard, const char *line, size_t n)
{
	if (n && line[n - 1] == '\r')
		n--;
	if (n > keyboard->max_line)
		keyboard->refuse(keyboard->context);
	else
		keyboard->give(keyboard->context, line, n);
}

/* Keeps the beginning of a line. Returns false if there is no memory. */
static bool keep(struct keyboard *keyboard, const char *bytes, size_t n)
{
	if (!keyboard->line)
		keyboard->line = malloc(keyboard->max_line + 1);
	if (!keyboard->line)
		return false;
	if (n > keyboard->max_line + 1 - keyboard->length) {
		keyboard->refuse(keyboard->context);
		keyboard->skipping = true;
		keyboard->length = 0;
	} else {
		memcpy(keyboard->line + keyboard->length, bytes, n);
		keyboard->length += n;
	}
	return true;
}

/* Takes what ends a line, from its beginning or after what was kept. */
static bool end_line(struct keyboard *keyboard, const char *bytes, size_t n)
{
	if (keyboard->skipping) {
		keyboard->skipping = false;
	} else if (keyboard->length == 0) {
		give_line(keyboard, bytes, n);
	} else {
		if (!keep(keyboard, bytes, n))
			return false;
		if (!keyboard->skipping)
			give_line(keyboard, keyboard->line, keyboard->length);
		keyboard->skipping = false;
		keyboard->length = 0;
	}
	return true;
}

/* Gives on the lines that wait, as far as they are wanted. Returns false if there is no memory. */
static bool take(struct keyboard *keyboard)
{
	const char *end = keyboard->bytes + keyboard->end;

	while (keyboard_holds(keyboard) && keyboard->wants(keyboard->context)) {
		const char *at = keyboard->bytes + keyboard->start;
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);
		keyboard->start += newline ? n + 1 : n;
		if (newline ? !end_line(keyboard, at, n)
			    : !keyboard->skipping && !keep(keyboard, at, n))
			return false;
	}
	return true;
}

static void take_last(struct keyboard *keyboard)
{
	if (keyboard->length)
		give_line(keyboard, keyboard->line, keyboard->length);
	keyboard->length = 0;
}

/* Reads once. Returns false at the end, or with *code set. */
static bool fill(struct keyboard *keyboard, int *code)
{
	ssize_t n = read(STDIN_FILENO, keyboard->bytes, sizeof(keyboard->bytes));

	keyboard->start = keyboard->end = 0;
	if (n > 0)
		keyboard->end = (size_t)n;
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return true;
	*code = n < 0 ? errno : 0;
	return false;
}

bool keyboard_read(struct keyboard *keyboard, int *code)
{
	*code = 0;
	if (!keyboard_holds(keyboard) && !fill(keyboard, code)) {
		take_last(keyboard);
		return false;
	}
	if (keyboard->verbatim) {
		keyboard->give(keyboard->context, keyboard->bytes + keyboard->start,
			       keyboard->end - keyboard->start);
		keyboard->start = keyboard->end;
	} else if (!take(keyboard)) {
		*code = ENOMEM;
		return false;
	}
	return true;
}

void keyboard_close(struct keyboard *keyboard)
{
	free(keyboard->line);
	keyboard->line = NULL;
}
