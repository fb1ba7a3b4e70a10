/*
 * Measurements as JSON, for programs. jansson takes over the values it is given and returns NULL
 * where there was no memory, which the next call passes on.
 */
#include "bench/report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "bench/summary.h"
#include "sockettool/text.h"

/* A text that may hold any bytes. */
static json_t *text(const char *bytes)
{
	char escaped[4096];

	text_escape(escaped, sizeof(escaped), bytes, strlen(bytes));
	return json_string(escaped);
}

/* What is no number becomes null. */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *microseconds(double nanoseconds)
{
	return number(nanoseconds / 1000);
}

/* Null where nothing was measured. */
static json_t *latency(const struct result *result, const struct latency *latency)
{
	if (result->messages == 0)
		return json_null();
	return json_pack(
		"{so so so so so so so}", "mean", microseconds((double)latency->mean), "p50",
		microseconds((double)latency->p50), "p90", microseconds((double)latency->p90),
		"p99", microseconds((double)latency->p99), "p99.9",
		microseconds((double)latency->p999), "p99.99", microseconds((double)latency->p9999),
		"max", microseconds((double)latency->max));
}

static json_t *faults(const uint64_t counts[FAULTS])
{
	json_t *object = json_object();

	for (size_t i = 0; i < FAULTS; i++) {
		if (json_object_set_new(object, fault_names[i],
					json_integer((json_int_t)counts[i])) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *metric(const struct result *result, enum metric metric)
{
	double value;

	return result_metric(result, metric, &value) ? microseconds(value) : json_null();
}

static json_t *machine(const struct machine *machine)
{
	return json_pack("{so so so si so so so}", "program", text(machine->program), "kernel",
			 text(machine->kernel), "processor", text(machine->processor), "processors",
			 machine->processors, "congestion", text(machine->congestion), "placement",
			 text(machine->placement), "date", text(machine->date));
}

static json_t *rate(const struct plan *plan)
{
	return plan->rate > 0 ? number(plan->rate) : json_null();
}

/* Adds what another object has. Takes over both; NULL if either is. */
static json_t *joined(json_t *object, json_t *other)
{
	if (!object || !other || json_object_update(object, other) < 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(other);
	return object;
}

/* What a plan says beside its connections. */
static json_t *load(const struct plan *plan)
{
	json_t *object = json_pack("{so ss}", "protocol", text(plan->protocol->name), "transport",
				   plan->datagrams ? "udp" : "tcp");

	if (plan_kind(plan) == WORKLOAD_ROOM)
		object = joined(object, json_pack("{si}", "speakers", plan->speakers));
	return joined(object, json_pack("{sI si si so}", "size", (json_int_t)plan->size, "pipeline",
					plan->pipeline, "threads", plan->threads, "requested_rate",
					rate(plan)));
}

static json_t *result_fields(const struct plan *plan, const struct result *result)
{
	double seconds = (double)result->elapsed / 1e9;
	char sentence[512];
	int holds = result_holds(plan, result, sentence, sizeof(sentence));
	json_t *object = json_pack("{so ss si sI so so}", "duration_s", number(seconds), "unit",
				   plan_unit(plan), "connected", result->connected, "messages",
				   (json_int_t)result->messages, "rate", number(result->achieved),
				   "bytes_per_second",
				   number(seconds > 0 ? (double)result->bytes / seconds : 0));

	return joined(
		object,
		json_pack("{so so so so so so sb}", "latency_us", latency(result, &result->latency),
			  "uncorrected_latency_us",
			  plan->rate > 0 ? latency(result, &result->uncorrected) : json_null(),
			  "faults", faults(result->faults), "complaint", text(result->complaint),
			  "generator_us_per_message", metric(result, METRIC_GENERATOR),
			  "server_us_per_message", metric(result, METRIC_SERVER), "holds", holds));
}

/* Writes and frees it. */
static int write_json(json_t *object, FILE *file)
{
	int status = -ENOMEM;

	if (object) {
		status = json_dumpf(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
		fputs("\n", file);
		status = status < 0 || fflush(file) || ferror(file) ? -EIO : 0;
	}
	json_decref(object);
	return status;
}

int report_json(const struct run *run, FILE *file)
{
	json_t *object = load(run->plan);

	object = joined(object, json_pack("{so si}", "target", text(run->target), "connections",
					  run->plan->connections));
	object = joined(object, result_fields(run->plan, run->result));
	object = joined(object, json_pack("{so}", "machine", machine(run->machine)));
	return write_json(object, file);
}

static json_t *levels(const struct comparison *comparison)
{
	json_t *array = json_array();

	for (size_t i = 0; i < comparison->level_count; i++) {
		if (json_array_append_new(array, json_integer(comparison->levels[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *comparison_plan(const struct comparison *comparison)
{
	const struct plan *plan = comparison->plan;
	json_t *object = load(plan);

	return joined(object, json_pack("{so so sI so sI so}", "connections", levels(comparison),
					"duration_s", number((double)plan->duration / 1e9), "count",
					(json_int_t)plan->count, "warmup_s",
					number((double)plan->warmup / 1e9), "rounds",
					(json_int_t)comparison->rounds, "timeout_s",
					number((double)plan->timeout / 1e9)));
}

static json_t *run_of(const struct comparison *comparison, size_t subject, size_t level,
		      size_t round)
{
	const struct subject *who = &comparison->subjects[subject];
	struct plan plan = *comparison->plan;
	json_t *object = json_pack("{so so si sI}", "subject", text(who->name), "command",
				   text(who->command), "connections", comparison->levels[level],
				   "round", (json_int_t)round + 1);

	plan.connections = comparison->levels[level];
	return joined(object,
		      result_fields(&plan, comparison_result(comparison, subject, level, round)));
}

static json_t *median(const struct spread *spread, double unit)
{
	return spread->rounds ? number(spread->median / unit) : json_null();
}

static json_t *rates(const struct spread *spread)
{
	if (spread->rounds == 0)
		return json_null();
	return json_pack("{so so so}", "median", number(spread->median), "min", number(spread->min),
			 "max", number(spread->max));
}

static json_t *summary_fields(const struct comparison *comparison, size_t subject, size_t level)
{
	struct summary summary = summary_of(comparison, subject, level);
	const struct spread *metrics = summary.metrics;

	return json_pack(
		"{so si so so so so so so so}", "subject", text(comparison->subjects[subject].name),
		"connections", comparison->levels[level], "rate", rates(&metrics[METRIC_RATE]),
		"ratio", median(&metrics[METRIC_RATIO], 1), "p50_us",
		median(&metrics[METRIC_P50], 1000), "p99_us", median(&metrics[METRIC_P99], 1000),
		"p99.9_us", median(&metrics[METRIC_P999], 1000), "server_us_per_message",
		median(&metrics[METRIC_SERVER], 1000), "faults", faults(summary.faults));
}

/* Appends to both arrays what there is of one subject. Returns 0 or -1. */
static int append(json_t *runs, json_t *summaries, const struct comparison *comparison,
		  size_t subject)
{
	for (size_t level = 0; level < comparison->level_count; level++) {
		for (size_t round = 0; round < comparison->rounds; round++) {
			if (json_array_append_new(runs, run_of(comparison, subject, level, round)))
				return -1;
		}
		if (json_array_append_new(summaries, summary_fields(comparison, subject, level)))
			return -1;
	}
	return 0;
}

int comparison_json(const struct comparison *comparison, FILE *file)
{
	json_t *runs = json_array(), *summaries = json_array();
	int status = 0;

	for (size_t i = 0; i < comparison->subject_count && status == 0; i++)
		status = append(runs, summaries, comparison, i);
	if (status < 0) {
		json_decref(runs);
		json_decref(summaries);
		return -ENOMEM;
	}
	return write_json(json_pack("{so so so so}", "machine", machine(comparison->machine),
				    "plan", comparison_plan(comparison), "runs", runs, "summary",
				    summaries),
			  file);
}
