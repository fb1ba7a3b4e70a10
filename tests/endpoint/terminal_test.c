/*
 * The client at a terminal: what the screen shows while its user types and a server speaks.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/peer.h"
#include "support/program.h"
#include "support/pseudo_terminal.h"

enum { ROWS = 12, COLUMNS = 40 };

#define UP "\033[A"
#define DOWN "\033[B"
#define LEFT "\033[D"
#define END_OF_INPUT "\x04"
#define INTERRUPT "\x03"
#define QUIT "\x1c"
#define SEARCH "\x12"
#define SUSPEND "\x1a"

/* A client of chat at a terminal, and the other end in this test. */
static int listener, caller;
static struct pseudo_terminal *terminal;

static int set_up(void **state)
{
	(void)state;
	setenv("LC_ALL", "C", 1);
	unsetenv("NO_COLOR");
	listener = peer_listen("127.0.0.1", 0, 8);
	caller = -1;
	return listener < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	pseudo_terminal_free_all();
	terminal = NULL;
	if (caller >= 0)
		close(caller);
	close(listener);
	return 0;
}

static void begin(void)
{
	terminal = pseudo_terminal_start(ROWS, COLUMNS, "connect", "chat", "127.0.0.1",
					 program_number(peer_port(listener)));
	caller = peer_accept(listener);
	pseudo_terminal_expect_screen(terminal, "Your name:\n", 0, 11);
}

/* As far as a chat's prompt: the screen has two rows. */
static void begin_chat(void)
{
	begin();
	pseudo_terminal_type(terminal, "Ann\r");
	peer_expect(caller, "Ann\n");
	peer_send(caller, "Welcome, Ann.\n");
	pseudo_terminal_expect_screen(terminal, "Your name: Ann\nWelcome, Ann.\n>\n", 2, 2);
}

static void test_typed_line_is_sent(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "hello, world\r");
	peer_expect(caller, "hello, world\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\n> hello, world\n>\n", 3, 2);
}

static void test_message_in_the_middle_of_typing(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "half a li");
	pseudo_terminal_expect(terminal, "> half a li");
	peer_send(caller, "Bob: good morning\n");
	pseudo_terminal_expect_screen(
		terminal, "Your name: Ann\nWelcome, Ann.\nBob: good morning\n> half a li\n", 3, 11);
	pseudo_terminal_type(terminal, "ne\r");
	peer_expect(caller, "half a line\n");
}

static void test_message_while_a_wrapped_line_is_typed(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "one two three four five six seven eight nine ten eleven "
				       "twelve thirteen fourteen");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\n"
				      "> one two three four five six seven eigh\n"
				      "t nine ten eleven twelve thirteen fourte\n"
				      "en\n",
				      4, 2);
	peer_send(caller, "Bob: sorry\nBob: go on\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\nBob: sorry\nBob: go on\n"
				      "> one two three four five six seven eigh\n"
				      "t nine ten eleven twelve thirteen fourte\n"
				      "en\n",
				      6, 2);
}

static void test_message_while_the_line_ends_at_the_edge(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "34567890123456789012345678901234567890");
	pseudo_terminal_expect(terminal, "> 34567890123456789012345678901234567890");
	peer_send(caller, "Bob: hi\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\nBob: hi\n"
				      "> 34567890123456789012345678901234567890\n",
				      4, 0);
}

static void test_messages_scroll_a_wrapped_line(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "one two three four five six seven eight nine ten");
	pseudo_terminal_expect(terminal, "t nine ten");
	for (int i = 1; i <= 300; i++) {
		char line[32];
		snprintf(line, sizeof(line), "Bob: %d\n", i);
		peer_send(caller, line);
	}
	pseudo_terminal_expect_screen(terminal,
				      "Bob: 291\nBob: 292\nBob: 293\nBob: 294\nBob: 295\n"
				      "Bob: 296\nBob: 297\nBob: 298\nBob: 299\nBob: 300\n"
				      "> one two three four five six seven eigh\n"
				      "t nine ten\n",
				      11, 10);
}

