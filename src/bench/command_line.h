/*
 * The command line that repeats a measurement.
 */
#ifndef BENCH_COMMAND_LINE_H
#define BENCH_COMMAND_LINE_H

#include <stddef.h>

/* Words that each end with a NUL, as a shell reads them: quoted where it would take them apart or
 * replace something. Returns a text the caller frees, or NULL for want of memory. */
char *command_line_quote(const char *words, size_t n);

/* This process' own, of at most 64 KiB. Returns a text the caller frees, or NULL if it cannot be
 * found out. */
char *command_line(void);

#endif
