/*
 * The guard: who gets no answer to a datagram.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <cmocka.h>

#include "base/clock.h"
#include "session/guard.h"

#define SECOND NANOSECONDS_PER_SECOND
#define START (1000 * SECOND)

static struct guard guard;

static int fresh(void **state)
{
	static const uint16_t own[] = {5000, 43387};

	(void)state;
	memset(&guard, 0, sizeof(guard));
	guard.policy = (struct datagram_policy){own, 2, false};
	return 0;
}

static struct address address(const char *host, uint16_t port)
{
	bool ipv4 = strchr(host, '.');
	struct address made = {.family = ipv4 ? ADDRESS_IPV4 : ADDRESS_IPV6, .port = port};

	assert_int_equal(inet_pton(ipv4 ? AF_INET : AF_INET6, host, made.bytes), 1);
	return made;
}

static bool admits(const char *host, uint16_t port, int64_t now)
{
	struct address source = address(host, port);

	return guard_admits(&guard, &source, now);
}

static void ports_of_services(void **state)
{
	static const uint16_t refused[] = {0, 7, 9, 11, 13, 17, 19, 37, 5000, 43387};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_false(admits("127.0.0.1", refused[i], START));
		assert_false(admits("192.0.2.1", refused[i], START));
		assert_false(admits("::1", refused[i], START));
	}
	for (uint16_t port = 1; port < 40; port += 2) {
		bool named = false;
		for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
			named |= refused[i] == port;
		assert_int_equal(admits("127.0.0.1", port, START), !named);
	}
	assert_true(admits("127.0.0.1", 53, START));
	assert_true(admits("2001:db8::1", 65535, START));
}

static void groups(void **state)
{
	(void)state;
	assert_false(admits("224.0.0.1", 40000, START));
	assert_false(admits("239.255.255.255", 40000, START));
	assert_false(admits("255.255.255.255", 40000, START));
	assert_false(admits("ff02::1", 40000, START));
	assert_true(admits("223.255.255.255", 40000, START));
	assert_true(admits("fe80::1", 40000, START));
}

static int burst(const char *host, int64_t now)
{
	int count = 0;

	while (count < 100000 && admits(host, 40000, now))
		count++;
	return count;
}

static void a_burst_and_then_a_rate(void **state)
{
	(void)state;
	assert_int_equal(burst("192.0.2.1", START), 2000);
	assert_int_equal(burst("192.0.2.1", START), 0);
	/* Another host has tokens of its own. */
	assert_int_equal(burst("192.0.2.2", START), 2000);
	assert_int_equal(burst("192.0.2.1", START + NANOSECONDS_PER_MILLISECOND - 1), 0);
	assert_int_equal(burst("192.0.2.1", START + NANOSECONDS_PER_MILLISECOND), 1);
	assert_int_equal(burst("192.0.2.1", START + SECOND), 999);
	/* Time does not gather more than a burst. */
	assert_int_equal(burst("192.0.2.1", START + 1000000 * SECOND), 2000);
	/* The port does not matter. */
	assert_false(admits("192.0.2.1", 40001, START + 1000000 * SECOND));
	/* A clock that begins at 0 is no drought. */
	fresh(NULL);
	assert_int_equal(burst("192.0.2.1", 0), 2000);
}

static void loopback_has_no_bucket(void **state)
{
	(void)state;
	assert_int_equal(burst("127.0.0.1", START), 100000);
	assert_int_equal(burst("127.99.0.1", START), 100000);
	assert_int_equal(burst("::1", START), 100000);
}

/* Whoever forges two sources in turn gets no more for one of them than its rate. */
static void hosts_that_share_a_place_share_its_rate(void **state)
{
	char host[64];
	int answered = burst("192.0.2.1", START);

	(void)state;
	for (int i = 0; i < 65536; i++) {
		struct in_addr other = {htonl(0x0a000000U + (unsigned)i)};
		inet_ntop(AF_INET, &other, host, sizeof(host));
		(void)admits(host, 40000, START);
		answered += admits("192.0.2.1", 40000, START);
	}
	assert_int_equal(answered, 2000);
}

static void answers_longer_than_requests(void **state)
{
	struct address near = address("127.0.0.1", 40000), far = address("192.0.2.1", 40000);

	(void)state;
	assert_true(guard_admits_length(&guard, &near, 0, 65507));
	assert_true(guard_admits_length(&guard, &far, 10, 10));
	assert_true(guard_admits_length(&guard, &far, 0, 0));
	assert_false(guard_admits_length(&guard, &far, 10, 11));
	guard.policy.allow_amplification = true;
	assert_true(guard_admits_length(&guard, &far, 0, 65507));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ports_of_services, fresh),
		cmocka_unit_test_setup(groups, fresh),
		cmocka_unit_test_setup(a_burst_and_then_a_rate, fresh),
		cmocka_unit_test_setup(loopback_has_no_bucket, fresh),
		cmocka_unit_test_setup(hosts_that_share_a_place_share_its_rate, fresh),
		cmocka_unit_test_setup(answers_longer_than_requests, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
