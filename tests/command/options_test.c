/*
 * The option parser: the forms in which options are given, several tables at once, and the two
 * sides.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "command/options.h"

struct network {
	int64_t port;
	struct text_list hosts;
	const char *path;
	bool udp;
};

struct remarks {
	bool quiet, verbose;
	int64_t width;
};

struct date {
	int64_t timeout;
	const char *style, *greeting;
};

static const struct option network_options[] = {
	{.letter = 'p',
	 .name = "port",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct network, port),
	 .argument = "PORT",
	 .max = 65535,
	 .initial = "5000"},
	{.name = "host",
	 .type = OPTION_LIST,
	 .offset = offsetof(struct network, hosts),
	 .argument = "HOST",
	 .initial = "localhost"},
	{.name = "unix",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct network, path),
	 .argument = "PATH"},
	{.name = "udp", .type = OPTION_FLAG, .offset = offsetof(struct network, udp)},
	{0},
};

static const struct option remark_options[] = {
	{.letter = 'q',
	 .name = "quiet",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct remarks, quiet)},
	{.letter = 'v',
	 .name = "verbose",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct remarks, verbose)},
	{.letter = 'w',
	 .name = "width",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct remarks, width),
	 .argument = "N",
	 .initial = "80"},
	{0},
};

/* A protocol's, and another's with two of the same names. */
static const struct option date_options[] = {
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct date, timeout),
	 .argument = "DURATION",
	 .initial = "1s",
	 .sides = SIDE_CLIENT},
	{.name = "style",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct date, style),
	 .argument = "STYLE",
	 .initial = "short",
	 .sides = SIDE_SERVER},
	{.name = "greeting",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct date, greeting),
	 .argument = "TEXT"},
	{0},
};

static const struct option other_options[] = {
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct date, timeout),
	 .argument = "DURATION",
	 .initial = "9s"},
	{.name = "style",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct date, style),
	 .argument = "STYLE"},
	{.name = "shape", .type = OPTION_FLAG, .sides = SIDE_SERVER},
	{0},
};

static const struct option foreign_options[] = {
	{.name = "backlog", .type = OPTION_NUMBER, .argument = "N"},
	{0},
};

enum { NETWORK, REMARKS, DATE, OTHER, FOREIGN, TABLES };

struct fixture {
	struct network network;
	struct remarks remarks;
	struct date date, other;
	struct option_table array[TABLES];
	struct option_tables tables;
	struct arguments arguments;
	struct error error;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->array[NETWORK] = (struct option_table){network_options, &f->network, "serve", false};
	f->array[REMARKS] = (struct option_table){remark_options, &f->remarks, "serve", false};
	f->array[DATE] = (struct option_table){date_options, NULL, "date", false};
	f->array[OTHER] = (struct option_table){other_options, NULL, "other", false};
	f->array[FOREIGN] = (struct option_table){foreign_options, NULL, "connect", true};
	f->tables = (struct option_tables){f->array, TABLES, SIDE_SERVER, "serve"};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	options_release(&f->tables);
	arguments_free(&f->arguments);
	free(f);
	return 0;
}

/* Parses the words of a line. The line must outlive what was parsed. */
static int parse_words(struct fixture *f, int count, const char *const *words)
{
	int result = arguments_split(&f->arguments, count, (char **)words, &f->tables, &f->error);

	return result == 0 ? arguments_apply(&f->arguments, &f->tables, &f->error) : result;
}

#define parse(f, ...)                                                                              \
	parse_words((f), (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)), \
		    (const char *const[]){__VA_ARGS__})

static void refused(struct fixture *f, int result, const char *sentence)
{
	assert_int_equal(result, -EINVAL);
	assert_int_equal(f->error.status, STATUS_USAGE);
	assert_string_equal(f->error.text, sentence);
}

static void nothing_given_leaves_the_initial_values(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse_words(f, 0, NULL), 0);
	assert_int_equal(f->arguments.operand_count, 0);
	assert_int_equal(f->network.port, 5000);
	assert_int_equal(f->network.hosts.count, 1);
	assert_string_equal(f->network.hosts.items[0], "localhost");
	assert_null(f->network.path);
	assert_false(f->network.udp);
	assert_int_equal(f->remarks.width, 80);
}

