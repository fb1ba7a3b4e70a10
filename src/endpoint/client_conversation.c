/*
 * One connection of the client, from its dialing to its end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "endpoint/client_internal.h"

static bool tells_events(const struct conversation *conversation)
{
	const struct connect_options *options = conversation->client->options;

	return options->send.count > 0 && !options->quiet;
}

bool conversation_is_alive(const struct conversation *conversation)
{
	return conversation->dial || conversation->connection;
}

/* --- Its beginning --- */

static void end_dial(struct conversation *conversation)
{
	dial_free(conversation->dial);
	conversation->dial = NULL;
	conversation->client->alive--;
}

static void begin_talk(struct conversation *conversation)
{
	struct client *client = conversation->client;
	char text[ADDRESS_TEXT + 32];
	struct address peer;
	int socket = dial_take(conversation->dial, &peer);

	dial_free(conversation->dial);
	conversation->dial = NULL;
	conversation->connection =
		connection_new(client->service, client->loop, &peer, socket, client->datagrams);
	if (!conversation->connection) {
		close(socket);
		client->alive--;
		client_fail(client, conversation, STATUS_PROTOCOL, "%s", error_reason(ENOMEM));
		return;
	}
	snprintf(text, sizeof(text), "connected to %s",
		 address_text((char[ADDRESS_TEXT]){0}, &peer));
	screen_remark(&client->screen, text, true);
	connection_carriage(conversation->connection)->data = conversation;
	connection_open(conversation->connection);
	/* Where nobody types and the protocol does not watch the time, the server is waited for
	 * from the beginning. */
	if (!client->protocol->client.user &&
	    connection_deadline(conversation->connection) == NEVER)
		conversation->quit_at =
			time_after(loop_now(client->loop), client->options->quit_after);
	conversation_tend(conversation);
}

void conversation_dial(struct conversation *conversation)
{
	struct error error;
	int result = dial_step(conversation->dial, &error);

	if (result > 0) {
		begin_talk(conversation);
	} else if (result < 0) {
		end_dial(conversation);
		client_fail(conversation->client, conversation, error.status, "%s", error.text);
	}
}

void conversation_start(struct conversation *conversation)
{
	struct client *client = conversation->client;

	conversation->quit_at = NEVER;
	if (tells_events(conversation))
		screen_line(&client->screen, "starting connection %u to %s", conversation->number,
			    dialer_name(client->dialer));
	conversation->dial = dial_new(client->dialer);
	if (!conversation->dial) {
		client_fail(client, conversation, STATUS_UNREACHABLE, "%s", error_reason(ENOMEM));
		return;
	}
	client->alive++;
	conversation_dial(conversation);
}

/* --- Its end --- */

static const char *server_name(const struct conversation *conversation, char out[ADDRESS_TEXT])
{
	const struct client *client = conversation->client;

	if (client->options->unix_path)
		return client->options->unix_path;
	return address_text(out, connection_peer(conversation->connection));
}

static void judge_break(const struct conversation *conversation)
{
	struct client *client = conversation->client;
	char text[ADDRESS_TEXT];
	const char *name = server_name(conversation, text);
	int code = conversation->failure;

	if (code == ECONNRESET)
		client_fail(client, conversation, STATUS_PROTOCOL,
			    "the server at %s reset the connection", name);
	else if (code == ECONNREFUSED)
		client_fail(client, conversation, STATUS_PROTOCOL,
			    "no reply from %s: connection refused; is the server running?", name);
	else
		client_fail(client, conversation, STATUS_PROTOCOL,
			    "the connection to the server at %s broke: %s", name,
			    error_reason(code));
}

static void judge_end(const struct conversation *conversation)
{
	struct client *client = conversation->client;
	size_t texts = client->options->send.count;

	if (conversation->next_text < texts)
		client_fail(client, conversation, STATUS_PROTOCOL,
			    "the server closed the connection before message %zu of %zu was sent",
			    conversation->next_text + 1, texts);
	else if (!client->person && client->takes_lines && !conversation->typed &&
		 !conversation->heard && !conversation->finished)
		client_fail(client, conversation, STATUS_PROTOCOL,
			    "the server closed the connection before anything was sent");
	else if (client->person && client->takes_lines && !conversation->finished)
		screen_remark(&client->screen, "the server closed the connection", false);
}

