/*
 * The option parser: from argv and tables of options to operands and filled structures.
 */
#include "command/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "command/phrase.h"
#include "command/suggest.h"
#include "command/value.h"

/* What is being split. */
struct splitter {
	char **argv;
	int argc, next;
	const struct option_tables *tables;
	struct arguments *arguments;
	struct error *error;
};

static bool on_side(const struct option *option, unsigned side)
{
	return option->sides == 0 || (option->sides & side) != 0;
}

static int no_memory(struct error *error)
{
	return error_set(error, STATUS_UNREACHABLE, ENOMEM, "no memory for the arguments");
}

/* The option of that letter, or else of the name in the first n bytes, in the first table that has
 * it; those that count come before those that do not. */
static const struct option *find(const struct option_tables *tables, char letter, const char *name,
				 size_t n)
{
	const struct option *found = NULL;

	for (size_t i = 0; i < tables->count; i++) {
		const struct option *option = tables->tables[i].options;

		for (; option && option->name; option++) {
			bool same = letter ? option->letter == letter
					   : strncmp(option->name, name, n) == 0 &&
						     option->name[n] == '\0';

			if (same && !tables->tables[i].foreign && on_side(option, tables->side))
				return option;
			if (same && !found)
				found = option;
		}
	}
	return found;
}

/* name comes with as many dashes as the user gave it. */
static int unknown(const struct splitter *splitter, const char *name, const char *shown)
{
	char quote[PHRASE_QUOTE];
	struct suggestion suggestion = {.typed = name};
	const struct option_tables *tables = splitter->tables;

	for (size_t i = 0; i < tables->count; i++) {
		const struct option *option = tables->tables[i].options;

		for (; option && option->name; option++) {
			if (!tables->tables[i].foreign && on_side(option, tables->side))
				suggest_offer(&suggestion, option->name);
		}
	}
	phrase_quote(quote, shown);
	if (suggestion.best)
		return error_usage(splitter->error, "unknown option %s; did you mean --%s?", quote,
				   suggestion.best);
	return error_usage(splitter->error, "unknown option %s; see: sockettool help %s", quote,
			   tables->command);
}

static int add_use(struct splitter *splitter, const struct option *option, const char *value)
{
	struct arguments *arguments = splitter->arguments;

	if (arguments->use_count == arguments->use_room) {
		size_t room = 2 * arguments->use_room + 8;
		struct option_use *uses = realloc(arguments->uses, room * sizeof(*uses));

		if (!uses)
			return no_memory(splitter->error);
		arguments->uses = uses;
		arguments->use_room = room;
	}
	arguments->uses[arguments->use_count++] = (struct option_use){option, value};
	return 0;
}

/* Adds an option that takes a value: what is attached to it, or else the next argument. */
static int add_valued(struct splitter *splitter, const struct option *option, const char *attached)
{
	char expected[240];

	if (!attached && splitter->next >= splitter->argc) {
		value_expected(expected, sizeof(expected), option);
		return error_usage(splitter->error, "--%s needs a value: %s", option->name,
				   expected);
	}
	return add_use(splitter, option, attached ? attached : splitter->argv[splitter->next++]);
}

static int split_long(struct splitter *splitter, const char *text)
{
	const char *name = text + 2;
	const char *equals = strchr(name, '=');
	size_t n = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *option = find(splitter->tables, 0, name, n);
	char cut[SUGGEST_LONGEST];

	if (!option) {
		if (!equals || n + 2 >= sizeof(cut))
			return unknown(splitter, name, text);
		memcpy(cut, text, n + 2);
		cut[n + 2] = '\0';
		return unknown(splitter, cut + 2, cut);
	}
	if (option->type != OPTION_FLAG)
		return add_valued(splitter, option, equals ? equals + 1 : NULL);
	if (equals)
		return error_usage(splitter->error, "--%s takes no value", option->name);
	return add_use(splitter, option, NULL);
}

