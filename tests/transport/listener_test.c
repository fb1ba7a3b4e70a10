/*
 * Listeners: what is bound, with which rights, and the sentences when it cannot be.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "sockettool/server.h"
#include "support/net.h"

static const struct address loopback = {.family = ADDRESS_IPV4, .bytes = {127, 0, 0, 1}};
static const struct listen_options alone = {.backlog = 5};
static const struct listen_options first = {.backlog = 5, .share_port = true};
static const struct listen_options another = {.backlog = 5, .share_port = true, .join_port = true};

static void test_any_port(void **state)
{
	struct listener tcp, udp;
	struct error error;

	(void)state;
	assert_int_equal(listener_open(&tcp, TRANSPORT_TCP, &loopback, &alone, &error), 0);
	assert_int_equal(listener_open(&udp, TRANSPORT_UDP, &loopback, &alone, &error), 0);
	assert_true(tcp.address.port > 0 && udp.address.port > 0);
	assert_true(address_same_host(&tcp.address, &loopback));
	assert_true(fcntl(tcp.socket, F_GETFD) & FD_CLOEXEC);
	listener_close(&tcp);
	listener_close(&udp);
	assert_int_equal(tcp.socket, -1);
}

static void refuse_taken(enum transport transport, const struct listen_options *holder,
			 const struct listen_options *comer)
{
	struct listener one, two = {.socket = -1};
	struct error error = {0};
	char text[ADDRESS_TEXT];

	assert_int_equal(listener_open(&one, transport, &loopback, holder, &error), 0);
	assert_int_equal(listener_open(&two, transport, &one.address, comer, &error), -EADDRINUSE);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	assert_non_null(strstr(error.text, address_text(text, &one.address)));
	assert_non_null(strstr(error.text, "--port"));
	listener_close(&one);
}

static void test_taken(void **state)
{
	(void)state;
	refuse_taken(TRANSPORT_TCP, &alone, &alone);
	refuse_taken(TRANSPORT_UDP, &alone, &alone);
	/* Another program's loops are not joined, and nobody joins what is not shared. */
	refuse_taken(TRANSPORT_TCP, &first, &first);
	refuse_taken(TRANSPORT_UDP, &first, &first);
	refuse_taken(TRANSPORT_TCP, &alone, &another);
	refuse_taken(TRANSPORT_UDP, &alone, &another);
}

static void share(enum transport transport)
{
	struct listener one, two;
	struct error error;

	assert_int_equal(listener_open(&one, transport, &loopback, &first, &error), 0);
	assert_int_equal(listener_open(&two, transport, &one.address, &another, &error), 0);
	assert_int_equal(one.address.port, two.address.port);
	listener_close(&one);
	listener_close(&two);
}

static void test_shared(void **state)
{
	(void)state;
	share(TRANSPORT_TCP);
	share(TRANSPORT_UDP);
}

static void test_foreign_address(void **state)
{
	/* TEST-NET-1 of RFC 5737: nobody's. */
	const struct address address = {.family = ADDRESS_IPV4, .bytes = {192, 0, 2, 1}};
	struct listener listener;
	struct error error = {0};

	(void)state;
	assert_int_equal(listener_open(&listener, TRANSPORT_TCP, &address, &alone, &error),
			 -EADDRNOTAVAIL);
	assert_non_null(strstr(error.text, "192.0.2.1"));
}

static void test_link_local_address(void **state)
{
	const struct address address = {.family = ADDRESS_IPV6, .bytes = {0xfe, 0x80, [15] = 1}};
	struct listener listener;
	struct error error = {0};

	(void)state;
	if (!net_has_ipv6())
		skip();
	assert_int_equal(listener_open(&listener, TRANSPORT_TCP, &address, &alone, &error),
			 -EINVAL);
	assert_non_null(strstr(error.text, "needs its interface"));
}

static void test_unix(void **state)
{
	struct listener one, two;
	struct error error;
	struct stat status;
	char path[108];

	(void)state;
	net_path(path, "socket");
	mode_t mask = umask(0);
	assert_int_equal(listener_open_unix(&one, path, &alone, &error), 0);
	assert_int_equal(umask(mask), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0600);
	assert_int_equal(listener_open_unix(&two, path, &alone, &error), -EADDRINUSE);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "another server has that socket"));
	/* Closed, the file is left behind, and replaced. */
	listener_close(&one);
	assert_int_equal(listener_open_unix(&two, path, &alone, &error), 0);
	listener_close(&two);
}

/* Somebody removed the file, and another server has the path now: it is not for this one to
 * remove. */
static void test_unix_file_of_another(void **state)
{
	struct listener one, two;
	struct error error;
	char path[108];

	(void)state;
	net_path(path, "taken-over");
	assert_int_equal(listener_open_unix(&one, path, &alone, &error), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(listener_open_unix(&two, path, &alone, &error), 0);
	listener_close(&one);
	assert_int_equal(access(path, F_OK), 0);
	listener_close(&two);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_unix_refusals(void **state)
{
	struct listener listener;
	struct error error = {0};
	char path[108], longest[300];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(listener_open_unix(&listener, longest, &alone, &error), -ENAMETOOLONG);
	assert_non_null(strstr(error.text, "107 bytes"));
	net_path(path, "file");
	int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(listener_open_unix(&listener, path, &alone, &error), -EADDRINUSE);
	assert_non_null(strstr(error.text, "is no socket"));
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(listener_open_unix(&listener, "/dev/null/socket", &alone, &error),
			 -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_port),      cmocka_unit_test(test_taken),
		cmocka_unit_test(test_shared),        cmocka_unit_test(test_foreign_address),
		cmocka_unit_test(test_unix),          cmocka_unit_test(test_unix_file_of_another),
		cmocka_unit_test(test_unix_refusals), cmocka_unit_test(test_link_local_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
