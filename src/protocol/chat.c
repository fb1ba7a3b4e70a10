/*
 * chat: a room where all read what each one writes.
 *
 * Paper 003, question 8. The first line is a name that nobody else in the room has; every later
 * line reaches all others behind it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol chat_protocol;

static const char dialogue[] = "adarsh -> Adarsh\n"
			       "adarsh <- Welcome, Adarsh.\n"
			       "adarsh <- Nobody else is here yet.\n"
			       "abhinav -> ADARSH\n"
			       "abhinav <- The name ADARSH is taken; send another.\n"
			       "abhinav -> Abhinav\n"
			       "abhinav <- Welcome, Abhinav.\n"
			       "abhinav <- Here: Adarsh.\n"
			       "adarsh <- Abhinav has joined the chat.\n"
			       "abhinav -> hi bro\n"
			       "adarsh <- Abhinav: hi bro\n"
			       "adarsh -> bye bro\n"
			       "abhinav <- Adarsh: bye bro\n"
			       "adarsh -> quit\n"
			       "adarsh <- (closes)\n"
			       "abhinav <- Adarsh has left the chat.\n";

enum {
	NAME_CODE_POINTS = 32,
	NAME_BYTES = NAME_CODE_POINTS * 4,
	WELCOME_NAMES = 20, /* shown to a newcomer */
	LIST_BYTES = 400,   /* of names in a line */
};

/* --- The room: the members in the order they came. --- */

struct member {
	struct session *session;
	struct member *next, *previous;
	char *name;   /* NULL until the member is in the room */
	char *folded; /* the form under which names are compared */
};

struct room {
	struct member *first, *last;
	size_t count;
};

static struct slice slice(const char *text)
{
	return (struct slice){text, strlen(text)};
}

static void add(struct room *room, struct member *member)
{
	member->previous = room->last;
	if (room->last)
		room->last->next = member;
	else
		room->first = member;
	room->last = member;
	room->count++;
}

static void take_out(struct room *room, struct member *member)
{
	if (member->previous)
		member->previous->next = member->next;
	else
		room->first = member->next;
	if (member->next)
		member->next->previous = member->previous;
	else
		room->last = member->previous;
	room->count--;
}

static struct member *find(const struct room *room, const char *folded)
{
	for (struct member *at = room->first; at; at = at->next) {
		if (strcmp(at->folded, folded) == 0)
			return at;
	}
	return NULL;
}

/* Sends the names of the members, a few in each line, at most `most` of them. */
static void send_names(struct session *session, const struct room *room, size_t most)
{
	char line[LIST_BYTES + NAME_BYTES + 4];
	size_t length = 0, shown = 0;

	for (const struct member *at = room->first; at && shown < most; at = at->next) {
		if (length >= LIST_BYTES) {
			session_line(session, "Here: %s,", line);
			length = 0;
		}
		length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s",
					   length ? ", " : "", at->name);
		shown++;
	}
	size_t hidden = room->count - shown;
	if (shown == 0)
		session_line(session, "Nobody else is here yet.");
	else if (hidden)
		session_line(session, "Here: %s and %zu more (/who lists all).", line, hidden);
	else
		session_line(session, "Here: %s.", line);
}

/* --- Logging in. --- */

static bool is_name(const char *bytes, size_t n)
{
	const char *at = bytes, *end = bytes + n;
	int count = 0;

	while (at < end && count <= NAME_CODE_POINTS) {
		int32_t code_point = text_next(&at, end);
		if (code_point < 0 || code_point == ':' || !text_visible(code_point))
			return false;
		count++;
	}
	return count >= 1 && count <= NAME_CODE_POINTS;
}

