/*
 * The client: makes what a conversation needs, runs it to its end, and says how it went.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "endpoint/client_internal.h"
#include "endpoint/client_signals.h"
#include "endpoint/keyboard_editor.h"

/* How long a client that leaves takes to say so. */
#define LEAVE_PATIENCE NANOSECONDS_PER_SECOND

enum {
	SEND_QUEUE_LEAST = 1024 * 1024,
	DESCRIPTORS_OWN = 32, /* open files that are not connections */
};

/* The log has one sink for the whole process. */
static struct screen *log_screen;

/* --- What goes wrong --- */

void client_fail(struct client *client, const struct conversation *conversation, int status,
		 const char *format, ...)
{
	char text[2048];
	size_t n = 0;
	va_list arguments;

	if (conversation && client->count > 1)
		n = (size_t)snprintf(text, sizeof(text), "connection %u: ", conversation->number);
	va_start(arguments, format);
	vsnprintf(text + n, sizeof(text) - n, format, arguments);
	va_end(arguments);
	screen_error(&client->screen, text);
	if (!client->status)
		client->status = status;
}

/* --- What sessions and the log say to the user --- */

static struct conversation *of(struct connection *connection)
{
	return connection_carriage(connection)->data;
}

/* A message, or a receive's bytes line by line, as paper 000's application 2 prints them. */
static void show_received(struct conversation *conversation, const char *bytes, size_t n)
{
	const char *end = bytes + n, *newline;
	char after[40];

	snprintf(after, sizeof(after), " from connection %u", conversation->number);
	do {
		newline = memchr(bytes, '\n', (size_t)(end - bytes));
		screen_quote(&conversation->client->screen, "received ", bytes,
			     (size_t)((newline ? newline : end) - bytes), after);
		bytes = newline ? newline + 1 : end;
	} while (bytes < end);
}

static void show(struct connection *connection, const char *bytes, size_t n, bool is_line)
{
	struct conversation *conversation = of(connection);
	const struct connect_options *options = conversation->client->options;

	if (options->send.count && !options->quiet)
		show_received(conversation, bytes, n);
	else
		screen_data(&conversation->client->screen, bytes, n, is_line);
}

static void show_report(struct connection *connection, const char *text)
{
	screen_data(&of(connection)->client->screen, text, strlen(text), true);
}

static void show_progress(struct connection *connection, const char *text)
{
	screen_progress(&of(connection)->client->screen, text);
}

/* Where lines cannot be edited a person is asked once, in a line. Signs alone ask nothing. */
static void ask(struct client *client, const char *prompt)
{
	size_t n = strlen(prompt);
	char question[80];

	while (n > 0 && prompt[n - 1] == ' ')
		n--;
	snprintf(question, sizeof(question), "%.*s", (int)n, prompt);
	if (n > 1 && client->person && isatty(STDOUT_FILENO))
		screen_remark(&client->screen, question, false);
}

static void show_prompt(struct connection *connection, const char *prompt)
{
	struct client *client = of(connection)->client;

	if (!client->editor) {
		ask(client, prompt);
		return;
	}
	screen_uncover(&client->screen);
	editor_prompt(client->editor, prompt);
}

static void show_note(struct connection *connection, const char *text, bool detail)
{
	screen_remark(&of(connection)->client->screen, text, detail);
}

static const struct audience audience = {
	.show = show,
	.report = show_report,
	.prompt = show_prompt,
	.note = show_note,
	.progress = show_progress,
};

static void show_log(enum log_level level, const char *text, size_t n)
{
	char copy[1024];

	if (n >= sizeof(copy))
		n = sizeof(copy) - 1;
	memcpy(copy, text, n);
	copy[n] = '\0';
	screen_remark(log_screen, copy, level == LOG_DETAIL);
}

/* --- The keyboard --- */

static void give_line(void *context, const char *line, size_t n)
{
	struct client *client = context;

	conversation_type(&client->conversations[0], line, n);
}

static bool wants_line(void *context)
{
	return client_wants_keyboard(context);
}

static void refuse_line(void *context)
{
	struct client *client = context;
	char text[96];

	snprintf(text, sizeof(text), "a line of more than %zu bytes was not sent (--max-line)",
		 client->keyboard.max_line);
	screen_remark(&client->screen, text, false);
}

void client_end_input(struct client *client)
{
	client->takes_lines = false;
	for (size_t i = 0; i < client->count; i++)
		conversation_finish(&client->conversations[i]);
}

static void read_keyboard(struct client *client)
{
	int code;

	client->keyboard.verbatim = connection_verbatim(client->conversations[0].connection);
	if (keyboard_read(&client->keyboard, &code))
		return;
	if (code) {
		client_fail(client, NULL, STATUS_PROTOCOL, "standard input cannot be read: %s",
			    error_reason(code));
	}
	client_end_input(client);
}

/* For the editor: whether a key is there. */
static bool wait_for_key(void *context)
{
	struct client *client = context;

	while (client->takes_lines && !client->leaving && client->alive) {
		if (client_turn(client))
			return true;
	}
	return false;
}

static void close_editor(struct client *client)
{
	client->screen.hide = client->screen.reveal = NULL;
	editor_free(client->editor);
	client->editor = NULL;
}

