/*
 * Reports for programs, read back by the library that programs would use.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/measurement.h"

static int setup(void **state)
{
	*state = sample_new();
	return 0;
}

static int teardown(void **state)
{
	sample_free(*state);
	return 0;
}

static json_t *parsed(char *text)
{
	json_error_t error;
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!object)
		fail_msg("%s: %s", error.text, text);
	free(text);
	return object;
}

/* What a path of keys leads to: "latency_us/p99". */
static json_t *at(json_t *object, const char *path)
{
	while (object && *path) {
		size_t n = strcspn(path, "/");
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		object = json_is_array(object) ? json_array_get(object, strtoul(key, NULL, 10))
					       : json_object_get(object, key);
		path += n + (path[n] == '/');
	}
	assert_non_null(object);
	return object;
}

static void assert_number(json_t *object, const char *path, double expected)
{
	json_t *value = at(object, path);

	assert_true(json_is_number(value));
	if (fabs(json_number_value(value) - expected) > 1e-9 * fabs(expected))
		fail_msg("%s is %g, not %g", path, json_number_value(value), expected);
}

static void assert_text(json_t *object, const char *path, const char *expected)
{
	assert_true(json_is_string(at(object, path)));
	assert_string_equal(json_string_value(at(object, path)), expected);
}

static void a_run_has_its_numbers(void **state)
{
	struct sample *sample = *state;
	json_t *run = parsed(sample_run_text(report_json, &sample->run));

	assert_text(run, "protocol", "echo");
	assert_text(run, "transport", "tcp");
	assert_text(run, "target", "127.0.0.1:7007");
	assert_number(run, "connections", 50);
	assert_number(run, "size", 64);
	assert_number(run, "pipeline", 16);
	assert_number(run, "threads", 1);
	assert_true(json_is_null(at(run, "requested_rate")));
	assert_number(run, "duration_s", 10);
	assert_text(run, "unit", "messages");
	assert_number(run, "connected", 50);
	assert_number(run, "messages", 1000000);
	assert_number(run, "rate", 100000);
	assert_number(run, "bytes_per_second", 6400000);
	assert_number(run, "latency_us/mean", 19.9);
	assert_number(run, "latency_us/p50", 10.007);
	assert_number(run, "latency_us/p99.9", 1000);
	assert_number(run, "latency_us/max", 1000);
	assert_true(json_is_null(at(run, "uncorrected_latency_us")));
	assert_number(run, "generator_us_per_message", 1);
	assert_number(run, "server_us_per_message", 5);
	assert_text(run, "complaint", "");
	assert_true(json_is_true(at(run, "holds")));
	assert_text(run, "machine/processor", "A <Processor> & Co");
	assert_number(run, "machine/processors", 2);
	assert_int_equal(json_object_size(at(run, "faults")), FAULTS);
	assert_null(json_object_get(run, "speakers"));
	json_decref(run);
}

static void an_open_loop_and_faults_are_told(void **state)
{
	struct sample *sample = *state;
	json_t *run;

	sample->plan.protocol = &sample_protocols[WORKLOAD_ROOM];
	sample->plan.datagrams = true;
	sample->plan.speakers = 3;
	sample->plan.rate = 1e6;
	sample->result.server_time = -1;
	sample->result.faults[FAULT_TIMEOUT] = UINT64_C(1) << 40;
	strcpy(sample->result.complaint, HOSTILE "\n");
	sample->run.target = HOSTILE;
	run = parsed(sample_run_text(report_json, &sample->run));
	assert_text(run, "transport", "udp");
	assert_number(run, "speakers", 3);
	assert_number(run, "requested_rate", 1e6);
	assert_number(run, "uncorrected_latency_us/p50", 10);
	assert_number(run, "faults/timeout", (double)(UINT64_C(1) << 40));
	assert_number(run, "faults/lost", 0);
	assert_true(json_is_null(at(run, "server_us_per_message")));
	assert_true(json_is_false(at(run, "holds")));
	assert_null(strchr(json_string_value(at(run, "complaint")), '\n'));
	assert_non_null(strstr(json_string_value(at(run, "complaint")), "\\x1b"));
	json_decref(run);
}

static void an_empty_run_has_no_made_up_numbers(void **state)
{
	struct sample *sample = *state;
	json_t *run;

	memset(&sample->result, 0, sizeof(sample->result));
	sample->result.achieved = NAN;
	run = parsed(sample_run_text(report_json, &sample->run));
	assert_true(json_is_null(at(run, "rate")));
	assert_number(run, "bytes_per_second", 0);
	assert_true(json_is_null(at(run, "latency_us")));
	assert_true(json_is_null(at(run, "generator_us_per_message")));
	assert_true(json_is_false(at(run, "holds")));
	json_decref(run);
}

static void a_comparison_has_its_runs(void **state)
{
	struct sample *sample = *state;
	json_t *comparison, *run;

	sample_result(sample, 1, 1, 2)->faults[FAULT_SHORT] = 9;
	comparison = parsed(sample_comparison_text(comparison_json, &sample->comparison));
	assert_number(comparison, "plan/connections/0", 100);
	assert_number(comparison, "plan/rounds", 3);
	assert_number(comparison, "plan/warmup_s", 1);
	assert_text(comparison, "plan/protocol", "echo");
	assert_text(comparison, "machine/kernel", "Linux 6.1.0");
	assert_int_equal(json_array_size(at(comparison, "runs")), 18);
	run = at(comparison, "runs/11");
	assert_text(run, "subject", "second");
	assert_text(run, "command", "serve --second");
	assert_number(run, "connections", 1);
	assert_number(run, "round", 3);
	assert_number(run, "rate", 40000);
	assert_number(run, "faults/short", 9);
	assert_true(json_is_false(at(run, "holds")));
	assert_true(json_is_true(at(comparison, "runs/10/holds")));
	json_decref(comparison);
}

static void a_comparison_has_its_medians(void **state)
{
	struct sample *sample = *state;
	json_t *comparison, *summary;

	sample_result(sample, 0, 1, 2)->faults[FAULT_SHORT] = 9;
	for (size_t round = 0; round < SAMPLE_ROUNDS; round++)
		sample_result(sample, 1, 1, round)->elapsed = 0;
	comparison = parsed(sample_comparison_text(comparison_json, &sample->comparison));
	assert_int_equal(json_array_size(at(comparison, "summary")), 6);
	summary = at(comparison, "summary/4");
	assert_non_null(strstr(json_string_value(at(summary, "subject")), "<script>"));
	assert_number(summary, "connections", 100);
	assert_number(summary, "rate/median", 6000);
	assert_number(summary, "rate/min", 3000);
	assert_number(summary, "rate/max", 9000);
	assert_number(summary, "ratio", 3);
	assert_number(summary, "p50_us", 10);
	assert_number(summary, "p99_us", 12);
	assert_number(summary, "p99.9_us", 13);
	assert_number(summary, "server_us_per_message", 5);
	assert_number(comparison, "summary/1/faults/short", 9);
	assert_true(json_is_null(at(comparison, "summary/3/rate")));
	assert_true(json_is_null(at(comparison, "summary/3/ratio")));
	json_decref(comparison);
}

static void a_full_disk_is_noticed(void **state)
{
	struct sample *sample = *state;
	FILE *file = fopen("/dev/full", "w");

	assert_non_null(file);
	assert_int_equal(report_json(&sample->run, file), -EIO);
	assert_int_equal(comparison_json(&sample->comparison, file), -EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_run_has_its_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(an_open_loop_and_faults_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_run_has_no_made_up_numbers, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_comparison_has_its_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(a_comparison_has_its_medians, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_is_noticed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
