/*
 * The screen: what is escaped on a terminal, and when the typed line leaves and comes back.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "endpoint/screen.h"

enum { WRITTEN_MAX = 1 << 20 };

/* Standard output and error lead into files while a screen is tested. */
static struct screen screen;
static int own_output, own_errors, output, errors;
static char written[WRITTEN_MAX];

static int anonymous_file(void)
{
	int file = memfd_create("screen", MFD_CLOEXEC);

	/* What is written after a file was emptied lies at its beginning. */
	if (file >= 0)
		(void)fcntl(file, F_SETFL, O_APPEND);
	return file;
}

static int set_up(void **state)
{
	(void)state;
	fflush(stdout);
	fflush(stderr);
	own_output = dup(STDOUT_FILENO);
	own_errors = dup(STDERR_FILENO);
	output = anonymous_file();
	errors = anonymous_file();
	if (output < 0 || errors < 0)
		return -1;
	dup2(output, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	screen_open(&screen, false, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(own_output, STDOUT_FILENO);
	dup2(own_errors, STDERR_FILENO);
	close(own_output);
	close(own_errors);
	close(output);
	close(errors);
	return 0;
}

static const char *contents(int file)
{
	ssize_t n = pread(file, written, sizeof(written) - 1, 0);

	assert_true(n >= 0);
	written[n] = '\0';
	return written;
}

static void show(const char *bytes)
{
	screen_data(&screen, bytes, strlen(bytes), false);
}

static void test_bytes_as_they_are(void **state)
{
	(void)state;
	show("\033[1m\xff\r\n\x01 no end");
	screen_data(&screen, "a line", 6, true);
	screen_close(&screen);
	assert_string_equal(contents(output), "\033[1m\xff\r\n\x01 no enda line\n");
}

static void test_terminal_gets_escapes(void **state)
{
	(void)state;
	screen.terminal = true;
	show("\033[1m\xff\ttab\r\nalone\rbell\a\n\n");
	screen_close(&screen);
	assert_string_equal(contents(output), "\\x1b[1m\xef\xbf\xbd\ttab\nalone\\x0dbell\\x07\n\n");
}

/* Everything that may be cut in two, cut at every place. */
static void test_terminal_gets_characters_that_came_in_pieces(void **state)
{
	static const char text[] =
		"a\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80\r\n\xe4\xbd!\xf0\x9f\r\r\nz\n";
	static const char expected[] = "a\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80\n"
				       "\xef\xbf\xbd\xef\xbf\xbd!"
				       "\xef\xbf\xbd\xef\xbf\xbd\\x0d\nz\n";
	const size_t n = sizeof(text) - 1;

	(void)state;
	for (size_t first = 0; first <= n; first++) {
		for (size_t second = first; second <= n; second++) {
			assert_int_equal(ftruncate(output, 0), 0);
			screen.terminal = true;
			screen_data(&screen, text, first, false);
			screen_data(&screen, text + first, second - first, false);
			screen_data(&screen, text + second, n - second, false);
			screen_close(&screen);
			assert_string_equal(contents(output), expected);
		}
	}
}

static void test_unfinished_character_is_shown_in_the_end(void **state)
{
	(void)state;
	screen.terminal = true;
	show("\xe4\xbd");
	screen_flush(&screen);
	assert_string_equal(contents(output), "");
	screen_close(&screen);
	assert_string_equal(contents(output), "\xef\xbf\xbd\xef\xbf\xbd\n");
}

static void test_much_at_once(void **state)
{
	static char much[100000], expected[4 * sizeof(much) + 1];

	(void)state;
	screen.terminal = true;
	for (size_t i = 0; i < sizeof(much); i++) {
		much[i] = '\x01';
		memcpy(expected + 4 * i, "\\x01", 4);
	}
	screen_data(&screen, much, sizeof(much), false);
	screen_flush(&screen);
	assert_string_equal(contents(output), expected);
}

static void test_quotes_escape_layout_as_well(void **state)
{
	(void)state;
	screen_quote(&screen, "sending ", "one\n\ttwo\033", 9, " to connection 1");
	screen_flush(&screen);
	assert_string_equal(contents(output),
			    "sending \"one\\x0a\\x09two\\x1b\" to connection 1\n");
}

static void test_remarks(void **state)
{
	(void)state;
	screen_remark(&screen, "seen\n", false);
	screen_remark(&screen, "a detail", true);
	screen.verbose = true;
	screen_remark(&screen, "another detail", true);
	screen.quiet = true;
	screen_remark(&screen, "nobody wants to know", false);
	screen_error(&screen, "this has to be said");
	assert_string_equal(contents(errors),
			    "seen\\x0a\nanother detail\nsockettool: this has to be said\n");
	assert_string_equal(contents(output), "");
}

static void test_remarks_are_dim_on_terminals_only(void **state)
{
	(void)state;
	screen.errors_terminal = true;
	screen_remark(&screen, "dim", false);
	setenv("NO_COLOR", "1", 1);
	screen_open(&screen, false, false);
	screen.errors_terminal = true;
	screen_remark(&screen, "plain", false);
	assert_string_equal(contents(errors), "\033[2mdim\033[0m\nplain\n");
}

/* --- The typed line --- */

static void hide(void *line)
{
	(void)line;
	(void)!write(STDOUT_FILENO, "<", 1);
}

static void reveal(void *line)
{
	(void)line;
	(void)!write(STDOUT_FILENO, ">", 1);
}

static void type(void)
{
	screen.terminal = true;
	screen.hide = hide;
	screen.reveal = reveal;
}

static void test_typed_line_is_hidden_once_a_flush(void **state)
{
	(void)state;
	type();
	screen_data(&screen, "one", 3, true);
	screen_data(&screen, "two", 3, true);
	screen_flush(&screen);
	screen_flush(&screen);
	screen_data(&screen, "three", 5, true);
	screen_flush(&screen);
	assert_string_equal(contents(output), "<one\ntwo\n><three\n>");
}

static void test_typed_line_begins_at_the_left(void **state)
{
	(void)state;
	type();
	show("no end");
	screen_flush(&screen);
	assert_string_equal(contents(output), "<no end\n>");
}

static void test_remark_comes_after_what_was_shown(void **state)
{
	(void)state;
	type();
	screen.errors_terminal = true;
	screen.colour = false;
	/* Both lead to one terminal. */
	dup2(output, STDERR_FILENO);
	show("no end");
	screen_remark(&screen, "a remark", false);
	screen_flush(&screen);
	assert_string_equal(contents(output), "<no end\na remark\n>");
}

static void test_remark_elsewhere_leaves_the_typed_line_alone(void **state)
{
	(void)state;
	type();
	screen_remark(&screen, "into a file", false);
	screen_flush(&screen);
	assert_string_equal(contents(output), "");
}

static void test_output_that_fails(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	close(ends[0]);
	show("nobody reads this");
	screen_flush(&screen);
	assert_int_equal(screen.failure, EPIPE);
	show("nor this");
	screen_close(&screen);
	assert_int_equal(screen.failure, EPIPE);
}

#define SCREEN_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCREEN_TEST(test_bytes_as_they_are),
		SCREEN_TEST(test_terminal_gets_escapes),
		SCREEN_TEST(test_terminal_gets_characters_that_came_in_pieces),
		SCREEN_TEST(test_unfinished_character_is_shown_in_the_end),
		SCREEN_TEST(test_much_at_once),
		SCREEN_TEST(test_quotes_escape_layout_as_well),
		SCREEN_TEST(test_remarks),
		SCREEN_TEST(test_remarks_are_dim_on_terminals_only),
		SCREEN_TEST(test_typed_line_is_hidden_once_a_flush),
		SCREEN_TEST(test_typed_line_begins_at_the_left),
		SCREEN_TEST(test_remark_comes_after_what_was_shown),
		SCREEN_TEST(test_remark_elsewhere_leaves_the_typed_line_alone),
		SCREEN_TEST(test_output_that_fails),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
