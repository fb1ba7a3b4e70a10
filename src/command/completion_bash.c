/*
 * The completion script for bash, without the help of the bash-completion package.
 */
#include <stdio.h>

#include "command/completion.h"

static void print_value_case(const struct option *option)
{
	if (option->type == OPTION_FLAG)
		return;
	printf("\t--%s)\n", option->name);
	if (option->type == OPTION_CHOICE) {
		printf("\t\twords='");
		completion_print_choices(option, " ");
		printf("' ;;\n");
	} else if (completion_is_path(option)) {
		printf("\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n\t\treturn ;;\n");
	} else {
		printf("\t\treturn ;;\n");
	}
}

static void print_option(const struct completion_place *place, const struct option *option)
{
	(void)place;
	printf(" --%s", option->name);
}

static void print_place(const struct completion_place *place)
{
	printf("\t[[ $command == %s", place->command->name);
	if (place->protocol)
		printf(" && $before == *' %s '*", place->protocol->name);
	printf(" ]] && options+='");
	completion_options(place, print_option);
	printf("'\n");
}

/* The words that may stand where no option does. */
static void print_operands(const struct command *command)
{
	if (!command->arguments)
		return;
	printf("\t%s)\n", command->name);
	if (completion_takes_hosts(command) && completion_takes_protocols(command))
		printf("\t\t[[ $protocol ]] || words=$protocols\n"
		       "\t\t[[ $protocol ]] && words=$(compgen -A hostname) ;;\n");
	else if (completion_takes_hosts(command))
		printf("\t\twords=$(compgen -A hostname) ;;\n");
	else if (completion_takes_commands(command))
		printf("\t\twords=\"$commands $protocols\" ;;\n");
	else if (completion_takes_protocols(command))
		printf("\t\twords=$protocols ;;\n");
	else {
		printf("\t\twords='");
		completion_print_words(command, " ");
		printf("' ;;\n");
	}
}

void completion_bash(void)
{
	printf("# bash completion for sockettool, written by: sockettool completion bash\n"
	       "_sockettool()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	       "\tlocal before=\" ${COMP_WORDS[*]:1:COMP_CWORD - 1} \"\n"
	       "\tlocal command= protocol= options= words= word\n"
	       "\tlocal commands='");
	completion_print_commands(" ");
	printf("'\n\tlocal protocols='");
	completion_print_protocols(" ");
	printf("'\n\n\tCOMPREPLY=()\n"
	       "\t# The \"=\" of --name=value is a word to bash.\n"
	       "\tif [[ $cur == = ]]; then\n\t\tcur=\n"
	       "\telif [[ $prev == = ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
	       "\tfor word in $before; do\n"
	       "\t\tif [[ \" $commands \" == *\" $word \"* ]]; then\n"
	       "\t\t\tcommand=${command:-$word}\n"
	       "\t\telif [[ \" $protocols \" == *\" $word \"* ]]; then\n"
	       "\t\t\tprotocol=${protocol:-$word}\n"
	       "\t\tfi\n\tdone\n\n"
	       "\tcase $prev in\n");
	completion_names(print_value_case);
	printf("\tesac\n\tif [[ $words ]]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "\t\treturn\n\tfi\n\n");
	completion_places(print_place);
	printf("\tcase $command in\n"
	       "\t'')\n\t\twords=\"$commands $protocols\"\n"
	       "\t\t[[ $protocol ]] && words='%s %s' ;;\n",
	       serve_command.name, connect_command.name);
	for (size_t i = 0; commands[i]; i++)
		print_operands(commands[i]);
	printf("\tesac\n\t[[ $cur == -* ]] && words=$options\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
	       "complete -F _sockettool sockettool\n");
}
