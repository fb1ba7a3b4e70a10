/*
 * knock: a knock-knock joke, of which the server is the patient half.
 *
 * Paper 003, question 4.
 */
#include <string.h>
#include <strings.h>

#include "sockettool/protocol.h"

extern const struct protocol knock_protocol;

static const char dialogue[] = "client -> Knock Knock..\n"
			       "client <- Who's there?\n"
			       "client -> Datagram\n"
			       "client <- Datagram who?\n"
			       "client -> I would tell you, but you might not get it.\n"
			       "client <- Ha ha!\n"
			       "client <- (closes)\n";

enum expected { EXPECT_KNOCK, EXPECT_NAME, EXPECT_PUNCH_LINE };

struct joke {
	int expected; /* enum expected */
};

/* Knock knock, in whatever case and with whatever dots. */
static bool is_knock(const char *line, size_t n)
{
	static const char knock[] = "knock knock";
	size_t length = strlen(knock);

	while (n > length && memchr(".! ", line[n - 1], 3))
		n--;
	return n == length && strncasecmp(line, knock, length) == 0;
}

static void server_input(struct session *session, const char *line, size_t n)
{
	struct joke *joke = session_state(session);

	session_note_bytes(session, "received ", line, n);
	switch ((enum expected)joke->expected) {
	case EXPECT_KNOCK:
		if (is_knock(line, n)) {
			session_line(session, "Who's there?");
			joke->expected = EXPECT_NAME;
		} else {
			session_line(session, "Please knock first: Knock Knock..");
		}
		break;
	case EXPECT_NAME:
		session_message(session, (struct slice[]){{line, n}, {" who?", 5}}, 2);
		joke->expected = EXPECT_PUNCH_LINE;
		break;
	case EXPECT_PUNCH_LINE:
		session_line(session, "Ha ha!");
		session_end(session);
		break;
	}
}

const struct protocol knock_protocol = {
	.name = "knock",
	.summary = "listens to a knock-knock joke",
	.reference = "paper 003, question 4",
	.dialogue = dialogue,
	.port = 43389,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.server_state = sizeof(struct joke),
	.server = {.input = server_input},
	.client = {.user = session_text, .input = session_show},
};
