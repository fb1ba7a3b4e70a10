/*
 * completion: scripts that have shells complete the commands, protocols, options and choices.
 */
#include "command/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "command/describe.h"
#include "command/phrase.h"
#include "command/suggest.h"

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = {
	{"bash", completion_bash},
	{"zsh", completion_zsh},
	{"fish", completion_fish},
	{NULL, NULL},
};

static void visit_table(const struct completion_place *place, const struct option *options,
			unsigned side,
			void (*visit)(const struct completion_place *, const struct option *))
{
	for (; options && options->name; options++) {
		if (describe_on_side(options, side))
			visit(place, options);
	}
}

void completion_options(const struct completion_place *place,
			void (*visit)(const struct completion_place *, const struct option *))
{
	const struct option_group *group = place->command->groups;

	if (place->protocol) {
		visit_table(place, place->protocol->options, place->command->side, visit);
		return;
	}
	for (; group->title; group++)
		visit_table(place, group->options, 0, visit);
	visit_table(place, general_group.options, 0, visit);
}

void completion_places(void (*visit)(const struct completion_place *))
{
	struct completion_place place = {0};

	for (size_t i = 0; commands[i]; i++) {
		place.command = commands[i];
		visit(&place);
	}
	for (size_t i = 0; commands[i]; i++) {
		place.command = commands[i];
		for (size_t j = 0; commands[i]->side && protocols[j]; j++) {
			place.protocol = protocols[j];
			if (describe_any(protocols[j]->options, commands[i]->side))
				visit(&place);
		}
	}
}

/* The tables by number: the commands' groups, the general one, the protocols'. NULL: no more. */
static const struct option *table_at(size_t index)
{
	for (size_t i = 0; commands[i]; i++) {
		for (size_t j = 0; commands[i]->groups[j].title; j++) {
			if (index-- == 0)
				return commands[i]->groups[j].options;
		}
	}
	if (index-- == 0)
		return general_group.options;
	for (size_t i = 0; protocols[i]; i++) {
		if (protocols[i]->options && index-- == 0)
			return protocols[i]->options;
	}
	return NULL;
}

static bool is_in(const struct option *options, const char *name)
{
	for (; options->name; options++) {
		if (strcmp(options->name, name) == 0)
			return true;
	}
	return false;
}

void completion_names(void (*visit)(const struct option *))
{
	for (size_t i = 0; table_at(i); i++) {
		for (const struct option *option = table_at(i); option->name; option++) {
			bool seen = false;

			for (size_t j = 0; j < i && !seen; j++)
				seen = is_in(table_at(j), option->name);
			if (!seen)
				visit(option);
		}
	}
}

bool completion_is_path(const struct option *option)
{
	return option->argument &&
	       (strcmp(option->argument, "PATH") == 0 || strcmp(option->argument, "FILE") == 0);
}

void completion_print_commands(const char *separator)
{
	for (size_t i = 0; commands[i]; i++)
		printf("%s%s", i > 0 ? separator : "", commands[i]->name);
}

void completion_print_protocols(const char *separator)
{
	for (size_t i = 0; protocols[i]; i++)
		printf("%s%s", i > 0 ? separator : "", protocols[i]->name);
}

void completion_print_choices(const struct option *option, const char *separator)
{
	for (size_t i = 0; option->choice && option->choice(i); i++)
		printf("%s%s", i > 0 ? separator : "", option->choice(i));
}

static bool mentions(const struct command *command, const char *word)
{
	return command->arguments && strstr(command->arguments, word);
}

bool completion_takes_commands(const struct command *command)
{
	return mentions(command, "COMMAND");
}

bool completion_takes_protocols(const struct command *command)
{
	return mentions(command, "PROTOCOL");
}

bool completion_takes_hosts(const struct command *command)
{
	return mentions(command, "HOST");
}

void completion_print_words(const struct command *command, const char *separator)
{
	const char *at = command->arguments;

	if (!at || !islower((unsigned char)*at))
		return;
	for (; *at; at++) {
		if (*at == '|')
			fputs(separator, stdout);
		else
			putchar(*at);
	}
}

static int unknown_shell(const char *name, struct error *error)
{
	struct suggestion suggestion = {.typed = name};
	struct phrase_list list = {0};
	char names[80], quote[PHRASE_QUOTE];

	for (size_t i = 0; shells[i].name; i++) {
		suggest_offer(&suggestion, shells[i].name);
		phrase_add(&list, shells[i].name);
	}
	phrase_join(names, sizeof(names), &list, "or");
	phrase_quote(quote, name);
	if (suggestion.best)
		return error_usage(error, "completion takes %s, not %s; did you mean %s?", names,
				   quote, suggestion.best);
	return error_usage(error, "completion takes %s, not %s", names, quote);
}

static int run_completion(struct invocation *in, struct error *error)
{
	const char *name = in->arguments.operand_count > 0 ? in->arguments.operands[0] : NULL;

	if (in->arguments.operand_count != 1)
		return error_usage(error, "completion takes one shell: bash, zsh or fish");
	for (size_t i = 0; shells[i].name; i++) {
		if (strcmp(shells[i].name, name) == 0) {
			shells[i].print();
			return 0;
		}
	}
	return unknown_shell(name, error);
}

static const struct option_group completion_groups[] = {
	{0},
};

const struct command completion_command = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.summary = "write a script that has the shell complete commands and options",
	.details = "  bash: source <(sockettool completion bash)\n"
		   "  zsh:  source <(sockettool completion zsh)\n"
		   "  fish: sockettool completion fish | source",
	.groups = completion_groups,
	.run = run_completion,
};
