/*
 * Which calls waited, which are folded, and when what is to be shown.
 */
#include "timeline/rows_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "timeline/ends.h"
#include "timeline/rows_wrappers.h"

/* A call that can wait and takes so long has waited. */
static const int64_t slow = NANOSECONDS_PER_MILLISECOND;

/* --- Threads: their names and the calls that are folded. --- */

struct thread_call {
	int program, process, thread, index;
};

static int by_thread(const void *a, const void *b)
{
	const struct thread_call *left = a, *right = b;

	if (left->program != right->program)
		return left->program < right->program ? -1 : 1;
	if (left->process != right->process)
		return left->process < right->process ? -1 : 1;
	if (left->thread != right->thread)
		return left->thread < right->thread ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static bool same_thread(const struct thread_call *a, const struct thread_call *b)
{
	return a->program == b->program && a->process == b->process && a->thread == b->thread;
}

/* Whether a call does what the one before it did, and nothing but wait or ask in vain. */
static bool folds(const struct call *call, const struct call *before)
{
	if (strcmp(call->name, before->name) != 0 || before->left < 0)
		return false;
	if (call->kind == CALL_WAIT)
		return before->kind == CALL_WAIT;
	return call->result == -EAGAIN && before->result == -EAGAIN &&
	       strcmp(call->text, before->text) == 0;
}

static void fold(struct plan *plan, const struct recording *recording,
		 const struct thread_call *order, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		int before = order[i - 1].index, index = order[i].index;
		struct call_plan *first = &plan->calls[plan->calls[before].first];

		if (!same_thread(&order[i], &order[i - 1]) ||
		    !folds(&recording->calls[index], &recording->calls[before]))
			continue;
		plan->calls[index].first = plan->calls[before].first;
		first->last = index;
		first->count++;
		first->ended = plan->calls[index].ended;
	}
}

/* The first thread of each program goes without saying. first: for each program, a call of it if
 * it is known, or -1. */
static void name_threads(struct plan *plan, const struct recording *recording, int *first)
{
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];
		const struct call *before;

		if (call->program < 0)
			continue;
		if (first[call->program] < 0)
			first[call->program] = (int)i;
		before = &recording->calls[first[call->program]];
		plan->calls[i].thread = before->thread != call->thread ||
					before->process != call->process;
	}
}

static bool plan_wrappers(struct plan *plan, const struct recording *recording)
{
	struct wrappers wrappers;
	bool done = wrappers_find(&wrappers, recording);

	for (size_t i = 0; done && i < recording->call_count; i++) {
		plan->calls[i].hidden = wrappers.hidden[i];
		plan->calls[i].wrapped = wrappers.wrapped[i];
	}
	if (done)
		name_threads(plan, recording, wrappers.first);
	wrappers_free(&wrappers);
	return done;
}

static bool is_shown(const struct call *call, const struct view_options *options)
{
	return call->program >= 0 && (call->kind != CALL_LINE || options->source);
}

static bool plan_threads(struct plan *plan, const struct recording *recording,
			 const struct view_options *options)
{
	struct thread_call *order;
	size_t count = 0;

	if (!plan_wrappers(plan, recording))
		return false;
	if (!options->fold_waits)
		return true;
	order = malloc((recording->call_count + 1) * sizeof(*order));
	if (!order)
		return false;
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (is_shown(call, options))
			order[count++] = (struct thread_call){call->program, call->process,
							      call->thread, (int)i};
	}
	qsort(order, count, sizeof(*order), by_thread);
	fold(plan, recording, order, count);
	free(order);
	return true;
}

/* --- What waits. --- */

static void find_causes(struct plan *plan, const struct recording *recording,
			const struct join *join)
{
	for (size_t i = 0; i < join->arrow_count; i++) {
		const struct arrow *arrow = &join->arrows[i];
		int64_t when = -1;

		if (arrow->packet >= 0)
			when = recording->packets[arrow->packet].when;
		else if (arrow->send >= 0)
			when = recording->calls[arrow->send].entered;
		if (arrow->receive >= 0 && when > plan->calls[arrow->receive].caused)
			plan->calls[arrow->receive].caused = when;
		if (arrow->packet >= 0 && plan->send_of_packet[arrow->packet] < 0)
			plan->send_of_packet[arrow->packet] = arrow->send;
	}
}

/* Whether a packet was on the wire while a call lasted. */
static bool packet_during(const struct recording *recording, const struct call *call, int64_t ended)
{
	size_t low = 0, high = recording->packet_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (recording->packets[middle].when <= call->entered)
			low = middle + 1;
		else
			high = middle;
	}
	return low < recording->packet_count && recording->packets[low].when < ended;
}

