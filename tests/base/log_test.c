/*
 * The log, through a standard error that is a pipe, a terminal or a file, read or not.
 */
/* link: --wrap=write */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "sockettool/text.h"

#define TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"

static int saved = -1; /* the standard error of the test program itself */

/* What the next writes to descriptors past 2 do: fail with an errno, or take few bytes. */
static int failures, failure;
static size_t most;

ssize_t __real_write(int, const void *, size_t);
ssize_t __wrap_write(int, const void *, size_t);

ssize_t __wrap_write(int descriptor, const void *bytes, size_t n)
{
	if (failures > 0) {
		failures--;
		errno = failure;
		return -1;
	}
	return __real_write(descriptor, bytes, most && n > most ? most : n);
}

static void become_standard_error(int descriptor)
{
	assert_int_equal(dup2(descriptor, STDERR_FILENO), STDERR_FILENO);
	close(descriptor);
}

/* Makes standard error a pipe. Returns the end to read, which does not block. */
static int open_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	become_standard_error(ends[1]);
	return ends[0];
}

/* Makes standard error a terminal. Returns its other side, which does not block. */
static int open_terminal(void)
{
	int other = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);

	assert_true(other >= 0);
	assert_int_equal(grantpt(other), 0);
	assert_int_equal(unlockpt(other), 0);
	become_standard_error(open(ptsname(other), O_RDWR | O_NOCTTY));
	return other;
}

/* What has been read so far. */
struct heap_text {
	char *bytes; /* NUL-terminated; whoever gathers frees it */
	size_t n;
};

static void gather(int descriptor, struct heap_text *text)
{
	ssize_t n;

	do {
		text->bytes = realloc(text->bytes, text->n + 65537);
		assert_non_null(text->bytes);
		n = read(descriptor, text->bytes + text->n, 65536);
		text->n += n > 0 ? (size_t)n : 0;
		text->bytes[text->n] = '\0';
	} while (n > 0);
}

/* Flushes and returns all that has come; the caller frees it. */
static char *written(int descriptor)
{
	struct heap_text text = {0};
	size_t before;

	do {
		before = text.n;
		log_flush();
		gather(descriptor, &text);
	} while (text.n > before);
	return text.bytes;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t compiled;
	int result;

	assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
	result = regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	if (result != 0)
		fail_msg("\"%s\" does not match \"%s\"", text, pattern);
}

static void assert_logs(int descriptor, const char *pattern)
{
	char *text = written(descriptor);

	assert_matches(text, pattern);
	free(text);
}

static int set_up(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	return saved < 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	failures = 0;
	most = 0;
	log_configure(LOG_INFO, LOG_TEXT);
	return 0;
}

/* --- What a line looks like. --- */

static void lines_of_text(void **state)
{
	int reader = open_pipe();

	(void)state;
	log_write(LOG_INFO, "chat", "127.0.0.1:40000", "connected");
	assert_logs(reader, "^" TIME " info chat 127\\.0\\.0\\.1:40000 connected\n$");
	log_write(LOG_WARNING, NULL, NULL, "%d of %s", 3, "five");
	assert_logs(reader, "^" TIME " warning 3 of five\n$");
	log_write(LOG_ERROR, "echo", NULL, "out of descriptors");
	assert_logs(reader, "^" TIME " error echo out of descriptors\n$");
	close(reader);
}

static void lines_of_json(void **state)
{
	int reader = open_pipe();

	(void)state;
	log_configure(LOG_DETAIL, LOG_JSON);
	log_write(LOG_INFO, "chat", "[::1]:5", "said \"%s\"", "a\\b\n");
	assert_logs(reader, "^\\{\"time\":\"" TIME "\",\"level\":\"info\",\"protocol\":\"chat\","
			    "\"peer\":\"\\[::1\\]:5\","
			    "\"message\":\"said \\\\\"a\\\\\\\\b\\\\u000a\\\\\"\"\\}\n$");
	log_write(LOG_DETAIL, NULL, NULL, "x");
	assert_logs(reader,
		    "^\\{\"time\":\"" TIME "\",\"level\":\"detail\",\"message\":\"x\"\\}\n$");
	close(reader);
}