static void test_line_taller_than_the_screen(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_resize(terminal, 3, COLUMNS);
	for (int i = 0; i < 20; i++)
		pseudo_terminal_type(terminal, "0123456789");
	pseudo_terminal_type(terminal, "END");
	pseudo_terminal_expect(terminal, "END");
	peer_send(caller, "Bob: so much\n");
	pseudo_terminal_type(terminal, "!\r");
	for (int i = 0; i < 20; i++)
		peer_expect(caller, "0123456789");
	peer_expect(caller, "END!\n");
	pseudo_terminal_expect(terminal, "END!");
}

static void test_message_while_the_history_is_searched(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "find me\r");
	peer_expect(caller, "find me\n");
	pseudo_terminal_type(terminal, SEARCH "fi");
	pseudo_terminal_expect_screen(
		terminal, "Your name: Ann\nWelcome, Ann.\n> find me\n> find me\nbck:fi\n", 3, 2);
	peer_send(caller, "Bob: hm\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\n> find me\nBob: hm\n"
				      "> find me\nbck:fi\n",
				      4, 2);
	pseudo_terminal_type(terminal, "\r");
	peer_expect(caller, "find me\n");
}

static void test_cursor_stays_within_the_line(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "one two three four five six seven eight nine ten");
	for (int i = 0; i < 14; i++)
		pseudo_terminal_type(terminal, LEFT);
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\n"
				      "> one two three four five six seven eigh\n"
				      "t nine ten\n",
				      2, 36);
	peer_send(caller, "Bob: yes?\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\nBob: yes?\n"
				      "> one two three four five six seven eigh\n"
				      "t nine ten\n",
				      3, 36);
	pseudo_terminal_type(terminal, "X\r");
	peer_expect(caller, "one two three four five six seven Xeight nine ten\n");
}

static void test_wide_and_accented_characters(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "na\xc3\xafve \xe4\xbd\xa0\xe5\xa5\xbd");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\n"
				      "> na\xc3\xafve \xe4\xbd\xa0\xe5\xa5\xbd\n",
				      2, 12);
	peer_send(caller, "Bob: \xe4\xbd\xa0\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\nBob: \xe4\xbd\xa0\n"
				      "> na\xc3\xafve \xe4\xbd\xa0\xe5\xa5\xbd\n",
				      3, 12);
	pseudo_terminal_type(terminal, "\177!\r");
	peer_expect(caller, "na\xc3\xafve \xe4\xbd\xa0!\n");
}

static void test_wide_characters_wrap_whole(void **state)
{
	const char *row = "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0"
			  "\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd"
			  "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0"
			  "\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd";
	char expected[512];

	(void)state;
	begin_chat();
	/* Eighteen of them leave one column of the first row, and twenty fill the second. */
	pseudo_terminal_type(terminal, "a");
	pseudo_terminal_type(terminal, row);
	pseudo_terminal_type(terminal, row);
	pseudo_terminal_type(terminal, "\xe4\xbd\xa0\xe5\xa5\xbd");
	snprintf(expected, sizeof(expected),
		 "Your name: Ann\nWelcome, Ann.\n> a%s\n%s\xe4\xbd\xa0\xe5\xa5\xbd\n", row, row);
	pseudo_terminal_expect_screen(terminal, expected, 4, 0);
	peer_send(caller, "Bob: hi\n");
	snprintf(expected, sizeof(expected),
		 "Your name: Ann\nWelcome, Ann.\nBob: hi\n> a%s\n%s\xe4\xbd\xa0\xe5\xa5\xbd\n", row,
		 row);
	pseudo_terminal_expect_screen(terminal, expected, 5, 0);
}

static void test_control_characters_are_escaped(void **state)
{
	(void)state;
	begin_chat();
	peer_send(caller, "Eve: \033[2J\a\xff\tgone\n");
	pseudo_terminal_expect_screen(terminal,
				      "Your name: Ann\nWelcome, Ann.\n"
				      "Eve: \\x1b[2J\\x07\xef\xbf\xbd       gone\n>\n",
				      3, 2);
}

