/*
 * When things ended that nobody saw end. A call that never returned was over when its process was.
 */
#include "timeline/ends.h"

#include <stdlib.h>

struct exit_of {
	int process;
	int64_t when;
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t recording_end(const struct recording *recording)
{
	int64_t end = recording->stopped > 0 ? recording->stopped : 0;

	for (size_t i = 0; i < recording->program_count; i++) {
		end = later(end, recording->programs[i].started);
		end = later(end, recording->programs[i].ended);
	}
	for (size_t i = 0; i < recording->call_count; i++) {
		end = later(end, recording->calls[i].entered);
		end = later(end, recording->calls[i].left);
	}
	for (size_t i = 0; i < recording->packet_count; i++)
		end = later(end, recording->packets[i].when);
	return end;
}

static int by_process_and_time(const void *a, const void *b)
{
	const struct exit_of *left = a, *right = b;

	if (left->process != right->process)
		return left->process < right->process ? -1 : 1;
	return (left->when > right->when) - (left->when < right->when);
}

/* All exits in order of their processes. Returns their number, or -1 for want of memory. */
static long find_exits(struct exit_of **exits, const struct recording *recording)
{
	long count = 0;

	*exits = malloc((recording->call_count + recording->program_count + 1) * sizeof(**exits));
	if (!*exits)
		return -1;
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (call->kind == CALL_EXIT)
			(*exits)[count++] = (struct exit_of){call->process, call->entered};
	}
	for (size_t i = 0; i < recording->program_count; i++) {
		const struct program *program = &recording->programs[i];

		if (program->ended >= 0)
			(*exits)[count++] = (struct exit_of){program->pid, program->ended};
	}
	qsort(*exits, (size_t)count, sizeof(**exits), by_process_and_time);
	return count;
}

/* The first exit of the process at or after a time, or a later time if there is none: numbers of
 * processes are used again. */
static int64_t exit_after(const struct exit_of *exits, long count, const struct call *call,
			  int64_t end)
{
	long low = 0, high = count;

	while (low < high) {
		long middle = low + (high - low) / 2;
		const struct exit_of *exit = &exits[middle];

		if (exit->process < call->process ||
		    (exit->process == call->process && exit->when < call->entered))
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && exits[low].process == call->process ? exits[low].when : end;
}

int64_t *call_ends(const struct recording *recording)
{
	int64_t *ends = malloc((recording->call_count + 1) * sizeof(*ends));
	int64_t end = recording_end(recording);
	struct exit_of *exits;
	long count = find_exits(&exits, recording);

	if (!ends || count < 0) {
		free(ends);
		free(exits);
		return NULL;
	}
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		ends[i] = call->left >= 0 ? call->left : exit_after(exits, count, call, end);
	}
	free(exits);
	return ends;
}
