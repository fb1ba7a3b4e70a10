/*
 * Waiting where the kernel knows no nanoseconds.
 */
/* link: --wrap=epoll_pwait2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/poll.h"

int __wrap_epoll_pwait2(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);

int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *timeout, const sigset_t *signals)
{
	(void)epoll;
	(void)events;
	(void)max;
	(void)timeout;
	(void)signals;
	errno = ENOSYS;
	return -1;
}

static void test_old_kernel(void **state)
{
	struct epoll_event event = {.events = EPOLLIN}, got;
	int epoll = epoll_create1(EPOLL_CLOEXEC), ready = eventfd(1, EFD_CLOEXEC);
	int64_t now = clock_monotonic(), later = now + 2 * NANOSECONDS_PER_MILLISECOND;

	(void)state;
	assert_int_equal(poll_wait(epoll, &got, 1, now, later), 0);
	assert_true(clock_monotonic() >= later);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, ready, &event), 0);
	assert_int_equal(poll_wait(epoll, &got, 1, now, NEVER), 1);
	close(ready);
	close(epoll);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_old_kernel)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
