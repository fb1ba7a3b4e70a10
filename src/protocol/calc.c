/*
 * calc: a session that computes.
 *
 * Paper 003, question 6. The first line is the client's name; then each line is NUMBER OP NUMBER,
 * and q ends the session. The protocol has a state: the server remembers the name.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol calc_protocol;

static const char dialogue[] =
	"client -> Adarsh\n"
	"client -> 12 + 13\n"
	"client <- 25.0\n"
	"client -> 3.24 - 45\n"
	"client <- -41.76\n"
	"client -> 4.5 / -6\n"
	"client <- -0.75\n"
	"client -> 12(10\n"
	"client <- Invalid expression: write NUMBER OP NUMBER with spaces between, as in 12 + 42\n"
	"client -> 1 / 0\n"
	"client <- Invalid expression: division by zero\n"
	"client -> q\n"
	"client <- (closes)\n";

/* --- Arithmetic. --- */

struct expression {
	double left, right;
	char operation;
};

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

/* Reads a number that is followed by white space or the end. Returns what is behind both, or NULL:
 * there is none. */
static const char *read_number(const char *at, const char *end, double *value)
{
	const char *stop = text_numeral(at, end, value);

	if (!stop || (stop < end && !is_blank(*stop)))
		return NULL;
	return skip_blanks(stop, end);
}

static bool is_operation(char byte)
{
	return byte == '+' || byte == '-' || byte == '*' || byte == '/';
}

static const char malformed[] = "write NUMBER OP NUMBER with spaces between, as in 12 + 42";

/* Reads an expression. Returns NULL, or what is wrong with it. */
static const char *read_expression(struct expression *expression, const char *line, size_t n)
{
	const char *end = line + n;
	const char *at = read_number(skip_blanks(line, end), end, &expression->left);

	if (!at || end - at < 2 || !is_operation(*at) || !is_blank(at[1]))
		return malformed;
	expression->operation = *at++;
	if (read_number(skip_blanks(at, end), end, &expression->right) != end)
		return malformed;
	if (!isfinite(expression->left) || !isfinite(expression->right))
		return "a number is too large";
	return NULL;
}

/* Computes. Returns NULL, or why that cannot be. */
static const char *compute(const struct expression *expression, double *result)
{
	double left = expression->left, right = expression->right;

	switch (expression->operation) {
	case '+':
		*result = left + right;
		break;
	case '-':
		*result = left - right;
		break;
	case '*':
		*result = left * right;
		break;
	default:
		if (right == 0)
			return "division by zero";
		*result = left / right;
	}
	return isfinite(*result) ? NULL : "the result is too large";
}

/* Whether a line is q, which ends the session; blanks around it do not count. */
static bool is_quit(const char *line, size_t n)
{
	const char *end = line + n, *at = skip_blanks(line, end);

	return at < end && *at == 'q' && skip_blanks(at + 1, end) == end;
}

/* --- The server. --- */

struct calc_server {
	bool named;
	char name[64]; /* escaped, and cut if it is long */
};

static void server_input(struct session *session, const char *bytes, size_t n)
{
	struct calc_server *server = session_state(session);
	struct expression expression;
	double result;
	char text[TEXT_NUMBER];

	if (!server->named) {
		server->named = true;
		text_escape(server->name, sizeof(server->name), bytes, n);
		session_note(session, "name: %s", server->name);
		return;
	}
	if (is_quit(bytes, n)) {
		session_note(session, "Session ended (%s)", server->name);
		session_end(session);
		return;
	}
	session_note_bytes(session, "Received request: ", bytes, n);
	const char *complaint = read_expression(&expression, bytes, n);
	if (!complaint)
		complaint = compute(&expression, &result);
	if (complaint) {
		session_line(session, "Invalid expression: %s", complaint);
		return;
	}
	text_number(text, result);
	session_text(session, text, strlen(text));
}

/* --- The client. --- */

struct calc_client {
	bool named, quit;
	uint64_t asked, answered;
};

/* How long the server may take to close after q. */
#define CLOSE_PATIENCE INT64_C(5000000000)

static void client_open(struct session *session)
{
	session_prompt(session, "Enter your name: ");
}

static void client_user(struct session *session, const char *line, size_t n)
{
	struct calc_client *client = session_state(session);
	struct expression expression;

	if (client->quit)
		return;
	if (!client->named) {
		client->named = true;
		session_text(session, line, n);
		session_prompt(session, "Enter an expression (or 'q' to quit): ");
		return;
	}
	if (is_quit(line, n)) {
		client->quit = true;
		session_text(session, "q", 1);
		session_finish(session);
		session_timer(session, CLOSE_PATIENCE);
		return;
	}
	const char *complaint = read_expression(&expression, line, n);
	if (complaint)
		session_note(session, "not sent: %s", complaint);
	else
		session_text(session, line, n);
	client->asked += complaint ? 0 : 1;
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	struct calc_client *client = session_state(session);

	client->answered++;
	session_show(session, bytes, n);
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct calc_client *client = session_state(session);

	if (reason == CLOSE_ENDED && client->answered < client->asked)
		session_fail(session, "the server answered %" PRIu64 " of %" PRIu64 " expressions",
			     client->answered, client->asked);
}

static const struct exchange exchanges[] = {
	{"12 + 13", "25.0"}, {"3 - 45", "-42.0"},     {"25 * 4", "100.0"},
	{"9 / 4", "2.25"},   {"3.24 - 45", "-41.76"}, {"1000000 + 1", "1000001.0"},
	{"7 * -6", "-42.0"}, {"4.5 / -6", "-0.75"},   {NULL, NULL},
};

static const struct workload workload = {
	.kind = WORKLOAD_EXCHANGE, .opening = "bench", .exchanges = exchanges};

const struct protocol calc_protocol = {
	.name = "calc",
	.summary = "computes NUMBER OP NUMBER, line by line",
	.reference = "paper 003, question 6",
	.dialogue = dialogue,
	.port = 5001,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.workload = &workload,
	.server_state = sizeof(struct calc_server),
	.client_state = sizeof(struct calc_client),
	.server = {.input = server_input},
	.client = {.open = client_open,
		   .user = client_user,
		   .input = client_input,
		   .close = client_close,
		   .timer = session_end},
};
