/*
 * A load of datagrams that the system refuses to send.
 */
/* link: --wrap=sendmmsg */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "bench/load.h"

int __wrap_sendmmsg(int, struct mmsghdr *, unsigned, int);

int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	(void)fd;
	(void)messages;
	(void)count;
	(void)flags;
	errno = EPERM;
	return -1;
}

/* A plan of so many messages ends, and the complaint tells why. */
static void test_refused(void **state)
{
	struct plan plan = {.protocol = protocol_find("echo"),
			    .datagrams = true,
			    .connections = 1,
			    .size = 64,
			    .pipeline = 2,
			    .threads = 1,
			    .count = 3,
			    .timeout = NANOSECONDS_PER_SECOND};
	struct target target = {.address_length = sizeof(struct sockaddr_in), .name = "there"};
	struct sockaddr_in discard = {.sin_family = AF_INET,
				      .sin_port = htons(9),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	atomic_bool stop = false;
	struct conductor conductor = {
		.plan = &plan, .target = &target, .connecting = 1, .stop = &stop};
	struct load load = {.conductor = &conductor,
			    .plan = &plan,
			    .target = &target,
			    .connections = 1,
			    .quota = 3,
			    .latency = histogram_new()};

	(void)state;
	memcpy(&target.address, &discard, sizeof(discard));
	assert_non_null(load.latency);
	assert_int_equal(datagram_load(&load), 0);
	assert_int_equal(load.faults[FAULT_REFUSED], 3);
	assert_int_equal(load.faults[FAULT_LOST], 0);
	assert_int_equal(load.messages, 0);
	assert_string_equal(load.complaint, "send to there: operation not permitted");
	histogram_free(load.latency);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