static void levels(void **state)
{
	int reader = open_pipe();
	char *text;

	(void)state;
	assert_true(log_wants(LOG_INFO));
	assert_false(log_wants(LOG_DETAIL));
	log_write(LOG_DETAIL, NULL, NULL, "unseen");
	log_configure(LOG_ERROR, LOG_TEXT);
	assert_true(log_wants(LOG_ERROR));
	assert_false(log_wants(LOG_WARNING));
	log_write(LOG_WARNING, NULL, NULL, "unseen");
	text = written(reader);
	assert_string_equal(text, "");
	free(text);
	close(reader);
}

static void strangers_bytes_are_escaped(void **state)
{
	int reader = open_pipe();

	(void)state;
	log_write(LOG_INFO, NULL, NULL, "%s", "\x1b[2J\nforged line\xff");
	assert_logs(reader, " info \\\\x1b\\[2J\\\\x0aforged line\xef\xbf\xbd\n$");
	log_write(LOG_INFO, "a\nb", "c\rd", "%s", "");
	assert_logs(reader, " info a\\\\x0ab c\\\\x0dd \n$");
	close(reader);
}

/* A message of count times the same character, in both formats. */
static void check_length(int reader, const char *character, int count, const char *end)
{
	size_t n = strlen(character) * (size_t)count;
	char *message = calloc(1, n + 1), *text;

	for (int i = 0; i < count; i++)
		memcpy(message + strlen(character) * (size_t)i, character, strlen(character));
	log_write(LOG_INFO, NULL, NULL, "%s", message);
	text = written(reader);
	assert_string_equal(strrchr(text, '\0') - strlen(end), end);
	assert_int_equal(strchr(text, '\n') - text, strlen(text) - 1);
	assert_true(text_valid(text, strlen(text)));
	free(message);
	free(text);
}

static void long_messages_are_cut(void **state)
{
	int reader = open_pipe();

	(void)state;
	check_length(reader, "x", 1000, "xxxx\n");
	check_length(reader, "x", 1001, "xxxx...\n");
	check_length(reader, "x", 100000, "xxxx...\n");
	check_length(reader, "\xf0\x9f\x98\x80", 1000, "\xf0\x9f\x98\x80\n");
	check_length(reader, "\xf0\x9f\x98\x80", 1002, "\xf0\x9f\x98\x80...\n");
	check_length(reader, "\x1b", 1001, "\\x1b...\n");
	check_length(reader, "\xff", 5000, "\xef\xbf\xbd...\n");
	log_configure(LOG_INFO, LOG_JSON);
	check_length(reader, "\x1b", 1000, "\\u001b\"}\n");
	check_length(reader, "\x1b", 5000, "\\u001b...\"}\n");
	close(reader);
}

static void long_names_are_cut(void **state)
{
	int reader = open_pipe();
	char name[5000] = "", message[5000] = "";

	(void)state;
	memset(name, '\x01', sizeof(name) - 1);
	memset(message, '\x01', sizeof(message) - 1);
	log_configure(LOG_INFO, LOG_JSON);
	log_write(LOG_INFO, name, name, "%s", message);
	assert_logs(reader, "u0001\\.\\.\\.\",\"message\":\"\\\\u0001.*\\.\\.\\.\"\\}\n$");
	close(reader);
}

static char redirected[3000];

static void sink(enum log_level level, const char *text, size_t n)
{
	snprintf(redirected, sizeof(redirected), "%d:%.*s", (int)level, (int)n, text);
}

static void lines_can_go_elsewhere(void **state)
{
	int reader = open_pipe();
	char *text;

	(void)state;
	log_redirect(sink);
	log_write(LOG_WARNING, "echo", "127.0.0.1:7", "odd\n");
	assert_string_equal(redirected, "1:echo 127.0.0.1:7 odd\\x0a");
	log_write(LOG_INFO, NULL, NULL, "plain");
	assert_string_equal(redirected, "2:plain");
	log_write(LOG_DETAIL, NULL, NULL, "unseen");
	assert_string_equal(redirected, "2:plain");
	log_redirect(NULL);
	text = written(reader);
	assert_string_equal(text, "");
	free(text);
	log_write(LOG_INFO, NULL, NULL, "here again");
	assert_logs(reader, " info here again\n$");
	close(reader);
}

