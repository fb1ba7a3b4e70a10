/*
 * What can be dialed: names, datagrams and Unix sockets.
 */
/* link: --wrap=getaddrinfo,--wrap=freeaddrinfo,--wrap=connect */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/dialing.h"
#include "support/peer.h"

#define MILLISECOND NANOSECONDS_PER_MILLISECOND

/* --- Names --- */

static void test_unknown_name(void **state)
{
	(void)state;
	dialing_begin(&(struct dial_target){.host = "nobody.test", .port = "5000"});
	assert_true(dialing_drive_to_end() < 0);
	assert_int_equal(dialing_error.status, STATUS_UNREACHABLE);
	assert_string_equal(dialing_error.text, "resolve nobody.test: no host has this name");
}

static void test_resolver_does_not_outlive_the_timeout(void **state)
{
	(void)state;
	dialing_begin(&(struct dial_target){.host = "silent.test", .port = "5000"});
	assert_int_equal(dialing_drive(50), 0);
	dialing_now += 5000 * MILLISECOND;
	assert_int_equal(dial_step(dial, &dialing_error), -ETIMEDOUT);
	assert_int_equal(dialing_error.status, STATUS_TIMEOUT);
	assert_string_equal(dialing_error.text, "resolve silent.test: no answer within 5 s");
	/* The answer comes to nobody; the thread frees what it holds. */
	dialing_tear_down(NULL);
	sem_post(&dialing_answer);
}

static void test_names_of_targets(void **state)
{
	struct dial_target target = {.host = "::1", .port = "5000"};

	(void)state;
	dialing_begin(&target);
	assert_string_equal(dialer_name(dialer), "[::1]:5000");
	dialing_tear_down(NULL);
	target.host = "localhost";
	dialing_begin(&target);
	assert_string_equal(dialer_name(dialer), "localhost:5000");
	dialing_tear_down(NULL);
	dialing_begin(&(struct dial_target){.unix_path = "/tmp/x"});
	assert_string_equal(dialer_name(dialer), "/tmp/x");
}

/* --- Datagrams --- */

static void test_datagrams_take_the_first_address_with_a_route(void **state)
{
	(void)state;
	dialing_name("255.255.255.255", "127.0.0.1");
	dialing_begin(
		&(struct dial_target){.host = "many.test", .port = "5000", .datagrams = true});
	assert_int_equal(dialing_drive_to_end(), 1);
	dialing_assert_connected("127.0.0.1");
}

/* --- Unix sockets --- */

static char folder[] = "/tmp/dialer_test.XXXXXX";
static char path[sizeof(folder) + 8];

static int listen_unix(int backlog)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(listener, backlog), 0);
	return listener;
}

static void test_unix_path(void **state)
{
	int listener = listen_unix(8);
	struct address peer;

	(void)state;
	dialing_begin(&(struct dial_target){.unix_path = path});
	assert_int_equal(dialing_drive_to_end(), 1);
	close(dial_take(dial, &peer));
	assert_int_equal(peer.family, ADDRESS_UNIX);
	assert_int_equal(peer.number, getpid());
	close(listener);
	unlink(path);
}

static void test_unix_path_without_server(void **state)
{
	char expected[200];

	(void)state;
	dialing_begin(&(struct dial_target){.unix_path = path});
	assert_int_equal(dialing_drive_to_end(), -ENOENT);
	assert_int_equal(dialing_error.status, STATUS_UNREACHABLE);
	snprintf(expected, sizeof(expected),
		 "connect %s: no such file or directory; is the server running?", path);
	assert_string_equal(dialing_error.text, expected);
}

static void test_unix_path_too_long(void **state)
{
	char name_of_200[201];

	(void)state;
	memset(name_of_200, 'x', 200);
	name_of_200[200] = '\0';
	dialer = dialer_new(&(struct dial_target){.unix_path = name_of_200}, &dialing_clock,
			    MILLISECOND, &dialing_error);
	assert_null(dialer);
	assert_int_equal(dialing_error.status, STATUS_UNREACHABLE);
	assert_non_null(strstr(dialing_error.text, "at most 107 bytes"));
}

static void test_unix_path_of_a_busy_server(void **state)
{
	int listener = listen_unix(0), guest = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct pollfd events[DIAL_EVENTS_MAX];

	(void)state;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(__real_connect(guest, (struct sockaddr *)&un, sizeof(un)), 0);
	dialing_begin(&(struct dial_target){.unix_path = path});
	assert_int_equal(dial_step(dial, &dialing_error), 0);
	/* There is nothing to poll for, so that the clock has to call. */
	assert_int_equal(dial_events(dial, events), 0);
	assert_true(dial_deadline(dial) <= dialing_now + 100 * MILLISECOND);
	assert_int_equal(dial_step(dial, &dialing_error), 0);
	close(peer_accept(listener));
	assert_int_equal(dial_step(dial, &dialing_error), 1);
	close(guest);
	close(listener);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIALING_TEST(test_unknown_name),
		DIALING_TEST(test_resolver_does_not_outlive_the_timeout),
		DIALING_TEST(test_names_of_targets),
		DIALING_TEST(test_datagrams_take_the_first_address_with_a_route),
		DIALING_TEST(test_unix_path),
		DIALING_TEST(test_unix_path_without_server),
		DIALING_TEST(test_unix_path_too_long),
		DIALING_TEST(test_unix_path_of_a_busy_server),
	};
	int failed;

	sem_init(&dialing_answer, 0, 0);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
