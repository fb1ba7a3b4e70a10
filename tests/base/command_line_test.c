/*
 * Command lines as a shell reads them, judged by a shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/command_line.h"
#include "base/error.h"

static void assert_quoted(const char *words, size_t n, const char *expected)
{
	char *text = command_line_quote(words, n);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

#define WORDS(literal) literal, sizeof(literal)

static void words_are_quoted_where_they_must(void **state)
{
	(void)state;
	assert_quoted(WORDS("sockettool\0bench\0--size\0"
			    "64"),
		      "sockettool bench --size 64");
	assert_quoted(WORDS("a\0\0b c"), "a '' 'b c'");
	assert_quoted(WORDS("it's"), "'it'\\''s'");
	assert_quoted(WORDS("./s {port} $HOME *"), "'./s {port} $HOME *'");
	assert_quoted("", 0, "");
}

static void a_shell_reads_them_as_they_were(void **state)
{
	static const char words[] = "printf\0%s|\0it's\0$(exit 1) `x` \\ \"q\"\0*\0\0~\0#!\nend";
	char *text = command_line_quote(words, sizeof(words)), output[128] = "";
	FILE *shell;

	(void)state;
	assert_non_null(text);
	shell = popen(text, "r");
	assert_non_null(shell);
	assert_true(fread(output, 1, sizeof(output) - 1, shell) > 0);
	assert_int_equal(pclose(shell), 0);
	assert_string_equal(output, "it's|$(exit 1) `x` \\ \"q\"|*||~|#!\nend|");
	free(text);
}

static void this_process_has_one(void **state)
{
	char *text = command_line();

	(void)state;
	assert_non_null(text);
	assert_non_null(strstr(text, "command_line_test"));
	free(text);
}

/* A copy of this test in a folder whose name a shell would take apart. */
static void a_shell_finds_this_program(void **state)
{
	static const char script[] =
		"folder=$(mktemp -d) && mkdir \"$folder/it's a \\$HOME\" && "
		"cp /proc/$PPID/exe \"$folder/it's a \\$HOME/copy\" && "
		"eval \"$(\"$folder/it's a \\$HOME/copy\" self) twice\"; rm -r \"$folder\"";
	char output[64] = "";
	FILE *shell = popen(script, "r");

	(void)state;
	assert_non_null(shell);
	assert_true(fread(output, 1, sizeof(output) - 1, shell) > 0);
	assert_int_equal(pclose(shell), 0);
	assert_string_equal(output, "found");
}

/* The copy: tells its path, and answers when it is called by it. */
static int play(const char *part)
{
	struct error error;
	char *self = command_line_self(&error);

	fputs(strcmp(part, "self") == 0 ? (self ? self : error.text) : "found", stdout);
	free(self);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return play(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_where_they_must),
		cmocka_unit_test(a_shell_reads_them_as_they_were),
		cmocka_unit_test(this_process_has_one),
		cmocka_unit_test(a_shell_finds_this_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
