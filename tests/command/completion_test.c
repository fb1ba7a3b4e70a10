/*
 * What the program prints for other programs to read: its manual page and the shells' completions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

/* Runs a script with sh; its status 77 says that something it needs is not here. */
static struct program *run_script(const char *script)
{
	struct program *program = program_start_other("sh", "-c", script);

	program_close_input(program);
	if (program_wait(program) == 77)
		skip();
	return program;
}

static void silent_success(const char *script)
{
	struct program *program = run_script(script);

	assert_string_equal(program_errors(program), "");
	assert_int_equal(program->status, 0);
}

static void the_manual_page_is_clean(void **state)
{
	(void)state;
	silent_success("command -v groff >/dev/null || exit 77\n"
		       "\"$SOCKETTOOL\" help --man | groff -man -ww -Tutf8 -z");
}

static void bash_completion_parses(void **state)
{
	(void)state;
	silent_success("command -v bash >/dev/null || exit 77\n"
		       "\"$SOCKETTOOL\" completion bash | bash -n");
}

static void zsh_completion_parses(void **state)
{
	(void)state;
	silent_success("command -v zsh >/dev/null || exit 77\n"
		       "\"$SOCKETTOOL\" completion zsh | zsh -n /dev/stdin");
}

static void fish_completion_parses(void **state)
{
	(void)state;
	silent_success("command -v fish >/dev/null || exit 77\n"
		       "\"$SOCKETTOOL\" completion fish | fish -n");
}

/* What bash completes the last of the words with. */
static void completes(const char *words, const char *expected)
{
	char script[1000];
	struct program *program;

	snprintf(script, sizeof(script),
		 "command -v bash >/dev/null || exit 77\n"
		 "exec bash -c 'source <(\"$SOCKETTOOL\" completion bash); COMP_WORDS=(sockettool "
		 "%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sockettool; "
		 "echo \"${COMPREPLY[*]}\"'",
		 words);
	program = run_script(script);
	assert_string_equal(program_errors(program), "");
	if (strcmp(program_output(program), expected) != 0)
		fail_msg("%s is completed with %s", words, program_output(program));
	program_free(program);
}

static void bash_completes(void **state)
{
	(void)state;
	completes("se", "serve\n");
	completes("calc \"\"", "serve connect\n");
	completes("serve dayt", "daytime\n");
	completes("serve daytime --st", "--style\n");
	completes("daytime serve --st", "--style\n");
	completes("connect daytime --st", "\n");
	completes("serve echo --max-c", "--max-conns --max-conns-per-ip\n");
	completes("serve echo --model ep", "epoll\n");
	completes("serve echo --model = ep", "epoll\n");
	completes("serve echo --framing \"\"", "line raw\n");
	completes("serve echo --port \"\"", "\n");
	completes("completion \"\"", "bash zsh fish\n");
	completes("help resol", "resolve\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_manual_page_is_clean, end_programs),
		cmocka_unit_test_teardown(bash_completion_parses, end_programs),
		cmocka_unit_test_teardown(zsh_completion_parses, end_programs),
		cmocka_unit_test_teardown(fish_completion_parses, end_programs),
		cmocka_unit_test_teardown(bash_completes, end_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
