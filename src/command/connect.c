/*
 * connect: talks to a server.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "command/check.h"
#include "command/command.h"
#include "command/phrase.h"
#include "command/shared.h"
#include "command/value.h"
#include "sockettool/endpoint.h"

#define AT(member) offsetof(struct connect_options, member)

/* Where to connect to; what is not in the operands is in the buffers. */
struct target {
	const char *host, *port;
	char host_buffer[256], port_buffer[32];
};

static const struct option network_options[] = {
	{.name = "unix",
	 .type = OPTION_TEXT,
	 .offset = AT(unix_path),
	 .argument = "PATH",
	 .help = "connect to the Unix socket with this path, instead of HOST and PORT"},
	{.name = "udp",
	 .type = OPTION_FLAG,
	 .offset = AT(udp),
	 .help = "speak over UDP; the default where the protocol speaks nothing else"},
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = AT(timeout),
	 .argument = "DURATION",
	 .min = NANOSECONDS_PER_MILLISECOND,
	 .initial = "10s",
	 .help = "how long connecting may take"},
	{0},
};

static const struct option talk_options[] = {
	{.name = "quit-after",
	 .type = OPTION_DURATION,
	 .offset = AT(quit_after),
	 .argument = "DURATION",
	 .initial = "5s",
	 .help = "how long to wait for the server's last words when the input has ended"},
	{.name = "no-shutdown",
	 .type = OPTION_FLAG,
	 .offset = AT(no_shutdown),
	 .help = "keep the sending side open when the input has ended"},
	{.name = "send",
	 .type = OPTION_LIST,
	 .offset = AT(send),
	 .argument = "TEXT",
	 .help = "send this message instead of what is typed, then leave"},
	{.name = "connections",
	 .type = OPTION_NUMBER,
	 .offset = AT(connections),
	 .argument = "N",
	 .min = 1,
	 .max = 1000,
	 .initial = "1",
	 .help = "open so many connections at once, each of which sends every --send"},
	{0},
};

static const struct option remark_options[] = {
	{.letter = 'q',
	 .name = "quiet",
	 .type = OPTION_FLAG,
	 .offset = AT(quiet),
	 .help = "print what is received and nothing else"},
	{.letter = 'v',
	 .name = "verbose",
	 .type = OPTION_FLAG,
	 .offset = AT(verbose),
	 .help = "tell details on standard error"},
	{0},
};

static const struct option_group connect_groups[] = {
	{"Network", network_options, 0},
	{"Messages", shared_framing, AT(framing)},
	{"Conversation", talk_options, 0},
	{"Remarks", remark_options, 0},
	{0},
};

/* Where the port begins in HOST:PORT and [ADDRESS]:PORT, or NULL. A bare IPv6 address, with colons
 * but no brackets, has none. */
static const char *port_within(const char *host)
{
	const char *bracket = host[0] == '[' ? strchr(host, ']') : NULL;
	const char *colon;

	if (bracket)
		return bracket[1] == ':' ? bracket + 2 : NULL;
	colon = strchr(host, ':');
	return colon && !strchr(colon + 1, ':') ? colon + 1 : NULL;
}

static int bad_host(const char *host, struct error *error)
{
	char quote[PHRASE_QUOTE];

	return error_usage(error, "HOST is a name or an address like 127.0.0.1 or [::1], not %s",
			   phrase_quote(quote, host));
}

/* Takes the host out of its brackets and from before its port. */
static int read_host(struct target *target, const char *host, const char *port, struct error *error)
{
	const char *end = port ? port - 1 : host + strlen(host);
	bool bracketed = host[0] == '[';
	size_t n = (size_t)(end - host);

	if (bracketed && end[-1] != ']')
		return bad_host(host, error);
	n -= bracketed ? 2 : 0;
	if (n == 0 || n >= sizeof(target->host_buffer))
		return bad_host(host, error);
	memcpy(target->host_buffer, host + bracketed, n);
	target->host_buffer[n] = '\0';
	target->host = target->host_buffer;
	return 0;
}

/* A number must be one that can be connected to; any other text is a service's name, which the
 * resolver knows or does not. */
