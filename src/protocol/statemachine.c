/*
 * statemachine: two questions and their answers, and a client that is a state machine.
 *
 * Paper 000, application 1. The questions delimit themselves: they are recognised however they are
 * split or joined, and an answer ends as its question did.
 */
#include <stdio.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol statemachine_protocol;

static const char dialogue[] = "client -> what is your name?\n"
			       "client <- My name is OOO\n"
			       "client -> How old are you?\n"
			       "client <- I am 22\n"
			       "client -> Goodbye\n"
			       "client <- (closes)\n";

struct statemachine_options {
	const char *name;
	int64_t age;
	int64_t timeout;
};

static const struct option options[] = {
	{.name = "name",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct statemachine_options, name),
	 .argument = "TEXT",
	 .initial = "OOO",
	 .help = "the server's name",
	 .sides = SIDE_SERVER},
	{.name = "age",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct statemachine_options, age),
	 .argument = "N",
	 .initial = "22",
	 .help = "the server's age",
	 .sides = SIDE_SERVER},
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct statemachine_options, timeout),
	 .argument = "D",
	 .min = 1,
	 .initial = "5s",
	 .help = "give up when no answer has come for so long",
	 .sides = SIDE_CLIENT},
	{.name = NULL},
};

static const char ask_name_text[] = "what is your name?";
static const char ask_age_text[] = "How old are you?";

/* --- The server. --- */

struct questions {
	char heard[sizeof(ask_name_text)]; /* the beginning of a question */
	size_t length;
	const char *line_end; /* what may follow of an answered question's line end, or NULL */
};

static bool begins(const struct questions *questions, const char *question)
{
	return strncmp(question, questions->heard, questions->length) == 0;
}

static bool answer(struct session *session, struct questions *questions)
{
	const struct statemachine_options *chosen = session_options(session);

	if (strcmp(questions->heard, ask_name_text) == 0) {
		session_send(session, "My name is ", 11);
		session_send(session, chosen->name, strlen(chosen->name));
	} else if (strcmp(questions->heard, ask_age_text) == 0) {
		char text[32];
		session_send(
			session, text,
			(size_t)snprintf(text, sizeof(text), "I am %lld", (long long)chosen->age));
	} else {
		return false;
	}
	session_note(session, "was asked: %s", questions->heard);
	*questions = (struct questions){.line_end = "\r\n"};
	return true;
}

/* Takes one byte. False: it belongs to no question. */
static bool hear(struct session *session, struct questions *questions, char byte)
{
	if (questions->line_end && (byte == '\n' || byte == *questions->line_end)) {
		questions->line_end = byte == '\r' ? "\n" : NULL;
		session_send(session, &byte, 1);
		return true;
	}
	questions->line_end = NULL;
	questions->heard[questions->length++] = byte;
	questions->heard[questions->length] = '\0';
	if (answer(session, questions))
		return true;
	return begins(questions, ask_name_text) || begins(questions, ask_age_text);
}

static void server_input(struct session *session, const char *bytes, size_t n)
{
	struct questions *questions = session_state(session);

	for (size_t i = 0; i < n; i++) {
		if (!hear(session, questions, bytes[i])) {
			session_note(session, "communication terminated: not a question: %s",
				     session_quote(session, bytes + i, n - i));
			session_end(session);
			return;
		}
	}
}

/* --- The client. --- */

enum state { ASK_NAME, ASKED_NAME, ASK_AGE, ASKED_AGE, TERMINATION };

static const char *const state_names[] = {
	[ASK_NAME] = "ask_name",   [ASKED_NAME] = "asked_name",   [ASK_AGE] = "ask_age",
	[ASKED_AGE] = "asked_age", [TERMINATION] = "termination",
};

struct machine {
	int state; /* enum state */
};

static void enter(struct session *session, enum state state)
{
	struct machine *machine = session_state(session);

	session_detail(session, "%s -> %s", state_names[machine->state], state_names[state]);
	machine->state = (int)state;
}

/* Goes through the states that wait for nobody. */
static void walk(struct session *session)
{
	const struct statemachine_options *chosen = session_options(session);
	const struct machine *machine = session_state(session);

	if (machine->state == ASK_NAME) {
		session_line(session, "%s", ask_name_text);
		enter(session, ASKED_NAME);
	} else if (machine->state == ASK_AGE) {
		session_line(session, "%s", ask_age_text);
		enter(session, ASKED_AGE);
	} else {
		session_end(session);
		return;
	}
	session_timer(session, chosen->timeout);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	const struct machine *machine = session_state(session);
	const char *expected = machine->state == ASKED_NAME ? "My name is" : "I am";
	size_t length = strlen(expected);

	if (n < length || memcmp(bytes, expected, length) != 0) {
		session_fail(session,
			     "the server strayed in state %s: it said \"%s\" and not \"%s ...\"",
			     state_names[machine->state], session_quote(session, bytes, n),
			     expected);
		return;
	}
	session_show(session, bytes, n);
	enter(session, machine->state == ASKED_NAME ? ASK_AGE : TERMINATION);
	walk(session);
}

static void client_timer(struct session *session)
{
	const struct machine *machine = session_state(session);

	session_fail(session, "the server fell silent in state %s", state_names[machine->state]);
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct machine *machine = session_state(session);

	if (machine->state != TERMINATION && (reason == CLOSE_ENDED || reason == CLOSE_FAILED))
		session_fail(session, "the server closed the connection in state %s",
			     state_names[machine->state]);
}

const struct protocol statemachine_protocol = {
	.name = "statemachine",
	.client_alias = "statemachine-client",
	.summary = "answers the questions of a state machine",
	.reference = "paper 000, application 1",
	.dialogue = dialogue,
	.port = 65431,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.framing = FRAMING_STREAM,
	.client_framing = FRAMING_LINE,
	.server_state = sizeof(struct questions),
	.client_state = sizeof(struct machine),
	.options = options,
	.options_size = sizeof(struct statemachine_options),
	.server = {.input = server_input},
	.client = {.open = walk,
		   .input = client_input,
		   .timer = client_timer,
		   .close = client_close},
};
