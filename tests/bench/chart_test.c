/*
 * Charts: well-formed whatever they are given, each series told apart, labels that do not overlap,
 * nothing outside of the canvas.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/chart.h"
#include "support/measurement.h"
#include "support/xml.h"

enum { SERIES = 10, POINTS = 4 };

static struct chart_point points[SERIES][POINTS];
static struct chart_series series[SERIES];
static const struct chart_tick ticks[] = {{1, "1"}, {10, "10"}, {100, "100"}, {1000, "1 k"}};
static const char *const names[SERIES] = {"a0", "a1", "a2", "a3", "a4",
					  "a5", "a6", "a7", "a8", "a9"};

/* All series end near the same place. */
static struct chart_panel fill(size_t count, double scale)
{
	for (size_t i = 0; i < SERIES; i++) {
		series[i] = (struct chart_series){names[i], points[i], POINTS};
		for (size_t k = 0; k < POINTS; k++) {
			double y = scale * (double)(k + 1 + i);

			points[i][k] =
				(struct chart_point){ticks[k].value, y, 0.9 * y, 1.1 * y, true};
		}
	}
	return (struct chart_panel){.title = "Messages a second",
				    .x_title = "connections",
				    .ticks = ticks,
				    .tick_count = POINTS,
				    .series = series,
				    .series_count = count};
}

static char *drawn(const struct chart_panel *panels, size_t count)
{
	static const char *const wrong[] = {"\"nan", "\"inf", "\"-", "(nan",
					    "(inf",  ",nan",  " nan"};
	struct chart chart = {"A title", "a subtitle, of several words", panels, count};
	char *text;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	assert_non_null(file);
	assert_int_equal(chart_write(&chart, file), 0);
	fclose(file);
	xml_assert_well_formed(text);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_null(strstr(text, wrong[i]));
	return text;
}

/* The number in an attribute of the element before a place. */
static double attribute_before(const char *text, const char *place, const char *name)
{
	while (place > text && *place != '<')
		place--;
	place = strstr(place, name);
	assert_non_null(place);
	return strtod(place + strlen(name), NULL);
}

static void names_do_not_overlap(void **state)
{
	struct chart_panel panel = fill(SERIES, 1);
	double places[SERIES], height;
	char *text;

	(void)state;
	for (size_t i = 0; i < SERIES; i++)
		points[i][POINTS - 1].y = 50;
	text = drawn(&panel, 1);
	height = strtod(strstr(text, "height=\"") + strlen("height=\""), NULL);
	for (size_t i = 0; i < SERIES; i++) {
		char name[16];

		snprintf(name, sizeof(name), ">%s<", names[i]);
		places[i] = attribute_before(text, strstr(text, name), " y=\"");
		assert_true(places[i] > 100 && places[i] < height);
		for (size_t k = 0; k < i; k++)
			assert_true(fabs(places[i] - places[k]) >= 18);
	}
	free(text);
}

static void each_series_has_its_own_look(void **state)
{
	struct chart_panel panel = fill(8, 1);
	char *text = drawn(&panel, 1), *looks[8];
	const char *at = text;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		at = strstr(at, "<polyline ");
		assert_non_null(at);
		looks[i] = strndup(at, (size_t)(strstr(at, " points") - at));
		for (size_t k = 0; k < i; k++) {
			/* Neither the class nor the dashes are another one's. */
			assert_int_not_equal(strncmp(looks[i], looks[k], 20), 0);
			assert_string_not_equal(strstr(looks[i], "dasharray"),
						strstr(looks[k], "dasharray"));
		}
		at++;
	}
	for (size_t i = 0; i < 8; i++)
		free(looks[i]);
	/* A marker at each point, and one beside the name. */
	assert_int_equal(xml_count(text, "<path "), 8 * (POINTS + 1));
	assert_int_equal(xml_count(text, "class=\"whisker"), 8 * POINTS * 3);
	free(text);
}

static void it_is_dark_on_dark_screens_only(void **state)
{
	struct chart_panel panel = fill(1, 1);
	char *text = drawn(&panel, 1);

	(void)state;
	assert_non_null(strstr(text, "@media screen and (prefers-color-scheme:dark)"));
	assert_null(strstr(text, "href"));
	assert_null(strstr(text, "url("));
	free(text);
}

static void extremes_can_be_drawn(void **state)
{
	static const double scales[] = {0, 1e-300, 1, 1e6, 1e300, INFINITY, NAN};

	(void)state;
	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
		for (int kind = 0; kind < 3; kind++) {
			struct chart_panel panels[2] = {fill(7, scales[i]), fill(7, scales[i])};

			panels[0].logarithmic = panels[1].logarithmic = kind == 1;
			panels[0].bars = panels[1].bars = kind == 2;
			free(drawn(panels, 2));
		}
	}
}

static void nothing_can_be_drawn(void **state)
{
	struct chart_panel panel = fill(3, 1);
	char *text;

	(void)state;
	free(drawn(&panel, 0));
	for (size_t i = 0; i < SERIES; i++)
		series[i].count = i == 1;
	free(drawn(&panel, 1));
	panel.bars = true;
	text = drawn(&panel, 1);
	assert_int_equal(xml_count(text, "not measured"), 2);
	free(text);
	panel.series_count = 0;
	panel.tick_count = 0;
	free(drawn(&panel, 1));
	panel.bars = false;
	free(drawn(&panel, 1));
}

static void hostile_names_are_harmless(void **state)
{
	struct chart_panel panel = fill(2, 1);
	char *text;

	(void)state;
	series[0].name = HOSTILE;
	panel.title = HOSTILE;
	text = drawn(&panel, 1);
	assert_null(strstr(text, "<script"));
	assert_non_null(strstr(text, "&lt;script&gt;"));
	free(text);
}

static void a_full_disk_is_noticed(void **state)
{
	struct chart_panel panel = fill(2, 1);
	struct chart chart = {"A title", "a subtitle", &panel, 1};
	FILE *file = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(file);
	assert_int_equal(chart_write(&chart, file), -EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_do_not_overlap),
		cmocka_unit_test(each_series_has_its_own_look),
		cmocka_unit_test(it_is_dark_on_dark_screens_only),
		cmocka_unit_test(extremes_can_be_drawn),
		cmocka_unit_test(nothing_can_be_drawn),
		cmocka_unit_test(hostile_names_are_harmless),
		cmocka_unit_test(a_full_disk_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
