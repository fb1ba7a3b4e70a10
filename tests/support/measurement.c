/*
 * Made-up measurements whose numbers are known.
 */
#include "support/measurement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct workload workloads[] = {
	{.kind = WORKLOAD_ECHO},
	{.kind = WORKLOAD_EXCHANGE},
	{.kind = WORKLOAD_VISIT},
	{.kind = WORKLOAD_ROOM},
};

const struct protocol sample_protocols[4] = {
	[WORKLOAD_ECHO] = {.name = "echo", .workload = &workloads[WORKLOAD_ECHO]},
	[WORKLOAD_EXCHANGE] = {.name = "calc", .workload = &workloads[WORKLOAD_EXCHANGE]},
	[WORKLOAD_VISIT] = {.name = "daytime", .workload = &workloads[WORKLOAD_VISIT]},
	[WORKLOAD_ROOM] = {.name = "chat", .workload = &workloads[WORKLOAD_ROOM]},
};

static const struct machine machine = {
	.program = "sockettool 0.1.0",
	.kernel = "Linux 6.1.0",
	.processor = "A <Processor> & Co",
	.processors = 2,
	.congestion = "cubic",
	.placement = "server on processor 0, generator on 1",
	.date = "2026-01-31T12:00:00Z",
};

static struct result result_at(int connections, double rate)
{
	struct result result = {
		.connected = connections,
		.messages = (uint64_t)(rate * 10),
		.bytes = (uint64_t)(rate * 640),
		.elapsed = INT64_C(10000000000),
		.achieved = rate,
		.sent = rate,
		.latency = {20000, 10000, 11000, 12000, 13000, 14000, 15000},
		.uncorrected = {2000, 1000, 1100, 1200, 1300, 1400, 1500},
	};

	result.server_time = (int64_t)result.messages * 5000;
	result.generator_time = (int64_t)result.messages * 1000;
	return result;
}

static void fill_run(struct sample *sample)
{
	sample->latency = histogram_new();
	sample->uncorrected = histogram_new();
	assert_non_null(sample->latency);
	assert_non_null(sample->uncorrected);
	histogram_record(sample->latency, 10000, 990000);
	histogram_record(sample->latency, 1000000, 10000);
	histogram_record(sample->uncorrected, 10000, 1000000);
	sample->result = result_at(50, 100000);
	sample->result.latency = histogram_latency(sample->latency);
	sample->result.uncorrected = histogram_latency(sample->uncorrected);
	sample->run = (struct run){
		.plan = &sample->plan,
		.target = "127.0.0.1:7007",
		.machine = &sample->machine,
		.result = &sample->result,
		.latency = sample->latency,
		.command = "sockettool bench echo 127.0.0.1 7007",
	};
}

static void fill_comparison(struct sample *sample)
{
	static const double rates[SAMPLE_ROUNDS] = {1000, 3000, 2000};

	sample->subjects[0] = (struct subject){"first", "serve --first"};
	sample->subjects[1] = (struct subject){"second", "serve --second"};
	sample->subjects[2] = (struct subject){HOSTILE, HOSTILE};
	sample->levels[0] = 100;
	sample->levels[1] = 1;
	sample->comparison = (struct comparison){
		.plan = &sample->plan,
		.machine = &sample->machine,
		.subjects = sample->subjects,
		.subject_count = SAMPLE_SUBJECTS,
		.levels = sample->levels,
		.level_count = SAMPLE_LEVELS,
		.rounds = SAMPLE_ROUNDS,
		.results = sample->results,
		.command = "sockettool bench echo --compare " HOSTILE,
	};
	for (size_t subject = 0; subject < SAMPLE_SUBJECTS; subject++) {
		for (size_t level = 0; level < SAMPLE_LEVELS; level++) {
			for (size_t round = 0; round < SAMPLE_ROUNDS; round++)
				*sample_result(sample, subject, level, round) = result_at(
					sample->levels[level],
					rates[round] * (double)(subject + 1) * (level ? 10 : 1));
		}
	}
}

struct sample *sample_new(void)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	assert_non_null(sample);
	sample->machine = machine;
	sample->plan = (struct plan){
		.protocol = &sample_protocols[WORKLOAD_ECHO],
		.connections = 50,
		.size = 64,
		.pipeline = 16,
		.threads = 1,
		.warmup = INT64_C(1000000000),
		.duration = INT64_C(10000000000),
		.timeout = INT64_C(5000000000),
	};
	fill_run(sample);
	fill_comparison(sample);
	return sample;
}

void sample_free(struct sample *sample)
{
	histogram_free(sample->latency);
	histogram_free(sample->uncorrected);
	free(sample);
}

struct result *sample_result(struct sample *sample, size_t subject, size_t level, size_t round)
{
	return &sample->results[(subject * SAMPLE_LEVELS + level) * SAMPLE_ROUNDS + round];
}

static FILE *open_text(char **text, size_t *n)
{
	FILE *file = open_memstream(text, n);

	assert_non_null(file);
	return file;
}

char *sample_run_text(int (*report)(const struct run *, FILE *), const struct run *run)
{
	char *text;
	size_t n;
	FILE *file = open_text(&text, &n);

	assert_int_equal(report(run, file), 0);
	fclose(file);
	return text;
}

char *sample_comparison_text(int (*report)(const struct comparison *, FILE *),
			     const struct comparison *comparison)
{
	char *text;
	size_t n;
	FILE *file = open_text(&text, &n);

	assert_int_equal(report(comparison, file), 0);
	fclose(file);
	return text;
}
