/*
 * users: who is logged in, one name a line.
 *
 * RFC 866; paper 001's table. These are the people in this process's services, the chat room for
 * one; --utmp tells those of the machine instead. Over UDP a long list takes several datagrams, and
 * no line is split.
 */
#include <stdio.h>
#include <string.h>
#include <utmpx.h>

#include "sockettool/protocol.h"

extern const struct protocol users_protocol;

enum {
	DATAGRAM_MAX = 512,
	NAME_ROOM = 130, /* a long name and its line end: 32 characters of 4 bytes */
};

#define MORE_PATIENCE INT64_C(200000000)

struct users_options {
	bool utmp;
};

static const struct option options[] = {
	{.name = "utmp",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct users_options, utmp),
	 .help = "tell who is logged in to this machine",
	 .sides = SIDE_SERVER},
	{.name = NULL},
};

struct list {
	size_t length; /* of the datagram that is being filled */
};

static void send_user(struct session *session, const char *name)
{
	struct list *list = session_state(session);
	size_t n = strlen(name) + 2;

	if (session_datagrams(session) && list->length > 0 && list->length + n > DATAGRAM_MAX) {
		session_end_datagram(session);
		list->length = 0;
	}
	list->length += n;
	session_line(session, "%s", name);
}

static void send_logins(struct session *session)
{
	FILE *file = fopen(_PATH_UTMPX, "re");
	struct utmpx entry;

	/* The C library's getutxent has one position in the file for all threads. */
	while (file && fread(&entry, sizeof(entry), 1, file) == 1) {
		char name[sizeof(entry.ut_user) + 1] = {0};
		if (entry.ut_type != USER_PROCESS)
			continue;
		memcpy(name, entry.ut_user, sizeof(entry.ut_user));
		send_user(session, name);
	}
	if (file)
		fclose(file);
}

static void server_open(struct session *session)
{
	const struct users_options *chosen = session_options(session);

	if (chosen->utmp)
		send_logins(session);
	else
		session_users(session, send_user);
	/* That nobody is here is an answer, too. */
	if (session_datagrams(session))
		session_send(session, "", 0);
	session_end(session);
}

/* Over UDP nothing tells that the list is complete, but that one more name would have fitted. After
 * a fuller datagram the client waits a moment for another. */
static void client_input(struct session *session, const char *bytes, size_t n)
{
	/* Nobody is here, an empty datagram says. */
	if (n > 0)
		session_show(session, bytes, n);
	if (!session_datagrams(session))
		return;
	if (n + NAME_ROOM <= DATAGRAM_MAX)
		session_end(session);
	else
		session_timer(session, MORE_PATIENCE);
}

/* Nobody may be logged in. */
static bool is_right(const char *answer, size_t n)
{
	return n == 0 || (answer[n - 1] == '\n' && text_valid(answer, n));
}

static const struct workload workload = {.kind = WORKLOAD_VISIT, .is_right = is_right};

const struct protocol users_protocol = {
	.name = "users",
	.summary = "tells who is logged in",
	.reference = "RFC 866; paper 001",
	.port = 7011,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.workload = &workload,
	.options = options,
	.options_size = sizeof(struct users_options),
	.server_state = sizeof(struct list),
	.server = {.open = server_open},
	.client = {.open = session_ask, .input = client_input, .timer = session_end},
};