static void test_bytes_are_typed_by_the_line(void **state)
{
	(void)state;
	terminal = pseudo_terminal_start(ROWS, COLUMNS, "connect", "echo", "127.0.0.1",
					 program_number(peer_port(listener)));
	caller = peer_accept(listener);
	pseudo_terminal_type(terminal, "hello\r");
	peer_expect(caller, "hello\n");
	/* What comes without its end does not join what is typed. */
	peer_send(caller, "hel");
	pseudo_terminal_expect_screen(terminal, "hello\nhel\n", 2, 0);
	pseudo_terminal_type(terminal, "typed");
	pseudo_terminal_expect_screen(terminal, "hello\nhel\ntyped\n", 2, 5);
	peer_send(caller, "lo\n");
	pseudo_terminal_expect_screen(terminal, "hello\nhel\nlo\ntyped\n", 3, 5);
}

static void test_history(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "first\r");
	peer_expect(caller, "first\n");
	pseudo_terminal_type(terminal, "second\r");
	peer_expect(caller, "second\n");
	pseudo_terminal_type(terminal, UP UP);
	pseudo_terminal_expect_screen(
		terminal, "Your name: Ann\nWelcome, Ann.\n> first\n> second\n> first\n", 4, 7);
	pseudo_terminal_type(terminal, DOWN " again\r");
	peer_expect(caller, "second again\n");
}

static void test_remark_on_what_was_typed(void **state)
{
	(void)state;
	terminal = pseudo_terminal_start(ROWS, COLUMNS, "connect", "calc", "127.0.0.1",
					 program_number(peer_port(listener)));
	caller = peer_accept(listener);
	pseudo_terminal_expect_screen(terminal, "Enter your name:\n", 0, 17);
	pseudo_terminal_type(terminal, "Ann\r");
	peer_expect(caller, "Ann\n");
	pseudo_terminal_expect_screen(
		terminal, "Enter your name: Ann\nEnter an expression (or 'q' to quit):\n", 1, 38);
	pseudo_terminal_type(terminal, "x\r");
	pseudo_terminal_expect(terminal, "not sent: ");
	pseudo_terminal_expect(terminal, "expression (or 'q' to quit): x");
	pseudo_terminal_type(terminal, "1 + 2\r");
	peer_expect(caller, "1 + 2\n");
	peer_send(caller, "3.0\n");
	pseudo_terminal_expect(terminal, "3.0");
	pseudo_terminal_type(terminal, "z");
	pseudo_terminal_expect(terminal, "quit): z");
	/* The prompt stands on the screen once for every line typed, and once more. */
	int prompts = 0;
	for (const char *at = emulator_text(&terminal->screen); (at = strstr(at, "Enter an")); at++)
		prompts++;
	assert_int_equal(prompts, 3);
}

static void test_end_of_input(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, END_OF_INPUT);
	peer_expect_end(caller);
	peer_send(caller, "Ann has left the chat.\n");
	close(caller);
	caller = -1;
	assert_int_equal(pseudo_terminal_wait(terminal), 0);
	assert_string_equal(emulator_text(&terminal->screen),
			    "Your name: Ann\nWelcome, Ann.\nAnn has left the chat.\n");
	assert_true(terminal->left_cooked);
}

static void test_interrupt(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "never sent");
	pseudo_terminal_expect(terminal, "> never sent");
	pseudo_terminal_type(terminal, INTERRUPT);
	peer_expect_end(caller);
	assert_int_equal(pseudo_terminal_wait(terminal), 128 + SIGINT);
	assert_true(terminal->left_cooked);
	assert_int_equal(terminal->screen.column, 0);
}

static void test_termination_restores_the_terminal(void **state)
{
	static const int numbers[] = {SIGTERM, SIGHUP, SIGQUIT};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		begin();
		pseudo_terminal_type(terminal, "An");
		pseudo_terminal_expect(terminal, "Your name: An");
		assert_false(pseudo_terminal_is_cooked(terminal));
		kill(terminal->pid, numbers[i]);
		assert_int_equal(pseudo_terminal_wait(terminal), 128 + numbers[i]);
		assert_true(terminal->left_cooked);
		close(caller);
		caller = -1;
	}
}