static void lines_wait_for_the_flush(void **state)
{
	int reader = open_pipe();
	char byte;

	(void)state;
	log_write(LOG_INFO, NULL, NULL, "waits");
	assert_int_equal(read(reader, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_logs(reader, " info waits\n$");
	close(reader);
}

/* --- Readers that stop. --- */

/* Logs numbered lines that nobody reads, then reads: the first lines come in order, the rest are
 * counted, and the log goes on. */
static void log_past_a_stopped_reader(int reader)
{
	enum { LINES = 20000 };
	char *text, *line;
	int next = 0, lost;

	for (int i = 0; i < LINES; i++) {
		log_write(LOG_INFO, NULL, NULL, "line %d", i);
		if (i % 50 == 0)
			log_flush();
	}
	text = written(reader);
	line = text;
	while (strstr(line, " info line ")) {
		char expected[64];
		size_t n;

		n = (size_t)snprintf(expected, sizeof(expected), " info line %d", next);
		line = strstr(line, " info line ");
		assert_memory_equal(line, expected, n);
		line += n;
		next++;
	}
	assert_true(next > 500);
	assert_true(next < LINES);
	assert_non_null(strstr(line, " warning "));
	lost = (int)strtol(strstr(line, " warning ") + strlen(" warning "), NULL, 10);
	assert_int_equal(next + lost, LINES);
	assert_non_null(strstr(line, " lines were dropped here: the log could not be written"));
	free(text);
	log_write(LOG_INFO, NULL, NULL, "after");
	assert_logs(reader, "^" TIME " info after\r?\n$");
}

/* Though the line that counts them was lost several times itself. */
static void all_lost_lines_are_counted(void **state)
{
	int reader;

	(void)state;
	become_standard_error(open("/dev/full", O_WRONLY));
	for (int i = 0; i < 10; i++) {
		log_write(LOG_INFO, NULL, NULL, "line %d", i);
		log_flush();
	}
	reader = open_pipe();
	assert_logs(reader, "^" TIME
			    " warning 10 lines were dropped here: the log could not be written\n$");
	close(reader);
}

static void a_stopped_pipe_blocks_nobody(void **state)
{
	int reader = open_pipe();

	(void)state;
	log_past_a_stopped_reader(reader);
	close(reader);
}

static void a_stopped_terminal_blocks_nobody(void **state)
{
	int other = open_terminal();

	(void)state;
	log_past_a_stopped_reader(other);
	close(other);
}

static void nobody_elses_descriptor_is_changed(void **state)
{
	int reader = open_pipe();

	(void)state;
	log_write(LOG_INFO, NULL, NULL, "x");
	log_flush();
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	close(reader);
}

static void errors_that_pass_lose_nothing(void **state)
{
	static const int passing[] = {EINTR, EAGAIN};
	int reader = open_pipe();

	(void)state;
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		failure = passing[i];
		failures = 3;
		log_write(LOG_INFO, NULL, NULL, "patience");
		for (int turn = 0; turn < 3; turn++)
			log_flush();
		assert_logs(reader, "^" TIME " info patience\n$");
	}
	close(reader);
}

static void short_writes_lose_nothing(void **state)
{
	int reader = open_pipe();

	(void)state;
	most = 3;
	log_write(LOG_INFO, NULL, NULL, "one");
	log_write(LOG_INFO, NULL, NULL, "two");
	assert_logs(reader, "^" TIME " info one\n" TIME " info two\n$");
	close(reader);
}

static void errors_that_stay_are_counted(void **state)
{
	int reader = open_pipe();

	(void)state;
	failure = ENOSPC;
	failures = 1;
	log_write(LOG_INFO, NULL, NULL, "one");
	log_write(LOG_INFO, NULL, NULL, "two");
	log_flush();
	assert_logs(reader, "^" TIME " warning 2 lines were dropped here: [^\n]*\n$");
	log_write(LOG_INFO, NULL, NULL, "three");
	assert_logs(reader, "^" TIME " info three\n$");
	close(reader);
}

static void a_closed_standard_error_hurts_nobody(void **state)
{
	int reader = open_pipe(), writer = dup(STDERR_FILENO);

	(void)state;
	close(STDERR_FILENO);
	log_write(LOG_INFO, NULL, NULL, "lost");
	log_flush();
	log_flush();
	become_standard_error(writer);
	assert_logs(reader, " warning [0-9]+ lines? (was|were) dropped here: [^\n]*\n$");
	close(reader);
}

/* --- Processes and threads. --- */

static void wait_for(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_does_not_repeat_its_parent(void **state)
{
	int reader = open_pipe();
	pid_t child;

	(void)state;
	log_write(LOG_INFO, NULL, NULL, "parent");
	child = fork();
	if (child == 0) {
		log_write(LOG_INFO, NULL, NULL, "child");
		exit(0);
	}
	wait_for(child);
	assert_logs(reader, "^" TIME " info child\n" TIME " info parent\n$");
	close(reader);
}

/* The child fills the pipe and the buffer and exits; all comes, though the reader begins late. */
static void exit_waits_for_a_slow_reader(void **state)
{
	enum { LINES = 1200 };
	int reader = open_pipe();
	int leaving[2];
	struct heap_text text = {0};
	size_t count = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(leaving, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		char filler[60] = "";

		memset(filler, '.', sizeof(filler) - 1);
		for (int i = 0; i < LINES; i++)
			log_write(LOG_INFO, NULL, NULL, "%s", filler);
		close(leaving[1]);
		exit(0);
	}
	close(leaving[1]);
	assert_int_equal(read(leaving[0], &(char){0}, 1), 0);
	close(leaving[0]);
	while (waitpid(child, NULL, WNOHANG) == 0)
		gather(reader, &text);
	gather(reader, &text);
	for (const char *at = text.bytes; (at = strstr(at, " info ....")); at++)
		count++;
	assert_int_equal(count, LINES);
	free(text.bytes);
	close(reader);
}

static void exit_does_not_wait_for_ever(void **state)
{
	int reader = open_pipe();
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		for (int i = 0; i < 5000; i++)
			log_write(LOG_INFO, NULL, NULL, "nobody reads this");
		exit(0);
	}
	wait_for(child);
	close(reader);
}

enum { THREADS = 4, LINES_OF_A_THREAD = 500 };

static void *log_much(void *name)
{
	for (int i = 0; i < LINES_OF_A_THREAD; i++) {
		log_write(LOG_INFO, name, NULL, "line %d", i);
		if (i % 10 == 0)
			log_flush();
	}
	return NULL;
}

static void threads_do_not_mix_their_lines(void **state)
{
	static const char *const names[THREADS] = {"a", "b", "c", "d"};
	char path[] = "/tmp/sockettool-log-XXXXXX";
	int next[THREADS] = {0}, file = mkstemp(path);
	pthread_t threads[THREADS];
	char line[200];
	FILE *reader = fopen(path, "r");

	(void)state;
	assert_non_null(reader);
	unlink(path);
	become_standard_error(file);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_much, (void *)names[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	log_flush();
	while (fgets(line, sizeof(line), reader)) {
		char expected[64];
		int thread;

		assert_matches(line, "^" TIME " info [abcd] line [0-9]+\n$");
		thread = strstr(line, " info ")[6] - 'a';
		snprintf(expected, sizeof(expected), " line %d\n", next[thread]++);
		assert_string_equal(strstr(line, " line "), expected);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(next[i], LINES_OF_A_THREAD);
	fclose(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_of_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_of_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(levels, set_up, tear_down),
		cmocka_unit_test_setup_teardown(strangers_bytes_are_escaped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_messages_are_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_names_are_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_can_go_elsewhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_wait_for_the_flush, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_lost_lines_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stopped_pipe_blocks_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stopped_terminal_blocks_nobody, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nobody_elses_descriptor_is_changed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(errors_that_pass_lose_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_writes_lose_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_that_stay_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_closed_standard_error_hurts_nobody, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_child_does_not_repeat_its_parent, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(exit_waits_for_a_slow_reader, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exit_does_not_wait_for_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(threads_do_not_mix_their_lines, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
