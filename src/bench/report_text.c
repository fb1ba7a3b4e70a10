/*
 * Measurements as text, for a terminal of 80 columns (a comparison takes up to 100).
 */
#include "bench/report.h"

#include <errno.h>
#include <string.h>

#include "bench/quantity.h"
#include "bench/words.h"
#include "sockettool/text.h"

enum { RUN_WIDTH = 80, COMPARISON_WIDTH = 100, LABEL = 12, NAME_COLUMNS = 24, GAP = 2 };

static int finish(FILE *file)
{
	return fflush(file) || ferror(file) ? -EIO : 0;
}

static void put_spaces(FILE *file, size_t count)
{
	fprintf(file, "%*s", (int)count, "");
}

/* A text from a column on, its lines broken before width. The first line already stands at that
 * column. */
static void put_wrapped(FILE *file, size_t column, size_t width, const char *text)
{
	char escaped[2 * WORDS_TEXT];
	const char *line = escaped, *next;

	text_escape(escaped, sizeof(escaped), text, strlen(text));
	do {
		size_t n = words_line(line, width - column, &next);

		if (line > escaped)
			put_spaces(file, column);
		fprintf(file, "%.*s\n", (int)n, line);
		line = next;
	} while (*line);
}

static void put_labelled(FILE *file, size_t width, const char *label, const char *text)
{
	fprintf(file, "%-*s", LABEL, label);
	put_wrapped(file, LABEL, width, text);
}

/* A text at the right end of a cell of so many columns. */
static void put_right(FILE *file, size_t width, const char *text)
{
	size_t columns = text_columns(text, strlen(text));

	put_spaces(file, columns < width ? width - columns : 0);
	fputs(text, file);
}

static void put_machine(FILE *file, size_t width, const struct machine *machine)
{
	char text[WORDS_TEXT];

	words_machine(text, machine);
	put_labelled(file, width, "machine", text);
}

static void put_asked(const struct run *run, FILE *file)
{
	char protocol[WORDS_TEXT], connections[WORDS_TEXT], load[WORDS_TEXT], text[4 * WORDS_TEXT];

	words_protocol(protocol, run->plan);
	words_connections(connections, run->plan);
	words_load(load, run->plan);
	snprintf(text, sizeof(text), "%s to %s: %s, %s", protocol, run->target, connections, load);
	put_wrapped(file, 0, RUN_WIDTH, text);
}

static void put_rate(const struct run *run, FILE *file)
{
	const struct result *result = run->result;
	const struct plan *plan = run->plan;
	double seconds = (double)result->elapsed / 1e9;
	double asked = plan_kind(plan) == WORKLOAD_ROOM ? result->sent : result->achieved;
	char rate[QUANTITY_TEXT], other[QUANTITY_TEXT], text[WORDS_TEXT];
	int n;

	n = snprintf(text, sizeof(text), "%s %s a second", quantity_grouped(rate, result->achieved),
		     plan_unit(plan));
	if (plan_kind(plan) == WORKLOAD_ROOM)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", from %s messages a second",
			      quantity_grouped(other, result->sent));
	if (plan->rate > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " of the %s asked for (%.1f %%)",
			      quantity_grouped(other, plan->rate), 100 * asked / plan->rate);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "; %s in %.3g s",
		      quantity_grouped(other, (double)result->messages), seconds);
	quantity_text(other, QUANTITY_COUNT, seconds > 0 ? (double)result->bytes / seconds : 0);
	snprintf(text + n, sizeof(text) - (size_t)n, ", %s%sB a second received", other,
		 strchr(other, ' ') ? "" : " ");
	put_labelled(file, RUN_WIDTH, "rate", text);
}

static void put_latency(FILE *file, const char *label, const struct latency *latency)
{
	const int64_t values[] = {latency->mean, latency->p50,   latency->p90, latency->p99,
				  latency->p999, latency->p9999, latency->max};
	char text[QUANTITY_TEXT];

	fprintf(file, "%-*s", LABEL, label);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		put_right(file, i ? 9 : 8, quantity_text(text, QUANTITY_TIME, (double)values[i]));
	fputs("\n", file);
}

static void put_latencies(const struct run *run, FILE *file)
{
	static const char *const headings[] = {"mean",  "p50",    "p90", "p99",
					       "p99.9", "p99.99", "max"};

	put_spaces(file, LABEL);
	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		put_right(file, i ? 9 : 8, headings[i]);
	fputs("\n", file);
	if (run->plan->rate <= 0) {
		put_latency(file, "latency", &run->result->latency);
		return;
	}
	put_latency(file, "corrected", &run->result->latency);
	put_latency(file, "uncorrected", &run->result->uncorrected);
	fputs("Corrected adds how long messages waited for the server before they were sent.\n",
	      file);
}

static void put_times(const struct run *run, FILE *file)
{
	const char *one = words_one(run->plan);
	double generator, server;
	char used[QUANTITY_TEXT], served[QUANTITY_TEXT], text[WORDS_TEXT];

	if (!result_metric(run->result, METRIC_GENERATOR, &generator))
		return;
	quantity_text(used, QUANTITY_TIME, generator);
	if (result_metric(run->result, METRIC_SERVER, &server))
		snprintf(text, sizeof(text), "server %s a %s, generator %s",
			 quantity_text(served, QUANTITY_TIME, server), one, used);
	else
		snprintf(text, sizeof(text), "generator %s a %s", used, one);
	put_labelled(file, RUN_WIDTH, "processor", text);
}