static void test_server_closes(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "half");
	pseudo_terminal_expect(terminal, "> half");
	close(caller);
	caller = -1;
	assert_int_equal(pseudo_terminal_wait(terminal), 0);
	assert_string_equal(emulator_text(&terminal->screen),
			    "Your name: Ann\nWelcome, Ann.\nthe server closed the connection\n");
	assert_true(terminal->left_cooked);
}

static void test_server_resets(void **state)
{
	(void)state;
	begin_chat();
	peer_reset(caller);
	caller = -1;
	assert_int_equal(pseudo_terminal_wait(terminal), 1);
	pseudo_terminal_expect(terminal, "sockettool: the server at 127.0.0.1:");
	assert_true(terminal->left_cooked);
}

/* The attributes of a cell. */
static const struct emulator_cell *cell(int row, int column)
{
	return &terminal->screen.cells[row][column];
}

static void test_colour(void **state)
{
	(void)state;
	begin();
	assert_true(cell(0, 0)->bold);
	pseudo_terminal_type(terminal, "Ann");
	pseudo_terminal_expect_screen(terminal, "Your name: Ann\n", 0, 14);
	assert_false(cell(0, 11)->bold);
	pseudo_terminal_type(terminal, "\r");
	peer_expect(caller, "Ann\n");
	close(caller);
	caller = -1;
	assert_int_equal(pseudo_terminal_wait(terminal), 0);
	assert_string_equal(emulator_row(&terminal->screen, 1), "the server closed the connection");
	assert_true(cell(1, 0)->dim);
}

static void test_no_colour(void **state)
{
	(void)state;
	setenv("NO_COLOR", "1", 1);
	begin();
	assert_false(cell(0, 0)->bold);
	close(caller);
	caller = -1;
	assert_int_equal(pseudo_terminal_wait(terminal), 0);
	assert_string_equal(emulator_row(&terminal->screen, 0), "the server closed the connection");
	assert_false(cell(0, 0)->dim);
}

static void test_empty_no_color_means_colour(void **state)
{
	(void)state;
	setenv("NO_COLOR", "", 1);
	begin();
	assert_true(cell(0, 0)->bold);
}

static void test_resizing(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "short");
	pseudo_terminal_expect_screen(terminal, "Your name: Ann\nWelcome, Ann.\n> short\n", 2, 7);
	pseudo_terminal_resize(terminal, ROWS, 20);
	pseudo_terminal_type(terminal, " until it wraps");
	pseudo_terminal_expect_screen(
		terminal, "Your name: Ann\nWelcome, Ann.\n> short until it wra\nps\n", 3, 2);
	peer_send(caller, "Bob: small\n");
	pseudo_terminal_expect_screen(
		terminal, "Your name: Ann\nWelcome, Ann.\nBob: small\n> short until it wra\nps\n",
		4, 2);
}

static void test_many_lines_pasted_at_once(void **state)
{
	(void)state;
	begin_chat();
	pseudo_terminal_type(terminal, "one\rtwo\rthree\rfo");
	peer_expect(caller, "one\ntwo\nthree\n");
	pseudo_terminal_expect_screen(
		terminal, "Your name: Ann\nWelcome, Ann.\n> one\n> two\n> three\n> fo\n", 5, 4);
}

static void test_suspended_and_continued(void **state)
{
	/* A terminal stops no session's only process; it does stop a shell's child. */
	const char *script = "PS1=; \"$SOCKETTOOL\" connect chat 127.0.0.1 $0; "
			     "stty -a | grep -q -- ' icanon' && echo cooked; fg >/dev/null";

	(void)state;
	terminal = pseudo_terminal_start_other(ROWS, COLUMNS, "bash", "--norc", "-ic", script,
					       program_number(peer_port(listener)));
	caller = peer_accept(listener);
	pseudo_terminal_expect(terminal, "Your name:");
	pseudo_terminal_type(terminal, "An");
	pseudo_terminal_expect(terminal, "Your name: An");
	pseudo_terminal_type(terminal, SUSPEND);
	pseudo_terminal_expect(terminal, "cooked");
	pseudo_terminal_expect(terminal, "Your name: An");
	pseudo_terminal_type(terminal, "n\r");
	peer_expect(caller, "Ann\n");
}

