/*
 * Processor time of other processes, against processes that use a known amount of it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "bench/processor_time.h"

static const int64_t share = 60 * NANOSECONDS_PER_MILLISECOND;

static int64_t used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * NANOSECONDS_PER_SECOND + time.tv_nsec;
}

static void use_share(void)
{
	while (used() < share)
		;
}

/* A process of a new group that uses a share and has a child that uses another one, under a name
 * that looks like the fields after it. Says so on the pipe, and waits to be killed. */
static void work(int ready)
{
	setpgid(0, 0);
	prctl(PR_SET_NAME, "a) S 1 2 (b)");
	if (fork() == 0) {
		use_share();
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	use_share();
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_group(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t group = fork();
	assert_true(group >= 0);
	if (group == 0)
		work(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	int64_t time = processor_time_of_group(group);
	/* The child's is known to 10 ms, of user and of system each. */
	assert_true(time >= 2 * share - 20 * NANOSECONDS_PER_MILLISECOND);
	kill(group, SIGKILL);
	waitpid(group, NULL, 0);
	assert_int_equal(processor_time_of_group(group), 0);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_group)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
