/*
 * Horizontal bars: a name, a bar from 0, and its value in figures.
 */
#include <math.h>

#include "bench/chart_axis.h"
#include "bench/chart_panel.h"
#include "bench/words.h"

enum {
	NAME_COLUMNS = 24,
	VALUE_ROOM = 110, /* to the right of the longest bar */
};

static void draw_grid(const struct chart_panel *panel, const struct axis *axis,
		      struct chart_box box, FILE *file)
{
	double ticks[AXIS_TICKS];
	size_t count = axis_ticks(axis, ticks);
	double free_from = -INFINITY;

	for (size_t i = 0; i < count; i++) {
		char text[QUANTITY_TEXT];
		double x = axis_at(axis, ticks[i]), half;

		quantity_tick(text, panel->quantity, ticks[i]);
		half = chart_width(text) / 2;
		chart_line(file, "grid", x, box.top, x, box.bottom);
		if (x - half < free_from)
			continue;
		free_from = x + half + 8;
		chart_label(file, x, box.bottom + 22, "middle", text);
	}
}

/* Below the bar's middle, so as not to cross it out, and with a margin, so as to be seen on it. */
static void draw_whisker(double low, double high, double y, FILE *file)
{
	fprintf(file,
		"<rect class=\"ground\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\"/>\n",
		low - 3, y - 7, high - low + 6);
	chart_line(file, "ink whisker", low, y, high, y);
	chart_cap(file, "ink whisker", low, y, true);
	chart_cap(file, "ink whisker", high, y, true);
}

static void draw_bar(const struct chart_panel *panel, const struct axis *axis,
		     const struct chart_point *point, double middle, double thickness, FILE *file)
{
	char text[QUANTITY_TEXT];
	double end = axis_at(axis, point->y), low = axis_at(axis, point->low);
	double high = axis_at(axis, point->high);

	fprintf(file, "<rect class=\"f0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		axis->from, middle - thickness / 2, end - axis->from, thickness);
	if (point->low < point->high) {
		draw_whisker(low, high, middle + thickness / 4, file);
		end = fmax(end, high);
	}
	chart_label(file, end + 10, middle, "start",
		    quantity_text(text, panel->quantity, point->y));
}

static double greatest(const struct chart_panel *panel)
{
	double most = 0;

	for (size_t i = 0; i < panel->series_count; i++) {
		if (panel->series[i].count)
			most = fmax(most, fmax(panel->series[i].points->y,
					       panel->series[i].points->high));
	}
	return most;
}

void chart_bars(const struct chart_panel *panel, struct chart_box box, FILE *file)
{
	double height = (box.bottom - box.top) / fmax(1, (double)panel->series_count);
	struct axis axis = axis_round(false, 0, greatest(panel));

	axis.from = box.left + chart_names_width(panel, NAME_COLUMNS) + 14;
	axis.to = box.right - VALUE_ROOM;
	draw_grid(panel, &axis, box, file);
	for (size_t i = 0; i < panel->series_count; i++) {
		const struct chart_series *series = &panel->series[i];
		double middle = box.top + height * ((double)i + 0.5);
		char name[WORDS_TEXT];

		words_cut(name, series->name, NAME_COLUMNS);
		chart_label(file, axis.from - 14, middle, "end", name);
		if (series->count)
			draw_bar(panel, &axis, series->points, middle, 0.62 * height, file);
		else
			chart_label(file, axis.from + 10, middle, "start", "not measured");
	}
	chart_line(file, "ink", axis.from, box.top, axis.from, box.bottom);
}
