/*
 * Made-up measurements whose numbers are known, for the tests of reports.
 */
#ifndef SUPPORT_MEASUREMENT_H
#define SUPPORT_MEASUREMENT_H

#include "bench/report.h"

enum { SAMPLE_SUBJECTS = 3, SAMPLE_LEVELS = 2, SAMPLE_ROUNDS = 3 };

/* Names and complaints that would break a careless report. */
#define HOSTILE "<script>alert(\"x\")</script>&'\x1b[31m\xff\xef\xbf\xbf"

struct sample {
	struct plan plan;
	struct machine machine;
	struct result result;
	struct run run;
	struct subject subjects[SAMPLE_SUBJECTS];
	int levels[SAMPLE_LEVELS];
	struct result results[SAMPLE_SUBJECTS * SAMPLE_LEVELS * SAMPLE_ROUNDS];
	struct comparison comparison;
	struct histogram *latency, *uncorrected;
};

/* A protocol of each kind of workload. */
extern const struct protocol sample_protocols[4];

/* An echo with 50 connections, 1,000,000 messages in 10 s, of which each 100th took 1 ms and the
 * others 10 µs; server 5 µs and generator 1 µs a message. The comparison has "first", "second" and
 * a hostile subject with 100 and 1 connections; a subject's rates are 1,000, 3,000 and 2,000 times
 * its place, and ten times that with 1 connection. The caller frees it. */
struct sample *sample_new(void);
void sample_free(struct sample *);

struct result *sample_result(struct sample *, size_t subject, size_t level, size_t round);

/* What a report writes, as a text the caller frees; fails the test if the report fails. */
char *sample_run_text(int (*report)(const struct run *, FILE *), const struct run *);
char *sample_comparison_text(int (*report)(const struct comparison *, FILE *),
			     const struct comparison *);

#endif
