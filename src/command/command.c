/*
 * The subcommands there are, and which one the words after the program's name mean.
 */
#include "command/command.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "command/help.h"
#include "command/output.h"
#include "command/phrase.h"
#include "command/suggest.h"

const struct command *const commands[] = {
	&serve_command,   &connect_command, &bench_command,   &timeline_command,   &list_command,
	&resolve_command, &help_command,    &version_command, &completion_command, NULL,
};

static const struct option general_options[] = {
	{
		.letter = 'h',
		.name = "help",
		.type = OPTION_FLAG,
		.help = "show this help",
	},
	{0},
};

const struct option_group general_group = {"General", general_options, 0};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

const struct protocol *command_protocol(const char *name)
{
	for (size_t i = 0; protocols[i]; i++) {
		const char *alias = protocols[i]->client_alias;

		if (strcmp(protocols[i]->name, name) == 0 || (alias && strcmp(alias, name) == 0))
			return protocols[i];
	}
	return NULL;
}

static void offer_protocols(struct suggestion *suggestion)
{
	for (size_t i = 0; protocols[i]; i++)
		suggest_offer(suggestion, protocols[i]->name);
}

const struct protocol *command_named_protocol(const char *name, struct error *error)
{
	const struct protocol *protocol = command_protocol(name);
	struct suggestion suggestion = {.typed = name};
	char quote[PHRASE_QUOTE];

	if (protocol)
		return protocol;
	offer_protocols(&suggestion);
	phrase_quote(quote, name);
	if (suggestion.best)
		error_usage(error, "unknown protocol %s; did you mean %s?", quote, suggestion.best);
	else
		error_usage(error, "unknown protocol %s; see: sockettool list", quote);
	return NULL;
}

int command_unknown(const char *name, struct error *error)
{
	struct suggestion suggestion = {.typed = name};
	char quote[PHRASE_QUOTE];

	if (name[0] == '-') {
		suggest_offer(&suggestion, "--version");
		suggest_offer(&suggestion, "--help");
	} else {
		for (size_t i = 0; commands[i]; i++)
			suggest_offer(&suggestion, commands[i]->name);
		offer_protocols(&suggestion);
	}
	phrase_quote(quote, name);
	if (suggestion.best)
		return error_usage(error, "unknown %s %s; did you mean %s?",
				   name[0] == '-' ? "option" : "command", quote, suggestion.best);
	if (name[0] == '-')
		return error_usage(error,
				   "a COMMAND comes first, then options like %s; see: sockettool "
				   "help",
				   quote);
	return error_usage(error, "unknown command %s; see: sockettool help", quote);
}

static int run(const struct command *command, int argc, char **argv, struct error *error)
{
	struct invocation in;
	int result = invocation_begin(&in, command, argc, argv, error);

	if (result == 0 && arguments_given(&in.arguments, "help"))
		help_print_command(command, &in.arguments);
	else if (result == 0)
		result = command->run(&in, error);
	invocation_end(&in);
	return result;
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* "calc", "calc connect HOST" and "statemachine-client HOST". argv begins with the protocol. */
static int run_protocol(const struct protocol *protocol, int argc, char **argv, struct error *error)
{
	struct suggestion suggestion = {.typed = argc > 1 ? argv[1] : ""};
	char quote[PHRASE_QUOTE];
	char *name = argv[0];

	if (strcmp(name, protocol->name) != 0)
		return run(&connect_command, argc, argv, error);
	if (argc == 1 || asks_for_help(argv[1])) {
		help_print_protocol(protocol);
		return 0;
	}
	suggest_offer(&suggestion, serve_command.name);
	suggest_offer(&suggestion, connect_command.name);
	if (strcmp(argv[1], serve_command.name) == 0 ||
	    strcmp(argv[1], connect_command.name) == 0) {
		const struct command *command = command_find(argv[1]);

		argv[1] = name;
		return run(command, argc - 1, argv + 1, error);
	}
	phrase_quote(quote, argv[1]);
	if (suggestion.best)
		return error_usage(error, "%s takes serve or connect, not %s; did you mean %s?",
				   name, quote, suggestion.best);
	return error_usage(error, "%s takes serve or connect, not %s", name, quote);
}

static int dispatch(int argc, char **argv, struct error *error)
{
	const char *name = argv[1];
	const struct command *command = command_find(name);
	const struct protocol *protocol = command_protocol(name);

	if (strcmp(name, "--version") == 0)
		command = &version_command;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		command = &help_command;
	if (command)
		return run(command, argc - 2, argv + 2, error);
	if (protocol)
		return run_protocol(protocol, argc - 1, argv + 1, error);
	return command_unknown(name, error);
}

int command_main(int argc, char **argv, struct error *error)
{
	int result;

	if (argc < 2) {
		fputs("usage: sockettool COMMAND [ARGUMENT]... [OPTION]...\n"
		      "The commands and what they do: sockettool help\n",
		      stderr);
		return STATUS_USAGE;
	}
	result = dispatch(argc, argv, error);
	if (result == 0)
		result = output_finish(error);
	return result;
}
