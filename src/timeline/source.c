/*
 * Places of calls: what is known of each process that was asked about.
 */
#include "timeline/source.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "timeline/frames.h"
#include "timeline/script.h"

/* Processes whose debugging information is kept at hand, and lines that one recording holds: a loop
 * that computes must not leave no room for the calls. */
enum { FRAMES_MOST = 16, LINES_MOST = 100000 };

struct source_process {
	pid_t process;
	struct script script;
	struct frames *frames; /* NULL: not asked for, or not had */
	struct source_process *next;
};

struct sources {
	struct source_process *processes; /* the one asked about last is the first */
	int line_count;
};

struct sources *sources_new(struct error *error)
{
	if (libdw_load(error))
		return NULL;
	struct sources *sources = calloc(1, sizeof(*sources));
	if (!sources)
		error_system(error, ENOMEM, "look for source lines");
	return sources;
}

static void free_process(struct source_process *process)
{
	script_free(&process->script);
	frames_free(process->frames);
	free(process);
}

void sources_free(struct sources *sources)
{
	while (sources && sources->processes) {
		struct source_process *process = sources->processes;
		sources->processes = process->next;
		free_process(process);
	}
	free(sources);
}

/* Takes a process out of the list. NULL: it is not there. */
static struct source_process *take_out(struct sources *sources, pid_t number)
{
	struct source_process **at = &sources->processes, *process;

	while (*at && (*at)->process != number)
		at = &(*at)->next;
	process = *at;
	if (process)
		*at = process->next;
	return process;
}

void sources_forget(struct sources *sources, pid_t number)
{
	struct source_process *process = take_out(sources, number);

	if (process)
		free_process(process);
}

/* The process, at the list's front. NULL for want of memory. */
static struct source_process *look_up(struct sources *sources, pid_t number)
{
	struct source_process *process = take_out(sources, number);

	if (!process)
		process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->process = number;
	process->next = sources->processes;
	sources->processes = process;
	return process;
}

/* --- Python. --- */

static void record_line(struct sources *sources, struct decoder *decoder,
			const struct script *script, const struct tracee *tracee, int64_t when)
{
	char text[SCRIPT_LINE];

	if (sources->line_count == LINES_MOST) {
		decoder->recording->dropped++;
		return;
	}
	script_line(script, tracee->line, text);
	if (!decode_event(decoder, CALL_LINE, &tracee->owner, "line", text, 0, when))
		return;
	struct call *call = &decoder->recording->calls[decoder->recording->call_count - 1];
	sources->line_count++;
	call->line = tracee->line;
	recording_set(&call->file, script->path);
}

bool sources_hear(struct sources *sources, struct decoder *decoder, struct tracee *tracee,
		  const struct call_entry *entry, int64_t when)
{
	int line;
	enum script_word word = script_word_of(entry, &line);

	if (word == SCRIPT_NOTHING)
		return false;
	struct source_process *process = look_up(sources, tracee->owner.process);
	if (!process)
		return true;
	if (word == SCRIPT_PATH)
		script_take_path(&process->script, tracee->owner.thread, entry);
	else if (word == SCRIPT_TEXT)
		script_take_text(&process->script, tracee->owner.thread, entry);
	else
		tracee->line = line;
	if (word == SCRIPT_RUNS && process->script.path)
		record_line(sources, decoder, &process->script, tracee, when);
	return true;
}

/* --- The place of a call. --- */

/* Makes room for the debugging information of one more process. */
static void keep_few(struct sources *sources)
{
	struct source_process *last = NULL;
	int count = 0;

	for (struct source_process *at = sources->processes; at; at = at->next) {
		count += at->frames != NULL;
		last = at->frames ? at : last;
	}
	if (count < FRAMES_MOST)
		return;
	frames_free(last->frames);
	last->frames = NULL;
}

void sources_place(struct sources *sources, const struct tracee *tracee, struct call *call)
{
	struct source_process *process = look_up(sources, tracee->owner.process);
	struct place place = {.file = NULL};

	if (!process)
		return;
	if (process->script.path && tracee->line) {
		place = (struct place){.file = process->script.path, .line = tracee->line};
	} else {
		if (!process->frames) {
			keep_few(sources);
			process->frames = frames_new(process->process);
		}
		if (process->frames)
			frames_find(process->frames, tracee->owner.thread, &place);
	}
	if (!place.file || !recording_set(&call->file, place.file))
		return;
	call->line = place.line;
}
