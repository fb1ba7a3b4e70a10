/*
 * Measurements as pictures: fills the charts.
 */
#include "bench/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/chart.h"
#include "bench/summary.h"
#include "bench/words.h"

enum {
	CURVE_DECADE = 20,                    /* points of a curve to a decade of percentiles */
	CURVE_POINTS = 20 * CURVE_DECADE + 1, /* counts have fewer than 20 decades */
	CURVE_TICKS = 11,
	SUBTITLE = 6 * WORDS_TEXT,
};

/* Points of the percentile 1 - 1/x for x from 1 to the count, and the maximum there. Returns how
 * many. */
static size_t fill_curve(const struct histogram *histogram, struct chart_point *points)
{
	double end = (double)histogram->count;
	size_t count = 0;

	if (histogram->count == 0)
		return 0;
	for (;; count++) {
		double x = pow(10, (double)count / CURVE_DECADE);

		if (count >= CURVE_POINTS - 1 || x >= end)
			break;
		points[count] = (struct chart_point){
			.x = x,
			.y = (double)histogram_percentile(histogram, 100 * (1 - 1 / x)),
			.marked = count > 0 && count % CURVE_DECADE == 0,
		};
	}
	points[count] = (struct chart_point){.x = end, .y = (double)histogram->max, .marked = true};
	return count + 1;
}

/* 50 %, 90 %, 99 %, ... of a distance that the count reaches. Returns how many. */
static size_t fill_ticks(const struct histogram *histogram, struct chart_tick *ticks)
{
	static const struct chart_tick all[CURVE_TICKS] = {
		{2, "50 %"},           {1e1, "90 %"},          {1e2, "99 %"},
		{1e3, "99.9 %"},       {1e4, "99.99 %"},       {1e5, "99.999 %"},
		{1e6, "99.9999 %"},    {1e7, "99.99999 %"},    {1e8, "99.999999 %"},
		{1e9, "99.9999999 %"}, {1e10, "99.99999999 %"}};
	size_t count = 0;

	while (count < CURVE_TICKS && (count < 2 || all[count].value <= (double)histogram->count)) {
		ticks[count] = all[count];
		count++;
	}
	return count;
}

static void describe_run(const struct run *run, char title[WORDS_TEXT], char subtitle[SUBTITLE])
{
	char protocol[WORDS_TEXT], connections[WORDS_TEXT], load[WORDS_TEXT], machine[WORDS_TEXT];
	char sentence[WORDS_TEXT];
	const char *remark = "", *fell_short = "";

	words_protocol(protocol, run->plan);
	words_connections(connections, run->plan);
	words_load(load, run->plan);
	words_machine(machine, run->machine);
	if (run->uncorrected)
		remark = ". Corrected: from when each message was due. Uncorrected: from when it "
			 "was sent, which leaves out how long it waited for the server before";
	if (!result_holds(run->plan, run->result, sentence, sizeof(sentence)))
		fell_short = ". Not all went as planned: ";
	snprintf(title, WORDS_TEXT, "%.200s: latency by percentile", protocol);
	snprintf(subtitle, SUBTITLE, "%s, %s; to %.200s; %s%s%s%s", connections, load, run->target,
		 machine, remark, fell_short, sentence);
}

int report_svg(const struct run *run, FILE *file)
{
	struct chart_point corrected[CURVE_POINTS], uncorrected[CURVE_POINTS];
	struct chart_tick ticks[CURVE_TICKS];
	char title[WORDS_TEXT], subtitle[SUBTITLE], x_title[64];
	char slowest[QUANTITY_TEXT + 8], max[QUANTITY_TEXT];
	struct chart_series series[2] = {{.name = "corrected", .points = corrected},
					 {.name = "uncorrected", .points = uncorrected}};
	struct chart_panel panel = {.title = "Latency (less is better)",
				    .x_title = x_title,
				    .ticks = ticks,
				    .quantity = QUANTITY_TIME,
				    .logarithmic = true,
				    .series = series,
				    .series_count = run->uncorrected ? 2 : 1};
	struct chart chart = {
		.title = title, .subtitle = subtitle, .panels = &panel, .panel_count = 1};

	describe_run(run, title, subtitle);
	snprintf(x_title, sizeof(x_title), "share of %s that took no longer", plan_unit(run->plan));
	panel.tick_count = fill_ticks(run->latency, ticks);
	series[0].count = fill_curve(run->latency, corrected);
	if (run->uncorrected) {
		series[1].count = fill_curve(run->uncorrected, uncorrected);
	} else {
		snprintf(slowest, sizeof(slowest), "max %s",
			 quantity_text(max, QUANTITY_TIME, (double)run->latency->max));
		series[0].name = slowest;
	}
	return chart_write(&chart, file);
}

