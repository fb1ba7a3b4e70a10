/*
 * timeline: records what programs do and what goes over the wire, and draws it.
 */
#include "sockettool/timeline.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "command/check.h"
#include "command/command.h"
#include "command/phrase.h"
#include "command/shared.h"
#include "command/value.h"
#include "sockettool/model.h"

#define AT(member) offsetof(struct timeline_options, member)

static const char *format_name(size_t index)
{
	static const char *const names[] = {
		[TIMELINE_TEXT] = "text",   [TIMELINE_MARKDOWN] = "markdown",
		[TIMELINE_JSONL] = "jsonl", [TIMELINE_SVG] = "svg",
		[TIMELINE_HTML] = "html",   [TIMELINE_FORMATS] = NULL,
	};

	return names[index];
}

static const struct option program_options[] = {
	{.name = "server",
	 .type = OPTION_TEXT,
	 .offset = AT(server),
	 .argument = "COMMAND",
	 .help = "start and trace this server"},
	{.name = "client",
	 .type = OPTION_LIST,
	 .offset = AT(clients),
	 .argument = "COMMAND",
	 .help = "start and trace this client"},
	{.name = "pid",
	 .type = OPTION_LIST,
	 .offset = AT(processes),
	 .argument = "WHO:PID",
	 .help = "trace a process that runs, as server:4711 or client:4712, and leave it be at "
		 "the end"},
	{.name = "input",
	 .type = OPTION_LIST,
	 .offset = AT(inputs),
	 .argument = "WHO:TEXT",
	 .help = "type this for server, client, client2, …: \\n is a line's end, \\p{500} a pause "
		 "of 500 ms"},
	{.name = "start-when",
	 .type = OPTION_TEXT,
	 .offset = AT(start_when),
	 .argument = "WHEN",
	 .initial = "listening",
	 .help = "when clients start: listening, or a delay as 500ms"},
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = AT(timeout),
	 .argument = "DURATION",
	 .help = "end everything after so long"},
	{.name = "model",
	 .type = OPTION_CHOICE,
	 .offset = AT(model),
	 .argument = "MODEL",
	 .initial = MODEL_DEFAULT,
	 .choice = shared_model_names,
	 .help = "with a PROTOCOL: the I/O model of its server"},
	{0},
};

static const struct option recording_options[] = {
	{.name = "bytes",
	 .type = OPTION_SIZE,
	 .offset = AT(bytes),
	 .argument = "SIZE",
	 .max = 65536,
	 .initial = "64",
	 .help = "keep so much of the data of each call and packet"},
	{.name = "no-wire",
	 .type = OPTION_FLAG,
	 .offset = AT(no_wire),
	 .help = "do not capture packets"},
	{.name = "source",
	 .type = OPTION_FLAG,
	 .offset = AT(source),
	 .help = "show file and line of each call, by a program's debugging information; of a "
		 "Python program also each line of its main script that runs"},
	{.name = "save",
	 .type = OPTION_TEXT,
	 .offset = AT(save),
	 .argument = "FILE",
	 .help = "write the recording as JSON lines, for --load"},
	{.name = "pcap",
	 .type = OPTION_TEXT,
	 .offset = AT(pcap),
	 .argument = "FILE",
	 .help = "write the packets as pcapng, for Wireshark"},
	{.name = "load",
	 .type = OPTION_TEXT,
	 .offset = AT(load),
	 .argument = "FILE",
	 .help = "draw a recording that --save has written"},
	{.name = "pcap-in",
	 .type = OPTION_TEXT,
	 .offset = AT(pcap_in),
	 .argument = "FILE",
	 .help = "draw a capture: pcap or pcapng"},
	{0},
};

static const struct option view_options[] = {
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .offset = AT(format),
	 .argument = "FORMAT",
	 .initial = "text",
	 .choice = format_name,
	 .help = "how to draw it on standard output"},
	{.name = "calls",
	 .type = OPTION_FLAG,
	 .offset = AT(calls),
	 .help = "fold waits that follow each other into one row"},
	{.name = "ascii",
	 .type = OPTION_FLAG,
	 .offset = AT(ascii),
	 .help = "draw with plain ASCII characters only"},
	{.letter = 'v',
	 .name = "verbose",
	 .type = OPTION_FLAG,
	 .offset = AT(verbose),
	 .help = "open each packet layer by layer"},
	{0},
};

static const struct option_group timeline_groups[] = {
	{"Programs", program_options, 0},
	{"Recording", recording_options, 0},
	{"View", view_options, 0},
	{0},
};

static int read_start(struct timeline_options *options, struct error *error)
{
	char quote[PHRASE_QUOTE];

	options->start_delay = -1;
	if (strcmp(options->start_when, "listening") == 0 ||
	    value_duration(options->start_when, &options->start_delay) == 0)
		return 0;
	return error_usage(error, "--start-when takes listening or a duration like 500ms, not %s",
			   phrase_quote(quote, options->start_when));
}

static int check(const struct timeline_options *options, const struct protocol *protocol,
		 struct error *error)
{
	bool programs = protocol || options->server || options->clients.count > 0 ||
			options->processes.count > 0;

	if (options->load && options->pcap_in)
		return error_usage(error, "--load and --pcap-in exclude each other");
	if ((options->load || options->pcap_in) && programs)
		return error_usage(error, "what was recorded needs no programs: leave out either "
					  "them or --load and --pcap-in");
	if (options->pcap && options->no_wire)
		return error_usage(error, "--pcap writes the packets that --no-wire leaves out; "
					  "give one of them");
	if (options->server && !options->server[0])
		return error_usage(error, "--server takes a command, not nothing");
	for (size_t i = 0; i < options->clients.count; i++)
		if (!options->clients.items[i][0])
			return error_usage(error, "--client takes a command, not nothing");
	if (protocol && options->server)
		return error_usage(error, "a PROTOCOL brings its own server; leave --server out");
	if (protocol)
		return check_model(protocol, options->model, error);
	if (strcmp(models[options->model]->name, MODEL_DEFAULT) != 0)
		return error_usage(error, "--model is for the server of a PROTOCOL; "
					  "other programs have their own");
	return 0;
}

static int run_timeline(struct invocation *in, struct error *error)
{
	struct timeline_options *options = in->options;
	const struct protocol *protocol = NULL;
	int result = invocation_apply(in, error);

	if (result == 0 && in->arguments.operand_count > 1)
		result = error_usage(error, "timeline takes one PROTOCOL at most; programs are "
					    "named by --server and --client");
	if (result == 0 && in->arguments.operand_count == 1) {
		protocol = command_named_protocol(in->arguments.operands[0], error);
		result = protocol ? 0 : -EINVAL;
	}
	if (result == 0)
		result = check(options, protocol, error);
	if (result == 0)
		result = read_start(options, error);
	return result ? result : timeline(protocol, options, error);
}

const struct command timeline_command = {
	.name = "timeline",
	.arguments = "[PROTOCOL]",
	.summary = "show what both programs did and what went over the wire, on one clock",
	.details =
		"Programs in any language are traced as they are. Their own output goes to "
		"standard error.\n"
		"\n"
		"  sockettool timeline --server 'python3 server.py' --client 'python3 client.py'\n"
		"  sockettool timeline calc --model select\n"
		"  sockettool timeline --server ./server --client 'nc localhost 5000' "
		"--input 'client:hello\\n'\n"
		"  sockettool timeline --pcap-in capture.pcapng -v\n"
		"\n"
		"Packets are captured where that is allowed (CAP_NET_RAW, as root has).",
	.groups = timeline_groups,
	.options_size = sizeof(struct timeline_options),
	.run = run_timeline,
};
