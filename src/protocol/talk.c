/*
 * talk: two people, one at each end, line by line.
 *
 * Paper 001, "A One-on-One Chat Server", and paper 004's lab task. Both may type at any time; with
 * --turns they alternate as the papers' programs do, the caller first. EXIT alone on a line ends
 * the conversation, and with --turns an empty line does, too. The server has one line: while
 * somebody is on it, others hear that it is busy.
 */
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol talk_protocol;

static const char dialogue[] = "client -> Hello?\n"
			       "client -> EXIT\n"
			       "client <- (closes)\n";

struct talk_options {
	const char *greeting;
	bool turns;
};

static const struct option options[] = {
	{.name = "greeting",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct talk_options, greeting),
	 .argument = "TEXT",
	 .help = "what a caller is told first",
	 .sides = SIDE_SERVER},
	{.name = "turns",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct talk_options, turns),
	 .help = "speak in turns, the caller first",
	 .sides = SIDE_BOTH},
	{.name = NULL},
};

static const char prompt[] = "> ";

static bool takes_turns(struct session *session)
{
	const struct talk_options *chosen = session_options(session);

	return chosen->turns;
}

/* Whether a line ends the conversation, whoever says it. */
static bool is_last(struct session *session, const char *line, size_t n)
{
	return (n == 4 && memcmp(line, "EXIT", 4) == 0) || (n == 0 && takes_turns(session));
}

/* Whose turn it is; without turns it is always everybody's. */
static void give_turn(struct session *session, bool mine)
{
	if (!takes_turns(session))
		mine = true;
	session_prompt(session, mine ? prompt : "");
	session_keyboard(session, mine);
}

/* What was typed at either end. */
static void say(struct session *session, const char *line, size_t n)
{
	if (is_last(session, line, n)) {
		session_end(session);
		return;
	}
	session_text(session, line, n);
	give_turn(session, false);
}

/* What the other end has said. */
static void hear(struct session *session, const char *line, size_t n)
{
	if (is_last(session, line, n)) {
		session_note(session, "the other side has left");
		session_end(session);
		return;
	}
	session_show(session, line, n);
	give_turn(session, true);
}

/* --- The server. --- */

struct telephone {
	struct session *caller;
};

static void server_open(struct session *session)
{
	const struct talk_options *chosen = session_options(session);
	struct telephone *telephone = service_state(session);

	if (telephone->caller) {
		session_line(session, "The line is busy.");
		session_end(session);
		return;
	}
	telephone->caller = session;
	if (chosen->greeting)
		session_line(session, "%s", chosen->greeting);
	give_turn(session, false);
}

static void server_close(struct session *session, enum close_reason reason)
{
	struct telephone *telephone = service_state(session);

	(void)reason;
	if (telephone->caller == session)
		telephone->caller = NULL;
}

/* --- The client. --- */

/* A caller that takes turns listens first: a greeting is no answer to what is said meanwhile. */
#define GREETING_PATIENCE INT64_C(500000000)

static void client_open(struct session *session)
{
	give_turn(session, false);
	if (takes_turns(session))
		session_timer(session, GREETING_PATIENCE);
}

static void client_input(struct session *session, const char *line, size_t n)
{
	session_timer(session, -1);
	hear(session, line, n);
}

static void client_timer(struct session *session)
{
	give_turn(session, true);
}

const struct protocol talk_protocol = {
	.name = "talk",
	.summary = "lets two people talk, one at each end",
	.reference = "paper 001; paper 004, the task",
	.dialogue = dialogue,
	.port = 21567,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.shared = true,
	.solitary = true,
	.options = options,
	.options_size = sizeof(struct talk_options),
	.service_state = sizeof(struct telephone),
	.server = {.open = server_open,
		   .input = hear,
		   .user = say,
		   .leave = session_finish,
		   .close = server_close},
	.client = {.open = client_open, .user = say, .input = client_input, .timer = client_timer},
};