int report_text(const struct run *run, FILE *file)
{
	char sentence[WORDS_TEXT];

	put_asked(run, file);
	fputs("\n", file);
	put_rate(run, file);
	if (run->result->messages > 0)
		put_latencies(run, file);
	put_times(run, file);
	if (result_holds(run->plan, run->result, sentence, sizeof(sentence)))
		put_labelled(file, RUN_WIDTH, "faults", "none");
	else
		put_labelled(file, RUN_WIDTH, "fell short", sentence);
	put_machine(file, RUN_WIDTH, run->machine);
	return finish(file);
}

/* The columns of a comparison. */
struct layout {
	size_t name, cell; /* widths */
	size_t levels;     /* in one table */
};

static const enum metric shown[] = {METRIC_RATE, METRIC_RATIO, METRIC_P99, METRIC_SERVER};

enum { SHOWN = sizeof(shown) / sizeof(shown[0]) };

static size_t wider(size_t width, const char *text)
{
	size_t columns = text_columns(text, strlen(text));

	return columns > width ? columns : width;
}

static struct layout lay_out(const struct comparison *comparison)
{
	struct layout layout = {.name = strlen("connections"), .cell = strlen("100,000")};
	char text[WORDS_TEXT];

	for (size_t subject = 0; subject < comparison->subject_count; subject++) {
		words_cut(text, comparison->subjects[subject].name, NAME_COLUMNS);
		layout.name = wider(layout.name, text);
		for (size_t level = 0; level < comparison->level_count; level++) {
			for (size_t i = 0; i < SHOWN; i++) {
				words_cell(text, comparison, subject, level, shown[i]);
				layout.cell = wider(layout.cell, text);
			}
		}
	}
	layout.levels = (COMPARISON_WIDTH - layout.name) / (layout.cell + GAP);
	if (layout.levels == 0)
		layout.levels = 1;
	return layout;
}

static void put_metric(const struct comparison *comparison, const struct layout *layout,
		       size_t from, size_t to, enum metric metric, FILE *file)
{
	char text[WORDS_TEXT];

	words_metric(text, comparison, metric);
	fprintf(file, "\n%s\n", text);
	for (size_t subject = 0; subject < comparison->subject_count; subject++) {
		words_cut(text, comparison->subjects[subject].name, NAME_COLUMNS);
		fputs(text, file);
		put_spaces(file, layout->name - text_columns(text, strlen(text)));
		for (size_t level = from; level < to; level++) {
			words_cell(text, comparison, subject, level, metric);
			put_right(file, layout->cell + GAP, text);
		}
		fputs("\n", file);
	}
}

/* The table of some levels. */
static void put_table(const struct comparison *comparison, const struct layout *layout, size_t from,
		      size_t to, FILE *file)
{
	char text[QUANTITY_TEXT];

	fprintf(file, "\n%-*s", (int)layout->name, "connections");
	for (size_t level = from; level < to; level++)
		put_right(file, layout->cell + GAP,
			  quantity_grouped(text, comparison->levels[level]));
	fputs("\n", file);
	for (size_t i = 0; i < SHOWN; i++) {
		if (comparison_knows(comparison, shown[i]))
			put_metric(comparison, layout, from, to, shown[i], file);
	}
}

static void put_shortfalls(const struct comparison *comparison, FILE *file)
{
	const char *before = "\n";
	char text[WORDS_TEXT];

	for (size_t subject = 0; subject < comparison->subject_count; subject++) {
		for (size_t level = 0; level < comparison->level_count; level++) {
			if (!words_shortfall(text, comparison, subject, level))
				continue;
			fprintf(file, "%s* ", before);
			before = "";
			put_wrapped(file, GAP, COMPARISON_WIDTH, text);
		}
	}
}

/* A subject that is named by its command is not told twice. */
static void put_servers(const struct comparison *comparison, FILE *file)
{
	char text[4 * WORDS_TEXT];

	for (size_t i = 0; i < comparison->subject_count; i++) {
		const struct subject *subject = &comparison->subjects[i];

		text_escape(text, sizeof(text), subject->name, strlen(subject->name));
		fprintf(file, "%-*s%s", LABEL, i ? "" : "servers", text);
		text_escape(text, sizeof(text), subject->command, strlen(subject->command));
		if (strcmp(subject->name, subject->command) != 0)
			fprintf(file, ": %s", text);
		fputs("\n", file);
	}
}

int comparison_text(const struct comparison *comparison, FILE *file)
{
	struct layout layout = lay_out(comparison);
	char protocol[WORDS_TEXT], load[WORDS_TEXT], rounds[WORDS_TEXT], text[4 * WORDS_TEXT];

	words_protocol(protocol, comparison->plan);
	words_load(load, comparison->plan);
	words_rounds(rounds, comparison);
	snprintf(text, sizeof(text), "%s: %s; %s", protocol, load, rounds);
	put_wrapped(file, 0, COMPARISON_WIDTH, text);
	for (size_t from = 0; from < comparison->level_count; from += layout.levels) {
		size_t left = comparison->level_count - from;

		put_table(comparison, &layout, from,
			  from + (left < layout.levels ? left : layout.levels), file);
	}
	put_shortfalls(comparison, file);
	fputs("\n", file);
	put_servers(comparison, file);
	put_machine(file, COMPARISON_WIDTH, comparison->machine);
	return finish(file);
}
