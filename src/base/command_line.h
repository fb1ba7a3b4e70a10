/*
 * Command lines as a shell reads them: this process' own, and those that start this program again.
 */
#ifndef BASE_COMMAND_LINE_H
#define BASE_COMMAND_LINE_H

#include <stddef.h>

struct error;

/* Words that each end with a NUL, as a shell reads them: quoted where it would take them apart or
 * replace something. Returns a text the caller frees, or NULL for want of memory. */
char *command_line_quote(const char *words, size_t n);

/* This process' own, of at most 64 KiB. Returns a text the caller frees, or NULL if it cannot be
 * found out. */
char *command_line(void);

/* The path of this program's executable, quoted. Returns a text the caller frees, or NULL with the
 * error filled. */
char *command_line_self(struct error *);

#endif
