/*
 * One run of a command: the tables of options that it knows, its arguments, and the memory that the
 * options fill.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "command/command.h"

static int no_memory(struct error *error)
{
	return error_set(error, STATUS_UNREACHABLE, ENOMEM, "no memory for the options");
}

static size_t count_groups(const struct command *command)
{
	size_t count = 0;

	while (command->groups[count].title)
		count++;
	return count;
}

/* The command at the other end, whose options the user may mistake for this one's. */
static const struct command *other_end(const struct command *command)
{
	if (command->side == 0)
		return NULL;
	return command->side == SIDE_SERVER ? &connect_command : &serve_command;
}

static size_t count_tables(const struct command *command)
{
	size_t count = count_groups(command) + 1;

	if (!other_end(command))
		return count;
	for (size_t i = 0; protocols[i]; i++)
		count++;
	return count + count_groups(other_end(command));
}

static void add(struct option_tables *tables, struct option_table table)
{
	tables->tables[tables->count++] = table;
}

static void add_tables(struct invocation *in)
{
	const struct command *command = in->command, *other = other_end(command);
	const struct option_group *group = command->groups;

	for (; group->title; group++)
		add(&in->tables,
		    (struct option_table){group->options, (char *)in->options + group->offset,
					  command->name, false});
	add(&in->tables,
	    (struct option_table){general_group.options, &in->help, command->name, false});
	if (!other)
		return;
	in->of_protocols = in->tables.tables + in->tables.count;
	for (size_t i = 0; protocols[i]; i++)
		add(&in->tables,
		    (struct option_table){protocols[i]->options, NULL, protocols[i]->name, false});
	for (group = other->groups; group->title; group++)
		add(&in->tables, (struct option_table){group->options, NULL, other->name, true});
}

int invocation_begin(struct invocation *in, const struct command *command, int argc, char **argv,
		     struct error *error)
{
	*in = (struct invocation){.command = command};
	in->tables.side = command->side;
	in->tables.command = command->name;
	/* A byte more, because a command may have no options and NULL means no memory. */
	in->options = calloc(1, command->options_size + 1);
	in->tables.tables = calloc(count_tables(command), sizeof(*in->tables.tables));
	if (!in->options || !in->tables.tables)
		return no_memory(error);
	add_tables(in);
	return arguments_split(&in->arguments, argc, argv, &in->tables, error);
}

const void *invocation_take(struct invocation *in, const struct protocol *protocol,
			    struct error *error)
{
	struct option_table *table = in->of_protocols;

	for (size_t i = 0; protocols[i] != protocol; i++)
		table++;
	if (!table->values)
		table->values = calloc(1, protocol->options_size + 1);
	if (!table->values)
		no_memory(error);
	return table->values;
}

int invocation_apply(struct invocation *in, struct error *error)
{
	return arguments_apply(&in->arguments, &in->tables, error);
}

void invocation_end(struct invocation *in)
{
	if (in->tables.tables)
		options_release(&in->tables);
	for (size_t i = 0; in->of_protocols && protocols[i]; i++)
		free(in->of_protocols[i].values);
	free(in->tables.tables);
	free(in->options);
	arguments_free(&in->arguments);
}
