/*
 * A turn of the client's loop: one poll over signals, the keyboard and all connections.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "endpoint/client_internal.h"
#include "endpoint/client_signals.h"
#include "endpoint/keyboard_editor.h"

/* Places among the client's events. */
enum { EVENT_SIGNALS, EVENT_KEYBOARD };

bool client_wants_keyboard(const struct client *client)
{
	const struct connection *connection = client->conversations[0].connection;

	return client->takes_lines && !client->leaving && connection &&
	       conversation_listens(&client->conversations[0]) &&
	       connection_queued(connection) <= CLIENT_QUEUE_HIGH;
}

/* Fills the events and returns how many they are. */
static nfds_t watch(struct client *client)
{
	nfds_t n = CLIENT_EVENTS_OWN;

	client->events[EVENT_SIGNALS] =
		(struct pollfd){.fd = client_signals_descriptor(), .events = POLLIN};
	client->events[EVENT_KEYBOARD] = (struct pollfd){
		.fd = client_wants_keyboard(client) ? STDIN_FILENO : -1, .events = POLLIN};
	for (size_t i = 0; i < client->count; i++) {
		conversation_watch(&client->conversations[i], client->events + n);
		n += (nfds_t)client->conversations[i].event_count;
	}
	return n;
}

static int64_t next_deadline(const struct client *client)
{
	int64_t deadline = loop_deadline(client->loop);

	if (client->leaving)
		deadline = time_earlier(deadline, client->leave_by);
	for (size_t i = 0; i < client->count; i++) {
		if (conversation_is_alive(&client->conversations[i]))
			deadline = time_earlier(deadline,
						conversation_deadline(&client->conversations[i]));
	}
	return deadline;
}

static void take_signals(struct client *client)
{
	client_signals_take();
	if (client_signals_resized() && client->editor)
		editor_resize(client->editor);
	if (client_signals_suspended() && client->editor)
		editor_suspend(client->editor);
	if (client_signals_ending())
		client_leave(client);
}

/* What the clock and other connections have brought about. */
static void take_pending(struct client *client)
{
	struct connection *connection;

	loop_expire(client->loop);
	while ((connection = loop_pending(client->loop)))
		conversation_tend(connection_carriage(connection)->data);
}

/* Those that have said what they had to say are let go, and at the end of the moment all. */
static void let_go(struct client *client)
{
	bool late = client->leave_by <= loop_now(client->loop);

	for (size_t i = 0; i < client->count; i++) {
		struct conversation *conversation = &client->conversations[i];
		if (!conversation->connection)
			continue;
		if (late || connection_queued(conversation->connection) == 0)
			conversation_abandon(conversation);
	}
}

static void look_at_screen(struct client *client)
{
	screen_flush(&client->screen);
	if (!client->screen.failure || client->leaving)
		return;
	client_fail(client, NULL, STATUS_PROTOCOL, "cannot write to standard output: %s",
		    error_reason(client->screen.failure));
	client_leave(client);
}

bool client_turn(struct client *client)
{
	nfds_t n;

	look_at_screen(client);
	if (client->leaving)
		let_go(client);
	if (client->alive == 0)
		return false;
	n = watch(client);
	loop_tick(client->loop);
	bool held = keyboard_holds(&client->keyboard) && client_wants_keyboard(client);
	int timeout = clock_poll_timeout(loop_now(client->loop), next_deadline(client));
	if (poll(client->events, n, held ? 0 : timeout) < 0) {
		/* A signal came; what poll left in the events means nothing. */
		for (nfds_t i = 0; i < n; i++)
			client->events[i].revents = 0;
	}
	loop_tick(client->loop);
	take_signals(client);
	for (size_t i = 0; i < client->count; i++) {
		if (conversation_is_alive(&client->conversations[i]))
			conversation_act(&client->conversations[i]);
	}
	take_pending(client);
	look_at_screen(client);
	return (held || client->events[EVENT_KEYBOARD].revents) && client_wants_keyboard(client);
}
