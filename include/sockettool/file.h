/*
 * Files read whole, and files to be written.
 */
#ifndef SOCKETTOOL_FILE_H
#define SOCKETTOOL_FILE_H

#include <stddef.h>

/* Reads a file of at most max bytes and one more, so that a longer one can be told. Returns its
 * bytes, which the caller frees, and their number in n; NULL: errno tells why. */
char *file_read(const char *path, size_t max, size_t *n);

/* Whether a file can be written, so that nobody hears after long work that it cannot be kept. One
 * that is there stays as it is. Returns 0 or a negative errno. */
int file_check_writable(const char *path);

#endif
