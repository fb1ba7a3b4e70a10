/*
 * Files read whole.
 */
#ifndef SOCKETTOOL_FILE_H
#define SOCKETTOOL_FILE_H

#include <stddef.h>

/* Reads a file of at most max bytes and one more, so that a longer one can be told. Returns its
 * bytes, which the caller frees, and their number in n; NULL: errno tells why. */
char *file_read(const char *path, size_t max, size_t *n);

#endif
