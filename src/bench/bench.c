/*
 * The bench command's work: one server that is already there, measured and reported.
 */
#include "sockettool/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/command_line.h"
#include "bench/generator.h"
#include "bench/machine.h"
#include "bench/outputs.h"
#include "bench/planning.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/target.h"

static int write_report(void *run, enum output output, FILE *file)
{
	switch (output) {
	case OUTPUT_JSON:
		return report_json(run, file);
	case OUTPUT_HISTOGRAM:
		return histogram_write(((const struct run *)run)->latency, file);
	case OUTPUT_SVG:
		return report_svg(run, file);
	case OUTPUT_HTML:
		return report_html(run, file);
	default:
		return report_text(run, file);
	}
}

static int measure(struct run *run, const struct target *target, struct histogram *latency,
		   struct histogram *uncorrected, struct outputs *outputs, struct error *error)
{
	static const struct watcher watcher = {.look = progress_look};
	struct result result;
	char sentence[400];

	int status = generate(run->plan, target, progress_wanted() ? &watcher : NULL, &result,
			      latency, uncorrected, error);
	progress_clear();
	if (status)
		return status;
	run->result = &result;
	status = outputs_write(outputs, write_report, run, error);
	if (status)
		return status;
	if (generate_stopped())
		return STATUS_SIGNAL + generate_stopped();
	if (!result_holds(run->plan, &result, sentence, sizeof(sentence)))
		return error_set(error, STATUS_PROTOCOL, EPROTO, "%s", sentence);
	return 0;
}

int bench(const struct protocol *protocol, const char *host, const char *port,
	  const struct bench_options *options, struct error *error)
{
	struct plan plan;
	struct target target = {0};
	struct machine machine;
	struct run run = {.plan = &plan, .target = target.name, .machine = &machine};
	char *command = NULL;
	struct outputs outputs;
	int levels[PLAN_LEVELS_MAX];
	size_t level_count;

	int status = plan_make(&plan, levels, &level_count, protocol, options, error);
	if (status == 0 && level_count > 1)
		status = error_usage(error, "several numbers of connections are for a comparison; "
					    "give one, or --compare");
	if (status)
		return status;
	plan.connections = levels[0];
	generate_on_signal();
	machine_look(&machine);
	status = target_find(&target, host, port, plan.datagrams, plan.timeout, error);
	if (status)
		return status;
	status = outputs_choose(&outputs, options, error);
	if (status)
		return status;
	struct histogram *latency = histogram_new(), *uncorrected = NULL;
	if (plan.rate > 0)
		uncorrected = histogram_new();
	run.command = command = command_line();
	run.latency = latency;
	run.uncorrected = uncorrected;
	if (!latency || (plan.rate > 0 && !uncorrected))
		status = error_set(error, STATUS_UNREACHABLE, ENOMEM,
				   "there is no memory for the measurement");
	else
		status = measure(&run, &target, latency, uncorrected, &outputs, error);
	histogram_free(latency);
	histogram_free(uncorrected);
	free(command);
	return status;
}
