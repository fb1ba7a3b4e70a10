/*
 * Addresses: their texts, the kernel's forms, and names.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "sockettool/address.h"
#include "support/net.h"

static struct address parse(const char *host, const char *port)
{
	struct address out;
	struct error error;

	assert_int_equal(address_resolve(&out, 1, host, port, SOCK_STREAM, false, &error), 1);
	return out;
}

static void assert_text(const struct address *address, const char *whole, const char *host)
{
	char out[ADDRESS_TEXT];

	assert_string_equal(address_text(out, address), whole);
	assert_string_equal(address_host_text(out, address), host);
}

static void test_texts(void **state)
{
	struct address address = parse("127.0.0.1", "5000");

	(void)state;
	assert_text(&address, "127.0.0.1:5000", "127.0.0.1");
	address = parse("::1", "65535");
	assert_text(&address, "[::1]:65535", "::1");
	address = parse("fe80::1", "5000");
	address.number = 2;
	assert_text(&address, "[fe80::1%2]:5000", "fe80::1%2");
	address = (struct address){.family = ADDRESS_UNIX, .number = 4711};
	assert_text(&address, "unix pid 4711", "unix pid 4711");
	address.number = 0;
	assert_text(&address, "unix", "unix");
	address = (struct address){0};
	assert_text(&address, "nobody", "nobody");
}

static void test_longest_text_fits(void **state)
{
	struct address address = parse("1111:2222:3333:4444:5555:6666:7777:8888", "65535");

	(void)state;
	address.number = UINT32_MAX;
	assert_text(&address, "[1111:2222:3333:4444:5555:6666:7777:8888%4294967295]:65535",
		    "1111:2222:3333:4444:5555:6666:7777:8888%4294967295");
}

static void assert_survives(const char *host, socklen_t length)
{
	struct address before = parse(host, "4711"), after;
	struct sockaddr_storage kernel;

	assert_int_equal(address_to_sockaddr(&kernel, &before), length);
	after = address_from_sockaddr((struct sockaddr *)&kernel, length);
	assert_true(address_same_host(&before, &after));
	assert_int_equal(before.family, after.family);
	assert_int_equal(after.port, 4711);
}

static void test_kernel_form_and_back(void **state)
{
	(void)state;
	assert_survives("192.0.2.1", sizeof(struct sockaddr_in));
	assert_survives("2001:db8::1", sizeof(struct sockaddr_in6));
}

static void test_scope_survives(void **state)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 3};
	struct sockaddr_storage back;
	struct address address;

	(void)state;
	inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
	address = address_from_sockaddr((struct sockaddr *)&in6, sizeof(in6));
	assert_int_equal(address.number, 3);
	address_to_sockaddr(&back, &address);
	assert_int_equal(((struct sockaddr_in6 *)&back)->sin6_scope_id, 3);
}

static void test_mapped_address_becomes_ipv4(void **state)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
	struct address address;

	(void)state;
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr);
	address = address_from_sockaddr((struct sockaddr *)&in6, sizeof(in6));
	assert_text(&address, "192.0.2.7:80", "192.0.2.7");
}

static void test_other_families(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr other = {.sa_family = AF_NETLINK};
	struct sockaddr_storage out;
	struct address address;

	(void)state;
	/* An unnamed Unix socket's address is its family alone; that of no address is empty. */
	address = address_from_sockaddr((struct sockaddr *)&un, sizeof(sa_family_t));
	assert_int_equal(address.family, ADDRESS_UNIX);
	assert_int_equal(address_to_sockaddr(&out, &address), 0);
	address = address_from_sockaddr(&other, sizeof(other));
	assert_int_equal(address.family, ADDRESS_NONE);
	address = address_from_sockaddr(&other, 0);
	assert_int_equal(address.family, ADDRESS_NONE);
}

static void assert_kind(const char *host, bool loopback, bool wildcard, bool group)
{
	struct address address = parse(host, "1");

	assert_int_equal(address_is_loopback(&address), loopback);
	assert_int_equal(address_is_wildcard(&address), wildcard);
	assert_int_equal(address_is_group(&address), group);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_kind("127.0.0.1", true, false, false);
	assert_kind("127.255.0.9", true, false, false);
	assert_kind("128.0.0.1", false, false, false);
	assert_kind("::1", true, false, false);
	assert_kind("::2", false, false, false);
	assert_kind("1::1", false, false, false);
	assert_kind("0.0.0.0", false, true, false);
	assert_kind("0.0.0.1", false, false, false);
	assert_kind("::", false, true, false);
	assert_kind("224.0.0.1", false, false, true);
	assert_kind("239.255.255.255", false, false, true);
	assert_kind("240.0.0.1", false, false, false);
	assert_kind("255.255.255.255", false, false, true);
	assert_kind("ff02::1", false, false, true);
	assert_kind("fe80::1", false, false, false);
}

