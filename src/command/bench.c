/*
 * bench: measures servers.
 */
#include "sockettool/bench.h"

#include <errno.h>

#include "base/clock.h"
#include "base/error.h"
#include "command/check.h"
#include "command/command.h"
#include "command/operands.h"

#define AT(member) offsetof(struct bench_options, member)

/* More than can be compared; what is beyond it need not be kept. */
enum { SERVERS_MAX = 64 };

static const struct option load_options[] = {
	{.name = "connections",
	 .type = OPTION_TEXT,
	 .offset = AT(connections),
	 .argument = "N",
	 .help = "connections at once, of a chat those of members and speakers; for a comparison "
		 "several numbers, as 1,10,100 [default: 50; 1,10,100,1000 for models]"},
	{.name = "members",
	 .type = OPTION_NUMBER,
	 .offset = AT(members),
	 .argument = "N",
	 .min = 1,
	 .max = 50000,
	 .help = "chat: people who listen [default: 100]"},
	{.name = "speakers",
	 .type = OPTION_NUMBER,
	 .offset = AT(speakers),
	 .argument = "N",
	 .min = 1,
	 .max = 1000,
	 .help = "chat: people who speak, besides [default: 1]"},
	{.name = "size",
	 .type = OPTION_SIZE,
	 .offset = AT(size),
	 .argument = "SIZE",
	 .min = 1,
	 .max = 16777216,
	 .initial = "64",
	 .help = "bytes of a message, where the protocol leaves it open"},
	{.name = "pipeline",
	 .type = OPTION_NUMBER,
	 .offset = AT(pipeline),
	 .argument = "N",
	 .min = 1,
	 .max = 65536,
	 .initial = "1",
	 .help = "messages in flight on each connection, or of each speaker"},
	{.name = "rate",
	 .type = OPTION_NUMBER,
	 .offset = AT(rate),
	 .argument = "N",
	 .min = 1,
	 .max = 100000000,
	 .help = "send so many messages a second in all, whether answers come or not, and time "
		 "each from when it was due"},
	{.name = "udp",
	 .type = OPTION_FLAG,
	 .offset = AT(udp),
	 .help = "load over UDP; the default where the protocol speaks nothing else"},
	{0},
};

static const struct option extent_options[] = {
	{.name = "duration",
	 .type = OPTION_DURATION,
	 .offset = AT(duration),
	 .argument = "DURATION",
	 .min = NANOSECONDS_PER_MILLISECOND,
	 .help = "measure so long [default: 3s; in a comparison 1s each]"},
	{.name = "count",
	 .type = OPTION_NUMBER,
	 .offset = AT(count),
	 .argument = "N",
	 .min = 1,
	 .help = "measure so many messages instead"},
	{.name = "warmup",
	 .type = OPTION_DURATION,
	 .offset = AT(warmup),
	 .argument = "DURATION",
	 .initial = "200ms",
	 .help = "load so long before measuring begins"},
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = AT(timeout),
	 .argument = "DURATION",
	 .min = NANOSECONDS_PER_MILLISECOND,
	 .initial = "5s",
	 .help = "how long an answer, or connecting, may take; for a datagram's answer 500ms at "
		 "most"},
	{.name = "threads",
	 .type = OPTION_NUMBER,
	 .offset = AT(threads),
	 .argument = "N",
	 .min = 1,
	 .max = 256,
	 .initial = "1",
	 .help = "threads that load; one is enough for most servers"},
	{0},
};

static const struct option report_options[] = {
	{.name = "json", .type = OPTION_FLAG, .offset = AT(json), .help = "report as JSON"},
	{.name = "histogram",
	 .type = OPTION_TEXT,
	 .offset = AT(histogram),
	 .argument = "FILE",
	 .help = "write the latencies by percentile, in HdrHistogram's text form"},
	{.name = "svg",
	 .type = OPTION_TEXT,
	 .offset = AT(svg),
	 .argument = "FILE",
	 .help = "draw a picture"},
	{.name = "html",
	 .type = OPTION_TEXT,
	 .offset = AT(html),
	 .argument = "FILE",
	 .help = "write a page with the picture, the tables and the machine, in one file"},
	{.name = "compare",
	 .type = OPTION_LIST,
	 .offset = AT(compare),
	 .argument = "COMMAND",
	 .help = "start this server, with its port for {port}, and measure it in turn with the "
		 "others; `models` stands for this program's own under each model"},
	{0},
};

static const struct option_group bench_groups[] = {
	{"Load", load_options, 0},
	{"Extent", extent_options, 0},
	{"Report", report_options, 0},
	{0},
};

/* The commands are those of --compare and, so that a shell's words can follow it, the operands. */
static int compare(const struct invocation *in, const struct protocol *protocol,
		   const struct bench_options *options, struct error *error)
{
	const char *servers[SERVERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < options->compare.count && count < SERVERS_MAX; i++)
		servers[count++] = options->compare.items[i];
	for (size_t i = 1; i < in->arguments.operand_count && count < SERVERS_MAX; i++)
		servers[count++] = in->arguments.operands[i];
	return bench_compare(protocol, servers, count, options, error);
}

static int run_bench(struct invocation *in, struct error *error)
{
	const struct bench_options *options = in->options;
	struct operand_target target = {0};
	const struct protocol *protocol;
	int result;

	if (in->arguments.operand_count == 0)
		return error_usage(error, "bench needs a PROTOCOL and a HOST; see: sockettool help "
					  "bench");
	protocol = command_named_protocol(in->arguments.operands[0], error);
	if (!protocol)
		return -EINVAL;
	result = invocation_apply(in, error);
	if (result == 0 && options->udp)
		result = check_transport(protocol, TRANSPORT_UDP, error);
	if (result != 0)
		return result;
	if (options->compare.count > 0)
		return compare(in, protocol, options, error);
	result = operand_target(&target, &in->arguments, "bench", protocol, error);
	return result ? result : bench(protocol, target.host, target.port, options, error);
}

const struct command bench_command = {
	.name = "bench",
	.arguments = "PROTOCOL HOST [PORT]",
	.summary = "measure how fast a server answers, and whether it answers rightly",
	.details =
		"Every answer is verified; the status is 1 if one was wrong or missing, if not "
		"all connections could be made, or if less than --rate was reached.\n"
		"\n"
		"  sockettool bench echo localhost 7 --connections 1000 --pipeline 16\n"
		"  sockettool bench calc localhost --rate 20000 --html calc.html\n"
		"  sockettool bench chat localhost --speakers 10 --members 1000\n"
		"  sockettool bench echo --compare models --connections 1,10,100,1000 --svg "
		"models.svg\n"
		"  sockettool bench echo --compare 'socat TCP-LISTEN:{port},fork EXEC:cat' "
		"'ncat -lkp {port} -e /bin/cat'\n"
		"\n"
		"A comparison starts each server anew for each of five rounds, on one processor, "
		"and loads it from the others.",
	.groups = bench_groups,
	.options_size = sizeof(struct bench_options),
	.run = run_bench,
};
