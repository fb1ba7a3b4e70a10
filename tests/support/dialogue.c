/* See dialogue.h. */
#include "support/dialogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- Reading. --- */

static bool is(const struct dialogue_line *line, const char *text)
{
	return line->n == strlen(text) && memcmp(line->text, text, line->n) == 0;
}

static void parse_line(struct dialogue_line *line, const char *text, size_t n)
{
	const char *arrow = memmem(text, n, " -> ", 4), *back = memmem(text, n, " <- ", 4);
	bool says = arrow && (!back || arrow < back);

	if (!says)
		arrow = back;
	if (!arrow || arrow == text || arrow - text >= DIALOGUE_NAME)
		fail_msg("no line of a dialogue: \"%.*s\"", (int)n, text);
	*line = (struct dialogue_line){.act = says ? DIALOGUE_SAYS : DIALOGUE_GETS};
	memcpy(line->who, text, (size_t)(arrow - text));
	line->text = arrow + 4;
	line->n = n - (size_t)(line->text - text);
	if (is(line, says ? "(ends)" : "(closes)"))
		line->act = says ? DIALOGUE_ENDS : DIALOGUE_CLOSED;
}

void dialogue_parse(struct dialogue *dialogue, const char *text)
{
	dialogue->count = 0;
	while (*text) {
		const char *feed = strchr(text, '\n');
		if (!feed || dialogue->count == DIALOGUE_LINES)
			fail_msg("a dialogue of more than %d lines, or one without its end",
				 DIALOGUE_LINES);
		parse_line(&dialogue->lines[dialogue->count++], text, (size_t)(feed - text));
		text = feed + 1;
	}
}

/* The place of the first line of who speaks in this one. */
static size_t first_line(const struct dialogue *dialogue, const struct dialogue_line *line)
{
	size_t i = 0;

	while (strcmp(dialogue->lines[i].who, line->who) != 0)
		i++;
	return i;
}

size_t dialogue_people(const struct dialogue *dialogue)
{
	size_t count = 0;

	for (size_t i = 0; i < dialogue->count; i++)
		count += first_line(dialogue, &dialogue->lines[i]) == i;
	return count;
}

/* --- Replaying over a stream. --- */

struct replay {
	const struct protocol *protocol;
	const struct dialogue_play *play;
	struct dialogue dialogue;
	struct stage *stage;
	struct actor *actors[DIALOGUE_LINES]; /* by the place of their first line */
	struct heap_text saying;              /* what has been said and has not arrived */
	struct actor *speaker;
};

static struct actor *actor_for(struct replay *replay, const struct dialogue_line *line)
{
	struct actor **actor = &replay->actors[first_line(&replay->dialogue, line)];

	if (!*actor) {
		*actor = actor_join(replay->stage);
		if (replay->play->manner == DIALOGUE_NARROW)
			(*actor)->largest = 1;
	}
	return *actor;
}

static void arrive(struct replay *replay)
{
	struct heap_text *saying = &replay->saying;

	if (saying->n == 0)
		return;
	if (replay->play->manner == DIALOGUE_BYTE_BY_BYTE)
		actor_send_pieces(replay->speaker, saying->bytes, saying->n, 1);
	else if (replay->play->manner == DIALOGUE_SPLIT)
		actor_send_split(replay->speaker, saying->bytes, saying->n);
	else
		actor_send(replay->speaker, saying->bytes, saying->n);
	saying->n = 0;
}

static void says(struct replay *replay, struct actor *actor, const struct dialogue_line *line)
{
	enum dialogue_manner manner = replay->play->manner;

	if (replay->speaker != actor)
		arrive(replay);
	replay->speaker = actor;
	heap_text_add(&replay->saying, line->text, line->n);
	heap_text_add(&replay->saying, "\r\n", replay->play->crlf_input ? 2 : 0);
	if (!replay->play->crlf_input)
		heap_text_add(&replay->saying, "\n", 1);
	if (manner == DIALOGUE_WHOLE || manner == DIALOGUE_NARROW)
		arrive(replay);
}

/* What ends a line that the server sends: a protocol without messages of its own gives an answer
 * the end that its question had. */
static const char *server_end(const struct replay *replay)
{
	bool crlf = replay->protocol->framing == FRAMING_STREAM ? replay->play->crlf_input
								: replay->play->crlf;

	return crlf ? "\r\n" : "\n";
}

static void speak(struct replay *replay, const struct dialogue_line *line)
{
	struct actor *actor = actor_for(replay, line);

	if (line->act == DIALOGUE_SAYS)
		says(replay, actor, line);
	if (line->act == DIALOGUE_ENDS) {
		arrive(replay);
		actor_end(actor);
	}
}