static void login(struct session *session, const char *bytes, size_t n)
{
	struct member *member = session_state(session);
	struct room *room = service_state(session);

	if (!is_name(bytes, n)) {
		session_line(session,
			     "A name has 1 to %d printable characters, no white space and "
			     "no ':'; send another.",
			     NAME_CODE_POINTS);
		return;
	}
	char *folded = text_fold(bytes, n), *name = strndup(bytes, n);
	if (!folded || !name || folded[0] == '\0' || find(room, folded)) {
		session_line(session, "The name %.*s is %s; send another.", (int)n, bytes,
			     folded && folded[0] && name ? "taken" : "not to be had");
		free(folded);
		free(name);
		return;
	}
	*member = (struct member){.session = session, .name = name, .folded = folded};
	session_line(session, "Welcome, %s.", name);
	send_names(session, room, WELCOME_NAMES);
	add(room, member);
	session_broadcast(session, (struct slice[]){slice(name), slice(" has joined the chat.")},
			  2);
	session_join(session);
	session_login(session, name);
	session_note(session, "logged in as %s", name);
}

/* --- Commands. --- */

static bool starts_with(const char *line, size_t n, const char *prefix)
{
	size_t length = strlen(prefix);

	return n >= length && memcmp(line, prefix, length) == 0;
}

static bool is(const char *line, size_t n, const char *text)
{
	return n == strlen(text) && starts_with(line, n, text);
}

/* /msg NAME TEXT */
static void whisper(struct session *session, const char *line, size_t n)
{
	const struct member *member = session_state(session);
	const char *end = line + n, *name = n > strlen("/msg ") ? line + strlen("/msg ") : end;
	const char *space = name < end ? memchr(name, ' ', (size_t)(end - name)) : NULL;

	if (!space || space == name) {
		session_line(session, "Write /msg NAME TEXT.");
		return;
	}
	char *folded = text_fold(name, (size_t)(space - name));
	struct member *other = folded ? find(service_state(session), folded) : NULL;
	free(folded);
	if (other)
		session_message(other->session,
				(struct slice[]){slice(member->name),
						 slice(" (to you alone): "),
						 {space + 1, (size_t)(end - space - 1)}},
				3);
	else
		session_line(session, "Nobody here has that name; /who lists all.");
}

static void command(struct session *session, const char *line, size_t n)
{
	if (is(line, n, "/who"))
		send_names(session, service_state(session), SIZE_MAX);
	else if (is(line, n, "/msg") || starts_with(line, n, "/msg "))
		whisper(session, line, n);
	else if (is(line, n, "/help"))
		session_line(session, "/who lists who is here; /msg NAME TEXT reaches one member "
				      "alone; /quit, or quit, leaves.");
	else
		session_line(session, "There is no such command; /help lists them.");
}

/* --- The hooks. --- */

static void server_input(struct session *session, const char *bytes, size_t n)
{
	const struct member *member = session_state(session);

	if (is(bytes, n, "quit") || is(bytes, n, "/quit"))
		session_end(session);
	else if (!member->name)
		login(session, bytes, n);
	else if (n > 0 && bytes[0] == '/')
		command(session, bytes, n);
	else
		session_broadcast(
			session, (struct slice[]){slice(member->name), slice(": "), {bytes, n}}, 3);
}

static void server_close(struct session *session, enum close_reason reason)
{
	struct member *member = session_state(session);

	(void)reason;
	if (!member->name)
		return;
	take_out(service_state(session), member);
	session_broadcast(session,
			  (struct slice[]){slice(member->name), slice(" has left the chat.")}, 2);
	session_note(session, "%s has left the chat", member->name);
	free(member->name);
	free(member->folded);
}

static void client_open(struct session *session)
{
	session_prompt(session, "Your name: ");
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	if (starts_with(bytes, n, "Welcome, "))
		session_prompt(session, "> ");
	session_show(session, bytes, n);
}

static const struct workload workload = {.kind = WORKLOAD_ROOM};

const struct protocol chat_protocol = {
	.name = "chat",
	.summary = "a room where all read what each one writes",
	.reference = "paper 003, question 8",
	.dialogue = dialogue,
	.port = 5000,
	.transports = TRANSPORT_TCP | TRANSPORT_UNIX,
	.shared = true,
	.workload = &workload,
	.server_state = sizeof(struct member),
	.service_state = sizeof(struct room),
	.server = {.input = server_input, .close = server_close},
	.client = {.open = client_open, .user = session_text, .input = client_input},
};
