/*
 * What was measured and where, in words.
 */
#include "bench/words.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/quantity.h"
#include "sockettool/text.h"

#define ELLIPSIS "…"

void words_protocol(char out[WORDS_TEXT], const struct plan *plan)
{
	snprintf(out, WORDS_TEXT, "%s over %s", plan->protocol->name,
		 plan->datagrams ? "UDP" : "TCP");
}

/* "64-byte messages, 16 in flight on each connection, " */
static void words_messages(char out[WORDS_TEXT], const struct plan *plan)
{
	const char *noun = plan->datagrams ? "datagrams" : "messages";
	const char *where = plan_kind(plan) == WORKLOAD_ROOM ? "of each speaker"
							     : "on each connection";
	char size[64] = "";

	out[0] = '\0';
	if (plan_kind(plan) == WORKLOAD_VISIT && !plan->datagrams)
		return;
	if (plan_kind(plan) == WORKLOAD_ECHO || plan_kind(plan) == WORKLOAD_ROOM)
		snprintf(size, sizeof(size), "%zu-byte %s, ", plan->size, noun);
	snprintf(out, WORDS_TEXT, "%s%d in flight %s, ", size, plan->pipeline, where);
}

void words_load(char out[WORDS_TEXT], const struct plan *plan)
{
	char messages[WORDS_TEXT], loop[QUANTITY_TEXT + 32] = "closed loop";
	char length[QUANTITY_TEXT], warmup[32], number[QUANTITY_TEXT];

	words_messages(messages, plan);
	if (plan->rate > 0)
		snprintf(loop, sizeof(loop), "open loop at %s a second",
			 quantity_grouped(number, plan->rate));
	if (plan->count)
		snprintf(length, sizeof(length), "%s to measure",
			 quantity_grouped(number, (double)plan->count));
	else
		clock_text(length, plan->duration);
	snprintf(out, WORDS_TEXT, "%.256s%s, %s after %s of warm-up, %d generator thread%s",
		 messages, loop, length, clock_text(warmup, plan->warmup), plan->threads,
		 plan->threads == 1 ? "" : "s");
}

void words_connections(char out[WORDS_TEXT], const struct plan *plan)
{
	char number[QUANTITY_TEXT];

	quantity_grouped(number, plan->connections);
	if (plan_kind(plan) == WORKLOAD_ROOM)
		snprintf(out, WORDS_TEXT, "%s member%s and %d speaker%s",
			 quantity_grouped(number, plan->connections - plan->speakers),
			 plan->connections - plan->speakers == 1 ? "" : "s", plan->speakers,
			 plan->speakers == 1 ? "" : "s");
	else
		snprintf(out, WORDS_TEXT, "%s connection%s%s", number,
			 plan->connections == 1 ? "" : "s",
			 plan_kind(plan) == WORKLOAD_VISIT && !plan->datagrams ? " at a time" : "");
}

void words_machine(char out[WORDS_TEXT], const struct machine *machine)
{
	snprintf(out, WORDS_TEXT, "%s, %s, %d processor%s, %s, TCP %s, %s, %s", machine->kernel,
		 machine->processor, machine->processors, machine->processors == 1 ? "" : "s",
		 machine->placement, machine->congestion, machine->program, machine->date);
}

void words_rounds(char out[WORDS_TEXT], const struct comparison *comparison)
{
	if (comparison->rounds == 1)
		snprintf(out, WORDS_TEXT, "one round");
	else
		snprintf(out, WORDS_TEXT, "medians of %zu rounds (least..most)",
			 comparison->rounds);
}

const char *words_one(const struct plan *plan)
{
	switch (plan_unit(plan)[0]) {
	case 'c':
		return "connection";
	case 'd':
		return plan->datagrams ? "datagram" : "delivery";
	default:
		return "message";
	}
}

