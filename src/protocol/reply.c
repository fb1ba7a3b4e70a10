/*
 * reply: every request is sent back with a few words around it.
 *
 * Paper 002, Server4.
 */
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol reply_protocol;

static const char dialogue[] = "client -> Hello\n"
			       "client <- Request received as : Hello\n"
			       "client -> How are you\n"
			       "client <- Request received as : How are you\n"
			       "client -> quit()\n"
			       "client <- quit()\n"
			       "client <- (closes)\n";

static const char quit[] = "quit()";

static void server_input(struct session *session, const char *line, size_t n)
{
	static const char received[] = "Request received as : ";

	session_note_bytes(session, "sent -> ", line, n);
	if (n == strlen(quit) && memcmp(line, quit, n) == 0) {
		session_line(session, "%s", quit);
		session_end(session);
		return;
	}
	session_message(session, (struct slice[]){{received, sizeof(received) - 1}, {line, n}}, 2);
}

static void client_open(struct session *session)
{
	session_prompt(session, "Enter request string : ");
}

static const struct exchange exchanges[] = {
	{"Hello", "Request received as : Hello"},
	{"How are you", "Request received as : How are you"},
	{NULL, NULL},
};

static const struct workload workload = {.kind = WORKLOAD_EXCHANGE, .exchanges = exchanges};

const struct protocol reply_protocol = {
	.name = "reply",
	.summary = "tells what it received",
	.reference = "paper 002, Server4",
	.dialogue = dialogue,
	.port = 5004,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.workload = &workload,
	.server = {.input = server_input},
	.client = {.open = client_open, .user = session_text, .input = session_show},
};
