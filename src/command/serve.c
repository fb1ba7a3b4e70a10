/*
 * serve: serves one protocol or several until it is stopped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "command/command.h"
#include "command/phrase.h"
#include "command/check.h"
#include "command/shared.h"
#include "command/value.h"
#include "sockettool/endpoint.h"
#include "sockettool/model.h"

#define AT(member) offsetof(struct serve_options, member)

static const char *log_format_names(size_t index)
{
	static const char *const names[] = {
		[LOG_TEXT] = "text",
		[LOG_JSON] = "json",
		NULL,
	};

	return names[index];
}

static const struct option network_options[] = {
	{.name = "port",
	 .type = OPTION_NUMBER,
	 .offset = AT(port),
	 .argument = "PORT",
	 .max = 65535,
	 .help = "the port of the protocol named without one; 0 takes a free port "
		 "[default: the protocol's own]"},
	{.name = "host",
	 .type = OPTION_LIST,
	 .offset = AT(hosts),
	 .argument = "HOST",
	 .help = "listen on this address or name instead of 127.0.0.1 and ::1; :: and 0.0.0.0 "
		 "are all there are"},
	{.name = "unix",
	 .type = OPTION_TEXT,
	 .offset = AT(unix_path),
	 .argument = "PATH",
	 .help = "serve on a Unix socket with this path, and on no port unless --tcp or --udp "
		 "is given, too"},
	{.name = "tcp",
	 .type = OPTION_FLAG,
	 .offset = AT(tcp),
	 .help = "serve over TCP; the default where the protocol speaks it; with --udp, over both"},
	{.name = "udp", .type = OPTION_FLAG, .offset = AT(udp), .help = "serve over UDP"},
	{.name = "allow-amplification",
	 .type = OPTION_FLAG,
	 .offset = AT(allow_amplification),
	 .help = "let UDP replies be longer than their requests off loopback, too, where forged "
		 "requests can turn them against others"},
	{.name = "ready-fd",
	 .type = OPTION_NUMBER,
	 .offset = AT(ready_fd),
	 .argument = "N",
	 .max = 1 << 20,
	 .help = "write \"ready\" to this descriptor, and close it, once connections succeed"},
	{0},
};

static const struct option model_options[] = {
	{.name = "model",
	 .type = OPTION_CHOICE,
	 .offset = AT(model),
	 .argument = "MODEL",
	 .initial = MODEL_DEFAULT,
	 .choice = shared_model_names,
	 .help = "the I/O model"},
	{.name = "workers",
	 .type = OPTION_NUMBER,
	 .offset = AT(workers),
	 .argument = "N",
	 .min = 1,
	 .max = 64,
	 .initial = "1",
	 .help = "how many event loops share the work"},
	{0},
};

static const struct option limit_options[] = {
	{.name = "max-conns",
	 .type = OPTION_NUMBER,
	 .offset = AT(max_connections),
	 .argument = "N",
	 .initial = "0",
	 .help = "the most connections at a time; 0: as many as there are descriptors for"},
	{.name = "max-conns-per-ip",
	 .type = OPTION_NUMBER,
	 .offset = AT(max_connections_per_host),
	 .argument = "N",
	 .initial = "0",
	 .help = "the most connections from one address; 0: no limit"},
	{.name = "idle-timeout",
	 .type = OPTION_DURATION,
	 .offset = AT(idle_timeout),
	 .argument = "DURATION",
	 .initial = "0",
	 .help = "close connections on which nothing came for so long; 0: never"},
	{.name = "send-queue",
	 .type = OPTION_SIZE,
	 .offset = AT(send_queue),
	 .argument = "SIZE",
	 .min = INT64_C(64) << 10,
	 .max = INT64_C(1) << 30,
	 .initial = "1M",
	 .help = "drop a peer that leaves more than this unread"},
	{.name = "backlog",
	 .type = OPTION_NUMBER,
	 .offset = AT(backlog),
	 .argument = "N",
	 .min = 1,
	 .max = 1 << 16,
	 .initial = "4096",
	 .help = "how many connections may wait to be accepted"},
	{.name = "grace",
	 .type = OPTION_DURATION,
	 .offset = AT(grace),
	 .argument = "DURATION",
	 .max = INT64_C(24) * 3600 * NANOSECONDS_PER_SECOND,
	 .initial = "5s",
	 .help = "how long sessions may take to finish when the server is stopped"},
	{0},
};

static const struct option log_options[] = {
	{.name = "log-format",
	 .type = OPTION_CHOICE,
	 .offset = AT(log.format),
	 .argument = "FORMAT",
	 .initial = "text",
	 .choice = log_format_names,
	 .help = "the form of the log on standard error"},
	{.letter = 'q',
	 .name = "quiet",
	 .type = OPTION_FLAG,
	 .offset = AT(log.quiet),
	 .help = "log warnings and errors only"},
	{.letter = 'v',
	 .name = "verbose",
	 .type = OPTION_FLAG,
	 .offset = AT(log.verbose),
	 .help = "log details, too"},
	{0},
};

static const struct option_group serve_groups[] = {
	{"Network", network_options, 0},
	{"Model", model_options, 0},
	{"Messages", shared_framing, AT(framing)},
	{"Limits", limit_options, 0},
	{"Log", log_options, 0},
	{0},
};

static bool is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The protocol to be served by the name in the first n bytes, or NULL with the error filled. */
static const struct protocol *read_name(const char *operand, size_t n, struct error *error)
{
	const struct protocol *protocol;
	char *name = strndup(operand, n);

	if (!name) {
		error_set(error, STATUS_UNREACHABLE, ENOMEM, "no memory for the arguments");
		return NULL;
	}
	if (strcmp(name, "all") == 0) {
		error_usage(error, "all is every protocol on its own port, and stands alone: "
				   "sockettool serve all");
		free(name);
		return NULL;
	}
	protocol = command_named_protocol(name, error);
	if (protocol && strcmp(name, protocol->name) != 0) {
		error_usage(error, "%s is a client; its server is: sockettool serve %s", name,
			    protocol->name);
		protocol = NULL;
	}
	free(name);
	return protocol;
}

