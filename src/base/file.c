/* Files read whole, and files to be written: see file.h. */
#include "sockettool/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

int file_check_writable(const char *path)
{
	struct stat file;

	if (stat(path, &file) == 0) {
		if (S_ISDIR(file.st_mode))
			return -EISDIR;
		return access(path, W_OK) == 0 ? 0 : -errno;
	}
	int fd = errno == ENOENT ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return -errno;
	close(fd);
	(void)unlink(path);
	return 0;
}