/* What the panels of a comparison are made of. */
struct canvas {
	const struct comparison *comparison;
	size_t *order; /* the levels by their number of connections */
	struct chart_tick *ticks;
	char (*tick_texts)[QUANTITY_TEXT];
	struct chart_series *series; /* of the first panel, then of the second one */
	struct chart_point *points;
};

static void free_canvas(struct canvas *canvas)
{
	free(canvas->order);
	free(canvas->ticks);
	free(canvas->tick_texts);
	free(canvas->series);
	free(canvas->points);
}

static int make_canvas(struct canvas *canvas, const struct comparison *comparison)
{
	size_t levels = comparison->level_count + 1, subjects = comparison->subject_count + 1;

	canvas->comparison = comparison;
	canvas->order = calloc(levels, sizeof(*canvas->order));
	canvas->ticks = calloc(levels, sizeof(*canvas->ticks));
	canvas->tick_texts = calloc(levels, sizeof(*canvas->tick_texts));
	canvas->series = calloc(2 * subjects, sizeof(*canvas->series));
	canvas->points = calloc(2 * subjects * levels, sizeof(*canvas->points));
	if (canvas->order && canvas->ticks && canvas->tick_texts && canvas->series &&
	    canvas->points)
		return 0;
	free_canvas(canvas);
	return -ENOMEM;
}

/* Levels are few. */
static void order_levels(struct canvas *canvas)
{
	const struct comparison *comparison = canvas->comparison;

	for (size_t i = 0; i < comparison->level_count; i++) {
		size_t place = i;

		while (place > 0 &&
		       comparison->levels[canvas->order[place - 1]] > comparison->levels[i]) {
			canvas->order[place] = canvas->order[place - 1];
			place--;
		}
		canvas->order[place] = i;
	}
	for (size_t i = 0; i < comparison->level_count; i++) {
		double value = comparison->levels[canvas->order[i]];

		quantity_tick(canvas->tick_texts[i], QUANTITY_COUNT, value);
		canvas->ticks[i] = (struct chart_tick){value, canvas->tick_texts[i]};
	}
}

/* Returns how many points there are. */
static size_t fill_points(const struct canvas *canvas, size_t subject, enum metric metric,
			  struct chart_point *points)
{
	const struct comparison *comparison = canvas->comparison;
	size_t count = 0;

	for (size_t i = 0; i < comparison->level_count; i++) {
		size_t level = canvas->order[i];
		struct summary summary = summary_of(comparison, subject, level);
		const struct spread *spread = &summary.metrics[metric];

		if (spread->rounds)
			points[count++] = (struct chart_point){.x = comparison->levels[level],
							       .y = spread->median,
							       .low = spread->min,
							       .high = spread->max,
							       .marked = true};
	}
	return count;
}

/* On a linear axis a value of a fiftieth of the greatest would lie on the axis. */
static bool is_wide(const struct chart_panel *panel)
{
	double least = INFINITY, most = 0;

	for (size_t i = 0; i < panel->series_count; i++) {
		for (size_t k = 0; k < panel->series[i].count; k++) {
			double y = panel->series[i].points[k].y;

			if (y > 0)
				least = fmin(least, y);
			most = fmax(most, y);
		}
	}
	return most > 50 * least;
}

static struct chart_panel fill_panel(const struct canvas *canvas, size_t place, enum metric metric,
				     const char *title)
{
	const struct comparison *comparison = canvas->comparison;
	struct chart_series *series = canvas->series + place * comparison->subject_count;
	struct chart_panel panel = {.title = title,
				    .bars = comparison->level_count == 1,
				    .x_title = "connections",
				    .ticks = canvas->ticks,
				    .tick_count = comparison->level_count,
				    .quantity = metric_quantities[metric],
				    .series = series,
				    .series_count = comparison->subject_count};

	for (size_t i = 0; i < comparison->subject_count; i++) {
		struct chart_point *points = canvas->points + (place * comparison->subject_count +
							       i) * comparison->level_count;

		series[i].name = comparison->subjects[i].name;
		series[i].points = points;
		series[i].count = fill_points(canvas, i, metric, points);
	}
	panel.logarithmic = is_wide(&panel);
	return panel;
}