static void test_same_host(void **state)
{
	struct address a = parse("10.0.0.1", "1"), b = parse("10.0.0.1", "2");
	struct address c = parse("10.0.0.2", "1"), none = {0};
	struct address link = parse("fe80::1", "1"), other_link = link;
	struct address unix_one = {.family = ADDRESS_UNIX, .number = 1}, unix_two = unix_one;

	(void)state;
	other_link.number = 1;
	unix_two.number = 2;
	assert_true(address_same_host(&a, &b));
	assert_false(address_same_host(&a, &c));
	assert_false(address_same_host(&a, &link));
	assert_false(address_same_host(&link, &other_link));
	assert_true(address_same_host(&unix_one, &unix_one));
	assert_false(address_same_host(&unix_one, &unix_two));
	assert_false(address_same_host(&none, &none));
}

/* --- Names --- */

static struct error error;

static int resolve(const char *host, const char *service, bool passive)
{
	static struct address out[4];

	return address_resolve(out, 4, host, service, SOCK_STREAM, passive, &error);
}

static void test_services(void **state)
{
	struct address address = parse("127.0.0.1", "0");

	(void)state;
	assert_int_equal(address.port, 0);
	assert_int_equal(resolve("127.0.0.1", NULL, false), 1);
	/* A small machine may have no list of services. */
	if (getservbyname("http", "tcp"))
		assert_int_equal(parse("127.0.0.1", "http").port, 80);
}

static void test_ports_out_of_range(void **state)
{
	static const char *const ports[] = {"65536", "70000", "4294967376",
					    "99999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		assert_true(resolve("127.0.0.1", ports[i], false) < 0);
		assert_int_equal(error.status, STATUS_UNREACHABLE);
		assert_non_null(strstr(error.text, ports[i]));
		assert_non_null(strstr(error.text, "from 0 to 65535"));
	}
}

static void test_unknown_service(void **state)
{
	(void)state;
	assert_true(resolve("127.0.0.1", "no-such-service", false) < 0);
	assert_string_equal(error.text, "resolve 127.0.0.1: no service is named no-such-service; "
					"give the port's number");
}

static void test_unknown_host(void **state)
{
	(void)state;
	assert_true(resolve("no-such-host.invalid", "80", false) < 0);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	assert_non_null(strstr(error.text, "resolve no-such-host.invalid: "));
}

static void test_long_names_are_cut(void **state)
{
	char host[2000];

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_true(resolve(host, "80", false) < 0);
	assert_true(strlen(error.text) < sizeof(error.text));
}

static void test_passive(void **state)
{
	struct address out[4];
	int count = address_resolve(out, 4, NULL, "0", SOCK_STREAM, true, &error);

	(void)state;
	assert_true(count >= 1);
	for (int i = 0; i < count; i++)
		assert_true(address_is_wildcard(&out[i]));
}

static void test_no_address_comes_twice(void **state)
{
	struct address out[16];

	(void)state;
	if (!net_has_localhost())
		skip();
	int count = address_resolve(out, 16, "localhost", "80", SOCK_STREAM, false, &error);
	assert_true(count >= 1 && count <= 16);
	for (int i = 0; i < count; i++) {
		assert_true(address_is_loopback(&out[i]));
		for (int j = 0; j < i; j++)
			assert_false(address_same_host(&out[i], &out[j]));
	}
}

/* Nobody has it: it can be bound. Whoever has one keeps it. */
static void check_free_port(bool datagrams)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
	int port = address_free_port(datagrams, &error);

	assert_in_range(port, 1024, 65535);
	in.sin_port = htons((uint16_t)port);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_not_equal(address_free_port(datagrams, &error), port);
	close(fd);
}

static void test_free_port(void **state)
{
	(void)state;
	check_free_port(false);
	check_free_port(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_longest_text_fits),
		cmocka_unit_test(test_kernel_form_and_back),
		cmocka_unit_test(test_scope_survives),
		cmocka_unit_test(test_mapped_address_becomes_ipv4),
		cmocka_unit_test(test_other_families),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_same_host),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_ports_out_of_range),
		cmocka_unit_test(test_unknown_service),
		cmocka_unit_test(test_unknown_host),
		cmocka_unit_test(test_long_names_are_cut),
		cmocka_unit_test(test_passive),
		cmocka_unit_test(test_no_address_comes_twice),
		cmocka_unit_test(test_free_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