static void type_line(struct client *client)
{
	const char *line;
	size_t n;

	screen_flush(&client->screen);
	line = editor_line(client->editor, &n);
	if (!line) {
		close_editor(client);
		if (client->alive && !client->leaving)
			client_end_input(client);
	} else if (!client->conversations[0].connection) {
		return;
	} else if (connection_verbatim(client->conversations[0].connection)) {
		give_line(client, line, n);
	} else if (n - 1 > client->keyboard.max_line) {
		refuse_line(client);
	} else {
		give_line(client, line, n - 1);
	}
}

/* --- From beginning to end --- */

void client_leave(struct client *client)
{
	if (client->leaving)
		return;
	client->leaving = true;
	client->leave_by = clock_monotonic() + LEAVE_PATIENCE;
	for (size_t i = 0; i < client->count; i++)
		conversation_leave(&client->conversations[i]);
}

static void run(struct client *client)
{
	for (size_t i = 0; i < client->count; i++)
		conversation_start(&client->conversations[i]);
	while (client->alive) {
		if (client->editor && client->takes_lines && !client->leaving &&
		    client->conversations[0].connection)
			type_line(client);
		else if (client_turn(client))
			read_keyboard(client);
	}
	screen_close(&client->screen);
}

/* As many connections as the user asked for need as many open files. */
static void raise_file_limit(size_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= 2 * count + DESCRIPTORS_OWN)
		return;
	limit.rlim_cur = 2 * count + DESCRIPTORS_OWN;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void prepare_keyboard(struct client *client)
{
	struct keyboard *keyboard = &client->keyboard;

	client->takes_lines = client->protocol->client.user && !client->options->send.count;
	client->person = isatty(STDIN_FILENO);
	keyboard->give = give_line;
	keyboard->wants = wants_line;
	keyboard->refuse = refuse_line;
	keyboard->context = client;
	keyboard->max_line = (size_t)client->options->framing.max_line;
	if (!client->takes_lines || !editor_possible())
		return;
	client->editor = editor_new(client->screen.colour, wait_for_key, client);
	if (!client->editor)
		return;
	client->screen.hide = editor_hide;
	client->screen.reveal = editor_reveal;
	client->screen.line = client->editor;
}

static bool prepare_service(struct client *client, const void *protocol_options)
{
	const struct connect_options *options = client->options;
	size_t max_line = (size_t)options->framing.max_line;
	struct service_settings settings = {
		.client = true,
		.raw = options->framing.framing == FRAMING_CHOICE_RAW,
		.crlf = options->framing.crlf,
		.max_line = max_line,
		.send_queue = SEND_QUEUE_LEAST + 2 * max_line,
	};

	client->service = service_new(client->protocol, protocol_options, &settings, &audience);
	client->loop = loop_new(&system_clock, NULL, client);
	return client->service && client->loop;
}

static bool prepare_conversations(struct client *client)
{
	size_t count = client->options->connections > 1 ? (size_t)client->options->connections : 1;

	client->conversations = calloc(count, sizeof(*client->conversations));
	client->events =
		calloc(CLIENT_EVENTS_OWN + count * DIAL_EVENTS_MAX, sizeof(*client->events));
	if (!client->conversations || !client->events)
		return false;
	client->count = count;
	for (size_t i = 0; i < count; i++) {
		client->conversations[i].client = client;
		client->conversations[i].number = (unsigned)i + 1;
	}
	if (count > 1)
		raise_file_limit(count);
	return true;
}

/* Returns 0, or a negative errno with the error filled. */
static int prepare(struct client *client, const void *protocol_options, const char *host,
		   const char *port, struct error *error)
{
	const struct connect_options *options = client->options;
	struct dial_target target = {.host = host,
				     .port = port,
				     .unix_path = options->unix_path,
				     .datagrams = client->datagrams};
	int status;

	if (options->send.count && !client->protocol->client.user)
		return error_usage(error, "%s takes no messages: leave out --send",
				   client->protocol->name);
	prepare_keyboard(client);
	if (!prepare_service(client, protocol_options) || !prepare_conversations(client))
		return error_system(error, ENOMEM, "connect");
	status = client_signals_catch(client->editor != NULL, error);
	if (status < 0)
		return status;
	client->dialer = dialer_new(&target, &system_clock, options->timeout, error);
	return client->dialer ? 0 : -EHOSTUNREACH;
}

static void release(struct client *client)
{
	log_redirect(NULL);
	log_screen = NULL;
	close_editor(client);
	keyboard_close(&client->keyboard);
	if (client->service)
		service_free(client->service);
	loop_free(client->loop);
	dialer_free(client->dialer);
	client_signals_restore();
	free(client->conversations);
	free(client->events);
}

int connect_and_talk(const struct protocol *protocol, const void *protocol_options,
		     const char *host, const char *port, const struct connect_options *options)
{
	struct client *client = calloc(1, sizeof(*client));
	struct error error;
	int status;

	if (!client) {
		fputs("sockettool: cannot allocate memory\n", stderr);
		return STATUS_PROTOCOL;
	}
	client->protocol = protocol;
	client->options = options;
	client->datagrams = options->udp && !options->unix_path;
	screen_open(&client->screen, options->quiet, options->verbose);
	log_screen = &client->screen;
	log_configure(options->verbose ? LOG_DETAIL : LOG_INFO, LOG_TEXT);
	log_redirect(show_log);
	if (prepare(client, protocol_options, host, port, &error) < 0)
		client_fail(client, NULL, error.status, "%s", error.text);
	else
		run(client);
	status = client->status;
	if (client_signals_ending())
		status = STATUS_SIGNAL + client_signals_ending();
	release(client);
	free(client);
	return status;
}