static void test_only_input_is_a_terminal(void **state)
{
	(void)state;
	terminal = pseudo_terminal_start_other(ROWS, COLUMNS, "sh", "-c",
					       "\"$SOCKETTOOL\" connect chat 127.0.0.1 $0 | cat",
					       program_number(peer_port(listener)));
	caller = peer_accept(listener);
	/* The terminal's own echo and line editing are at work. */
	pseudo_terminal_type(terminal, "Anm\177n\n");
	peer_expect(caller, "Ann\n");
	peer_send(caller, "Welcome, Ann.\n");
	pseudo_terminal_expect_screen(terminal, "Ann\nWelcome, Ann.\n", 2, 0);
	assert_true(pseudo_terminal_is_cooked(terminal));
}

static void test_only_output_is_a_terminal(void **state)
{
	(void)state;
	terminal = pseudo_terminal_start_other(
		ROWS, COLUMNS, "sh", "-c",
		"printf 'Ann\\n' | \"$SOCKETTOOL\" connect chat 127.0.0.1 $0",
		program_number(peer_port(listener)));
	caller = peer_accept(listener);
	peer_expect(caller, "Ann\n");
	peer_expect_end(caller);
	peer_send(caller, "Welcome, \033[1mAnn.\n");
	pseudo_terminal_expect_screen(terminal, "Welcome, \\x1b[1mAnn.\n", 1, 0);
}

static void test_dumb_terminal(void **state)
{
	(void)state;
	terminal = pseudo_terminal_start_other(
		ROWS, COLUMNS, "sh", "-c",
		"TERM=dumb exec \"$SOCKETTOOL\" connect chat 127.0.0.1 $0",
		program_number(peer_port(listener)));
	caller = peer_accept(listener);
	pseudo_terminal_expect(terminal, "Your name:");
	pseudo_terminal_type(terminal, "Ann\n");
	peer_expect(caller, "Ann\n");
	close(caller);
	caller = -1;
	assert_int_equal(pseudo_terminal_wait(terminal), 0);
	assert_string_equal(emulator_text(&terminal->screen),
			    "Your name:\nAnn\nthe server closed the connection\n");
	assert_false(cell(2, 0)->dim);
}

#define TERMINAL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TERMINAL_TEST(test_typed_line_is_sent),
		TERMINAL_TEST(test_message_in_the_middle_of_typing),
		TERMINAL_TEST(test_message_while_a_wrapped_line_is_typed),
		TERMINAL_TEST(test_message_while_the_line_ends_at_the_edge),
		TERMINAL_TEST(test_messages_scroll_a_wrapped_line),
		TERMINAL_TEST(test_line_taller_than_the_screen),
		TERMINAL_TEST(test_message_while_the_history_is_searched),
		TERMINAL_TEST(test_cursor_stays_within_the_line),
		TERMINAL_TEST(test_wide_and_accented_characters),
		TERMINAL_TEST(test_wide_characters_wrap_whole),
		TERMINAL_TEST(test_control_characters_are_escaped),
		TERMINAL_TEST(test_bytes_are_typed_by_the_line),
		TERMINAL_TEST(test_history),
		TERMINAL_TEST(test_remark_on_what_was_typed),
		TERMINAL_TEST(test_end_of_input),
		TERMINAL_TEST(test_interrupt),
		TERMINAL_TEST(test_termination_restores_the_terminal),
		TERMINAL_TEST(test_server_closes),
		TERMINAL_TEST(test_server_resets),
		TERMINAL_TEST(test_colour),
		TERMINAL_TEST(test_no_colour),
		TERMINAL_TEST(test_empty_no_color_means_colour),
		TERMINAL_TEST(test_resizing),
		TERMINAL_TEST(test_many_lines_pasted_at_once),
		TERMINAL_TEST(test_suspended_and_continued),
		TERMINAL_TEST(test_only_input_is_a_terminal),
		TERMINAL_TEST(test_only_output_is_a_terminal),
		TERMINAL_TEST(test_dumb_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
