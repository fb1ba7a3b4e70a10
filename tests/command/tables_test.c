/*
 * The tables themselves: what a mistake in a command's or a protocol's entry would break.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "command/command.h"
#include "command/completion.h"
#include "command/describe.h"
#include "sockettool/model.h"

enum { TABLES_MAX = 200 };

/* Every table there is, and how large a structure it fills. */
static struct {
	const char *owner;
	const struct option *options;
	size_t size; /* that its offsets must lie within; SIZE_MAX: not known here */
} tables[TABLES_MAX];
static size_t table_count;

static void add(const char *owner, const struct option *options, size_t size)
{
	assert_in_range(table_count, 0, TABLES_MAX - 1);
	tables[table_count].owner = owner;
	tables[table_count].options = options;
	tables[table_count++].size = size;
}

static int collect(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		const struct option_group *group = commands[i]->groups;

		for (; group->title; group++)
			add(commands[i]->name, group->options,
			    commands[i]->options_size - group->offset);
	}
	add("general", general_group.options, sizeof(bool));
	for (size_t i = 0; protocols[i]; i++) {
		if (protocols[i]->options)
			add(protocols[i]->name, protocols[i]->options, protocols[i]->options_size);
	}
	return 0;
}

static size_t value_size_of(enum option_type type)
{
	static const size_t sizes[] = {
		[OPTION_FLAG] = sizeof(bool),
		[OPTION_NUMBER] = sizeof(int64_t),
		[OPTION_SIZE] = sizeof(int64_t),
		[OPTION_DURATION] = sizeof(int64_t),
		[OPTION_INTERVAL] = sizeof(struct interval),
		[OPTION_TEXT] = sizeof(const char *),
		[OPTION_CHOICE] = sizeof(int),
		[OPTION_LIST] = sizeof(struct text_list),
	};

	return sizes[type];
}

static void check_entry(const char *owner, const struct option *option, size_t size)
{
	char help[640];

	if (!option->help || !option->help[0] || option->help[strlen(option->help) - 1] == '.')
		fail_msg("--%s of %s: help is a sentence without a full stop", option->name, owner);
	if ((option->type == OPTION_FLAG) != !option->argument)
		fail_msg("--%s of %s: an argument is for what takes a value", option->name, owner);
	if ((option->type == OPTION_CHOICE) != (option->choice != NULL))
		fail_msg("--%s of %s: a choice has names", option->name, owner);
	if (option->offset + value_size_of(option->type) > size)
		fail_msg("--%s of %s lies outside its structure", option->name, owner);
	if (option->letter && !isalpha((unsigned char)option->letter))
		fail_msg("--%s of %s: -%c is no letter", option->name, owner, option->letter);
	if (option->max != 0 && option->min > option->max)
		fail_msg("--%s of %s: no value is in its bounds", option->name, owner);
	describe_help(help, sizeof(help), option);
	if (strlen(help) + 1 >= sizeof(help))
		fail_msg("--%s of %s: the help is too long", option->name, owner);
}

static void every_option_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < table_count; i++) {
		for (const struct option *option = tables[i].options; option->name; option++)
			check_entry(tables[i].owner, option, tables[i].size);
	}
}

/* Whatever is in the way of telling options from operands before the protocols are known. */
static void check_pair(const char *owner, const struct option *a, const char *other,
		       const struct option *b)
{
	if (strcmp(a->name, b->name) == 0) {
		if ((a->type == OPTION_FLAG) != (b->type == OPTION_FLAG))
			fail_msg("--%s takes a value for %s and none for %s", a->name, owner,
				 other);
		if (a->letter != b->letter)
			fail_msg("--%s has two letters, for %s and %s", a->name, owner, other);
	} else if (a->letter && a->letter == b->letter) {
		fail_msg("-%c is --%s for %s and --%s for %s", a->letter, a->name, owner, b->name,
			 other);
	}
}

static void options_of_one_name_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < table_count; i++) {
		for (size_t j = 0; j < i; j++) {
			for (const struct option *a = tables[i].options; a->name; a++) {
				for (const struct option *b = tables[j].options; b->name; b++)
					check_pair(tables[i].owner, a, tables[j].owner, b);
			}
		}
	}
}

static void no_name_is_twice_in_a_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < table_count; i++) {
		for (const struct option *a = tables[i].options; a->name; a++) {
			for (const struct option *b = a + 1; b->name; b++) {
				if (strcmp(a->name, b->name) == 0)
					fail_msg("%s has two --%s", tables[i].owner, a->name);
			}
		}
	}
}

static void initial_values_are_taken(void **state)
{
	static char name[] = "list";
	char *words[] = {name};

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		struct error error = {0};
		struct invocation in;

		if (invocation_begin(&in, commands[i], 1, words, &error) != 0)
			fail_msg("%s: %s", commands[i]->name, error.text);
		for (size_t j = 0; commands[i]->side && protocols[j]; j++)
			assert_non_null(invocation_take(&in, protocols[j], &error));
		if (invocation_apply(&in, &error) != 0)
			fail_msg("%s: %s", commands[i]->name, error.text);
		invocation_end(&in);
	}
}

static void no_command_has_a_protocols_name(void **state)
{
	(void)state;
	for (size_t i = 0; protocols[i]; i++) {
		const char *alias = protocols[i]->client_alias;

		assert_null(command_find(protocols[i]->name));
		assert_ptr_equal(command_protocol(protocols[i]->name), protocols[i]);
		if (!alias)
			continue;
		assert_null(command_find(alias));
		assert_ptr_equal(command_protocol(alias), protocols[i]);
	}
}

static void every_entry_says_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++)
		assert_true(commands[i]->summary[0] && commands[i]->run && commands[i]->groups);
	for (size_t i = 0; protocols[i]; i++) {
		assert_true(protocols[i]->summary[0] && protocols[i]->reference[0]);
		assert_true(protocols[i]->transports && protocols[i]->port);
	}
	for (size_t i = 0; models[i]; i++)
		assert_true(models[i]->summary[0]);
	assert_non_null(model_find(MODEL_DEFAULT));
}

static size_t visits;

static void count_visit(const struct option *option)
{
	visits += strcmp(option->name, "help") == 0 || strcmp(option->name, "json") == 0;
}

static void completions_see_a_name_once(void **state)
{
	(void)state;
	visits = 0;
	completion_names(count_visit);
	assert_int_equal(visits, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_complete),
		cmocka_unit_test(options_of_one_name_agree),
		cmocka_unit_test(no_name_is_twice_in_a_table),
		cmocka_unit_test(initial_values_are_taken),
		cmocka_unit_test(no_command_has_a_protocols_name),
		cmocka_unit_test(every_entry_says_what_it_is),
		cmocka_unit_test(completions_see_a_name_once),
	};

	return cmocka_run_group_tests(tests, collect, NULL);
}