/* Decides what the end of a connection means for the exit status. */
static void judge(const struct conversation *conversation)
{
	struct client *client = conversation->client;
	const char *failure = connection_failure(conversation->connection);
	enum close_reason reason = CLOSE_DONE;

	connection_closed(conversation->connection, &reason);
	if (failure)
		client_fail(client, conversation, STATUS_PROTOCOL, "%s", failure);
	else if (reason == CLOSE_FAILED)
		judge_break(conversation);
	else if (reason == CLOSE_SLOW)
		client_fail(client, conversation, STATUS_PROTOCOL,
			    "the server does not read what it is sent");
	else if (reason == CLOSE_MEMORY)
		client_fail(client, conversation, STATUS_PROTOCOL, "%s", error_reason(ENOMEM));
	else if (reason == CLOSE_ENDED)
		judge_end(conversation);
}

static void end_talk(struct conversation *conversation)
{
	struct client *client = conversation->client;

	if (!conversation->abandoned)
		judge(conversation);
	if (tells_events(conversation))
		screen_line(&client->screen, "closing connection %u", conversation->number);
	close(connection_carriage(conversation->connection)->socket);
	connection_free(conversation->connection);
	conversation->connection = NULL;
	client->alive--;
}

void conversation_abandon(struct conversation *conversation)
{
	conversation->abandoned = true;
	if (conversation->dial)
		end_dial(conversation);
	if (!conversation->connection)
		return;
	connection_abort(conversation->connection, CLOSE_STOPPING);
	end_talk(conversation);
}

/* --- The texts of --send --- */

static void begin_quit(struct conversation *conversation)
{
	const struct client *client = conversation->client;

	conversation->finished = true;
	conversation->quit_at = time_after(loop_now(client->loop), client->options->quit_after);
}

/* A textbook's server takes what one receive returns for one message: the next one waits for an
 * answer, or for a moment. */
#define RAW_PACE (200 * NANOSECONDS_PER_MILLISECOND)

static void hold_pace(struct conversation *conversation)
{
	const struct client *client = conversation->client;

	if (client->options->framing.framing == FRAMING_CHOICE_RAW && !client->options->udp)
		conversation->pace = time_after(loop_now(client->loop), RAW_PACE);
}

bool conversation_listens(const struct conversation *conversation)
{
	return connection_listens(conversation->connection) &&
	       conversation->pace <= loop_now(conversation->client->loop);
}

static void send_text(struct conversation *conversation, const char *text)
{
	char after[32];

	snprintf(after, sizeof(after), " to connection %u", conversation->number);
	if (tells_events(conversation))
		screen_quote(&conversation->client->screen, "sending ", text, strlen(text), after);
	hold_pace(conversation);
	connection_user(conversation->connection, text, strlen(text));
	if (connection_verbatim(conversation->connection))
		connection_user(conversation->connection, "\n", 1);
}

/* Hands over the next text, or leaves after the last. Returns whether it did either. */
static bool go_on_with_texts(struct conversation *conversation)
{
	const struct client *client = conversation->client;
	const struct text_list *texts = &client->options->send;
	enum close_reason reason;

	if (texts->count == 0 || conversation->finished || client->leaving ||
	    connection_queued(conversation->connection) > 0 ||
	    !conversation_listens(conversation) ||
	    connection_closed(conversation->connection, &reason))
		return false;
	if (conversation->next_text < texts->count) {
		send_text(conversation, texts->items[conversation->next_text++]);
	} else {
		begin_quit(conversation);
		if (!client->options->no_shutdown || client->protocol->client.leave)
			connection_leave(conversation->connection);
	}
	return true;
}

