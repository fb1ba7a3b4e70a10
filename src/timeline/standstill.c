/*
 * Who waits in which call for what, when nothing moves any more.
 */
#include "timeline/standstill.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/ends.h"
#include "timeline/rows_words.h"

/* What is known of a program's last calls. */
struct state {
	int stuck; /* the first call that had not returned, or -1 */
	int more;  /* other such calls, in other threads */
	int last;  /* the last call that had, or -1 */
	int stop;  /* the signal that stopped it, or -1 */
};

static bool stops(const struct call *call)
{
	return call->kind == CALL_SIGNAL &&
	       strncmp(call->text, SIGNAL_STOPS, strlen(SIGNAL_STOPS)) == 0;
}

/* Whether a process that was stopped goes on, or ends, by what it does: SIGCONT may be blocked, and
 * then only a call of the thread that got the stopping signal tells. */
static bool ends_stop(const struct call *stop, const struct call *call)
{
	if (call->process != stop->process)
		return false;
	return call->thread == stop->thread || call->kind == CALL_EXIT ||
	       (call->kind == CALL_SIGNAL && call->result == SIGCONT);
}

static bool can_wait(const struct call *call)
{
	return call->kind != CALL_PRINT && call->kind != CALL_PROCESS && call->kind != CALL_EXIT &&
	       call->kind != CALL_SIGNAL;
}

static void find_states(const struct recording *recording, const int64_t *ends,
			struct state *states)
{
	int64_t end = recording_end(recording);

	for (size_t i = 0; i < recording->program_count; i++)
		states[i] = (struct state){-1, 0, -1, -1};
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];
		struct state *state;

		if (call->program < 0)
			continue;
		state = &states[call->program];
		if (stops(call))
			state->stop = (int)i;
		else if (state->stop >= 0 && ends_stop(&recording->calls[state->stop], call))
			state->stop = -1;
		/* That a child has ended is nothing that the program did. */
		if (call->kind == CALL_SIGNAL && call->result == SIGCHLD)
			continue;
		if (call->left >= 0)
			state->last = (int)i;
		else if (ends[i] == end && can_wait(call) && state->stuck >= 0)
			state->more++;
		else if (ends[i] == end && can_wait(call))
			state->stuck = (int)i;
	}
}

static char *waiting(const struct recording *recording, const struct state *state, int64_t ended)
{
	const struct call *call = &recording->calls[state->stuck];
	char *words = words_of_waiting(&(struct call_words){
		.recording = recording, .call = call, .last = call, .count = 1, .ended = ended});
	char *text = words;

	if (words && state->more > 0) {
		if (asprintf(&text, "%s, and in %d more call%s", words, state->more,
			     state->more == 1 ? "" : "s") < 0)
			text = NULL;
		free(words);
	}
	return text;
}

static char *busy(const struct recording *recording, const struct state *state)
{
	const struct call *call = state->last >= 0 ? &recording->calls[state->last] : NULL;
	char duration[DURATION_TEXT], *text;

	if (!call)
		return asprintf(&text, "busy or asleep, without any call so far") < 0 ? NULL : text;
	duration_text(duration, recording_end(recording) - call->left);
	if (asprintf(&text, "busy or asleep since %s, for %s",
		     call->text[0] ? call->text : call->name, duration) < 0)
		return NULL;
	return text;
}

/* "stopped by SIGSTOP for 2.0 s, until SIGCONT", and in which call. */
static char *stopped(const struct recording *recording, const struct state *state,
		     const int64_t *ends)
{
	const struct call *stop = &recording->calls[state->stop];
	char duration[DURATION_TEXT], *call = NULL, *text;

	if (state->stuck >= 0) {
		call = waiting(recording, state, ends[state->stuck]);
		if (!call)
			return NULL;
	}
	duration_text(duration, recording_end(recording) - stop->entered);
	if (asprintf(&text, "%s for %s, until it gets SIGCONT%s%s", stop->text, duration,
		     call ? "; " : "", call ? call : "") < 0)
		text = NULL;
	free(call);
	return text;
}

static char *text_of(const struct recording *recording, int index, const struct state *state,
		     const int64_t *ends)
{
	const struct program *program = &recording->programs[index];
	char *text;

	if (state->stop >= 0)
		return stopped(recording, state, ends);
	if (state->stuck >= 0)
		return waiting(recording, state, ends[state->stuck]);
	if (program->pid < 0)
		return asprintf(&text, "not started yet") < 0 ? NULL : text;
	if (program->ended >= 0)
		return asprintf(&text, "ended already, with status %d", program->status) < 0 ? NULL
											     : text;
	return busy(recording, state);
}

char **standstill_make(const struct recording *recording)
{
	char **texts = calloc(recording->program_count + 1, sizeof(*texts));
	struct state *states = calloc(recording->program_count + 1, sizeof(*states));
	int64_t *ends = call_ends(recording);
	bool done = texts && states && ends;

	if (done)
		find_states(recording, ends, states);
	for (size_t i = 0; done && i < recording->program_count; i++) {
		texts[i] = text_of(recording, (int)i, &states[i], ends);
		done = texts[i] != NULL;
	}
	free(states);
	free(ends);
	if (!done && texts) {
		standstill_free(texts, recording);
		return NULL;
	}
	return texts;
}

void standstill_free(char **texts, const struct recording *recording)
{
	for (size_t i = 0; texts && i < recording->program_count; i++)
		free(texts[i]);
	free(texts);
}
