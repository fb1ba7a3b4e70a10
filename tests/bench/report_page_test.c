/*
 * Pictures and pages of runs and comparisons: well-formed, whole, harmless, and in need of nothing
 * else.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static char *checked(char *text)
{
	xml_assert_well_formed(text);
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "src="));
	assert_null(strstr(text, "href="));
	return text;
}

static void a_closed_loop_is_one_curve(void **state)
{
	struct sample *sample = *state;
	char *text = checked(sample_run_text(report_svg, &sample->run));

	assert_int_equal(xml_count(text, "<polyline "), 1);
	assert_non_null(strstr(text, "echo over TCP: latency by percentile"));
	assert_non_null(strstr(text, ">99.999 %<"));
	assert_null(strstr(text, ">99.99999 %<"));
	assert_non_null(strstr(text, ">max 1.00 ms<"));
	assert_non_null(strstr(text, "A &lt;Processor&gt; &amp; Co"));
	free(text);
}

static void an_open_loop_is_two(void **state)
{
	struct sample *sample = *state;
	char *text;

	sample->plan.rate = 100000;
	sample->run.uncorrected = sample->uncorrected;
	strcpy(sample->result.complaint, HOSTILE);
	text = checked(sample_run_text(report_svg, &sample->run));
	assert_int_equal(xml_count(text, "<polyline "), 2);
	assert_non_null(strstr(text, ">corrected<"));
	assert_non_null(strstr(text, ">uncorrected<"));
	assert_non_null(strstr(text, "Not all went as planned"));
	assert_null(strstr(text, ".."));
	free(text);
}

static void an_empty_run_is_drawn(void **state)
{
	struct sample *sample = *state;

	memset(&sample->result, 0, sizeof(sample->result));
	histogram_clear(sample->latency);
	free(checked(sample_run_text(report_svg, &sample->run)));
	free(checked(sample_run_text(report_html, &sample->run)));
	histogram_record(sample->latency, 0, 1);
	free(checked(sample_run_text(report_svg, &sample->run)));
	histogram_record(sample->latency, HISTOGRAM_MAX, UINT64_C(1) << 60);
	free(checked(sample_run_text(report_svg, &sample->run)));
}

static void several_levels_are_lines(void **state)
{
	struct sample *sample = *state;
	char *text = checked(sample_comparison_text(comparison_svg, &sample->comparison));
	const char *line;
	double first, second;

	assert_int_equal(xml_count(text, "<polyline "), 2 * SAMPLE_SUBJECTS);
	assert_non_null(strstr(text, "echo over TCP, 1 to 100 connections"));
	assert_non_null(strstr(text, "Messages a second (more is better)"));
	assert_non_null(strstr(text, "Server processor time a message (less is better)"));
	/* The levels were given the other way round. */
	line = strstr(text, "points=\"") + strlen("points=\"");
	first = strtod(line, NULL);
	second = strtod(strchr(line, ' '), NULL);
	assert_true(first < second);
	free(text);
}

static void one_level_is_bars(void **state)
{
	struct sample *sample = *state;
	char *text;

	sample->comparison.level_count = 1;
	sample->comparison.rounds = 1;
	for (size_t i = 0; i < SAMPLE_SUBJECTS; i++)
		sample->results[i].server_time = -1;
	text = checked(sample_comparison_text(comparison_svg, &sample->comparison));
	assert_int_equal(xml_count(text, "<polyline "), 0);
	assert_int_equal(xml_count(text, "<rect class=\"f0\""), SAMPLE_SUBJECTS);
	assert_null(strstr(text, "Server processor time"));
	free(text);
}

static void shortfalls_are_told_in_the_picture(void **state)
{
	struct sample *sample = *state;
	char *text;

	sample_result(sample, 1, 0, 1)->faults[FAULT_LOST] = 1;
	sample_result(sample, 1, 1, 1)->faults[FAULT_LOST] = 1;
	text = checked(sample_comparison_text(comparison_svg, &sample->comparison));
	assert_non_null(strstr(text, "second (100, 1)<"));
	free(text);
}

static void a_comparison_of_nothing_is_drawn(void **state)
{
	struct sample *sample = *state;

	memset(sample->results, 0, sizeof(sample->results));
	free(checked(sample_comparison_text(comparison_html, &sample->comparison)));
	sample->comparison.level_count = 0;
	free(checked(sample_comparison_text(comparison_html, &sample->comparison)));
	sample->comparison.subject_count = 0;
	free(checked(sample_comparison_text(comparison_html, &sample->comparison)));
}

static void a_page_has_what_repeats_it(void **state)
{
	struct sample *sample = *state;
	char *text = checked(sample_run_text(report_html, &sample->run));

	assert_int_equal(xml_count(text, "<svg "), 1);
	assert_non_null(strstr(text, "<pre>sockettool bench echo 127.0.0.1 7007</pre>"));
	assert_non_null(strstr(text, "<td>Linux 6.1.0</td>"));
	assert_non_null(strstr(text, "<td>19.9 µs</td>"));
	free(text);
	text = checked(sample_comparison_text(comparison_html, &sample->comparison));
	assert_int_equal(xml_count(text, "<svg "), 1);
	assert_non_null(strstr(text, "<td>serve --second</td>"));
	assert_non_null(strstr(text, "<td>4.00 k (2.00..6.00)</td>"));
	assert_non_null(strstr(text, "--compare &lt;script&gt;"));
	free(text);
}

static void a_full_disk_is_noticed(void **state)
{
	struct sample *sample = *state;
	FILE *file = fopen("/dev/full", "w");

	assert_non_null(file);
	assert_int_equal(report_html(&sample->run, file), -EIO);
	assert_int_equal(comparison_html(&sample->comparison, file), -EIO);
	assert_int_equal(comparison_svg(&sample->comparison, file), -EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_closed_loop_is_one_curve, setup, teardown),
		cmocka_unit_test_setup_teardown(an_open_loop_is_two, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_run_is_drawn, setup, teardown),
		cmocka_unit_test_setup_teardown(several_levels_are_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(one_level_is_bars, setup, teardown),
		cmocka_unit_test_setup_teardown(shortfalls_are_told_in_the_picture, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_comparison_of_nothing_is_drawn, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page_has_what_repeats_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_is_noticed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
