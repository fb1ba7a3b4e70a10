/*
 * Processor time of other processes.
 */
#ifndef BENCH_PROCESSOR_TIME_H
#define BENCH_PROCESSOR_TIME_H

#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds of processor time that the processes of a group have used so far, with their children
 * that have ended and been waited for (those to 10 ms). */
int64_t processor_time_of_group(pid_t group);

#endif
