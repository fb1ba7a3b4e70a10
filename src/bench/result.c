/*
 * The words of a measurement, and whether it went as planned.
 */
#include "bench/result.h"

#include <stdarg.h>
#include <stdio.h>

#include "bench/quantity.h"

const char *const fault_names[FAULTS] = {
	[FAULT_REFUSED] = "refused", [FAULT_CLOSED] = "closed",         [FAULT_WRONG] = "wrong",
	[FAULT_SHORT] = "short",     [FAULT_TIMEOUT] = "timeout",       [FAULT_LOST] = "lost",
	[FAULT_LATE] = "late",       [FAULT_DISORDERED] = "disordered",
};

enum workload_kind plan_kind(const struct plan *plan)
{
	const struct workload *workload = plan->protocol->workload;

	return workload ? workload->kind : WORKLOAD_ECHO;
}

const char *plan_unit(const struct plan *plan)
{
	if (plan->datagrams)
		return "datagrams";
	switch (plan_kind(plan)) {
	case WORKLOAD_VISIT:
		return "connections";
	case WORKLOAD_ROOM:
		return "deliveries";
	default:
		return "messages";
	}
}

/* A sentence made of clauses; what does not fit is cut. */
struct sentence {
	char *text;
	size_t size, length;
	bool begun;
};

static void __attribute__((format(printf, 2, 3)))
add(struct sentence *sentence, const char *format, ...)
{
	va_list arguments;
	int wanted;

	sentence->begun = true;
	if (sentence->length + 1 >= sentence->size)
		return;
	va_start(arguments, format);
	wanted = vsnprintf(sentence->text + sentence->length, sentence->size - sentence->length,
			   format, arguments);
	va_end(arguments);
	if (wanted > 0)
		sentence->length += (size_t)wanted;
	if (sentence->length >= sentence->size)
		sentence->length = sentence->size - 1;
}

static const char *between(const struct sentence *sentence)
{
	return sentence->begun ? "; " : "";
}

static void add_connections(struct sentence *sentence, const struct plan *plan,
			    const struct result *result)
{
	char made[QUANTITY_TEXT], asked[QUANTITY_TEXT];

	if (result->connected < plan->connections)
		add(sentence, "%s of %s connections were made",
		    quantity_grouped(made, result->connected),
		    quantity_grouped(asked, plan->connections));
}

static void add_faults(struct sentence *sentence, const struct result *result)
{
	const char *separator = between(sentence);
	char number[QUANTITY_TEXT];
	bool any = false;

	for (size_t i = 0; i < FAULTS; i++) {
		if (result->faults[i] == 0)
			continue;
		add(sentence, "%s%s %s", separator, fault_names[i],
		    quantity_grouped(number, (double)result->faults[i]));
		separator = ", ";
		any = true;
	}
	if (result->complaint[0])
		add(sentence, "%s%s", any ? ": " : between(sentence), result->complaint);
	else if (!any && result->messages == 0)
		add(sentence, "%snothing was measured", between(sentence));
}

/* In a room all others hear each message. */
static double receivers(const struct plan *plan)
{
	return plan_kind(plan) == WORKLOAD_ROOM ? plan->connections - 1 : 1;
}

static double rate_due(const struct plan *plan)
{
	return plan->rate * receivers(plan);
}

/* 1 % may be missing, or of each thread's schedule the one message that just misses the time
 * measured. */
static bool is_rate_reached(const struct plan *plan, const struct result *result)
{
	double missing = rate_due(plan) - result->achieved;
	double messages = missing * (double)result->elapsed / 1e9;
	int threads = plan->threads > 1 ? plan->threads : 1;

	return missing <= 0.01 * rate_due(plan) ||
	       (result->achieved > 0 && messages <= threads * receivers(plan));
}

static char *rate_text(char out[QUANTITY_TEXT], double rate)
{
	return rate < 100 ? quantity_text(out, QUANTITY_COUNT, rate) : quantity_grouped(out, rate);
}

static void add_rate(struct sentence *sentence, const struct plan *plan,
		     const struct result *result)
{
	char achieved[QUANTITY_TEXT], due[QUANTITY_TEXT];

	if (plan->rate <= 0 || is_rate_reached(plan, result))
		return;
	add(sentence, "%s%s of %s %s a second were achieved", between(sentence),
	    rate_text(achieved, result->achieved), rate_text(due, rate_due(plan)), plan_unit(plan));
}

bool result_holds(const struct plan *plan, const struct result *result, char *sentence, size_t size)
{
	struct sentence clauses = {.text = sentence, .size = size};

	if (size)
		sentence[0] = '\0';
	/* What did not begin is told by its complaint alone. */
	if (result->elapsed > 0 || !result->complaint[0]) {
		add_connections(&clauses, plan, result);
		add_rate(&clauses, plan, result);
	}
	add_faults(&clauses, result);
	return !clauses.begun;
}
