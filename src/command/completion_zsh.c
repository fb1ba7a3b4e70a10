/*
 * The completion script for zsh.
 */
#include <stdio.h>

#include "command/completion.h"

/* Prints 'name:description' as _describe takes it. */
static void print_described(const char *dashes, const char *name, const char *description)
{
	printf(" '%s%s:", dashes, name);
	for (; *description; description++) {
		if (*description == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*description);
	}
	putchar('\'');
}

static void print_value_case(const struct option *option)
{
	if (option->type == OPTION_FLAG)
		return;
	printf("\t(--%s) ", option->name);
	if (option->type == OPTION_CHOICE) {
		printf("compadd -- ");
		completion_print_choices(option, " ");
	} else if (completion_is_path(option)) {
		printf("_files");
	} else {
		printf("_message %s", option->argument);
	}
	printf("; return ;;\n");
}

static void print_option(const struct completion_place *place, const struct option *option)
{
	(void)place;
	print_described("--", option->name, option->help);
}

static void print_place(const struct completion_place *place)
{
	printf("\tif [[ $command == %s", place->command->name);
	if (place->protocol)
		printf(" && $protocol == *' %s '*", place->protocol->name);
	printf(" ]]; then\n\t\toption_names+=(");
	completion_options(place, print_option);
	printf(")\n\tfi\n");
}

static void print_operands(const struct command *command)
{
	if (!command->arguments)
		return;
	printf("\t(%s) ", command->name);
	if (completion_takes_hosts(command) && completion_takes_protocols(command))
		printf("if [[ -n $protocol ]]; then _hosts; "
		       "else _describe protocol protocol_names; fi");
	else if (completion_takes_hosts(command))
		printf("_hosts");
	else if (completion_takes_commands(command))
		printf("_describe command command_names; _describe protocol protocol_names");
	else if (completion_takes_protocols(command))
		printf("_describe protocol protocol_names");
	else {
		printf("compadd -- ");
		completion_print_words(command, " ");
	}
	printf(" ;;\n");
}

static void print_lists(void)
{
	printf("\tcommand_names=(");
	for (size_t i = 0; commands[i]; i++)
		print_described("", commands[i]->name, commands[i]->summary);
	printf(")\n\tprotocol_names=(");
	for (size_t i = 0; protocols[i]; i++)
		print_described("", protocols[i]->name, protocols[i]->summary);
	printf(")\n");
}

void completion_zsh(void)
{
	printf("#compdef sockettool\n"
	       "# zsh completion for sockettool, written by: sockettool completion zsh\n"
	       "_sockettool()\n{\n"
	       "\tlocal command protocol word previous=$words[CURRENT-1]\n"
	       "\tlocal -a command_names protocol_names option_names\n");
	print_lists();
	printf("\tfor word in ${words[2,CURRENT-1]}; do\n\t\tcase $word in\n\t\t(");
	completion_print_commands("|");
	printf(") command=${command:-$word} ;;\n\t\t(");
	completion_print_protocols("|");
	printf(") protocol+=\" $word \" ;;\n\t\tesac\n\tdone\n"
	       "\tif [[ $PREFIX == --*=* ]]; then\n"
	       "\t\tprevious=${PREFIX%%%%=*}\n\t\tcompset -P '*='\n\tfi\n"
	       "\tcase $previous in\n");
	completion_names(print_value_case);
	printf("\tesac\n");
	completion_places(print_place);
	printf("\tif [[ $PREFIX == -* ]]; then\n"
	       "\t\t_describe -o option option_names\n\t\treturn\n\tfi\n"
	       "\tcase $command in\n"
	       "\t('') if [[ -n $protocol ]]; then compadd -- %s %s; else "
	       "_describe command command_names; _describe protocol protocol_names; fi ;;\n",
	       serve_command.name, connect_command.name);
	for (size_t i = 0; commands[i]; i++)
		print_operands(commands[i]);
	printf("\tesac\n}\n"
	       "if [[ $funcstack[1] == _sockettool ]]; then\n\t_sockettool \"$@\"\n"
	       "else\n\tcompdef _sockettool sockettool\nfi\n");
}
