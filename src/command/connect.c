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
#include "command/operands.h"
#include "command/phrase.h"
#include "command/shared.h"
#include "sockettool/endpoint.h"

#define AT(member) offsetof(struct connect_options, member)

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

static int check_unix_operands(const struct arguments *arguments, struct error *error)
{
	char quote[PHRASE_QUOTE];

	if (arguments->operand_count > 1)
		return error_usage(error, "--unix stands for HOST and PORT; leave %s out",
				   phrase_quote(quote, arguments->operands[1]));
	return 0;
}

static int check_options(struct connect_options *options, const struct protocol *protocol,
			 struct error *error)
{
	if (options->unix_path && options->udp)
		return error_usage(error, "--unix and --udp exclude each other");
	if (options->connections > 1 && !protocol->client.user)
		return error_usage(error, "%s takes no messages: leave out --connections",
				   protocol->name);
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
	struct operand_target target = {0};
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
	if (result == 0 && options->unix_path)
		result = check_unix_operands(&in->arguments, error);
	else if (result == 0)
		result = operand_target(&target, &in->arguments, "connect", protocol, error);
	if (result == 0)
		result = check_options(options, protocol, error);
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
