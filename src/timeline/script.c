/*
 * The tracer's end of sitecustomize.py.
 */
#include "timeline/script.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "sockettool/text.h"
#include "timeline/tracee_memory.h"
#include "timeline/tracer_calls.h"

/* The impossible descriptors count from the least int: first the numbers of lines. */
enum { LINES = 0x10000000, RETURNS = LINES, PATH = 2 * LINES, TEXT };

enum { PATH_MOST = 4096, TEXT_MOST = 0x100000 };

enum script_word script_word_of(const struct call_entry *entry, int *line)
{
	int64_t number = (int64_t)(int)(uint32_t)entry->arguments[0] - INT_MIN;

	*line = (int)(number % LINES);
	if (entry->number == __NR_ioctl && number < RETURNS)
		return SCRIPT_RUNS;
	if (entry->number == __NR_ioctl && number < PATH)
		return SCRIPT_RETURNED;
	if (entry->number == __NR_write && number == PATH)
		return SCRIPT_PATH;
	if (entry->number == __NR_write && number == TEXT)
		return SCRIPT_TEXT;
	return SCRIPT_NOTHING;
}

/* The bytes that a call would write, with a NUL behind them, or NULL. */
static char *take(pid_t thread, const struct call_entry *entry, size_t most, size_t *length)
{
	size_t n = entry->arguments[2] < most ? (size_t)entry->arguments[2] : most;
	char *bytes = malloc(n + 1);

	if (!bytes)
		return NULL;
	*length = tracee_read(thread, entry->arguments[1], bytes, n);
	bytes[*length] = '\0';
	return bytes;
}

void script_take_path(struct script *script, pid_t thread, const struct call_entry *entry)
{
	size_t length;

	free(script->path);
	script->path = take(thread, entry, PATH_MOST, &length);
}

static void find_lines(struct script *script, size_t length)
{
	size_t count = 1;

	for (size_t i = 0; i < length; i++)
		count += script->text[i] == '\n';
	script->starts = malloc((count + 1) * sizeof(*script->starts));
	script->line_count = script->starts ? count : 0;
	for (size_t i = 0, line = 0; i <= length && script->starts; i++)
		if (i == 0 || script->text[i - 1] == '\n')
			script->starts[line++] = i;
	if (script->starts)
		script->starts[count] = length;
}

void script_take_text(struct script *script, pid_t thread, const struct call_entry *entry)
{
	size_t length = 0;

	free(script->text);
	free(script->starts);
	script->starts = NULL;
	script->line_count = 0;
	script->text = take(thread, entry, TEXT_MOST, &length);
	if (script->text)
		find_lines(script, length);
}

void script_free(struct script *script)
{
	free(script->path);
	free(script->text);
	free(script->starts);
	*script = (struct script){0};
}

static bool is_blank(char character)
{
	return character == ' ' || (character >= '\t' && character <= '\r');
}

void script_line(const struct script *script, int line, char out[SCRIPT_LINE])
{
	*out = '\0';
	if (line < 1 || (size_t)line > script->line_count)
		return;
	const char *from = script->text + script->starts[line - 1];
	const char *to = script->text + script->starts[line];
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	text_escape(out, SCRIPT_LINE, from, (size_t)(to - from));
}