static void every_form_of_a_value(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "--port", "1"), 0);
	assert_int_equal(f->network.port, 1);
	teardown(state);
	setup(state);
	f = *state;
	assert_int_equal(parse(f, "--port=2", "-w3"), 0);
	assert_int_equal(f->network.port, 2);
	assert_int_equal(f->remarks.width, 3);
	teardown(state);
	setup(state);
	f = *state;
	assert_int_equal(parse(f, "-p", "4", "-qvw", "5"), 0);
	assert_int_equal(f->network.port, 4);
	assert_int_equal(f->remarks.width, 5);
	assert_true(f->remarks.quiet && f->remarks.verbose);
	assert_false(f->network.udp);
}

static void operands_and_options_mix(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		parse(f, "echo", "--port", "7", "-", "chat", "-v", "", "--", "--port", "-x", "--"),
		0);
	assert_int_equal(f->arguments.operand_count, 7);
	assert_string_equal(f->arguments.operands[0], "echo");
	assert_string_equal(f->arguments.operands[1], "-");
	assert_string_equal(f->arguments.operands[2], "chat");
	assert_string_equal(f->arguments.operands[3], "");
	assert_string_equal(f->arguments.operands[4], "--port");
	assert_string_equal(f->arguments.operands[5], "-x");
	assert_string_equal(f->arguments.operands[6], "--");
	assert_int_equal(f->network.port, 7);
}

static void the_last_of_two_values_wins_but_lists_grow(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		parse(f, "--port", "1", "--host", "a", "--port", "2", "--host=", "--host", "b"), 0);
	assert_int_equal(f->network.port, 2);
	assert_int_equal(f->network.hosts.count, 3);
	assert_string_equal(f->network.hosts.items[0], "a");
	assert_string_equal(f->network.hosts.items[1], "");
	assert_string_equal(f->network.hosts.items[2], "b");
	assert_true(arguments_given(&f->arguments, "host"));
	assert_false(arguments_given(&f->arguments, "unix"));
}

static void values_may_begin_with_dashes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "--unix", "--udp", "--host", "-v", "--host", "--"), 0);
	assert_string_equal(f->network.path, "--udp");
	assert_false(f->network.udp || f->remarks.verbose);
	assert_string_equal(f->network.hosts.items[0], "-v");
	assert_string_equal(f->network.hosts.items[1], "--");
	assert_int_equal(f->arguments.operand_count, 0);
}

static void empty_and_odd_values(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "--unix", "", "--host=a=b"), 0);
	assert_string_equal(f->network.path, "");
	assert_string_equal(f->network.hosts.items[0], "a=b");
	teardown(state);
	setup(state);
	f = *state;
	refused(f, parse(f, "--port", ""), "--port takes a number from 0 to 65535, not \"\"");
	teardown(state);
	setup(state);
	f = *state;
	refused(f, parse(f, "--port", "-1"), "--port takes a number from 0 to 65535, not \"-1\"");
}

