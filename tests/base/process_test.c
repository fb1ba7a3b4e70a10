/*
 * Processes that end with their parents.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process.h"

enum { PATIENCE = 60 }; /* seconds */

/* Whether a child that is told of a parent takes it for alive. */
static bool child_says(pid_t parent)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(process_ends_with_parent(parent, SIGTERM));
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_parent_that_ended_before_is_noticed(void **state)
{
	(void)state;
	assert_true(child_says(getpid()));
	/* Whoever is the parent of an orphan, it is another. */
	assert_false(child_says(getppid()));
}

/* A process whose child writes a byte when it has asked to end with it; both wait for ever. */
static pid_t start_parent(int output)
{
	pid_t parent = fork();

	if (parent != 0)
		return parent;
	pid_t child = fork();
	/* Nobody else would end what the test could not. */
	alarm(2 * PATIENCE);
	if (child == 0 && process_ends_with_parent(getppid(), SIGTERM))
		(void)!write(output, "", 1);
	for (;;)
		pause();
}

static void the_end_of_the_parent_ends_the_child(void **state)
{
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t parent = start_parent(ends[1]);
	assert_true(parent > 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	/* The pipe ends with its last writer. */
	assert_int_equal(
		poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 1000 * PATIENCE), 1);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parent_that_ended_before_is_noticed),
		cmocka_unit_test(the_end_of_the_parent_ends_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
