/*
 * Measurements as a page: one file that needs nothing else, to be read on a screen or on paper.
 * It is XML, too, so that programs can read it.
 */
#include "bench/report.h"

#include <errno.h>
#include <string.h>

#include "base/markup.h"
#include "bench/quantity.h"
#include "bench/words.h"

enum { NAME_COLUMNS = 36 };

static const char style[] =
	"body{font:16px/1.5 system-ui,\"Helvetica Neue\",Arial,sans-serif;max-width:1280px;"
	"margin:2em auto;padding:0 1em;color:#1b1f23;background:#fff}\n"
	"svg.chart{display:block;width:100%;height:auto}\n"
	"h2{font-size:1.25em;margin:2em 0 .5em}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.25em .8em;text-align:right;border-bottom:1px solid #dfe3e8;"
	"white-space:nowrap}\n"
	"th:first-child,td:first-child,.facts td{text-align:left}\n"
	".facts td{white-space:normal;overflow-wrap:anywhere}\n"
	".facts th{vertical-align:top;font-weight:normal}\n"
	".metric{padding-top:1.2em}\n"
	"pre{padding:.8em;border:1px solid #dfe3e8;white-space:pre-wrap;overflow-wrap:anywhere}\n"
	"@media screen and (prefers-color-scheme:dark){\n"
	"body{color:#eceff2;background:#16191d}\n"
	"th,td,pre{border-color:#3a4149}\n"
	"}\n"
	"@media print{body{margin:0;max-width:none}svg.chart,tr{break-inside:avoid}"
	".wide{overflow:visible}table{font-size:11px}th,td{padding:.2em .5em}"
	"td:first-child{white-space:normal}}\n";