static void wrong_forms(void **state)
{
	static const struct {
		const char *words[3];
		const char *sentence;
	} cases[] = {
		{{"--prot", "1"}, "unknown option \"--prot\"; did you mean --port?"},
		{{"--prot=1"}, "unknown option \"--prot\"; did you mean --port?"},
		{{"--frobnicate"}, "unknown option \"--frobnicate\"; see: sockettool help serve"},
		{{"--=1"}, "unknown option \"--\"; see: sockettool help serve"},
		{{"-port", "1"}, "--port takes a number from 0 to 65535, not \"ort\""},
		{{"-udp"}, "unknown option \"-udp\"; did you mean --udp?"},
		{{"-x"}, "unknown option \"-x\"; see: sockettool help serve"},
		{{"-qx"}, "unknown option \"-qx\"; see: sockettool help serve"},
		{{"--udp=yes"}, "--udp takes no value"},
		{{"--udp="}, "--udp takes no value"},
		{{"--port"}, "--port needs a value: a number from 0 to 65535"},
		{{"-qp"}, "--port needs a value: a number from 0 to 65535"},
		{{"--unix"}, "--unix needs a value: a text"},
		/* What is for another command is never suggested, but known. */
		{{"--backlgo"}, "unknown option \"--backlgo\"; see: sockettool help serve"},
		{{"--backlog", "1"}, "--backlog is for connect"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = *state;
		int count = 0;

		while (cases[i].words[count])
			count++;
		refused(f, parse_words(f, count, cases[i].words), cases[i].sentence);
		teardown(state);
		setup(state);
	}
}

static void a_protocols_options_count_when_it_is_named(void **state)
{
	struct fixture *f = *state;

	refused(f, parse(f, "--greeting", "hello"), "--greeting is for date");
	arguments_free(&f->arguments);
	options_release(&f->tables);
	refused(f, parse(f, "--style", "long"), "--style is for date and other");
	arguments_free(&f->arguments);
	options_release(&f->tables);
	f->array[DATE].values = &f->date;
	assert_int_equal(parse(f, "--greeting", "hello"), 0);
	assert_string_equal(f->date.greeting, "hello");
	assert_string_equal(f->date.style, "short");
	assert_true(f->date.timeout == INT64_C(1000000000));
	assert_true(f->other.timeout == 0);
}

static void one_option_fills_every_table_that_has_it(void **state)
{
	struct fixture *f = *state;

	f->array[DATE].values = &f->date;
	f->array[OTHER].values = &f->other;
	assert_int_equal(parse(f, "--style", "long"), 0);
	assert_string_equal(f->date.style, "long");
	assert_string_equal(f->other.style, "long");
	/* Here it is an option of this side in one of them only. */
	arguments_free(&f->arguments);
	options_release(&f->tables);
	assert_int_equal(parse(f, "--timeout", "3s"), 0);
	assert_true(f->other.timeout == INT64_C(3000000000));
}

static void options_of_the_other_side_are_refused(void **state)
{
	struct fixture *f = *state;

	f->array[DATE].values = &f->date;
	refused(f, parse(f, "--timeout", "3s"), "--timeout is for connect");
	arguments_free(&f->arguments);
	options_release(&f->tables);
	f->tables.side = SIDE_CLIENT;
	refused(f, parse(f, "--style", "long"), "--style is for serve");
	arguments_free(&f->arguments);
	options_release(&f->tables);
	refused(f, parse(f, "--stile", "long"),
		"unknown option \"--stile\"; did you mean --style?");
	arguments_free(&f->arguments);
	options_release(&f->tables);
	/* No table has a flag of that name for this side. */
	refused(f, parse(f, "--shap"), "unknown option \"--shap\"; see: sockettool help serve");
}

static void huge_input_is_only_long(void **state)
{
	enum { COUNT = 20000 };
	struct fixture *f = *state;
	const char **words = calloc(COUNT, sizeof(*words));
	char *huge = malloc(1000001);

	assert_non_null(words);
	assert_non_null(huge);
	for (size_t i = 0; i < COUNT; i++)
		words[i] = i % 2 ? "x" : "--host";
	assert_int_equal(parse_words(f, COUNT, words), 0);
	assert_int_equal(f->network.hosts.count, COUNT / 2);
	teardown(state);
	setup(state);
	f = *state;
	memset(huge, 'q', 1000000);
	huge[1000000] = '\0';
	huge[0] = huge[1] = '-';
	words[0] = huge;
	assert_int_equal(parse_words(f, 1, words), -EINVAL);
	assert_true(strlen(f->error.text) < 200);
	arguments_free(&f->arguments);
	options_release(&f->tables);
	huge[500000] = '=';
	assert_int_equal(parse_words(f, 1, words), -EINVAL);
	arguments_free(&f->arguments);
	options_release(&f->tables);
	huge[1] = 'q';
	huge[500000] = '\0';
	assert_int_equal(parse_words(f, 1, words), 0);
	assert_true(f->remarks.quiet);
	free(words);
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_given_leaves_the_initial_values, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_form_of_a_value, setup, teardown),
		cmocka_unit_test_setup_teardown(operands_and_options_mix, setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_of_two_values_wins_but_lists_grow, setup,
						teardown),
		cmocka_unit_test_setup_teardown(values_may_begin_with_dashes, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_and_odd_values, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(a_protocols_options_count_when_it_is_named, setup,
						teardown),
		cmocka_unit_test_setup_teardown(one_option_fills_every_table_that_has_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(options_of_the_other_side_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(huge_input_is_only_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
