/*
 * help: the commands and protocols, and a page for each of them.
 */
#include "command/help.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "command/describe.h"
#include "command/man.h"
#include "command/output.h"

enum { NAME_COLUMN = 16 };

struct help_options {
	bool man;
};

const char help_about[] =
	"sockettool serves and speaks the small protocols that sockets are taught with, on seven "
	"I/O models. Start a server in one terminal, talk to it from another, and compare what the "
	"models do.";

const struct exit_meaning exit_meanings[] = {
	{"0", "done; also a server that was stopped by SIGTERM or SIGINT"},
	{"1", "the protocol went wrong: no reply, a wrong one or a lost one"},
	{"2", "wrong usage"},
	{"3", "cannot resolve, connect or bind"},
	{"4", "timed out"},
	{"128+n", "ended by signal n"},
	{NULL, NULL},
};

static void print_row(const char *name, const char *text)
{
	printf("  ");
	output_padded(name, NAME_COLUMN - 2);
	output_wrapped(text, NAME_COLUMN, NAME_COLUMN, OUTPUT_WIDTH);
}

static void print_title(const char *name, const char *summary)
{
	printf("%s - ", name);
	output_wrapped(summary, strlen(name) + 3, 0, OUTPUT_WIDTH);
}

static void print_overview(void)
{
	printf("usage: sockettool COMMAND [ARGUMENT]... [OPTION]...\n\n");
	output_paragraphs(help_about);
	printf("\nCommands:\n");
	for (size_t i = 0; commands[i]; i++)
		print_row(commands[i]->name, commands[i]->summary);
	printf("\nProtocols; each is a command, too, that shows its page:\n");
	for (size_t i = 0; protocols[i]; i++)
		print_row(protocols[i]->name, protocols[i]->summary);
	printf("\nExit statuses:\n");
	for (size_t i = 0; exit_meanings[i].meaning; i++)
		print_row(exit_meanings[i].status, exit_meanings[i].meaning);
	printf("\nMore: sockettool help COMMAND, sockettool help PROTOCOL, "
	       "sockettool help --man\n");
}

/* The protocol that an operand names, with a port or without, or NULL. */
static const struct protocol *named_protocol(const char *operand)
{
	char name[64];
	size_t n = strcspn(operand, ":");

	if (n >= sizeof(name))
		return NULL;
	memcpy(name, operand, n);
	name[n] = '\0';
	return command_protocol(name);
}

static void print_own_options(const struct protocol *protocol, unsigned side, const char *heading)
{
	if (!describe_any(protocol->options, side))
		return;
	printf("\n%s:\n", heading);
	describe_options(protocol->options, side);
}

void help_print_command(const struct command *command, const struct arguments *arguments)
{
	const struct option_group *group = command->groups;

	print_title(command->name, command->summary);
	printf("\n  sockettool %s%s%s%s\n", command->name, command->arguments ? " " : "",
	       command->arguments ? command->arguments : "", group->title ? " [OPTION]..." : "");
	if (command->details) {
		printf("\n");
		output_paragraphs(command->details);
	}
	for (; group->title; group++) {
		printf("\n%s:\n", group->title);
		describe_options(group->options, 0);
	}
	printf("\n%s:\n", general_group.title);
	describe_options(general_group.options, 0);
	for (size_t i = 0; command->side && arguments && i < arguments->operand_count; i++) {
		const struct protocol *protocol = named_protocol(arguments->operands[i]);

		if (protocol)
			print_own_options(protocol, command->side, protocol->name);
	}
}

void help_print_protocol(const struct protocol *protocol)
{
	print_title(protocol->name, protocol->summary);
	printf("\n");
	describe_protocol(protocol, print_row);
	printf("\n  sockettool serve %s [OPTION]...\n", protocol->name);
	printf("  sockettool connect %s HOST [PORT] [OPTION]...\n", protocol->name);
	if (protocol->client_alias)
		printf("  sockettool %s HOST [PORT] [OPTION]...\n", protocol->client_alias);
	print_own_options(protocol, SIDE_SERVER, "Options of serve");
	print_own_options(protocol, SIDE_CLIENT, "Options of connect");
	if (protocol->dialogue) {
		size_t n = strlen(protocol->dialogue);

		printf("\nExample:\n\n%s%s", protocol->dialogue,
		       n > 0 && protocol->dialogue[n - 1] == '\n' ? "" : "\n");
	}
}

static int run_help(struct invocation *in, struct error *error)
{
	const struct help_options *options = in->options;
	const struct arguments *arguments = &in->arguments;
	const char *name = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
	int result = invocation_apply(in, error);

	if (result != 0)
		return result;
	if (arguments->operand_count > 1 || (name && options->man))
		return error_usage(error, "help takes one COMMAND or PROTOCOL, or --man");
	if (options->man)
		man_print();
	else if (!name)
		print_overview();
	else if (command_find(name))
		help_print_command(command_find(name), NULL);
	else if (command_protocol(name))
		help_print_protocol(command_protocol(name));
	else
		return command_unknown(name, error);
	return 0;
}

static const struct option help_options[] = {
	{
		.name = "man",
		.type = OPTION_FLAG,
		.offset = offsetof(struct help_options, man),
		.help = "write the manual page, in the form that man(1) reads",
	},
	{0},
};

static const struct option_group help_groups[] = {
	{"Form", help_options, 0},
	{0},
};

const struct command help_command = {
	.name = "help",
	.arguments = "[COMMAND|PROTOCOL]",
	.summary = "explain a command or a protocol, or all in short",
	.groups = help_groups,
	.options_size = sizeof(struct help_options),
	.run = run_help,
};
