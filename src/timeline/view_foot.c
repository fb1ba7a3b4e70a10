/*
 * Totals in words.
 */
#include "timeline/view_foot.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "timeline/ends.h"
#include "timeline/rows_words.h"
#include "timeline/rows_wrappers.h"
#include "timeline/standstill.h"

/* --- Lines. --- */

static bool add(struct foot *foot, int level, int conversation, char *text)
{
	if (foot->count == foot->capacity) {
		size_t capacity = foot->capacity ? 2 * foot->capacity : 16;
		struct foot_line *more = realloc(foot->lines, capacity * sizeof(*more));

		if (!more) {
			free(text);
			return false;
		}
		foot->lines = more;
		foot->capacity = capacity;
	}
	foot->lines[foot->count++] = (struct foot_line){level, conversation, text};
	return text != NULL;
}

static bool say(struct foot *foot, int level, int conversation, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static bool say(struct foot *foot, int level, int conversation, const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	return add(foot, level, conversation, n < 0 ? NULL : text);
}

enum {
	COUNT_TEXT = 64,
	STANDSTILLS_MAX = 100, /* connections that are looked at for who waits for whom */
};

/* "1 call", "2 calls". Returns out. */
static char *count(char out[COUNT_TEXT], uint64_t n, const char *what)
{
	snprintf(out, COUNT_TEXT, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
	return out;
}

/* --- Connections. --- */

static const struct program *program_at(const struct recording *recording,
					const struct conversation *conversation, int end)
{
	int program = join_program_at(recording, conversation, end);

	return program >= 0 ? &recording->programs[program] : NULL;
}

/* An end as it is called: its program, its address, or both; brief: its program alone. */
static void put_end(FILE *text, const struct recording *recording,
		    const struct conversation *conversation, int end, bool brief)
{
	const struct program *program = program_at(recording, conversation, end);
	char address[ADDRESS_TEXT];

	fputs(program ? program->name : "", text);
	if (brief)
		return;
	if (conversation->ends[end].family != ADDRESS_NONE)
		fprintf(text, "%s%s", program ? " " : "",
			address_text(address, &conversation->ends[end]));
	else if (!program)
		fputs("somebody", text);
}

static const char *transport_of(const struct recording *recording,
				const struct conversation *conversation)
{
	int socket = conversation->sockets[0] >= 0 ? conversation->sockets[0]
						   : conversation->sockets[1];

	if (conversation->udp)
		return "UDP";
	return socket >= 0 && recording->sockets[socket].family == AF_UNIX ? "Unix socket" : "TCP";
}

static bool say_title(struct foot *foot, const struct recording *recording, const struct join *join,
		      int index)
{
	const struct conversation *conversation = &join->conversations[index];
	char *title = NULL;
	size_t size;
	FILE *text = open_memstream(&title, &size);

	if (!text)
		return false;
	fprintf(text, "Connection %d: ", index + 1);
	put_end(text, recording, conversation, 0, false);
	fputs(" → ", text);
	put_end(text, recording, conversation, 1, false);
	fprintf(text, ", %s%s%s", transport_of(recording, conversation),
		conversation->path[0] ? " " : "", conversation->path);
	if (fclose(text) != 0) {
		free(title);
		return false;
	}
	return add(foot, 0, index, title);
}

/* What an end sent, and in how many pieces. */
static void put_sent(FILE *text, const struct conversation *conversation, int end)
{
	const char *piece = conversation->udp ? "datagram" : "segment";
	char words[COUNT_TEXT];

	if (join_hides_sent(conversation, end)) {
		fputs(" sent by io_uring, unseen", text);
		return;
	}
	fprintf(text, " sent %s", count(words, conversation->sent[end], "byte"));
	if (conversation->send_calls[end])
		fprintf(text, " in %s", count(words, conversation->send_calls[end], "call"));
	if (conversation->segments[end])
		fprintf(text, "%s %s", conversation->send_calls[end] ? " and" : " in",
			count(words, conversation->segments[end], piece));
	if (conversation->retransmissions[end])
		fprintf(text, ", %s sent again",
			count(words, conversation->retransmissions[end], piece));
}

static void put_received(FILE *text, const struct conversation *conversation, int end)
{
	uint64_t coalesced = conversation->coalesced[end], partial = conversation->partial[end];
	char words[COUNT_TEXT];

	if (join_hides_received(conversation, end)) {
		fputs("; received by io_uring, unseen", text);
		return;
	}
	fprintf(text, "; received %s", count(words, conversation->received[end], "byte"));
	if (conversation->receive_calls[end])
		fprintf(text, " in %s", count(words, conversation->receive_calls[end], "call"));
	if (coalesced || partial) {
		fputs(" (", text);
		if (coalesced)
			fprintf(text, "%" PRIu64 " coalesced", coalesced);
		if (partial)
			fprintf(text, "%s%" PRIu64 " partial", coalesced ? ", " : "", partial);
		fputc(')', text);
	}
}

static void put_blocked(FILE *text, const struct recording *recording,
			const struct conversation *conversation, int end)
{
	char duration[DURATION_TEXT], name[CALL_NAME];
	int most = conversation->blocked_most[end];

	if (most < 0)
		return;
	fprintf(text, "; blocked %s, longest in %s",
		duration_text(duration, conversation->blocked[end]),
		call_name(name, &recording->calls[most]));
}

static bool say_end(struct foot *foot, const struct recording *recording, const struct join *join,
		    int index, int end)
{
	const struct conversation *conversation = &join->conversations[index];
	const struct program *program = program_at(recording, conversation, end);
	/* A program that talks with itself is told apart by its addresses. */
	bool alone = program && program == program_at(recording, conversation, !end);
	char *line = NULL;
	size_t size;
	FILE *text;

	if (!program && !conversation->sent[end] && !conversation->segments[end])
		return true;
	text = open_memstream(&line, &size);
	if (!text)
		return false;
	put_end(text, recording, conversation, end, program && !alone);
	put_sent(text, conversation, end);
	if (program)
		put_received(text, conversation, end);
	put_blocked(text, recording, conversation, end);
	if (fclose(text) != 0) {
		free(line);
		return false;
	}
	return add(foot, 1, index, line);
}

/* --- The end. --- */

/* Which ends of a conversation wait for data: bit 0 and bit 1. */
static unsigned receiving_ends(const struct recording *recording, const struct join *join,
			       int index)
{
	const struct conversation *conversation = &join->conversations[index];
	unsigned ends = 0;

	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (call->kind != CALL_RECEIVE || call->left >= 0 || call->socket < 0)
			continue;
		for (int end = 0; end < 2; end++)
			ends |= (unsigned)(conversation->sockets[end] == call->socket) << end;
	}
	return ends;
}

/* What the programs were at when they were stopped. */
static bool say_standstill(struct foot *foot, const struct recording *recording,
			   const struct join *join)
{
	char duration[DURATION_TEXT], **texts;
	bool done;

	if (recording->stopped < 0)
		return true;
	texts = standstill_make(recording);
	done = texts &&
	       say(foot, 0, -1, "Stopped after %s:", duration_text(duration, recording->stopped));
	for (size_t i = 0; done && i < recording->program_count; i++)
		done = say(foot, 1, -1, "%s: %s", recording->programs[i].name, texts[i]);
	for (size_t i = 0; done && i < join->conversation_count && i < STANDSTILLS_MAX; i++)
		if (receiving_ends(recording, join, (int)i) == 3)
			done = say(foot, 1, (int)i,
				   "Both ends of connection %zu wait for data, and neither sends.",
				   i + 1);
	standstill_free(texts, recording);
	return done;
}

/* --- Programs. --- */

enum { NAMES_MAX = 16 };

/* How long a program was in calls that wait, by the calls' names. */
struct waits {
	struct wait {
		char name[CALL_NAME];
		int64_t lasted;
		uint64_t calls;
	} waits[NAMES_MAX];
	size_t count;
};

static bool is_wait(enum call_kind kind)
{
	switch (kind) {
	case CALL_ACCEPT:
	case CALL_CONNECT:
	case CALL_SEND:
	case CALL_RECEIVE:
	case CALL_INPUT:
	case CALL_WAIT:
	case CALL_RING:
		return true;
	default:
		return false;
	}
}

static void add_wait(struct waits *waits, const char *name, int64_t lasted)
{
	size_t i = 0;

	while (i < waits->count && strcmp(waits->waits[i].name, name) != 0)
		i++;
	if (i == NAMES_MAX)
		return;
	if (i == waits->count) {
		waits->waits[i] = (struct wait){0};
		snprintf(waits->waits[i].name, CALL_NAME, "%s", name);
		waits->count++;
	}
	waits->waits[i].lasted = time_after(waits->waits[i].lasted, lasted);
	waits->waits[i].calls++;
}

static int by_time_spent(const void *a, const void *b)
{
	const struct wait *left = a, *right = b;

	if (left->lasted != right->lasted)
		return left->lasted > right->lasted ? -1 : 1;
	return strcmp(left->name, right->name);
}

static bool say_waits(struct foot *foot, const struct program *program, struct waits *waits)
{
	char duration[DURATION_TEXT], calls[COUNT_TEXT], *line = NULL;
	size_t size;
	FILE *text = open_memstream(&line, &size);

	if (!text)
		return false;
	qsort(waits->waits, waits->count, sizeof(waits->waits[0]), by_time_spent);
	fprintf(text, "%s:", program->name);
	for (size_t i = 0; i < waits->count; i++)
		fprintf(text, "%s %s in %s (%s)", i ? "," : "",
			duration_text(duration, waits->waits[i].lasted), waits->waits[i].name,
			count(calls, waits->waits[i].calls, "call"));
	if (fclose(text) != 0) {
		free(line);
		return false;
	}
	return add(foot, 1, -1, line);
}

static bool say_programs(struct foot *foot, const struct recording *recording)
{
	struct waits *waits = calloc(recording->program_count + 1, sizeof(*waits));
	int64_t *ends = call_ends(recording);
	bool done = waits && ends, any = false;
	char name[CALL_NAME];

	for (size_t i = 0; done && i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (call->program >= 0 && is_wait(call->kind) && !call_does_not_wait(call) &&
		    !looks_up_names(recording, call) && ends[i] >= call->entered)
			add_wait(&waits[call->program], call_name(name, call),
				 ends[i] - (call->entered > 0 ? call->entered : 0));
	}
	for (size_t i = 0; done && i < recording->program_count; i++) {
		if (!waits[i].count)
			continue;
		done = (any || say(foot, 0, -1, "Time in calls that can wait:")) &&
		       say_waits(foot, &recording->programs[i], &waits[i]);
		any = true;
	}
	free(waits);
	free(ends);
	return done;
}

/* --- The whole. --- */

struct foot *foot_make(const struct recording *recording, const struct join *join)
{
	struct foot *foot = calloc(1, sizeof(*foot));
	bool done = foot != NULL;

	for (size_t i = 0; done && i < join->conversation_count; i++)
		done = say_title(foot, recording, join, (int)i) &&
		       say_end(foot, recording, join, (int)i, 0) &&
		       say_end(foot, recording, join, (int)i, 1);
	done = done && say_programs(foot, recording) && say_standstill(foot, recording, join);
	if (done && recording->dropped)
		done = say(foot, 0, -1, "%" PRIu64 " %s missing: there were too many.",
			   recording->dropped,
			   recording->dropped == 1 ? "call, packet or line is"
						   : "calls, packets or lines are");
	if (!done) {
		foot_free(foot);
		return NULL;
	}
	return foot;
}

void foot_free(struct foot *foot)
{
	if (!foot)
		return;
	for (size_t i = 0; i < foot->count; i++)
		free(foot->lines[i].text);
	free(foot->lines);
	free(foot);
}
