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

/* --- Texts. --- */

enum { NUMBERS = 512 }; /* room for the numbers, addresses and words that stand between texts */

/* A text's room, for so much beside the call's own texts. */
static bool begin(struct wording *words, const struct call_words *call, size_t more)
{
	size_t room = strlen(call->call->text) + strlen(call->call->name) +
		      strlen(call->last->outcome) + strlen(call->call->file) + NUMBERS;

	return wording_init(words, room + more);
}

static void add_place(struct wording *words, const struct call_words *call)
{
	const char *file = strrchr(call->call->file, '/');

	if (call->thread)
		wording_add(words, "[%d] ", call->call->thread);
	if (call->options->source && call->call->file[0])
		wording_add(words, "%s:%d ", file ? file + 1 : call->call->file, call->call->line);
}

static void add_name(struct wording *words, const struct call_words *call)
{
	if (call->count > 1)
		wording_add(words, "%s ×%d", call->call->name, call->count);
	else
		wording_add(words, "%s", call->call->text[0] ? call->call->text : call->call->name);
}

/* --- Keyboard and screen. --- */

/* The bytes of a line without its end, as many as are shown, in quotation marks. */
static char *quote(const struct call_words *words, const char *before, const char *after)
{
	const struct call *call = words->call;
	size_t n = call->data_length, most = words->options->bytes > 0 ? words->options->bytes : 0;
	bool whole = n == call->bytes;
	struct wording text;

	if (whole && n > 0 && call->data[n - 1] == '\n')
		n--;
	if (n > most) {
		n = most;
		whole = false;
	}
	if (!begin(&text, words, wording_quote_bound(n) + strlen(before) + strlen(after)))
		return NULL;
	add_place(&text, words);
	wording_add(&text, "%s", before);
	wording_quote(&text, call->data, n, !whole);
	wording_add(&text, "%s", after);
	return text.text;
}

static char *plain(const struct call_words *call, const char *sentence)
{
	struct wording text;

	if (!begin(&text, call, strlen(sentence)))
		return NULL;
	add_place(&text, call);
	wording_add(&text, "%s", sentence);
	return text.text;
}

static char *words_of_input(const struct call_words *call)
{
	if (call->call->result == 0)
		return plain(call, "reads the end of the input");
	if (call->call->data_length == 1 && call->call->data[0] == '\n')
		return plain(call, "reads Enter from the keyboard");
	return quote(call, "reads ", " from the keyboard");
}

/* --- Ends of processes. --- */

static void put_end(char *out, size_t size, int status)
{
	const char *name = status > STATUS_SIGNAL ? sigabbrev_np(status - STATUS_SIGNAL) : NULL;

	if (status < 0)
		snprintf(out, size, "ends");
	else if (name)
		snprintf(out, size, "is killed by SIG%s", name);
	else
		snprintf(out, size, "ends with status %d", status);
}

char *words_of_end(int status)
{
	char text[64];

	put_end(text, sizeof(text), status);
	return strdup(text);
}

static char *words_of_event(const struct call_words *call)
{
	const char *name = sigabbrev_np((int)call->call->result);
	char text[64];

	if (call->call->kind == CALL_EXIT) {
		put_end(text, sizeof(text), (int)call->call->result);
	} else if (name) {
		snprintf(text, sizeof(text), "gets SIG%s", name);
	} else {
		snprintf(text, sizeof(text), "gets signal %d", (int)call->call->result);
	}
	return plain(call, text);
}

/* --- Calls. --- */

char *words_of_call(const struct call_words *call)
{
	enum call_kind kind = call->call->kind;
	struct wording text;

	if (kind == CALL_PRINT && call->call->result >= 0)
		return quote(call, "prints ",
			     call->call->descriptor == 2 ? " on standard error" : "");
	if (kind == CALL_INPUT && call->call->result >= 0)
		return words_of_input(call);
	if ((kind == CALL_EXIT || kind == CALL_SIGNAL) && !call->call->text[0])
		return words_of_event(call);
	if (!begin(&text, call, 0))
		return NULL;
	add_place(&text, call);
	add_name(&text, call);
	if (call->last->outcome[0])
		wording_add(&text, " %s", call->last->outcome);
	return text.text;
}

char *words_of_opening(const struct call_words *call)
{
	struct wording text;

	if (call->call->kind == CALL_INPUT)
		return plain(call, "reads from the keyboard");
	if (!begin(&text, call, 0))
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

	if (!begin(&text, call, 0))
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
	struct wording text;

	if (!begin(&text, call, 0))
		return NULL;
	if (call->thread)
		wording_add(&text, "[%d] ", call->call->thread);
	if (call->call->kind == CALL_INPUT) {
		wording_add(&text, "still waiting for the keyboard");
	} else {
		wording_add(&text, "still waiting in ");
		add_name(&text, call);
		add_other_end(&text, call);
	}
	add_duration(&text, call, ", for ");
	return text.text;
}
