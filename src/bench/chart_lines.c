/*
 * Lines over two axes, each named where it ends.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/chart_axis.h"
#include "bench/chart_panel.h"
#include "bench/words.h"

enum {
	NAME_COLUMNS = 20,
	LEADER = 34,    /* from the plot to a name, the name's marker included */
	TICK_ROOM = 74, /* left of the plot */
	TICK_GAP = 14,  /* between two texts below the plot */
};

/* A panel while it is drawn. */
struct plot {
	const struct chart_panel *panel;
	struct axis x, y;
	FILE *file;
};

static bool can_be_drawn(const struct plot *plot, const struct chart_point *point)
{
	return !plot->panel->logarithmic || point->y > 0;
}

static void extend(double *least, double *most, double value)
{
	*least = fmin(*least, value);
	*most = fmax(*most, value);
}

static void fit_axes(struct plot *plot)
{
	const struct chart_panel *panel = plot->panel;
	double x[2] = {INFINITY, -INFINITY}, y[2] = {INFINITY, -INFINITY};

	for (size_t i = 0; i < panel->tick_count; i++)
		extend(&x[0], &x[1], panel->ticks[i].value);
	for (size_t i = 0; i < panel->series_count; i++) {
		for (size_t k = 0; k < panel->series[i].count; k++) {
			const struct chart_point *point = &panel->series[i].points[k];

			extend(&x[0], &x[1], point->x);
			if (!can_be_drawn(plot, point))
				continue;
			extend(&y[0], &y[1], point->y);
			if (point->low < point->high && point->low > 0)
				extend(&y[0], &y[1], point->low);
			if (point->low < point->high)
				extend(&y[0], &y[1], point->high);
		}
	}
	plot->x = axis_exact(x[0], x[1]);
	plot->y = axis_round(panel->logarithmic, y[0], y[1]);
}

static void draw_grid(const struct plot *plot)
{
	double ticks[AXIS_TICKS];
	size_t count = axis_ticks(&plot->y, ticks);

	for (size_t i = 0; i < count; i++) {
		char text[QUANTITY_TEXT];
		double y = axis_at(&plot->y, ticks[i]);

		chart_line(plot->file, "grid", plot->x.from, y, plot->x.to, y);
		chart_label(plot->file, plot->x.from - 10, y, "end",
			    quantity_tick(text, plot->panel->quantity, ticks[i]));
	}
}

static void draw_ticks(const struct plot *plot)
{
	double floor = plot->y.from, free_from = -INFINITY;

	for (size_t i = 0; i < plot->panel->tick_count; i++) {
		const struct chart_tick *tick = &plot->panel->ticks[i];
		double x = axis_at(&plot->x, tick->value), half = chart_width(tick->text) / 2;

		chart_line(plot->file, "grid", x, plot->y.to, x, floor);
		chart_line(plot->file, "ink", x, floor, x, floor + 6);
		if (x - half < free_from)
			continue;
		free_from = x + half + TICK_GAP;
		chart_label(plot->file, x, floor + 22, "middle", tick->text);
	}
	chart_line(plot->file, "ink", plot->x.from, floor, plot->x.to, floor);
	chart_label(plot->file, (plot->x.from + plot->x.to) / 2, floor + 54, "middle",
		    plot->panel->x_title);
}

static void draw_whiskers(const struct plot *plot, size_t index)
{
	const struct chart_series *series = &plot->panel->series[index];
	char class[32];

	snprintf(class, sizeof(class), "whisker c%zu", index % CHART_COLOURS);
	for (size_t i = 0; i < series->count; i++) {
		const struct chart_point *point = &series->points[i];
		double x = axis_at(&plot->x, point->x);
		double low = axis_at(&plot->y, point->low), high = axis_at(&plot->y, point->high);

		if (point->low >= point->high || !can_be_drawn(plot, point))
			continue;
		chart_line(plot->file, class, x, low, x, high);
		chart_cap(plot->file, class, x, low, false);
		chart_cap(plot->file, class, x, high, false);
	}
}