/* Reads PROTOCOL or PROTOCOL:PORT. */
static int read_operand(struct serving *serving, const char *operand, struct error *error)
{
	const char *colon = strchr(operand, ':');
	const struct protocol *protocol =
		read_name(operand, colon ? (size_t)(colon - operand) : strlen(operand), error);
	char quote[PHRASE_QUOTE];
	int64_t port = -1;

	if (!protocol)
		return -EINVAL;
	serving->protocol = protocol;
	if (colon && (value_number(colon + 1, &port) != 0 || port < 0 || port > 65535))
		return error_usage(error, "%s takes a port from 0 to 65535, not %s", protocol->name,
				   phrase_quote(quote, colon + 1));
	serving->port = (int)port;
	return 0;
}

static int read_operands(struct invocation *in, struct serving *servings, struct error *error)
{
	for (size_t i = 0; i < in->arguments.operand_count; i++) {
		const char *operand = in->arguments.operands[i];
		char quote[PHRASE_QUOTE];
		int result;

		if (i > 0 && is_number(operand))
			return error_usage(error,
					   "a port stands after a colon, as in %s:5000, or "
					   "after --port, not alone like %s",
					   servings[i - 1].protocol->name,
					   phrase_quote(quote, operand));
		result = read_operand(&servings[i], operand, error);
		if (result != 0)
			return result;
		servings[i].options = invocation_take(in, servings[i].protocol, error);
		if (!servings[i].options)
			return -ENOMEM;
	}
	return 0;
}

/* `serve all`: every protocol, on each of its transports that has ports. */
static int take_all(struct invocation *in, struct serving *servings, struct error *error)
{
	for (size_t i = 0; protocols[i]; i++) {
		servings[i].protocol = protocols[i];
		servings[i].port = -1;
		servings[i].transports = protocols[i]->transports & (TRANSPORT_TCP | TRANSPORT_UDP);
		servings[i].options = invocation_take(in, protocols[i], error);
		if (!servings[i].options)
			return -ENOMEM;
	}
	return 0;
}

/* Decides what the operands left open: TCP where the protocol speaks it, else UDP, and its port. */
static void settle(const struct serve_options *options, struct serving *serving)
{
	const struct protocol *protocol = serving->protocol;
	unsigned asked = (options->tcp ? TRANSPORT_TCP : 0U) | (options->udp ? TRANSPORT_UDP : 0U);

	if (serving->port < 0)
		serving->port = options->port >= 0 ? (int)options->port : protocol->port;
	if (serving->transports)
		serving->transports &= asked ? asked : serving->transports;
	else if (asked || options->unix_path)
		serving->transports = asked;
	else
		serving->transports = protocol->transports & TRANSPORT_TCP ? TRANSPORT_TCP
									   : TRANSPORT_UDP;
	if (options->unix_path)
		serving->transports |= TRANSPORT_UNIX;
}

static int serve_servings(struct invocation *in, struct serving *servings, size_t count, bool all,
			  struct error *error)
{
	struct serve_options *options = in->options;
	int result = all ? take_all(in, servings, error) : read_operands(in, servings, error);

	if (result != 0)
		return result;
	options->port = -1;
	options->ready_fd = -1;
	result = invocation_apply(in, error);
	if (result == 0)
		result = check_serve(options, servings, count, error);
	for (size_t i = 0; result == 0 && i < count && servings[i].protocol; i++)
		settle(options, &servings[i]);
	if (result == 0)
		result = check_ports(servings, count, error);
	return result == 0 ? serve(options, servings, count, error) : result;
}

static int run_serve(struct invocation *in, struct error *error)
{
	size_t count = in->arguments.operand_count;
	bool all = count == 1 && strcmp(in->arguments.operands[0], "all") == 0;
	struct serving *servings;
	int result;

	for (count = all ? 0 : count; all && protocols[count]; count++)
		;
	if (count == 0)
		return error_usage(error, "serve needs a PROTOCOL; see: sockettool list");
	servings = calloc(count, sizeof(*servings));
	if (!servings)
		return error_set(error, STATUS_UNREACHABLE, ENOMEM, "no memory for the arguments");
	result = serve_servings(in, servings, count, all, error);
	free(servings);
	return result;
}

const struct command serve_command = {
	.name = "serve",
	.arguments = "PROTOCOL[:PORT]...|all",
	.summary = "serve one protocol or several until SIGTERM or SIGINT",
	.details = "Each listener's address is printed on standard output, a line each, once "
		   "connections succeed; the log goes to standard error.\n"
		   "\n"
		   "  sockettool serve chat --port 5000\n"
		   "  sockettool serve echo:7000 daytime:7001 --model poll -v\n"
		   "  sockettool serve calc --framing raw --host 0.0.0.0 --port 0\n"
		   "  sockettool serve all\n"
		   "\n"
		   "Protocols have options of their own; see: sockettool help PROTOCOL",
	.groups = serve_groups,
	.options_size = sizeof(struct serve_options),
	.side = SIDE_SERVER,
	.run = run_serve,
};
