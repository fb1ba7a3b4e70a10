/*
 * What was measured, in words, and texts made to fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/words.h"
#include "sockettool/text.h"
#include "support/measurement.h"

static const struct plan plain = {.protocol = &sample_protocols[WORKLOAD_ECHO],
				  .connections = 1,
				  .speakers = 1,
				  .size = 64,
				  .pipeline = 16,
				  .threads = 1,
				  .warmup = 0,
				  .duration = INT64_C(10000000000)};

static void a_load_is_told(void **state)
{
	struct plan plan = plain;
	char text[WORDS_TEXT];

	(void)state;
	words_load(text, &plan);
	assert_string_equal(text, "64-byte messages, 16 in flight on each connection, closed loop, "
				  "10 s after 0 s of warm-up, 1 generator thread");
	plan.datagrams = true;
	plan.rate = 12345;
	plan.count = 1000000;
	plan.threads = 2;
	words_load(text, &plan);
	assert_string_equal(text,
			    "64-byte datagrams, 16 in flight on each connection, open loop at "
			    "12,345 a second, 1,000,000 to measure after 0 s of warm-up, 2 "
			    "generator threads");
	plan = plain;
	plan.protocol = &sample_protocols[WORKLOAD_VISIT];
	words_load(text, &plan);
	assert_string_equal(text, "closed loop, 10 s after 0 s of warm-up, 1 generator thread");
	plan.protocol = &sample_protocols[WORKLOAD_EXCHANGE];
	words_load(text, &plan);
	assert_non_null(strstr(text, "16 in flight"));
	assert_null(strstr(text, "64-byte"));
}

static void connections_are_told(void **state)
{
	struct plan plan = plain;
	char text[WORDS_TEXT];

	(void)state;
	words_connections(text, &plan);
	assert_string_equal(text, "1 connection");
	plan.connections = 1000;
	words_connections(text, &plan);
	assert_string_equal(text, "1,000 connections");
	plan.protocol = &sample_protocols[WORKLOAD_VISIT];
	words_connections(text, &plan);
	assert_string_equal(text, "1,000 connections at a time");
	plan.protocol = &sample_protocols[WORKLOAD_ROOM];
	words_connections(text, &plan);
	assert_string_equal(text, "999 members and 1 speaker");
}

static void a_unit_has_a_singular(void **state)
{
	struct plan plan = plain;

	(void)state;
	assert_string_equal(words_one(&plan), "message");
	plan.protocol = &sample_protocols[WORKLOAD_VISIT];
	assert_string_equal(words_one(&plan), "connection");
	plan.protocol = &sample_protocols[WORKLOAD_ROOM];
	assert_string_equal(words_one(&plan), "delivery");
	plan.datagrams = true;
	assert_string_equal(words_one(&plan), "datagram");
}

static void a_long_name_loses_its_middle(void **state)
{
	char text[WORDS_TEXT], long_name[3 * WORDS_TEXT];

	(void)state;
	words_cut(text, "epoll", 8);
	assert_string_equal(text, "epoll");
	words_cut(text, "0123456789", 10);
	assert_string_equal(text, "0123456789");
	words_cut(text, "0123456789a", 10);
	assert_string_equal(text, "01234…789a");
	words_cut(text, "\x1b[31m", 8);
	assert_string_equal(text, "\\x1b[31m");
	for (size_t columns = 8; columns < 18; columns++) {
		words_cut(text, "日本語日本語日本語", columns);
		assert_true(text_valid(text, strlen(text)));
		assert_in_range(text_columns(text, strlen(text)), columns - 3, columns);
	}
	memset(long_name, '\x1b', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	words_cut(text, long_name, 20);
	assert_int_equal(text_columns(text, strlen(text)), 20);
}

static void assert_line(const char *text, size_t columns, const char *line, const char *rest)
{
	const char *next;
	size_t n = words_line(text, columns, &next);

	assert_int_equal(n, strlen(line));
	assert_memory_equal(text, line, n);
	assert_string_equal(next, rest);
}

static void lines_break_after_clauses(void **state)
{
	(void)state;
	assert_line("one two", 7, "one two", "");
	assert_line("one two three", 8, "one two", "three");
	assert_line("one two three", 7, "one two", "three");
	assert_line("one, two, after 1 s", 17, "one, two,", "after 1 s");
	assert_line("a, bcdefg hijklm nop", 17, "a, bcdefg hijklm", "nop");
	assert_line("unbreakable text", 5, "unbreakable", "text");
	assert_line("unbreakable", 5, "unbreakable", "");
	assert_line("µµµµ µµµµ", 5, "µµµµ", "µµµµ");
	assert_line("", 5, "", "");
}

static void cells_tell_what_is_known(void **state)
{
	struct sample *sample = sample_new();
	char text[WORDS_TEXT];

	(void)state;
	words_cell(text, &sample->comparison, 1, 0, METRIC_RATE);
	assert_string_equal(text, "4.00 k (2.00..6.00)");
	words_cell(text, &sample->comparison, 1, 0, METRIC_RATIO);
	assert_string_equal(text, "2.00");
	sample_result(sample, 1, 0, 0)->faults[FAULT_LOST] = 1;
	words_cell(text, &sample->comparison, 1, 0, METRIC_RATE);
	assert_string_equal(text, "4.00 k (2.00..6.00)*");
	assert_true(words_shortfall(text, &sample->comparison, 1, 0));
	assert_string_equal(text, "second with 100 connections: lost 1");
	assert_false(words_shortfall(text, &sample->comparison, 0, 0));
	for (size_t round = 0; round < SAMPLE_ROUNDS; round++)
		sample_result(sample, 1, 0, round)->server_time = -1;
	words_cell(text, &sample->comparison, 1, 0, METRIC_SERVER);
	assert_string_equal(text, "–");
	sample_free(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_is_told),
		cmocka_unit_test(connections_are_told),
		cmocka_unit_test(a_unit_has_a_singular),
		cmocka_unit_test(a_long_name_loses_its_middle),
		cmocka_unit_test(lines_break_after_clauses),
		cmocka_unit_test(cells_tell_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