/* Whether a call is shown by where it opens and where it returns. */
static bool opens(const struct recording *recording, const struct call *call,
		  const struct call_plan *plan)
{
	switch (call->kind) {
	case CALL_PRINT:
	case CALL_PROCESS:
	case CALL_EXIT:
	case CALL_SIGNAL:
	case CALL_LINE:
		return false;
	/* These wait for nobody: if they take long, another program had the processor. */
	case CALL_SOCKET:
	case CALL_BIND:
	case CALL_LISTEN:
	case CALL_SHUTDOWN:
	case CALL_OPTION:
	case CALL_DUPLICATE:
	case CALL_WATCH:
	case CALL_INPUT:
		return call->left < 0;
	case CALL_WAIT:
	case CALL_RING:
		if (packet_during(recording, call, plan->ended))
			return true;
		/* fall through */
	default:
		return call->left < 0 ||
		       (!call_does_not_wait(call) &&
			(plan->ended - call->entered >= slow || plan->caused > call->entered));
	}
}

/* --- Events. --- */

static int by_time(const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	if (left->when != right->when)
		return left->when < right->when ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static void add(struct plan *plan, int64_t when, enum event_kind kind, size_t index)
{
	plan->events[plan->event_count++] = (struct event){when < 0 ? 0 : when, kind, (int)index};
}

static void add_call(struct plan *plan, const struct recording *recording,
		     const struct view_options *options, size_t index)
{
	const struct call *call = &recording->calls[index];
	struct call_plan *of = &plan->calls[index];

	if (of->first != (int)index || !is_shown(call, options) || of->hidden)
		return;
	of->opens = opens(recording, call, of);
	if (of->opens) {
		bool returned = recording->calls[of->last].left >= 0;

		/* A file may say that a call was over before it began. */
		if (of->ended < call->entered)
			of->ended = call->entered;
		add(plan, call->entered, EVENT_ENTRY, index);
		add(plan, of->ended, returned ? EVENT_RETURN : EVENT_STUCK, index);
	} else if (call->kind == CALL_INPUT) {
		add(plan, call->left, EVENT_ENTRY, index);
	} else {
		add(plan, call->entered, call->kind == CALL_EXIT ? EVENT_EXIT : EVENT_ENTRY, index);
	}
}

/* Programs whose end is no call's. */
static bool add_ends(struct plan *plan, const struct recording *recording)
{
	bool *shown = calloc(recording->program_count + 1, sizeof(*shown));

	if (!shown)
		return false;
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (call->kind == CALL_EXIT && call->program >= 0 &&
		    call->process == recording->programs[call->program].pid)
			shown[call->program] = true;
	}
	for (size_t i = 0; i < recording->program_count; i++)
		if (recording->programs[i].ended >= 0 && !shown[i])
			add(plan, recording->programs[i].ended, EVENT_END, i);
	free(shown);
	return true;
}

static bool same_line(const struct call *a, const struct call *b)
{
	return a->process == b->process && a->thread == b->thread && a->line == b->line &&
	       strcmp(a->file, b->file) == 0;
}

/* Finds the calls that stand below their line, with nothing of their program's between but calls of
 * the same line. */
static bool find_lines(struct plan *plan, const struct recording *recording)
{
	const struct call **lines = calloc(recording->program_count + 1, sizeof(*lines));

	for (size_t i = 0; lines && i < plan->event_count; i++) {
		const struct event *event = &plan->events[i];
		if (event->kind != EVENT_ENTRY && event->kind != EVENT_EXIT)
			continue;
		const struct call *call = &recording->calls[event->index];
		const struct call **line = &lines[call->program];
		if (call->kind == CALL_LINE)
			*line = call;
		else if (*line && same_line(*line, call))
			plan->calls[event->index].under = true;
		else
			*line = NULL;
	}
	free(lines);
	return lines != NULL;
}

static bool start(struct plan *plan, const struct recording *recording)
{
	size_t calls = recording->call_count, packets = recording->packet_count;
	size_t programs = recording->program_count;
	int64_t *ends = call_ends(recording);

	plan->calls = calloc(calls + 1, sizeof(*plan->calls));
	plan->events = malloc((2 * calls + packets + programs + 1) * sizeof(*plan->events));
	plan->send_of_packet = malloc((packets + 1) * sizeof(*plan->send_of_packet));
	if (!ends || !plan->calls || !plan->events || !plan->send_of_packet) {
		free(ends);
		return false;
	}
	for (size_t i = 0; i < calls; i++)
		plan->calls[i] = (struct call_plan){.ended = ends[i],
						    .caused = -1,
						    .first = (int)i,
						    .last = (int)i,
						    .count = 1};
	for (size_t i = 0; i < packets; i++)
		plan->send_of_packet[i] = -1;
	free(ends);
	return true;
}

bool rows_plan_make(struct plan *plan, const struct recording *recording, const struct join *join,
		    const struct view_options *options)
{
	*plan = (struct plan){0};
	if (!start(plan, recording) || !plan_threads(plan, recording, options))
		return false;
	find_causes(plan, recording, join);
	for (size_t i = 0; i < recording->call_count; i++)
		add_call(plan, recording, options, i);
	for (size_t i = 0; i < recording->packet_count; i++)
		add(plan, recording->packets[i].when, EVENT_PACKET, i);
	if (!add_ends(plan, recording))
		return false;
	qsort(plan->events, plan->event_count, sizeof(*plan->events), by_time);
	return find_lines(plan, recording);
}

void rows_plan_free(struct plan *plan)
{
	free(plan->calls);
	free(plan->events);
	free(plan->send_of_packet);
	*plan = (struct plan){0};
}
