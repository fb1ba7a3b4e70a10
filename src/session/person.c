/*
 * What sessions have to do with people: the screen, the keyboard, remarks, and who is logged in.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "session/internal.h"

enum { REMARK_MAX = 1024 };

static void remark(struct session *session, bool detail, const char *text)
{
	struct connection *connection = session_connection(session);
	const struct service *service = connection->service;

	if (service->settings.client)
		service->audience->note(connection, text, detail);
	else
		log_write(detail ? LOG_DETAIL : LOG_INFO, service->protocol->name,
			  session_peer(session), "%s", text);
}

void session_fail(struct session *session, const char *format, ...)
{
	struct connection *connection = session_connection(session);
	char text[REMARK_MAX];
	va_list arguments;

	if (!connection->failure) {
		va_start(arguments, format);
		vsnprintf(text, sizeof(text), format, arguments);
		va_end(arguments);
		connection->failure = strdup(text);
		if (!connection->service->settings.client)
			remark(session, false, text);
	}
	session_end(session);
}

void session_note(struct session *session, const char *format, ...)
{
	const struct service *service = session_connection(session)->service;
	char text[REMARK_MAX];
	va_list arguments;

	if (!service->settings.client && !log_wants(LOG_INFO))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	remark(session, false, text);
}

void session_note_bytes(struct session *session, const char *text, const char *bytes, size_t n)
{
	const struct service *service = session_connection(session)->service;

	if (service->settings.client || log_wants(LOG_INFO))
		session_note(session, "%s%s", text, session_quote(session, bytes, n));
}

void session_detail(struct session *session, const char *format, ...)
{
	const struct service *service = session_connection(session)->service;
	char text[REMARK_MAX];
	va_list arguments;

	if (!service->settings.client && !log_wants(LOG_DETAIL))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	remark(session, true, text);
}

void session_show(struct session *session, const char *bytes, size_t n)
{
	struct connection *connection = session_connection(session);
	const struct service *service = connection->service;

	if (service->audience && service->audience->show)
		service->audience->show(connection, bytes, n, !connection_verbatim(connection));
}

void session_report(struct session *session, const char *format, ...)
{
	struct connection *connection = session_connection(session);
	const struct audience *audience = connection->service->audience;
	char text[REMARK_MAX];
	va_list arguments;

	if (!audience || !audience->report)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	audience->report(connection, text);
}

void session_prompt(struct session *session, const char *prompt)
{
	struct connection *connection = session_connection(session);
	const struct audience *audience = connection->service->audience;

	if (audience && audience->prompt)
		audience->prompt(connection, prompt);
}

const char *session_quote(struct session *session, const char *bytes, size_t n)
{
	struct loop *loop = session_connection(session)->loop;

	text_escape(loop->quote, sizeof(loop->quote), bytes, n);
	return loop->quote;
}

void session_progress(struct session *session, const char *format, ...)
{
	struct connection *connection = session_connection(session);
	const struct audience *audience = connection->service->audience;
	char text[REMARK_MAX];
	va_list arguments;

	if (!audience || !audience->progress)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	audience->progress(connection, text);
}

void session_stop_server(struct session *session)
{
	const struct audience *audience = session_connection(session)->service->audience;

	if (audience && audience->stop)
		audience->stop();
}

/* --- The keyboard. --- */

void session_keyboard(struct session *session, bool wanted)
{
	struct connection *connection = session_connection(session);
	struct service *service = connection->service;

	connection->deaf = !wanted;
	if (wanted)
		service->typist = connection;
	if (service->audience && service->audience->keyboard)
		service->audience->keyboard(service, wanted);
}

bool connection_listens(const struct connection *connection)
{
	return !connection->deaf;
}

bool service_type(struct service *service, const char *line, size_t n)
{
	struct connection *touched;

	pthread_mutex_lock(&service->lock);
	struct connection *typist = service->typist;
	bool taken = typist && !typist->deaf && connection_is_open(typist) && !typist->wants_end;
	/* Whoever hears nothing more from the keyboard leaves the line to the next one. */
	if (line && taken)
		taken = !typist->finishing;
	if (taken && line && service->role->user)
		service->role->user(connection_session(typist), line, n);
	else if (taken && !line && service->role->leave)
		service->role->leave(connection_session(typist));
	if (taken)
		service_touch(typist);
	touched = service->touched;
	service->touched = NULL;
	pthread_mutex_unlock(&service->lock);
	loop_deliver(NULL, touched);
	return taken;
}

/* --- The client's person. --- */

bool connection_verbatim(const struct connection *connection)
{
	const struct service *service = connection->service;

	return connection_framing(connection) == FRAMING_STREAM && !connection->datagrams &&
	       !service->settings.raw;
}

void connection_user(struct connection *connection, const char *line, size_t n)
{
	if (!connection_is_open(connection))
		return;
	service_enter(connection);
	if (connection->service->role->user)
		connection->service->role->user(connection_session(connection), line, n);
	connection_after_hook(connection);
	service_exit(connection);
}

void connection_leave(struct connection *connection)
{
	void (*leave)(struct session *) = connection->service->role->leave;

	if (!connection_is_open(connection))
		return;
	if (!leave) {
		connection_finish(connection);
		return;
	}
	service_enter(connection);
	leave(connection_session(connection));
	connection_after_hook(connection);
	service_exit(connection);
}

void connection_finish(struct connection *connection)
{
	/* Datagrams have no end of stream: a protocol that knows when it is done has a leave
	 * hook. */
	if (connection->datagrams && connection->service->role->leave)
		connection_leave(connection);
	else
		connection->finishing = true;
}

/* --- Who is logged in, to any service of this process. --- */

struct user {
	struct user *next, *previous;
	char name[];
};

static struct {
	pthread_mutex_t lock;
	struct user *first, *last;
} users = {.lock = PTHREAD_MUTEX_INITIALIZER};

void session_login(struct session *session, const char *name)
{
	struct connection *connection = session_connection(session);
	size_t n = strlen(name) + 1;
	struct user *user = malloc(sizeof(*user) + n);

	/* Without memory the person is just not listed. */
	if (!user)
		return;
	memcpy(user->name, name, n);
	person_forget(connection);
	pthread_mutex_lock(&users.lock);
	user->next = NULL;
	user->previous = users.last;
	if (users.last)
		users.last->next = user;
	else
		users.first = user;
	users.last = user;
	pthread_mutex_unlock(&users.lock);
	connection->user = user;
}

void person_forget(struct connection *connection)
{
	struct user *user = connection->user;

	if (connection->service->typist == connection)
		connection->service->typist = NULL;
	if (!user)
		return;
	pthread_mutex_lock(&users.lock);
	if (user->previous)
		user->previous->next = user->next;
	else
		users.first = user->next;
	if (user->next)
		user->next->previous = user->previous;
	else
		users.last = user->previous;
	pthread_mutex_unlock(&users.lock);
	free(user);
	connection->user = NULL;
}

void session_users(struct session *session, void (*each)(struct session *, const char *name))
{
	pthread_mutex_lock(&users.lock);
	for (const struct user *at = users.first; at; at = at->next)
		each(session, at->name);
	pthread_mutex_unlock(&users.lock);
}
