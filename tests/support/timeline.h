/*
 * `sockettool timeline` from outside: programs to trace, and what its picture must show.
 *
 * Whatever is not as expected fails the running test, after all that was written has been shown.
 */
#ifndef SUPPORT_TIMELINE_H
#define SUPPORT_TIMELINE_H

#include "support/program.h"

enum { TIMELINE_COMMAND = 1024, TIMELINE_PATH = 256 };

/* Runs `timeline` with an empty keyboard, to its end. */
#define timeline_run(...) program_run("", "timeline", __VA_ARGS__)

/* A group's setup and teardown: a folder for the tests' files, and an environment in which programs
 * are traced and drawn alike everywhere. */
int timeline_begin(void **state);
int timeline_finish(void **state);

/* A test's teardown: ends what it left running. */
int timeline_end_programs(void **state);

/* The path of a file in the folder. Returns path. */
const char *timeline_file(char path[TIMELINE_PATH], const char *name);

/* Writes the command that runs a program of tests/interop/textbook in Python. */
void timeline_textbook(char command[TIMELINE_COMMAND], const char *script, const char *arguments,
		       int port);

void timeline_expect_status(const struct program *, int status);

/* That there is a text in what was written, of the program, on either stream. */
void timeline_expect_in(const struct program *, const char *text, const char *wanted);

/* That the picture has a text, and several in this order; NULL after the last. */
void timeline_expect_drawn(const struct program *, const char *wanted);
void timeline_expect_order(const struct program *, const char *const texts[]);

/* The time in the row of the first line that has a text, in milliseconds. */
double timeline_time_of(const struct program *, const char *text);

/* The last line of standard error: what sockettool says about it all. */
const char *timeline_last_line(const struct program *);

#endif