/* "50 connections", or "1 to 1,000 connections" */
static void describe_levels(const struct canvas *canvas, char out[WORDS_TEXT])
{
	const struct comparison *comparison = canvas->comparison;
	struct plan plan = *comparison->plan;
	char least[QUANTITY_TEXT], most[WORDS_TEXT];

	if (comparison->level_count == 0) {
		snprintf(out, WORDS_TEXT, "nothing measured");
		return;
	}
	plan.connections = comparison->levels[canvas->order[comparison->level_count - 1]];
	words_connections(most, &plan);
	if (comparison->level_count == 1)
		snprintf(out, WORDS_TEXT, "%s", most);
	else
		snprintf(out, WORDS_TEXT, "%s to %.200s",
			 quantity_grouped(least,
					  comparison->levels[canvas->order[0]] - plan.speakers),
			 most);
}

/* "epoll (10, 100)": the levels at which a subject fell short, if there are any, after the lead.
 * Returns whether there are. */
static bool put_shortfall(const struct comparison *comparison, size_t subject, const char *lead,
			  FILE *file)
{
	char sentence[WORDS_TEXT], name[WORDS_TEXT], number[QUANTITY_TEXT];
	bool any = false;

	words_cut(name, comparison->subjects[subject].name, 20);
	for (size_t level = 0; level < comparison->level_count; level++) {
		if (summary_holds(comparison, subject, level, sentence, sizeof(sentence)))
			continue;
		if (any)
			fputs(", ", file);
		else
			fprintf(file, "%s%s (", lead, name);
		fputs(quantity_grouped(number, comparison->levels[level]), file);
		any = true;
	}
	if (any)
		fputs(")", file);
	return any;
}

/* ". Not all went as planned: epoll (10, 100), ...", or "". An endless list is cut. */
static void list_shortfalls(const struct comparison *comparison, char out[WORDS_TEXT])
{
	const char *lead = ". Not all went as planned: ";
	FILE *file;

	memset(out, 0, WORDS_TEXT);
	file = fmemopen(out, WORDS_TEXT - 1, "w");
	if (!file)
		return;
	for (size_t subject = 0; subject < comparison->subject_count; subject++) {
		if (put_shortfall(comparison, subject, lead, file))
			lead = ", ";
	}
	fclose(file);
}

static void describe(const struct canvas *canvas, char title[WORDS_TEXT], char subtitle[SUBTITLE])
{
	const struct comparison *comparison = canvas->comparison;
	char protocol[WORDS_TEXT], levels[WORDS_TEXT], load[WORDS_TEXT], machine[WORDS_TEXT];
	char rounds[96] = "one round", remark[WORDS_TEXT];

	words_protocol(protocol, comparison->plan);
	describe_levels(canvas, levels);
	words_load(load, comparison->plan);
	words_machine(machine, comparison->machine);
	if (comparison->rounds > 1)
		snprintf(rounds, sizeof(rounds),
			 "medians of %zu rounds, whiskers from least to most", comparison->rounds);
	list_shortfalls(comparison, remark);
	snprintf(title, WORDS_TEXT, "%.200s, %.200s", protocol, levels);
	snprintf(subtitle, SUBTITLE, "%s; %s; %s%s", load, rounds, machine, remark);
}

int comparison_svg(const struct comparison *comparison, FILE *file)
{
	char title[WORDS_TEXT], subtitle[SUBTITLE], rate[WORDS_TEXT], server[WORDS_TEXT];
	struct chart_panel panels[2];
	struct chart chart = {
		.title = title, .subtitle = subtitle, .panels = panels, .panel_count = 1};
	struct canvas canvas = {0};
	int status = make_canvas(&canvas, comparison);

	if (status < 0)
		return status;
	order_levels(&canvas);
	describe(&canvas, title, subtitle);
	snprintf(rate, sizeof(rate), "%s a second (more is better)", plan_unit(comparison->plan));
	rate[0] = (char)(rate[0] - 'a' + 'A');
	snprintf(server, sizeof(server), "Server processor time a %s (less is better)",
		 words_one(comparison->plan));
	panels[0] = fill_panel(&canvas, 0, METRIC_RATE, rate);
	if (comparison_knows(comparison, METRIC_SERVER)) {
		panels[1] = fill_panel(&canvas, 1, METRIC_SERVER, server);
		chart.panel_count = 2;
	}
	status = chart_write(&chart, file);
	free_canvas(&canvas);
	return status;
}
