/* Files read whole: see file.h. */
#include "sockettool/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

char *file_read(const char *path, size_t max, size_t *n)
{
	FILE *file = fopen(path, "re");
	char *text = file ? malloc(max + 1) : NULL;
	int reason = errno;

	if (text) {
		*n = fread(text, 1, max + 1, file);
		reason = errno;
		if (ferror(file)) {
			free(text);
			text = NULL;
		}
	}
	if (file)
		fclose(file);
	errno = reason;
	return text;
}
