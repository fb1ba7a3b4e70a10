/*
 * The completion script for fish.
 */
#include <stdio.h>

#include "command/completion.h"

static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

static void print_option(const struct completion_place *place, const struct option *option)
{
	printf("complete -c sockettool -n '__fish_seen_subcommand_from %s", place->command->name);
	if (place->protocol)
		printf("; and __fish_seen_subcommand_from %s", place->protocol->name);
	printf("' -l %s", option->name);
	if (option->letter)
		printf(" -s %c", option->letter);
	if (option->type == OPTION_CHOICE) {
		printf(" -x -a '");
		completion_print_choices(option, " ");
		printf("'");
	} else if (completion_is_path(option)) {
		printf(" -r -F");
	} else if (option->type != OPTION_FLAG) {
		printf(" -x");
	}
	printf(" -d ");
	print_quoted(option->help);
	putchar('\n');
}

static void print_place(const struct completion_place *place)
{
	completion_options(place, print_option);
}

static void print_first(const char *name, const char *summary)
{
	printf("complete -c sockettool -n __fish_use_subcommand -a %s -d ", name);
	print_quoted(summary);
	putchar('\n');
}

static void print_operands(const struct command *command)
{
	if (!command->arguments)
		return;
	printf("complete -c sockettool -n '__fish_seen_subcommand_from %s", command->name);
	if (completion_takes_hosts(command) && completion_takes_protocols(command)) {
		printf("; and __fish_seen_subcommand_from ");
		completion_print_protocols(" ");
		printf("' -a '(__fish_print_hostnames)'\n");
		printf("complete -c sockettool -n '__fish_seen_subcommand_from %s; "
		       "and not __fish_seen_subcommand_from ",
		       command->name);
		completion_print_protocols(" ");
	}
	printf("' -a '");
	if (completion_takes_commands(command)) {
		completion_print_commands(" ");
		putchar(' ');
	}
	if (completion_takes_protocols(command))
		completion_print_protocols(" ");
	else if (completion_takes_hosts(command))
		printf("(__fish_print_hostnames)");
	else
		completion_print_words(command, " ");
	printf("'\n");
}

void completion_fish(void)
{
	printf("# fish completion for sockettool, written by: sockettool completion fish\n"
	       "complete -c sockettool -f\n");
	for (size_t i = 0; commands[i]; i++)
		print_first(commands[i]->name, commands[i]->summary);
	for (size_t i = 0; protocols[i]; i++)
		print_first(protocols[i]->name, protocols[i]->summary);
	printf("complete -c sockettool -n '__fish_seen_subcommand_from ");
	completion_print_protocols(" ");
	printf("; and not __fish_seen_subcommand_from ");
	completion_print_commands(" ");
	printf("' -a '%s %s'\n", serve_command.name, connect_command.name);
	for (size_t i = 0; commands[i]; i++)
		print_operands(commands[i]);
	completion_places(print_place);
}
