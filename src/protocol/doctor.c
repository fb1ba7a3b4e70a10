/*
 * doctor: a therapist who answers every line.
 *
 * Paper 001, "Putting the Doctor Online": the one-on-one chat, with a program in the place of the
 * person at the server. An empty line gets an answer like any other: the paper's client hangs up
 * instead of sending one, so that none reaches its server, and hanging up still ends a session. So
 * does "bye", "goodbye" or "quit" alone on a line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/doctor_engine.h"
#include "protocol/doctor_rules.h"
#include "sockettool/protocol.h"

extern const struct protocol doctor_protocol;

/* With --seed 1. */
static const char dialogue[] = "client <- I am glad you came. Where shall we begin?\n"
			       "client -> Hello.\n"
			       "client <- Hello. How are you today?\n"
			       "client -> I am unhappy these days.\n"
			       "client <- I am sorry that you are unhappy. When did it begin?\n"
			       "client -> It is about my sister.\n"
			       "client <- Tell me more about your sister.\n"
			       "client -> You are not helping me.\n"
			       "client <- Would it matter to you if I were not helping you?\n"
			       "client -> Sometimes it rains.\n"
			       "client <- I am still thinking about one thing: your sister.\n"
			       "client -> Goodbye.\n"
			       "client <- Goodbye. Come again when you like.\n"
			       "client <- (closes)\n";

struct doctor_options {
	const char *script;
	int64_t seed;
};

static const struct option options[] = {
	{.name = "script",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct doctor_options, script),
	 .argument = "FILE",
	 .help = "converse by the rules in FILE, in the form of Weizenbaum's ELIZA of 1966",
	 .sides = SIDE_SERVER},
	{.name = "seed",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct doctor_options, seed),
	 .argument = "N",
	 .initial = "0",
	 .help = "make the choices the same in every session; 0: different ones",
	 .sides = SIDE_SERVER},
	{.name = NULL},
};

/* --- The rules, the same for all sessions. --- */

struct practice {
	char *text; /* of --script, else NULL */
	struct doctor_script *script;
};

static const char *start(void *state, const void *chosen, char complaint[256])
{
	const char *path = ((const struct doctor_options *)chosen)->script;
	struct practice *practice = state;
	struct slice rules = doctor_rules;
	struct doctor_fault fault;

	if (path) {
		practice->text = file_read(path, DOCTOR_SCRIPT_MAX, &rules.n);
		if (!practice->text) {
			snprintf(complaint, 256, "cannot read the script %.120s: %s", path,
				 strerror(errno));
			return complaint;
		}
		rules.bytes = practice->text;
	}
	practice->script = doctor_script_read(rules.bytes, rules.n, &fault);
	if (practice->script)
		return NULL;
	if (!path)
		snprintf(complaint, 256, "doctor's own rules: %s", fault.text);
	else if (fault.line)
		snprintf(complaint, 256, "%.80s, line %zu, column %zu: %.120s", path, fault.line,
			 fault.column, fault.text);
	else
		snprintf(complaint, 256, "%.120s: %.120s", path, fault.text);
	free(practice->text);
	practice->text = NULL;
	return complaint;
}

static void stop(void *state)
{
	struct practice *practice = state;

	doctor_script_free(practice->script);
	free(practice->text);
	*practice = (struct practice){0};
}

/* --- The server. --- */

struct patient {
	struct doctor_conversation *conversation;
};

static void send_reply(struct session *session, const struct doctor_reply *reply)
{
	session_detail(session, "%s", reply->why);
	session_message(session, &(struct slice){reply->text, reply->n}, 1);
}

static void server_open(struct session *session)
{
	const struct practice *practice = service_state(session);
	const struct doctor_options *chosen = session_options(session);
	struct patient *patient = session_state(session);
	struct doctor_reply reply;

	patient->conversation = doctor_conversation_new(
		practice->script, chosen->script ? DOCTOR_MANNER_1966 : DOCTOR_MANNER_OURS,
		chosen->seed ? (uint64_t)chosen->seed : session_random(session));
	if (!patient->conversation) {
		session_fail(session, "no memory for a conversation");
		return;
	}
	doctor_greet(patient->conversation, &reply);
	if (reply.n)
		send_reply(session, &reply);
}

static void server_input(struct session *session, const char *bytes, size_t n)
{
	struct patient *patient = session_state(session);
	struct doctor_reply reply;

	doctor_answer(patient->conversation, bytes, n, &reply);
	send_reply(session, &reply);
	if (reply.ends)
		session_end(session);
}

static void server_close(struct session *session, enum close_reason reason)
{
	struct patient *patient = session_state(session);

	(void)reason;
	doctor_conversation_free(patient->conversation);
}

/* --- The client. --- */

static void client_open(struct session *session)
{
	session_prompt(session, "> ");
}

const struct protocol doctor_protocol = {
	.name = "doctor",
	.summary = "a therapist who answers every line",
	.reference = "paper 001; Weizenbaum's ELIZA, 1966",
	.dialogue = dialogue,
	.port = 21568,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.server_state = sizeof(struct patient),
	.service_state = sizeof(struct practice),
	.options = options,
	.options_size = sizeof(struct doctor_options),
	.start = start,
	.stop = stop,
	.server = {.open = server_open, .input = server_input, .close = server_close},
	.client = {.open = client_open, .user = session_text, .input = session_show},
};
