/*
 * What machine a measurement is made on, and which processors its two ends use.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "bench/result.h"

/* Fills in what can be found out; the placement is "not pinned". */
void machine_look(struct machine *);

#endif
