/*
 * daytime: the date and time, then goodbye.
 *
 * Paper 001, "A Day/Time Server"; RFC 867. Over UDP any datagram is answered by one of that text.
 */
#include <stdio.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol daytime_protocol;

static const char dialogue[] = "client <- Fri Nov 20 22:57:00 2026\n"
			       "client <- Have a nice day!\n"
			       "client <- (closes)\n";

enum style { STYLE_CTIME, STYLE_RFC, STYLE_ISO };

static const char *style_name(size_t index)
{
	static const char *const names[] = {"ctime", "rfc", "iso", NULL};

	return names[index];
}

struct daytime_options {
	int style; /* enum style */
	const char *farewell;
};

static const struct option options[] = {
	{.name = "style",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct daytime_options, style),
	 .argument = "STYLE",
	 .initial = "ctime",
	 .choice = style_name,
	 .help = "form of the date: C's ctime, RFC 867's, or ISO 8601",
	 .sides = SIDE_SERVER},
	{.name = "farewell",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct daytime_options, farewell),
	 .argument = "TEXT",
	 .initial = "Have a nice day!",
	 .help = "second line; '' for none",
	 .sides = SIDE_SERVER},
	{.name = NULL},
};

/* Writes local time in a style. */
static void format_time(char *out, size_t size, time_t now, enum style style)
{
	struct tm local;
	size_t length;

	localtime_r(&now, &local);
	switch (style) {
	case STYLE_CTIME:
		strftime(out, size, "%a %b %e %H:%M:%S %Y", &local);
		break;
	case STYLE_RFC:
		strftime(out, size, "%A, %B %d, %Y %H:%M:%S-%Z", &local);
		break;
	case STYLE_ISO:
		/* ISO 8601 wants a colon in the offset, which strftime lacks. */
		length = strftime(out, size - 1, "%Y-%m-%dT%H:%M:%S%z", &local);
		memmove(out + length - 1, out + length - 2, 3);
		out[length - 2] = ':';
		break;
	}
}

/* The time in words, which last for a second and many answers; each thread has its own. */
struct moment {
	time_t time;
	long zone; /* the C library's, which tzset changes */
	int style;
	char text[128];
};

static const char *moment_text(time_t now, int style)
{
	static _Thread_local struct moment moment;

	if (moment.time != now || moment.zone != timezone || moment.style != style ||
	    !moment.text[0]) {
		moment.time = now;
		moment.zone = timezone;
		moment.style = style;
		format_time(moment.text, sizeof(moment.text), now, (enum style)style);
	}
	return moment.text;
}

static void server_open(struct session *session)
{
	const struct daytime_options *chosen = session_options(session);
	const char *text = moment_text(session_wall(session), chosen->style);

	session_text(session, text, strlen(text));
	if (chosen->farewell[0])
		session_text(session, chosen->farewell, strlen(chosen->farewell));
	session_end(session);
}

struct daytime_client {
	bool told;
};

static void client_open(struct session *session)
{
	/* What the datagram says does not matter (RFC 867). */
	if (session_datagrams(session))
		session_send(session, "\n", 1);
}

static void client_input(struct session *session, const char *bytes, size_t n)
{
	struct daytime_client *client = session_state(session);

	client->told = true;
	session_show(session, bytes, n);
	if (session_datagrams(session))
		session_end(session);
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct daytime_client *client = session_state(session);

	if (reason == CLOSE_ENDED && !client->told)
		session_fail(session, "the server closed without telling the time");
}

/* The form is left to the server (RFC 867): there is a digit, and a line's end. */
static bool is_right(const char *answer, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (answer[i] >= '0' && answer[i] <= '9')
			return answer[n - 1] == '\n';
	}
	return false;
}

static const struct workload workload = {.kind = WORKLOAD_VISIT, .is_right = is_right};

const struct protocol daytime_protocol = {
	.name = "daytime",
	.summary = "tells the date and time, and closes",
	.reference = "RFC 867; paper 001",
	.dialogue = dialogue,
	.port = 21566,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.workload = &workload,
	.options = options,
	.options_size = sizeof(struct daytime_options),
	.client_state = sizeof(struct daytime_client),
	.server = {.open = server_open},
	.client = {.open = client_open, .input = client_input, .close = client_close},
};
