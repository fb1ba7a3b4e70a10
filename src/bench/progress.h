/*
 * The line on a terminal that tells how far a measurement is.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include "bench/result.h"

/* Whether somebody is there to see it: standard error is a terminal. */
bool progress_wanted(void);

/* Shows the rate since the last look, and before there are two to compare the connections; one for
 * struct watcher. Only one measurement at a time is shown. */
void progress_look(const struct plan *, int connected, uint64_t done);

/* What a comparison is doing, in the same line: "round 1 of 5, epoll, 50 connections". */
void progress_step(const char *what);

/* Clears the line. */
void progress_clear(void);

#endif
