/*
 * Runs of bench under test: what their JSON says and what they complain of.
 */
#ifndef SUPPORT_BENCH_H
#define SUPPORT_BENCH_H

struct program;

/* The number behind a key of the JSON report, whatever the white space. Fails the test if there is
 * none. */
double bench_number(const struct program *, const char *key);

/* Asserts the exit status, and that the text occurs on the standard error. */
void bench_assert_says(const struct program *, int status, const char *text);

/* Waits for a bench that must end with status 1, one fault of that name, and a sentence. */
void bench_assert_fault(struct program *, const char *fault, const char *sentence);

/* A test's teardown: ends all programs. */
int bench_teardown(void **state);

#endif