static void put_head(const char *title, FILE *file)
{
	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>",
	      file);
	markup_text(file, title);
	fprintf(file, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

static void put_cell(const char *element, const char *text, FILE *file)
{
	fprintf(file, "<%s>", element);
	markup_text(file, text);
	fprintf(file, "</%s>", element);
}

static void put_fact(const char *name, const char *text, FILE *file)
{
	fputs("<tr>", file);
	put_cell("th", name, file);
	put_cell("td", text, file);
	fputs("</tr>\n", file);
}

static void put_machine(const struct machine *machine, FILE *file)
{
	char processors[16];

	snprintf(processors, sizeof(processors), "%d", machine->processors);
	fputs("<h2>The machine</h2>\n<table class=\"facts\">\n", file);
	put_fact("kernel", machine->kernel, file);
	put_fact("processor", machine->processor, file);
	put_fact("processors", processors, file);
	put_fact("placement", machine->placement, file);
	put_fact("congestion control of TCP", machine->congestion, file);
	put_fact("program", machine->program, file);
	put_fact("date", machine->date, file);
	fputs("</table>\n", file);
}

static void put_command(const char *command, FILE *file)
{
	fputs("<pre>", file);
	markup_text(file, command);
	fputs("</pre>\n", file);
}

static int finish(int status, FILE *file)
{
	fputs("</body>\n</html>\n", file);
	if (status == 0 && (fflush(file) || ferror(file)))
		status = -EIO;
	return status;
}

static void put_latency(const char *name, const struct latency *latency, FILE *file)
{
	const int64_t values[] = {latency->mean, latency->p50,   latency->p90, latency->p99,
				  latency->p999, latency->p9999, latency->max};
	char text[QUANTITY_TEXT];

	fputs("<tr>", file);
	put_cell("th", name, file);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		put_cell("td", quantity_text(text, QUANTITY_TIME, (double)values[i]), file);
	fputs("</tr>\n", file);
}

static void put_latencies(const struct run *run, FILE *file)
{
	fputs("<h2>Latency</h2>\n<div class=\"wide\"><table>\n<tr><th></th><th>mean</th>"
	      "<th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>p99.99</th><th>max</th>"
	      "</tr>\n",
	      file);
	if (run->uncorrected) {
		put_latency("corrected", &run->result->latency, file);
		put_latency("uncorrected", &run->result->uncorrected, file);
	} else {
		put_latency("latency", &run->result->latency, file);
	}
	fputs("</table></div>\n", file);
}

static void put_time(const char *name, const struct run *run, enum metric metric, FILE *file)
{
	char number[QUANTITY_TEXT], text[WORDS_TEXT];
	double value;

	if (!result_metric(run->result, metric, &value))
		return;
	snprintf(text, sizeof(text), "%s a %s", quantity_text(number, QUANTITY_TIME, value),
		 words_one(run->plan));
	put_fact(name, text, file);
}

static void put_result(const struct run *run, FILE *file)
{
	const struct result *result = run->result;
	char number[QUANTITY_TEXT], due[QUANTITY_TEXT], text[WORDS_TEXT], sentence[WORDS_TEXT];

	fputs("<h2>Result</h2>\n<table class=\"facts\">\n", file);
	snprintf(text, sizeof(text), "%s %s a second", quantity_grouped(number, result->achieved),
		 plan_unit(run->plan));
	put_fact("rate", text, file);
	if (run->plan->rate > 0) {
		snprintf(text, sizeof(text), "%s of the %s messages a second asked for",
			 quantity_grouped(number, result->sent),
			 quantity_grouped(due, run->plan->rate));
		put_fact("sent", text, file);
	}
	snprintf(text, sizeof(text), "%s in %.3g s",
		 quantity_grouped(number, (double)result->messages), (double)result->elapsed / 1e9);
	put_fact(plan_unit(run->plan), text, file);
	put_time("server processor time", run, METRIC_SERVER, file);
	put_time("generator processor time", run, METRIC_GENERATOR, file);
	put_fact("faults",
		 result_holds(run->plan, result, sentence, sizeof(sentence)) ? "none" : sentence,
		 file);
	fputs("</table>\n", file);
}

int report_html(const struct run *run, FILE *file)
{
	char protocol[WORDS_TEXT], title[WORDS_TEXT];
	int status;

	words_protocol(protocol, run->plan);
	snprintf(title, sizeof(title), "%.200s: latency by percentile", protocol);
	put_head(title, file);
	status = report_svg(run, file);
	put_latencies(run, file);
	put_result(run, file);
	put_machine(run->machine, file);
	if (run->command) {
		fputs("<h2>To repeat it</h2>\n", file);
		put_command(run->command, file);
	}
	return finish(status, file);
}

static void put_metric(const struct comparison *comparison, enum metric metric, FILE *file)
{
	char text[WORDS_TEXT];

	words_metric(text, comparison, metric);
	fprintf(file, "<tr><th class=\"metric\" colspan=\"%zu\">", comparison->level_count + 1);
	markup_text(file, text);
	fputs("</th></tr>\n", file);
	for (size_t subject = 0; subject < comparison->subject_count; subject++) {
		fputs("<tr>", file);
		words_cut(text, comparison->subjects[subject].name, NAME_COLUMNS);
		put_cell("td", text, file);
		for (size_t level = 0; level < comparison->level_count; level++) {
			words_cell(text, comparison, subject, level, metric);
			put_cell("td", text, file);
		}
		fputs("</tr>\n", file);
	}
}

static void put_table(const struct comparison *comparison, FILE *file)
{
	static const enum metric shown[] = {METRIC_RATE, METRIC_RATIO, METRIC_SERVER,
					    METRIC_P50,  METRIC_P99,   METRIC_P999};
	char text[WORDS_TEXT];

	words_rounds(text, comparison);
	fputs("<h2>By number of connections, ", file);
	markup_text(file, text);
	fputs("</h2>\n<div class=\"wide\"><table>\n<tr><th>connections</th>", file);
	for (size_t level = 0; level < comparison->level_count; level++)
		put_cell("th", quantity_grouped(text, comparison->levels[level]), file);
	fputs("</tr>\n", file);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (comparison_knows(comparison, shown[i]))
			put_metric(comparison, shown[i], file);
	}
	fputs("</table></div>\n", file);
}

static void put_shortfalls(const struct comparison *comparison, FILE *file)
{
	char text[WORDS_TEXT];

	for (size_t subject = 0; subject < comparison->subject_count; subject++) {
		for (size_t level = 0; level < comparison->level_count; level++) {
			if (!words_shortfall(text, comparison, subject, level))
				continue;
			fputs("<p>* ", file);
			markup_text(file, text);
			fputs("</p>\n", file);
		}
	}
}

static void put_commands(const struct comparison *comparison, FILE *file)
{
	if (comparison->command) {
		fputs("<h2>To repeat it</h2>\n", file);
		put_command(comparison->command, file);
	}
	fputs("<h2>The servers</h2>\n<table class=\"facts\">\n", file);
	for (size_t i = 0; i < comparison->subject_count; i++)
		put_fact(comparison->subjects[i].name, comparison->subjects[i].command, file);
	fputs("</table>\n", file);
}

int comparison_html(const struct comparison *comparison, FILE *file)
{
	char protocol[WORDS_TEXT], title[WORDS_TEXT];
	int status;

	words_protocol(protocol, comparison->plan);
	snprintf(title, sizeof(title), "%.200s: servers compared", protocol);
	put_head(title, file);
	status = comparison_svg(comparison, file);
	put_table(comparison, file);
	put_shortfalls(comparison, file);
	put_commands(comparison, file);
	put_machine(comparison->machine, file);
	return finish(status, file);
}
