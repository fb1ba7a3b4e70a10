/*
 * The calls of a thread: entries, returns, interruptions.
 */
#include "timeline/tracer_calls.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

/* What interrupted calls leave with as far as a tracer sees; programs never do. The kernel's own
 * header is not for programs. */
enum {
	RESTART_SYSTEM_CALL = 512,
	RESTART_NO_INTERRUPTION = 513,
	RESTART_NO_HANDLER = 514,
	RESTART_BLOCK = 516,
};

static bool is_restart(int64_t result)
{
	return result == -RESTART_SYSTEM_CALL || result == -RESTART_NO_INTERRUPTION ||
	       result == -RESTART_NO_HANDLER || result == -RESTART_BLOCK;
}

static struct nested_call *innermost(struct tracee *tracee)
{
	return tracee->depth ? &tracee->calls[tracee->depth - 1] : NULL;
}

static bool is_interrupted(const struct nested_call *call)
{
	return call && call->progress == CALL_INTERRUPTED;
}

/* The innermost call was not restarted. */
static void give_up(struct decoder *decoder, struct tracee *tracee)
{
	struct nested_call *call = &tracee->calls[--tracee->depth];

	if (call->progress == CALL_INTERRUPTED)
		decode_end(decoder, &call->activity, -EINTR, call->interrupted);
}

static bool is_same(const struct nested_call *call, const struct call_entry *entry)
{
	if (call->stack != entry->stack)
		return false;
	return entry->number == __NR_restart_syscall ||
	       (entry->number == call->number &&
		memcmp(entry->arguments, call->activity.arguments, sizeof(entry->arguments)) == 0);
}

/* Goes on with the innermost call if the entry restarts it. */
static bool restart(struct decoder *decoder, struct tracee *tracee, const struct call_entry *entry)
{
	struct nested_call *call = innermost(tracee);

	if (!is_interrupted(call) || !is_same(call, entry))
		return false;
	call->progress = CALL_RUNS;
	if (call->before && !decode_begin(decoder, &call->activity, call->number, -1))
		tracee->depth--;
	call->before = false;
	return true;
}

/* Gives up calls that will not be restarted: those that no handler delays, and those whose handler
 * has jumped out of their stack. */
static void settle(struct decoder *decoder, struct tracee *tracee, const struct call_entry *entry)
{
	const struct nested_call *call;

	while ((call = innermost(tracee)) &&
	       (!is_interrupted(call) || !call->handled || entry->stack > call->stack))
		give_up(decoder, tracee);
	if (tracee->depth == NESTED_CALLS)
		give_up(decoder, tracee);
}

void calls_enter(struct decoder *decoder, struct tracee *tracee, const struct call_entry *entry,
		 int64_t when)
{
	struct nested_call *call;

	if (entry->number == __NR_rt_sigreturn) {
		tracee->returning = is_interrupted(innermost(tracee));
		return;
	}
	if (restart(decoder, tracee, entry))
		return;
	settle(decoder, tracee, entry);
	call = &tracee->calls[tracee->depth];
	*call = (struct nested_call){
		.activity.owner = tracee->owner, .number = entry->number, .stack = entry->stack};
	memcpy(call->activity.arguments, entry->arguments, sizeof(entry->arguments));
	if (decode_begin(decoder, &call->activity, entry->number, when))
		tracee->depth++;
}

void calls_leave(struct decoder *decoder, struct tracee *tracee, int64_t result, int64_t when)
{
	struct nested_call *call = innermost(tracee);

	if (tracee->returning) {
		tracee->returning = false;
		if (result == -EINTR && is_interrupted(call))
			give_up(decoder, tracee);
		return;
	}
	if (!call || call->progress != CALL_RUNS)
		return;
	if (is_restart(result)) {
		call->progress = CALL_INTERRUPTED;
		call->interrupted = when;
		call->handled = false;
		return;
	}
	decode_end(decoder, &call->activity, result, when);
	tracee->depth--;
}

void calls_handle_signal(struct tracee *tracee)
{
	struct nested_call *call = innermost(tracee);

	if (is_interrupted(call))
		call->handled = true;
}

bool calls_await_return(const struct tracee *tracee)
{
	return tracee->returning ||
	       (tracee->depth && tracee->calls[tracee->depth - 1].progress == CALL_RUNS);
}

void calls_note_earlier(struct tracee *tracee, const struct call_entry *entry)
{
	struct nested_call *call = &tracee->calls[0];

	*call = (struct nested_call){.activity = {.owner = tracee->owner, .call = -1},
				     .progress = CALL_INTERRUPTED,
				     .before = true,
				     .number = entry->number,
				     .stack = entry->stack};
	memcpy(call->activity.arguments, entry->arguments, sizeof(entry->arguments));
	tracee->depth = 1;
}