void conversation_tend(struct conversation *conversation)
{
	struct connection *connection = conversation->connection;

	do
		conversation_send(conversation);
	while (go_on_with_texts(conversation));
	connection_settle(connection);
	if (connection_wants(connection) & WANT_SHUTDOWN) {
		shutdown(connection_carriage(connection)->socket, SHUT_WR);
		connection_shut(connection);
	}
	if (connection_wants(connection) & WANT_CLOSE)
		end_talk(conversation);
}

/* --- What its user does --- */

void conversation_type(struct conversation *conversation, const char *bytes, size_t n)
{
	if (!conversation->connection)
		return;
	conversation->typed = true;
	hold_pace(conversation);
	connection_user(conversation->connection, bytes, n);
	conversation_tend(conversation);
}

void conversation_finish(struct conversation *conversation)
{
	if (!conversation->connection || conversation->finished)
		return;
	begin_quit(conversation);
	if (!conversation->client->options->no_shutdown)
		connection_finish(conversation->connection);
	conversation_tend(conversation);
}

void conversation_leave(struct conversation *conversation)
{
	if (conversation->dial)
		conversation_abandon(conversation);
	if (!conversation->connection)
		return;
	conversation->abandoned = true;
	connection_leave(conversation->connection);
	conversation_tend(conversation);
}

/* --- Its turn --- */

/* Nobody has ended the conversation for --quit-after since the input ended. Datagrams have no end,
 * so that any answer will do if the protocol does not count them. */
static void quit(struct conversation *conversation)
{
	struct client *client = conversation->client;
	const struct role *role = &client->protocol->client;
	bool silent = client->datagrams ? !conversation->heard || role->leave : !role->user;
	bool late = silent || !(client->datagrams || client->options->no_shutdown);
	char text[ADDRESS_TEXT], duration[32];

	clock_text(duration, client->options->quit_after);
	if (late && silent)
		client_fail(client, conversation, STATUS_TIMEOUT, "no reply from %s within %s",
			    server_name(conversation, text), duration);
	else if (late)
		client_fail(client, conversation, STATUS_TIMEOUT,
			    "the server at %s did not close the connection within %s of the end "
			    "of the input",
			    server_name(conversation, text), duration);
	else
		conversation_leave(conversation);
	conversation_abandon(conversation);
}

void conversation_watch(struct conversation *conversation, struct pollfd *events)
{
	struct pollfd *event = events;

	conversation->events = events;
	conversation->event_count = 0;
	if (conversation->dial) {
		conversation->event_count = dial_events(conversation->dial, events);
	} else if (conversation->connection) {
		unsigned wants = connection_wants(conversation->connection);
		*event = (struct pollfd){.fd = -1};
		if (wants & WANT_RECEIVE)
			event->events |= POLLIN;
		if (conversation->blocked)
			event->events |= POLLOUT;
		/* What nothing is wanted from would report its errors again and again. */
		if (event->events)
			event->fd = connection_carriage(conversation->connection)->socket;
		conversation->event_count = 1;
	}
}

int64_t conversation_deadline(const struct conversation *conversation)
{
	int64_t deadline = conversation->quit_at;

	if (conversation->dial)
		return dial_deadline(conversation->dial);
	if (conversation->pace > loop_now(conversation->client->loop))
		deadline = time_earlier(deadline, conversation->pace);
	return deadline;
}

static bool dial_is_ready(const struct conversation *conversation)
{
	for (int i = 0; i < conversation->event_count; i++) {
		if (conversation->events[i].revents)
			return true;
	}
	return dial_deadline(conversation->dial) <= loop_now(conversation->client->loop);
}

void conversation_act(struct conversation *conversation)
{
	const struct pollfd *event = conversation->events;

	if (conversation->dial) {
		if (dial_is_ready(conversation))
			conversation_dial(conversation);
		return;
	}
	if (conversation->connection && conversation->event_count && event->revents) {
		if (event->events & POLLIN && event->revents & ~POLLOUT)
			conversation_receive(conversation);
		if (conversation->connection)
			conversation_tend(conversation);
	}
	if (conversation->connection &&
	    conversation->quit_at <= loop_now(conversation->client->loop))
		quit(conversation);
}
