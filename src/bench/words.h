/*
 * What was measured and where, in words, and texts made to fit a page.
 */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "bench/result.h"
#include "bench/summary.h"

enum { WORDS_TEXT = 1024 }; /* room for any of these texts, its NUL included */

/* "echo over TCP" */
void words_protocol(char out[WORDS_TEXT], const struct plan *);

/* "64-byte messages, 16 in flight on each connection, closed loop, ...": what a plan asks for but
 * the protocol and the number of connections. */
void words_load(char out[WORDS_TEXT], const struct plan *);

/* "medians of 3 rounds (least..most)", or "one round" */
void words_rounds(char out[WORDS_TEXT], const struct comparison *);

/* "50 connections", "100 members of whom 1 speaks" */
void words_connections(char out[WORDS_TEXT], const struct plan *);

void words_machine(char out[WORDS_TEXT], const struct machine *);

/* One of what the plan counts: "message". */
const char *words_one(const struct plan *);

/* The heading of a metric: "messages a second", "ratio to epoll", "p99 latency". */
void words_metric(char out[WORDS_TEXT], const struct comparison *, enum metric);

/* The cell of a table: a metric of one subject at one level, with its spread where there were
 * several rounds; a star follows a rate of rounds that did not all go as planned. */
void words_cell(char out[WORDS_TEXT], const struct comparison *, size_t subject, size_t level,
		enum metric);

/* What did not go as planned of one subject at one level: "epoll at 10 connections: closed 3:
 * ...". Returns whether there is such a thing. */
bool words_shortfall(char out[WORDS_TEXT], const struct comparison *, size_t subject, size_t level);

/* Copies a user's text, control characters escaped, and takes out the middle of one that is longer
 * than so many columns; at least 8. */
void words_cut(char out[WORDS_TEXT], const char *text, size_t columns);

/* How many bytes of the text make a line of so many columns: up to a space, if possible after a
 * clause, or to the end. What has no spaces is not broken. *next is where the next line begins. */
size_t words_line(const char *text, size_t columns, const char **next);

#endif