void words_metric(char out[WORDS_TEXT], const struct comparison *comparison, enum metric metric)
{
	static const char *const names[METRICS] = {
		[METRIC_P50] = "p50 latency",
		[METRIC_P99] = "p99 latency",
		[METRIC_P999] = "p99.9 latency",
		[METRIC_GENERATOR] = "generator processor time",
		[METRIC_SERVER] = "server processor time",
	};
	char base[WORDS_TEXT];

	switch (metric) {
	case METRIC_RATE:
		snprintf(out, WORDS_TEXT, "%s a second", plan_unit(comparison->plan));
		break;
	case METRIC_RATIO:
		words_cut(base,
			  comparison->subject_count ? comparison->subjects[comparison->base].name
						    : "",
			  40);
		snprintf(out, WORDS_TEXT, "ratio to %.200s", base);
		break;
	case METRIC_SERVER:
	case METRIC_GENERATOR:
		snprintf(out, WORDS_TEXT, "%s a %s", names[metric], words_one(comparison->plan));
		break;
	default:
		snprintf(out, WORDS_TEXT, "%s", names[metric]);
	}
}

void words_cell(char out[WORDS_TEXT], const struct comparison *comparison, size_t subject,
		size_t level, enum metric metric)
{
	struct summary summary = summary_of(comparison, subject, level);
	const struct spread *spread = &summary.metrics[metric];
	char text[QUANTITY_TEXT], sentence[WORDS_TEXT];
	bool starred = metric == METRIC_RATE &&
		       !summary_holds(comparison, subject, level, sentence, sizeof(sentence));

	if (spread->rounds == 0)
		snprintf(text, sizeof(text), "–");
	else if (spread->rounds == 1 || metric == METRIC_RATIO)
		quantity_text(text, metric_quantities[metric], spread->median);
	else
		quantity_spread(text, metric_quantities[metric], spread->median, spread->min,
				spread->max);
	snprintf(out, WORDS_TEXT, "%s%s", text, starred ? "*" : "");
}

bool words_shortfall(char out[WORDS_TEXT], const struct comparison *comparison, size_t subject,
		     size_t level)
{
	struct plan plan = *comparison->plan;
	char name[WORDS_TEXT], sentence[512], connections[WORDS_TEXT];

	if (summary_holds(comparison, subject, level, sentence, sizeof(sentence)))
		return false;
	plan.connections = comparison->levels[level];
	words_cut(name, comparison->subjects[subject].name, 40);
	words_connections(connections, &plan);
	snprintf(out, WORDS_TEXT, "%.200s with %.100s: %s", name, connections, sentence);
	return true;
}

/* The byte at which so many columns are filled, or fewer before a wide character. */
static const char *at_column(const char *text, const char *end, size_t columns)
{
	size_t filled = 0;

	while (text < end) {
		const char *next = text;

		text_next(&next, end);
		filled += text_columns(text, (size_t)(next - text));
		if (filled > columns)
			break;
		text = next;
	}
	return text;
}

void words_cut(char out[WORDS_TEXT], const char *text, size_t columns)
{
	char escaped[WORDS_TEXT - sizeof(ELLIPSIS)], *to;
	size_t n = text_escape(escaped, sizeof(escaped), text, strnlen(text, sizeof(escaped)));
	const char *end = escaped + n, *head, *tail;
	size_t all = text_columns(escaped, n);

	if (all <= columns) {
		memcpy(out, escaped, n + 1);
		return;
	}
	head = at_column(escaped, end, columns / 2);
	tail = at_column(escaped, end, all - (columns - columns / 2 - 1));
	/* A wide character may begin a column before. */
	if (text_columns(tail, (size_t)(end - tail)) >= columns - columns / 2)
		text_next(&tail, end);
	to = mempcpy(out, escaped, (size_t)(head - escaped));
	to = mempcpy(to, ELLIPSIS, strlen(ELLIPSIS));
	memcpy(to, tail, (size_t)(end - tail) + 1);
}

/* The space to break a line at before so many bytes: one after a clause, unless that leaves half of
 * the line empty, or any. NULL if there is none. */
static const char *line_break(const char *text, size_t n)
{
	const char *last = NULL;

	for (size_t i = n; i > 0; i--) {
		if (text[i] != ' ')
			continue;
		if (!last)
			last = text + i;
		if (i > n / 2 && strchr(",;:.", text[i - 1]))
			return text + i;
	}
	return last;
}

size_t words_line(const char *text, size_t columns, const char **next)
{
	size_t n = strlen(text), line = n;

	if (text_columns(text, n) > columns) {
		size_t fits = (size_t)(at_column(text, text + n, columns) - text);
		const char *space = line_break(text, fits);

		if (!space)
			space = strchr(text, ' ');
		if (space)
			line = (size_t)(space - text);
	}
	*next = text + line + strspn(text + line, " ");
	return line;
}
