/*
 * Reading the kernel's texts.
 */
#include "timeline/kernel_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 128 };

static const char blanks[] = " \t";

size_t kernel_text_read(char *out, size_t size, const char *path, ...)
{
	char name[PATH_ROOM];
	size_t n = 0;
	ssize_t got = 1;
	va_list arguments;

	va_start(arguments, path);
	vsnprintf(name, sizeof(name), path, arguments);
	va_end(arguments);
	int file = open(name, O_RDONLY | O_CLOEXEC);
	while (file >= 0 && n < size - 1 && got > 0) {
		got = read(file, out + n, size - 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (file >= 0)
		close(file);
	out[n] = '\0';
	return n;
}

bool kernel_text_number(const char **at, int base, uint64_t *number)
{
	char *end;
	const char *start = *at + strspn(*at, blanks);

	/* strtoull would go on in the next line. */
	if (*start == '\n')
		return false;
	errno = 0;
	*number = strtoull(start, &end, base);
	if (end == start || errno)
		return false;
	*at = end;
	return true;
}

bool kernel_text_int(const char **at, int *number)
{
	const char *start = *at;
	uint64_t value;

	if (!kernel_text_number(at, 10, &value))
		return false;
	*number = (int)(int64_t)value;
	if ((int64_t)value == *number)
		return true;
	*at = start;
	return false;
}

bool kernel_text_label(const char **at, const char *label)
{
	const char *start = *at + strspn(*at, blanks);

	if (strncmp(start, label, strlen(label)) != 0)
		return false;
	*at = start + strlen(label);
	return true;
}

bool kernel_text_skip(const char **at, int words)
{
	const char *here = *at;

	while (words-- > 0) {
		here += strspn(here, blanks);
		size_t length = strcspn(here, " \t\n");
		if (!length)
			return false;
		here += length;
	}
	*at = here;
	return true;
}