static int split_letters(struct splitter *splitter, const char *text)
{
	for (const char *letter = text + 1; *letter; letter++) {
		const struct option *option = find(splitter->tables, *letter, NULL, 0);
		int result;

		if (!option)
			return unknown(splitter, text + 1, text);
		if (option->type != OPTION_FLAG)
			return add_valued(splitter, option, letter[1] ? letter + 1 : NULL);
		result = add_use(splitter, option, NULL);
		if (result != 0)
			return result;
	}
	return 0;
}

int arguments_split(struct arguments *arguments, int argc, char **argv,
		    const struct option_tables *tables, struct error *error)
{
	struct splitter splitter = {argv, argc, 0, tables, arguments, error};
	bool options_end = false;
	int result = 0;

	*arguments = (struct arguments){0};
	arguments->operands = calloc((size_t)argc + 1, sizeof(*arguments->operands));
	if (!arguments->operands)
		return no_memory(error);
	while (result == 0 && splitter.next < argc) {
		const char *text = argv[splitter.next++];

		if (options_end || text[0] != '-' || text[1] == '\0')
			arguments->operands[arguments->operand_count++] = text;
		else if (strcmp(text, "--") == 0)
			options_end = true;
		else if (text[1] == '-')
			result = split_long(&splitter, text);
		else
			result = split_letters(&splitter, text);
	}
	return result;
}

bool arguments_given(const struct arguments *arguments, const char *name)
{
	for (size_t i = 0; i < arguments->use_count; i++) {
		if (strcmp(arguments->uses[i].option->name, name) == 0)
			return true;
	}
	return false;
}

static int apply_initial(const struct arguments *arguments, const struct option_table *table,
			 struct error *error)
{
	const struct option *option = table->options;
	int result = 0;

	for (; result == 0 && option && option->name; option++) {
		if (option->initial && !arguments_given(arguments, option->name))
			result = value_store(option, option->initial,
					     (char *)table->values + option->offset, error);
	}
	return result;
}

static const struct option *find_in(const struct option *options, const char *name)
{
	for (; options && options->name; options++) {
		if (strcmp(options->name, name) == 0)
			return options;
	}
	return NULL;
}

/* Says why an option that exists does not count here. */
static int misplaced(const struct option_tables *tables, const char *name, struct error *error)
{
	struct phrase_list owners = {0};
	char text[240];

	for (size_t i = 0; i < tables->count; i++) {
		const struct option_table *table = &tables->tables[i];
		const struct option *option = find_in(table->options, name);

		if (option && table->values)
			return error_usage(error, "--%s is for %s", name,
					   option->sides == SIDE_SERVER ? "serve" : "connect");
		if (option)
			phrase_add(&owners, table->owner);
	}
	return error_usage(error, "--%s is for %s", name,
			   phrase_join(text, sizeof(text), &owners, "and"));
}

static int apply_use(const struct option_use *use, const struct option_tables *tables,
		     struct error *error)
{
	bool used = false;

	for (size_t i = 0; i < tables->count; i++) {
		const struct option_table *table = &tables->tables[i];
		const struct option *option = find_in(table->options, use->option->name);
		int result;

		if (!option || !table->values || !on_side(option, tables->side))
			continue;
		used = true;
		result = value_store(option, use->value, (char *)table->values + option->offset,
				     error);
		if (result != 0)
			return result;
	}
	return used ? 0 : misplaced(tables, use->option->name, error);
}

int arguments_apply(const struct arguments *arguments, const struct option_tables *tables,
		    struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < tables->count; i++) {
		if (tables->tables[i].values)
			result = apply_initial(arguments, &tables->tables[i], error);
	}
	for (size_t i = 0; result == 0 && i < arguments->use_count; i++)
		result = apply_use(&arguments->uses[i], tables, error);
	return result;
}

void arguments_free(struct arguments *arguments)
{
	free((void *)arguments->operands);
	free(arguments->uses);
	*arguments = (struct arguments){0};
}

void options_release(const struct option_tables *tables)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct option_table *table = &tables->tables[i];
		const struct option *option = table->options;

		for (; table->values && option && option->name; option++) {
			struct text_list *list;

			if (option->type != OPTION_LIST)
				continue;
			list = (struct text_list *)((char *)table->values + option->offset);
			free((void *)list->items);
			*list = (struct text_list){0};
		}
	}
}
