/*
 * Standard input cut into lines: see keyboard.h.
 */
#include "endpoint/keyboard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024 };

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

static bool take(struct keyboard *keyboard, const char *bytes, size_t n)
{
	const char *at = bytes, *end = bytes + n, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (!end_line(keyboard, at, (size_t)(newline - at)))
			return false;
		at = newline + 1;
	}
	return at == end || keyboard->skipping || keep(keyboard, at, (size_t)(end - at));
}

static void take_last(struct keyboard *keyboard)
{
	if (keyboard->length)
		give_line(keyboard, keyboard->line, keyboard->length);
	keyboard->length = 0;
}

bool keyboard_read(struct keyboard *keyboard, int *code)
{
	char bytes[READ_SIZE];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	*code = n < 0 ? errno : 0;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0) {
		take_last(keyboard);
		return false;
	}
	if (keyboard->verbatim) {
		keyboard->give(keyboard->context, bytes, (size_t)n);
	} else if (!take(keyboard, bytes, (size_t)n)) {
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
