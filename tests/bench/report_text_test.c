/*
 * Reports for people: what a run and a comparison say, and that they fit a terminal.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"
#include "support/measurement.h"
#include "support/xml.h"

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

static void assert_fits(const char *text, size_t columns)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		assert_true(text_columns(text, n) <= columns);
		assert_true(n == 0 || text[n - 1] != ' ');
		text += n + 1;
	}
}

static void a_closed_loop_has_one_latency(void **state)
{
	struct sample *sample = *state;
	char *text = sample_run_text(report_text, &sample->run);

	assert_string_equal(
		text,
		"echo over TCP to 127.0.0.1:7007: 50 connections, 64-byte messages,\n"
		"16 in flight on each connection, closed loop, 10 s after 1 s of warm-up,\n"
		"1 generator thread\n"
		"\n"
		"rate        100,000 messages a second; 1,000,000 in 10 s,\n"
		"            6.40 MB a second received\n"
		"                mean      p50      p90      p99    p99.9   p99.99      max\n"
		"latency      19.9 µs  10.0 µs  10.0 µs  10.0 µs  1.00 ms  1.00 ms  1.00 ms\n"
		"processor   server 5.00 µs a message, generator 1.00 µs\n"
		"faults      none\n"
		"machine     Linux 6.1.0, A <Processor> & Co, 2 processors,\n"
		"            server on processor 0, generator on 1, TCP cubic, sockettool 0.1.0,\n"
		"            2026-01-31T12:00:00Z\n");
	free(text);
}

static void an_open_loop_has_two(void **state)
{
	struct sample *sample = *state;
	char *text;

	sample->plan.rate = 200000;
	sample->run.uncorrected = sample->uncorrected;
	sample->result.server_time = -1;
	text = sample_run_text(report_text, &sample->run);
	assert_fits(text, 80);
	assert_non_null(
		strstr(text, "100,000 messages a second of the 200,000 asked for (50.0 %)"));
	assert_non_null(strstr(text, "\ncorrected    19.9 µs"));
	assert_non_null(strstr(text, "\nuncorrected  10.0 µs"));
	assert_non_null(strstr(text, "\nCorrected adds "));
	assert_non_null(strstr(text, "\nprocessor   generator 1.00 µs a message\n"));
	assert_non_null(strstr(text, "\nfell short  100,000 of 200,000 messages a second were"));
	free(text);
}

static void a_room_tells_what_was_said(void **state)
{
	struct sample *sample = *state;
	char *text;

	sample->plan.protocol = &sample_protocols[WORKLOAD_ROOM];
	sample->plan.speakers = 2;
	sample->result.sent = 2041;
	text = sample_run_text(report_text, &sample->run);
	assert_fits(text, 80);
	assert_non_null(strstr(text, "48 members and 2 speakers"));
	assert_non_null(strstr(text, "100,000 deliveries a second, from 2,041 messages a second;"));
	assert_non_null(strstr(text, "server 5.00 µs a delivery"));
	free(text);
}

static void an_empty_run_divides_by_nothing(void **state)
{
	struct sample *sample = *state;
	char *text;

	memset(&sample->result, 0, sizeof(sample->result));
	histogram_clear(sample->latency);
	text = sample_run_text(report_text, &sample->run);
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "inf"));
	assert_non_null(strstr(text, "rate        0 messages a second; 0 in 0 s, 0 B a second"));
	assert_non_null(strstr(text, "nothing was measured"));
	assert_null(strstr(text, "latency"));
	free(text);
}

static void peers_bytes_do_not_reach_the_terminal(void **state)
{
	struct sample *sample = *state;
	char *text;

	strcpy(sample->result.complaint, HOSTILE);
	strcpy(sample_result(sample, 0, 0, 0)->complaint, HOSTILE);
	text = sample_run_text(report_text, &sample->run);
	assert_null(strchr(text, '\x1b'));
	assert_true(text_valid(text, strlen(text)));
	free(text);
	text = sample_comparison_text(comparison_text, &sample->comparison);
	assert_null(strchr(text, '\x1b'));
	assert_true(text_valid(text, strlen(text)));
	free(text);
}

static void a_comparison_is_a_table(void **state)
{
	struct sample *sample = *state;
	char *text;

	sample_result(sample, 1, 0, 2)->faults[FAULT_CLOSED] = 1;
	sample->comparison.subject_count = 2;
	text = sample_comparison_text(comparison_text, &sample->comparison);
	assert_string_equal(
		text,
		"echo over TCP: 64-byte messages, 16 in flight on each connection, closed loop,\n"
		"10 s after 1 s of warm-up, 1 generator thread; medians of 3 rounds (least..most)\n"
		"\n"
		"connections                   100                     1\n"
		"\n"
		"messages a second\n"
		"first         2.00 k (1.00..3.00)   20.0 k (10.0..30.0)\n"
		"second       4.00 k (2.00..6.00)*   40.0 k (20.0..60.0)\n"
		"\n"
		"ratio to first\n"
		"first                        1.00                  1.00\n"
		"second                       2.00                  2.00\n"
		"\n"
		"p99 latency\n"
		"first        12.0 µs (12.0..12.0)  12.0 µs (12.0..12.0)\n"
		"second       12.0 µs (12.0..12.0)  12.0 µs (12.0..12.0)\n"
		"\n"
		"server processor time a message\n"
		"first        5.00 µs (5.00..5.00)  5.00 µs (5.00..5.00)\n"
		"second       5.00 µs (5.00..5.00)  5.00 µs (5.00..5.00)\n"
		"\n"
		"* second with 100 connections: closed 1\n"
		"\n"
		"servers     first: serve --first\n"
		"            second: serve --second\n"
		"machine     Linux 6.1.0, A <Processor> & Co, 2 processors, server on processor 0, "
		"generator on 1,\n"
		"            TCP cubic, sockettool 0.1.0, 2026-01-31T12:00:00Z\n");
	free(text);
}

static void many_levels_make_several_tables(void **state)
{
	enum { LEVELS = 9 };
	struct sample *sample = *state;
	struct result results[SAMPLE_SUBJECTS * LEVELS];
	int levels[LEVELS];
	char *text;

	for (size_t i = 0; i < SAMPLE_SUBJECTS * LEVELS; i++) {
		results[i] = sample->results[0];
		results[i].connected = INT32_MAX;
		levels[i % LEVELS] = 1 + (int)(i % LEVELS);
	}
	sample->subjects[1].name = "python3 a_server_with_a_long_name.py --port {port} --threads";
	sample->comparison.levels = levels;
	sample->comparison.level_count = LEVELS;
	sample->comparison.rounds = 1;
	sample->comparison.results = results;
	text = sample_comparison_text(comparison_text, &sample->comparison);
	assert_fits(text, 100);
	assert_int_equal(xml_count(text, "\nconnections "), 2);
	assert_non_null(strstr(text, "python3 a_se…} --threads"));
	assert_non_null(strstr(text, "; one round"));
	free(text);
}

static void a_comparison_of_nothing_is_written(void **state)
{
	struct sample *sample = *state;

	sample->comparison.level_count = 0;
	free(sample_comparison_text(comparison_text, &sample->comparison));
	sample->comparison.subject_count = 0;
	free(sample_comparison_text(comparison_text, &sample->comparison));
}

static void a_full_disk_is_noticed(void **state)
{
	struct sample *sample = *state;
	FILE *file = fopen("/dev/full", "w");

	assert_non_null(file);
	assert_int_equal(report_text(&sample->run, file), -EIO);
	assert_int_equal(comparison_text(&sample->comparison, file), -EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_closed_loop_has_one_latency, setup, teardown),
		cmocka_unit_test_setup_teardown(an_open_loop_has_two, setup, teardown),
		cmocka_unit_test_setup_teardown(a_room_tells_what_was_said, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_run_divides_by_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(peers_bytes_do_not_reach_the_terminal, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_comparison_is_a_table, setup, teardown),
		cmocka_unit_test_setup_teardown(many_levels_make_several_tables, setup, teardown),
		cmocka_unit_test_setup_teardown(a_comparison_of_nothing_is_written, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_is_noticed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
