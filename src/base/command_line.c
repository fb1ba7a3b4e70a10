/*
 * Command lines: what the kernel remembers of this process, quoted for a shell.
 */
#include "base/command_line.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum { LONGEST = 64 * 1024 };

static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";

	return *word && word[strspn(word, plain)] == '\0';
}

/* Within single quotes all but these quotes themselves stands for itself. */
static void put_word(FILE *file, const char *word)
{
	if (is_plain(word)) {
		fputs(word, file);
		return;
	}
	fputs("'", file);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", file);
		else
			fputc(*word, file);
	}
	fputs("'", file);
}

char *command_line_quote(const char *words, size_t n)
{
	const char *end = words + n;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	for (const char *word = words; word < end; word += strlen(word) + 1) {
		if (word > words)
			fputs(" ", file);
		put_word(file, word);
	}
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}

char *command_line(void)
{
	char *words = malloc(LONGEST + 1), *text = NULL;
	FILE *file = fopen("/proc/self/cmdline", "re");

	if (words && file) {
		size_t n = fread(words, 1, LONGEST, file);

		words[n] = '\0';
		text = n ? command_line_quote(words, n) : NULL;
	}
	if (file)
		fclose(file);
	free(words);
	return text;
}

char *command_line_self(struct error *error)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int code = n < 0 ? errno : ENAMETOOLONG;
	char *text = NULL;

	/* One that fills the room may have been cut. */
	if (n > 0 && n < (ssize_t)sizeof(path) - 1) {
		path[n] = '\0';
		text = command_line_quote(path, (size_t)n);
		code = ENOMEM;
	}
	if (!text)
		error_system(error, code, "find the path of this program");
	return text;
}
