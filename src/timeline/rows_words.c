/*
 * What is written in the cells of a timeline.
 */
#include "timeline/rows_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "timeline/wording.h"

char *duration_text(char out[DURATION_TEXT], int64_t nanoseconds)
{
	double milliseconds = (double)nanoseconds / (double)NANOSECONDS_PER_MILLISECOND;

	if (milliseconds < 0.01)
		snprintf(out, DURATION_TEXT, "%.3f ms", milliseconds);
	else if (milliseconds < 1)
		snprintf(out, DURATION_TEXT, "%.2f ms", milliseconds);
	else if (milliseconds < 1000)
		snprintf(out, DURATION_TEXT, "%.1f ms", milliseconds);
	else
		snprintf(out, DURATION_TEXT, "%.1f s", milliseconds / 1000);
	return out;
}

char *call_name(char out[CALL_NAME], const struct call *call)
{
	size_t n = strspn(call->text, "abcdefghijklmnopqrstuvwxyz0123456789_");
	bool written = n > 0 && call->text[n] == '(';

	snprintf(out, CALL_NAME, "%.*s", written ? (int)n : CALL_NAME,
		 written ? call->text : call->name);
	return out;
}

/* --- Texts. --- */

enum { NUMBERS = 512 }; /* room for the numbers, addresses and words that stand between texts */

static bool begin(struct wording *words, const struct call_words *call)
{
	return wording_init(words, strlen(call->call->text) + strlen(call->call->name) +
					   strlen(call->last->outcome) + strlen(call->call->file) +
					   NUMBERS);
}

static void add_place(struct wording *words, const struct call_words *call)
{
	const char *file = strrchr(call->call->file, '/');

	if (call->thread)
		wording_add(words, "[%d] ", call->call->thread);
	if (call->under)
		wording_add(words, "  ");
	else if (call->options->source && call->call->file[0])
		wording_add(words, "%s:%d%s ", file ? file + 1 : call->call->file, call->call->line,
			    call->call->kind == CALL_LINE ? ":" : "");
}

static void add_name(struct wording *words, const struct call_words *call)
{
	char name[CALL_NAME];

	if (call->count > 1)
		wording_add(words, "%s ×%d", call_name(name, call->call), call->count);
	else
		wording_add(words, "%s", call->call->text[0] ? call->call->text : call->call->name);
}

/* --- Ends of programs. --- */

char *words_of_end(int status)
{
	const char *name = status > STATUS_SIGNAL ? sigabbrev_np(status - STATUS_SIGNAL) : NULL;
	char text[64];

	if (status < 0)
		snprintf(text, sizeof(text), "ends");
	else if (name)
		snprintf(text, sizeof(text), "ended by SIG%s", name);
	else
		snprintf(text, sizeof(text), "ends with status %d", status);
	return strdup(text);
}

/* --- Calls. --- */

char *words_of_call(const struct call_words *call)
{
	struct wording text;

	if (!begin(&text, call))
		return NULL;
	add_place(&text, call);
	add_name(&text, call);
	if (call->last->outcome[0])
		wording_add(&text, " %s", call->last->outcome);
	/* One shell goes without saying: it runs every command. */
	if (call->wrapped > 1)
		wording_add(&text, ", after %d other processes", call->wrapped);
	return text.text;
}

char *words_of_opening(const struct call_words *call)
{
	struct wording text;

	if (!begin(&text, call))
		return NULL;
	add_place(&text, call);
	add_name(&text, call);
	return text.text;
}

/* How long it took; of what began before the recording nobody knows all of it. */
static void add_duration(struct wording *words, const struct call_words *call, const char *before)
{
	char text[DURATION_TEXT];
	bool known = call->call->entered >= 0;

	duration_text(text, call->ended - (known ? call->call->entered : 0));
	wording_add(words, "%s%s%s", before, known ? "" : "more than ", text);
}

char *words_of_return(const struct call_words *call)
{
	struct wording text;

	if (!begin(&text, call))
		return NULL;
	if (call->thread)
		wording_add(&text, "[%d] ", call->call->thread);
	wording_add(&text, "%s", call->last->outcome);
	add_duration(&text, call, call->last->outcome[0] ? ", after " : "");
	return text.text;
}

/* Whom a call waits for, where its own text does not say so. */
static void add_other_end(struct wording *words, const struct call_words *call)
{
	const struct recording *recording = call->recording;
	const struct socket_record *socket;
	char text[ADDRESS_TEXT];

	if (call->call->socket < 0)
		return;
	socket = &recording->sockets[call->call->socket];
	if (call->call->kind == CALL_ACCEPT && socket->local.port)
		wording_add(words, " on %s", address_text(text, &socket->local));
	else if (call->call->kind == CALL_RECEIVE && socket->remote.port)
		wording_add(words, " from %s", address_text(text, &socket->remote));
	else if (call->call->kind == CALL_SEND && socket->remote.port)
		wording_add(words, " to %s", address_text(text, &socket->remote));
}

char *words_of_waiting(const struct call_words *call)
{
	static const char reads[] = "reads "; /* "reads from the keyboard" */
	struct wording text;

	if (!begin(&text, call))
		return NULL;
	if (call->thread)
		wording_add(&text, "[%d] ", call->call->thread);
	if (strncmp(call->call->text, reads, strlen(reads)) == 0) {
		wording_add(&text, "still waiting to read %s", call->call->text + strlen(reads));
	} else {
		wording_add(&text, "still waiting in ");
		add_name(&text, call);
		add_other_end(&text, call);
	}
	add_duration(&text, call, ", for ");
	return text.text;
}