static void look(struct replay *replay, const struct dialogue_line *line)
{
	struct actor *actor = actor_for(replay, line);

	arrive(replay);
	if (line->act == DIALOGUE_GETS) {
		actor_expect_bytes(actor, line->text, line->n);
		actor_expect(actor, server_end(replay));
	}
	if (line->act == DIALOGUE_CLOSED) {
		actor_expect_silence(actor);
		if (!actor->shut && actor->connection)
			fail_msg("%s: the server has not closed towards %s", replay->protocol->name,
				 line->who);
	}
}

static void replay_lines(struct replay *replay)
{
	const struct dialogue *dialogue = &replay->dialogue;

	for (size_t i = 0; i < dialogue->count; i++) {
		speak(replay, &dialogue->lines[i]);
		if (!replay->play->eager)
			look(replay, &dialogue->lines[i]);
	}
	for (size_t i = 0; replay->play->eager && i < dialogue->count; i++)
		look(replay, &dialogue->lines[i]);
	arrive(replay);
	for (size_t i = 0; i < dialogue->count; i++) {
		if (replay->actors[i])
			actor_expect_silence(replay->actors[i]);
	}
}

void dialogue_replay(const struct protocol *protocol, const struct dialogue_play *play)
{
	struct replay replay = {.protocol = protocol, .play = play};

	dialogue_parse(&replay.dialogue, protocol->dialogue);
	replay.stage = stage_new(protocol, &(struct stage_settings){.crlf = play->crlf});
	replay.stage->random = play->seed;
	replay_lines(&replay);
	heap_text_free(&replay.saying);
	stage_free(replay.stage);
}

/* --- Replaying over datagrams. --- */

/* All the lines that come at this place, as one text. */
static size_t gather(struct heap_text *text, const struct replay *replay, size_t i)
{
	const struct dialogue *dialogue = &replay->dialogue;
	const char *end = replay->play->crlf ? "\r\n" : "\n";

	text->n = 0;
	for (; i < dialogue->count && dialogue->lines[i].act == DIALOGUE_GETS; i++) {
		if (text->n)
			heap_text_add(text, end, strlen(end));
		heap_text_add(text, dialogue->lines[i].text, dialogue->lines[i].n);
	}
	return i;
}

static void drop_end(struct heap_text *text)
{
	if (text->n && text->bytes[text->n - 1] == '\n')
		text->n--;
	if (text->n && text->bytes[text->n - 1] == '\r')
		text->n--;
}

/* Asks, and compares what comes but for the line end it may have. */
static void ask(struct replay *replay, struct datagram_desk *desk, const struct heap_text *request,
		const struct heap_text *expected)
{
	const struct address peer = address_ipv4("127.0.0.1", 40000);
	struct heap_text answer = {0};
	struct iovec runs[4];
	int count = datagram_answer(desk, 0, &peer, request->bytes, request->n, runs, 4);

	for (int i = 0; i < count; i++)
		heap_text_add(&answer, runs[i].iov_base, runs[i].iov_len);
	drop_end(&answer);
	if (answer.n != expected->n ||
	    (answer.n && memcmp(answer.bytes, expected->bytes, answer.n) != 0))
		fail_msg("%s answered \"%.*s\" and not \"%.*s\"", replay->protocol->name,
			 (int)answer.n, answer.n ? answer.bytes : "", (int)expected->n,
			 expected->n ? expected->bytes : "");
	if (count > 0)
		datagram_done(desk, 0);
	heap_text_free(&answer);
}

static void replay_datagrams(struct replay *replay, struct datagram_desk *desk)
{
	struct heap_text request = {0}, expected = {0};

	heap_text_add(&request, "", 0);
	for (size_t i = 0; i < replay->dialogue.count;) {
		const struct dialogue_line *line = &replay->dialogue.lines[i];
		if (line->act == DIALOGUE_ENDS || line->act == DIALOGUE_CLOSED) {
			i++;
			continue;
		}
		request.n = 0;
		if (line->act == DIALOGUE_SAYS) {
			heap_text_add(&request, line->text, line->n);
			if (replay->protocol->framing == FRAMING_LINE)
				heap_text_add(&request, "\r\n", replay->play->crlf_input ? 2 : 0);
			i++;
		}
		i = gather(&expected, replay, i);
		ask(replay, desk, &request, &expected);
	}
	heap_text_free(&request);
	heap_text_free(&expected);
}

void dialogue_replay_datagrams(const struct protocol *protocol, const struct dialogue_play *play)
{
	struct replay replay = {.protocol = protocol, .play = play};

	dialogue_parse(&replay.dialogue, protocol->dialogue);
	replay.stage = stage_new(protocol, &(struct stage_settings){.crlf = play->crlf});
	struct datagram_desk *desk = datagram_desk_new(replay.stage->service, replay.stage->loop, 1,
						       &(struct datagram_policy){NULL, 0, false});
	assert_non_null(desk);
	replay_datagrams(&replay, desk);
	datagram_desk_free(desk);
	stage_free(replay.stage);
}