static int read_port(struct target *target, const char *port, struct error *error)
{
	char quote[PHRASE_QUOTE];
	int64_t number;
	int result = value_number(port, &number);

	if (port[0] == '\0' || result == -ERANGE || (result == 0 && (number < 1 || number > 65535)))
		return error_usage(error,
				   "PORT is a number from 1 to 65535 or a service's name, not %s",
				   phrase_quote(quote, port));
	target->port = port;
	return 0;
}

static int read_target(struct target *target, const struct arguments *arguments,
		       const struct protocol *protocol, struct error *error)
{
	const char *host = arguments->operands[1], *within = port_within(host);
	const char *port = arguments->operand_count > 2 ? arguments->operands[2] : NULL;
	char quotes[2][PHRASE_QUOTE];
	int result;

	if (within && port)
		return error_usage(error, "PORT is given twice, as %s and as %s",
				   phrase_quote(quotes[0], within), phrase_quote(quotes[1], port));
	if (!port && !within) {
		snprintf(target->port_buffer, sizeof(target->port_buffer), "%d", protocol->port);
		port = target->port_buffer;
	}
	result = read_host(target, host, within, error);
	return result == 0 ? read_port(target, within ? within : port, error) : result;
}

static int check_operands(const struct arguments *arguments, const char *unix_path,
			  struct error *error)
{
	const char *name = arguments->operands[0];
	char quote[PHRASE_QUOTE];

	if (unix_path && arguments->operand_count > 1)
		return error_usage(error, "--unix stands for HOST and PORT; leave %s out",
				   phrase_quote(quote, arguments->operands[1]));
	if (!unix_path && arguments->operand_count < 2)
		return error_usage(error,
				   "connect %s needs a HOST, as in: sockettool connect %s "
				   "localhost",
				   name, name);
	if (arguments->operand_count > 3)
		return error_usage(error, "connect takes PROTOCOL, HOST and PORT, and no %s",
				   phrase_quote(quote, arguments->operands[3]));
	return 0;
}

static int check_options(struct connect_options *options, const struct protocol *protocol,
			 struct error *error)
{
	if (options->unix_path && options->udp)
		return error_usage(error, "--unix and --udp exclude each other");
	if (options->connections > 1 && options->send.count == 0)
		return error_usage(error, "--connections %d needs messages for them; give --send",
				   (int)options->connections);
	if (options->unix_path)
		return check_unix(protocol, options->unix_path, error);
	if (!(protocol->transports & TRANSPORT_TCP))
		options->udp = true;
	return check_transport(protocol, options->udp ? TRANSPORT_UDP : TRANSPORT_TCP, error);
}

static int run_connect(struct invocation *in, struct error *error)
{
	struct connect_options *options = in->options;
	struct target target = {0};
	const struct protocol *protocol;
	const void *own;
	int result;

	if (in->arguments.operand_count == 0)
		return error_usage(error, "connect needs a PROTOCOL and a HOST; see: sockettool "
					  "help connect");
	protocol = command_named_protocol(in->arguments.operands[0], error);
	if (!protocol)
		return -EINVAL;
	own = invocation_take(in, protocol, error);
	if (!own)
		return -ENOMEM;
	result = invocation_apply(in, error);
	if (result == 0)
		result = check_operands(&in->arguments, options->unix_path, error);
	if (result == 0)
		result = check_options(options, protocol, error);
	if (result == 0 && !options->unix_path)
		result = read_target(&target, &in->arguments, protocol, error);
	if (result != 0)
		return result;
	return connect_and_talk(protocol, own, target.host, target.port, options);
}

const struct command connect_command = {
	.name = "connect",
	.arguments = "PROTOCOL HOST [PORT]",
	.summary = "talk to a server from the keyboard or with given messages",
	.details = "PORT may be a number or a service's name, also as HOST:PORT; without one it is "
		   "the protocol's own. What is received goes to standard output, everything else "
		   "to standard error.\n"
		   "\n"
		   "  sockettool connect chat localhost 5000\n"
		   "  echo '12 + 13' | sockettool connect calc [::1]:5001\n"
		   "  sockettool connect echo localhost --connections 2 --send hello --send bye\n"
		   "\n"
		   "Protocols have options of their own; see: sockettool help PROTOCOL",
	.groups = connect_groups,
	.options_size = sizeof(struct connect_options),
	.side = SIDE_CLIENT,
	.run = run_connect,
};
