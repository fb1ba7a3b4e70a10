/*
 * qotd: a quotation, then goodbye.
 *
 * RFC 865; paper 001's table. A quotation has fewer than 512 characters. --quotes reads them from a
 * file in fortune's form: texts, each followed by a line that is a single %.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol qotd_protocol;

enum { QUOTE_MAX = 511, FILE_MAX = 16 * 1024 * 1024 };

static const char own_quotes[] =
	"TCP keeps the order of your bytes. It keeps nothing else about them.\n"
	"%\n"
	"A datagram promises nothing, and keeps that promise to the letter.\n"
	"%\n"
	"It worked on loopback is where network programming begins.\n"
	"%\n"
	"Whoever blocks on one peer has none left for the others.\n"
	"%\n"
	"A short write is not an error. Not noticing it is.\n"
	"%\n"
	"The peer you did not write will send what you did not expect.\n"
	"%\n"
	"Every timeout is a guess, and no timeout is a worse one.\n"
	"%\n"
	"Closing is the hard part: two have to agree that they are done.\n"
	"%\n"
	"A layer is a promise about what you need not know.\n"
	"%\n"
	"select asks about everybody. epoll remembers who answered.\n"
	"%\n"
	"The capture is right. The diagram is what we hoped for.\n"
	"%\n"
	"A buffer without a bound is a gift to a stranger.\n";

struct qotd_options {
	const char *quotes;
};

static const struct option options[] = {
	{.name = "quotes",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct qotd_options, quotes),
	 .argument = "FILE",
	 .help = "read the quotations from a file, with a line % after each",
	 .sides = SIDE_SERVER},
	{.name = NULL},
};

struct collection {
	char *text; /* the file's, or NULL */
	struct slice *quotes;
	size_t count;
};

/* Adds a quotation without its last line end. Returns what is wrong, or NULL. */
static const char *add_quote(struct collection *collection, const char *bytes, size_t n)
{
	while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
		n--;
	if (n == 0)
		return NULL;
	/* The line end that is sent counts. */
	if (n > QUOTE_MAX - 2)
		return "is longer than 509 bytes (RFC 865 allows fewer than 512 with the line end)";
	struct slice *quotes =
		realloc(collection->quotes, (collection->count + 1) * sizeof(*quotes));
	if (!quotes)
		return "found no memory";
	collection->quotes = quotes;
	collection->quotes[collection->count++] = (struct slice){bytes, n};
	return NULL;
}

/* Whether the line, which may have ended with CR LF, is a single %. */
static bool is_mark(const char *line, size_t n)
{
	return (n == 1 && *line == '%') || (n == 2 && memcmp(line, "%\r", 2) == 0);
}

/* Cuts the text at its lines that are a single %. */
static const char *cut(struct collection *collection, const char *text, size_t n, size_t *number)
{
	const char *start = text, *end = text + n, *wrong = NULL;

	*number = 0;
	while (start < end && !wrong) {
		const char *line = start, *stop = end, *next = end;
		while (line < end) {
			const char *feed = memchr(line, '\n', (size_t)(end - line));
			const char *line_end = feed ? feed : end;
			if (is_mark(line, (size_t)(line_end - line))) {
				stop = line;
				next = feed ? feed + 1 : end;
				break;
			}
			line = feed ? feed + 1 : end;
		}
		++*number;
		wrong = add_quote(collection, start, (size_t)(stop - start));
		start = next;
	}
	return wrong;
}

static const char *start(void *state, const void *chosen_options, char complaint[256])
{
	const struct qotd_options *chosen = chosen_options;
	struct collection *collection = state;
	const char *text = own_quotes, *wrong = NULL;
	size_t n = sizeof(own_quotes) - 1, number = 0;

	if (chosen->quotes) {
		text = collection->text = file_read(chosen->quotes, FILE_MAX, &n);
		if (!text || n > FILE_MAX) {
			snprintf(complaint, 256, "--quotes %s cannot be read: %s", chosen->quotes,
				 text ? "it is larger than 16 MiB" : strerror(errno));
			return complaint;
		}
	}
	wrong = cut(collection, text, n, &number);
	if (!wrong && collection->count > 0)
		return NULL;
	const char *path = chosen->quotes ? chosen->quotes : "";
	if (wrong)
		snprintf(complaint, 256, "--quotes %s: quotation %zu %s", path, number, wrong);
	else
		snprintf(complaint, 256, "--quotes %s has no quotations", path);
	return complaint;
}

static void stop(void *state)
{
	struct collection *collection = state;

	free(collection->quotes);
	free(collection->text);
}

static void server_open(struct session *session)
{
	const struct collection *collection = service_state(session);
	size_t choice = session_random(session) % collection->count;

	session_message(session, &collection->quotes[choice], 1);
	session_end(session);
}

struct qotd_client {
	bool told;
};

static void client_input(struct session *session, const char *bytes, size_t n)
{
	struct qotd_client *client = session_state(session);

	client->told = true;
	session_show(session, bytes, n);
	if (session_datagrams(session))
		session_end(session);
}

static void client_close(struct session *session, enum close_reason reason)
{
	const struct qotd_client *client = session_state(session);

	if (reason == CLOSE_ENDED && !client->told)
		session_fail(session, "the server closed without a quotation");
}

static bool is_right(const char *answer, size_t n)
{
	return n > 0 && text_valid(answer, n);
}

static const struct workload workload = {.kind = WORKLOAD_VISIT, .is_right = is_right};

const struct protocol qotd_protocol = {
	.name = "qotd",
	.summary = "tells a quotation, and closes",
	.reference = "RFC 865; paper 001",
	.port = 7017,
	.transports = TRANSPORT_TCP | TRANSPORT_UDP | TRANSPORT_UNIX,
	.workload = &workload,
	.options = options,
	.options_size = sizeof(struct qotd_options),
	.client_state = sizeof(struct qotd_client),
	.service_state = sizeof(struct collection),
	.start = start,
	.stop = stop,
	.server = {.open = server_open},
	.client = {.open = session_ask, .input = client_input, .close = client_close},
};