static void draw_line(const struct plot *plot, size_t index)
{
	static const char *const dashes[] = {"none",         "12 5", "3 4",  "14 4 3 4",
					     "20 4 4 4 4 4", "7 4",  "24 6", "2 7"};
	const struct chart_series *series = &plot->panel->series[index];
	/* Series of one colour differ in their dashes. */
	size_t dash = (index + index / CHART_COLOURS) % (sizeof(dashes) / sizeof(dashes[0]));

	fprintf(plot->file, "<polyline class=\"c%zu\" stroke-dasharray=\"%s\" points=\"",
		index % CHART_COLOURS, dashes[dash]);
	for (size_t i = 0; i < series->count; i++) {
		if (can_be_drawn(plot, &series->points[i]))
			fprintf(plot->file, "%.1f,%.1f ", axis_at(&plot->x, series->points[i].x),
				axis_at(&plot->y, series->points[i].y));
	}
	fputs("\"/>\n", plot->file);
	for (size_t i = 0; i < series->count; i++) {
		const struct chart_point *point = &series->points[i];

		if (point->marked && can_be_drawn(plot, point))
			chart_marker(plot->file, index, axis_at(&plot->x, point->x),
				     axis_at(&plot->y, point->y));
	}
}

/* Where a series' line ends, to be named there. */
struct end {
	size_t series;
	double x, y;
};

static int compare_ends(const void *a, const void *b)
{
	const struct end *left = a, *right = b;

	if (left->y != right->y)
		return left->y < right->y ? -1 : 1;
	return left->series < right->series ? -1 : 1;
}

static size_t find_ends(const struct plot *plot, struct end *ends)
{
	size_t count = 0;

	for (size_t i = 0; i < plot->panel->series_count; i++) {
		const struct chart_series *series = &plot->panel->series[i];
		size_t last = series->count;

		while (last > 0 && !can_be_drawn(plot, &series->points[last - 1]))
			last--;
		if (last == 0 || !*series->name)
			continue;
		ends[count++] = (struct end){i, axis_at(&plot->x, series->points[last - 1].x),
					     axis_at(&plot->y, series->points[last - 1].y)};
	}
	qsort(ends, count, sizeof(*ends), compare_ends);
	return count;
}

/* The name at a height, its marker before it, and a thin line to where the series ends. */
static void draw_name(const struct plot *plot, const struct end *end, double y)
{
	double x = plot->x.to + LEADER;
	char name[WORDS_TEXT];

	words_cut(name, plot->panel->series[end->series].name, NAME_COLUMNS);
	chart_line(plot->file, "ink leader", end->x + 9, end->y, x - 22, y);
	chart_marker(plot->file, end->series, x - 13, y);
	chart_label(plot->file, x, y, "start", name);
}

static void draw_names(const struct plot *plot, struct end *ends, double *places)
{
	size_t count = find_ends(plot, ends);

	for (size_t i = 0; i < count; i++)
		places[i] = ends[i].y;
	axis_spread(places, count, CHART_ROW, plot->y.to, plot->y.from);
	for (size_t i = 0; i < count; i++)
		draw_name(plot, &ends[i], places[i]);
}

int chart_lines(const struct chart_panel *panel, struct chart_box box, FILE *file)
{
	struct plot plot = {.panel = panel, .file = file};
	struct end *ends = calloc(panel->series_count + 1, sizeof(*ends));
	double *places = calloc(panel->series_count + 1, sizeof(*places));
	double names = chart_names_width(panel, NAME_COLUMNS);
	int status = ends && places ? 0 : -ENOMEM;

	if (status == 0) {
		fit_axes(&plot);
		plot.x.from = box.left + TICK_ROOM;
		plot.x.to = box.right - (names > 0 ? names + LEADER : TICK_GAP);
		plot.y.from = box.bottom;
		plot.y.to = box.top;
		draw_grid(&plot);
		draw_ticks(&plot);
		for (size_t i = 0; i < panel->series_count; i++)
			draw_whiskers(&plot, i);
		for (size_t i = panel->series_count; i-- > 0;)
			draw_line(&plot, i);
		draw_names(&plot, ends, places);
	}
	free(places);
	free(ends);
	return status;
}
