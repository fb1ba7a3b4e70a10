/*
 * message: what a client sends is shown at the server, behind its address.
 *
 * Paper 004, the example program. There is no answer.
 */
#include <stdio.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol message_protocol;

static const char dialogue[] = "client -> this is my message\n"
			       "client -> (ends)\n"
			       "client <- (closes)\n";

enum { PIECE = 200 }; /* bytes of a message that are shown at a time */

static void server_input(struct session *session, const char *line, size_t n)
{
	char peer[80], shown[1000];

	strncpy(peer, session_peer(session), sizeof(peer) - 1);
	peer[sizeof(peer) - 1] = '\0';
	do {
		size_t part = n < PIECE ? n : PIECE;
		/* A character, which has at most four bytes, stays in one piece. */
		while (part < n && part > PIECE - 3 && ((unsigned char)line[part] & 0xc0) == 0x80)
			part--;
		const char *text = session_quote(session, line, part);
		size_t length = (size_t)snprintf(shown, sizeof(shown), "%s: %s", peer, text);
		session_show(session, shown, length < sizeof(shown) ? length : sizeof(shown) - 1);
		line += part;
		n -= part;
	} while (n > 0);
}

const struct protocol message_protocol = {
	.name = "message",
	.summary = "shows what clients send, with their address",
	.reference = "paper 004, the example program",
	.dialogue = dialogue,
	.port = 2000,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.server = {.input = server_input},
	.client = {.user = session_text, .input = session_show},
};
