/*
 * Dialing over TCP: in which order addresses are tried, and which of them wins.
 */
/* link: --wrap=getaddrinfo,--wrap=freeaddrinfo,--wrap=connect */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/dialing.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

#define MILLISECOND NANOSECONDS_PER_MILLISECOND

/* A listener whose queue of connections is full: the next ones get no answer. */
static int listen_full(const char *host, int port, int *guest)
{
	struct sockaddr_storage to = {0};
	socklen_t length = sizeof(to);
	int listener = peer_listen(host, port, 0);

	assert_true(listener >= 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &length), 0);
	*guest = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(__real_connect(*guest, (struct sockaddr *)&to, length), 0);
	return listener;
}

static int listen_ipv6(int port)
{
	int listener = peer_listen("::1", port, 8);

	if (listener < 0)
		skip();
	return listener;
}

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

/* --- Order --- */

static struct address of(const char *text)
{
	struct address out;

	assert_int_equal(address_resolve(&out, 1, text, "1", SOCK_STREAM, false, &dialing_error),
			 1);
	return out;
}

static void assert_order(struct address *list, int count, const char *expected)
{
	char all[256] = "", one[ADDRESS_TEXT];
	size_t n = 0;

	dial_interleave(list, count);
	for (int i = 0; i < count; i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", i ? " " : "",
				      address_host_text(one, &list[i]));
	assert_string_equal(all, expected);
}

static void test_families_take_turns(void **state)
{
	struct address a = of("::a"), b = of("::b"), c = of("::c");
	struct address x = of("10.0.0.1"), y = of("10.0.0.2"), z = of("10.0.0.3");

	(void)state;
	assert_order((struct address[]){a, b, c, x, y}, 5, "::a 10.0.0.1 ::b 10.0.0.2 ::c");
	assert_order((struct address[]){x, y, z, a}, 4, "10.0.0.1 ::a 10.0.0.2 10.0.0.3");
	assert_order((struct address[]){a, x, b, y}, 4, "::a 10.0.0.1 ::b 10.0.0.2");
	assert_order((struct address[]){x, y, z}, 3, "10.0.0.1 10.0.0.2 10.0.0.3");
	assert_order((struct address[]){a}, 1, "::a");
	assert_order(NULL, 0, "");
}

/* --- TCP --- */

static void test_second_address_follows_a_refusal_at_once(void **state)
{
	int listener = listen_ipv6(0);

	(void)state;
	dialing_name("127.0.0.1", "::1");
	dialing_begin_many(peer_port(listener));
	assert_int_equal(dialing_drive_to_end(), 1);
	dialing_assert_connected("::1");
	close(listener);
}

static void test_first_address_wins(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 8);

	(void)state;
	dialing_name("127.0.0.1", "::1");
	dialing_begin_many(peer_port(listener));
	assert_int_equal(dialing_drive_to_end(), 1);
	dialing_assert_connected("127.0.0.1");
	close(listener);
}

static void test_ipv4_follows_ipv6(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 8);

	(void)state;
	dialing_name("::1", "127.0.0.1");
	dialing_begin_many(peer_port(listener));
	assert_int_equal(dialing_drive_to_end(), 1);
	dialing_assert_connected("127.0.0.1");
	close(listener);
}

static void test_second_address_waits_for_its_turn(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);
	int other = listen_ipv6(peer_port(listener));
	struct pollfd events[DIAL_EVENTS_MAX];
	int64_t start = dialing_now;

	(void)state;
	dialing_name("127.0.0.1", "::1");
	dialing_begin_many(peer_port(listener));
	/* The resolver's thread answers; from then on the clock alone decides. */
	assert_int_equal(dialing_drive(200), 0);
	assert_int_equal(dial_events(dial, events), 1);
	assert_true(dial_deadline(dial) == start + DIAL_ATTEMPT_DELAY);
	dialing_now += DIAL_ATTEMPT_DELAY - 1;
	assert_int_equal(dialing_drive(50), 0);
	assert_int_equal(dial_events(dial, events), 1);
	dialing_now += 1;
	assert_int_equal(dialing_drive_to_end(), 1);
	dialing_assert_connected("::1");
	close(other);
	close(guest);
	close(listener);
}

static void test_slow_first_address_may_still_win(void **state)
{
	int guest, other_guest, listener = listen_full("127.0.0.1", 0, &guest);
	struct pollfd events[DIAL_EVENTS_MAX];
	int other;

	(void)state;
	close(listen_ipv6(0));
	other = listen_full("::1", peer_port(listener), &other_guest);
	dialing_name("127.0.0.1", "::1");
	dialing_begin_many(peer_port(listener));
	assert_int_equal(dialing_drive(200), 0);
	dialing_now += DIAL_ATTEMPT_DELAY;
	assert_int_equal(dialing_drive(50), 0);
	assert_int_equal(dial_events(dial, events), 2);
	/* Room in its queue: the kernel's next try, within a second or so, is answered. */
	close(peer_accept(listener));
	assert_int_equal(dialing_drive_to_end(), 1);
	dialing_assert_connected("127.0.0.1");
	close(other_guest);
	close(other);
	close(guest);
	close(listener);
}

static void test_refused(void **state)
{
	char expected[200];
	int port = net_free_port(SOCK_STREAM);

	(void)state;
	close(listen_ipv6(0));
	dialing_name("127.0.0.1", "::1");
	dialing_begin_many(port);
	assert_int_equal(dialing_drive_to_end(), -ECONNREFUSED);
	snprintf(expected, sizeof(expected),
		 "connect many.test:%d: 127.0.0.1 connection refused; ::1 connection refused; "
		 "is the server running?",
		 port);
	assert_string_equal(dialing_error.text, expected);
	assert_int_equal(dialing_error.status, STATUS_UNREACHABLE);
}

static void test_refused_numeric_address_is_named_once(void **state)
{
	char expected[200];
	int port = net_free_port(SOCK_STREAM);

	(void)state;
	dialing_begin(&(struct dial_target){.host = "127.0.0.1", .port = program_number(port)});
	assert_int_equal(dialing_drive_to_end(), -ECONNREFUSED);
	snprintf(expected, sizeof(expected),
		 "connect 127.0.0.1:%d: connection refused; is the server running?", port);
	assert_string_equal(dialing_error.text, expected);
}

static void test_timed_out(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);
	char expected[200];

	(void)state;
	dialing_begin(&(struct dial_target){.host = "127.0.0.1",
					    .port = program_number(peer_port(listener))});
	assert_int_equal(dialing_drive(50), 0);
	assert_true(dial_deadline(dial) == dialing_now + 5000 * MILLISECOND);
	dialing_now += 5000 * MILLISECOND;
	assert_int_equal(dial_step(dial, &dialing_error), -ETIMEDOUT);
	assert_int_equal(dialing_error.status, STATUS_TIMEOUT);
	snprintf(expected, sizeof(expected), "connect 127.0.0.1:%d: no answer within 5 s",
		 peer_port(listener));
	assert_string_equal(dialing_error.text, expected);
	close(guest);
	close(listener);
}

static void test_refused_and_timed_out(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);

	(void)state;
	dialing_name("127.0.0.2", "127.0.0.1");
	dialing_begin_many(peer_port(listener));
	assert_int_equal(dialing_drive(200), 0);
	dialing_now += 5000 * MILLISECOND;
	assert_int_equal(dial_step(dial, &dialing_error), -ETIMEDOUT);
	assert_int_equal(dialing_error.status, STATUS_TIMEOUT);
	assert_non_null(strstr(dialing_error.text, "127.0.0.2 connection refused; "
						   "127.0.0.1 no answer within 5 s"));
	assert_null(strstr(dialing_error.text, "is the server running?"));
	close(guest);
	close(listener);
}

static void test_cancelling_closes_every_attempt(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);
	int before = open_descriptors();

	(void)state;
	dialing_begin(&(struct dial_target){.host = "127.0.0.1",
					    .port = program_number(peer_port(listener))});
	assert_int_equal(dialing_drive(50), 0);
	assert_true(open_descriptors() > before);
	dialing_tear_down(NULL);
	assert_int_equal(open_descriptors(), before);
	close(guest);
	close(listener);
}

static void test_sentence_is_bounded(void **state)
{
	static char hosts[DIALING_NAMES_MAX][24];

	(void)state;
	for (int i = 0; i < DIALING_NAMES_MAX; i++) {
		snprintf(hosts[i], sizeof(hosts[i]), "127.100.200.%d", 100 + i);
		dialing_many[i] = hosts[i];
	}
	dialing_many[DIALING_NAMES_MAX] = NULL;
	dialing_begin_many(net_free_port(SOCK_STREAM));
	assert_int_equal(dialing_drive_to_end(), -ECONNREFUSED);
	assert_non_null(strstr(dialing_error.text, "127.100.200.100 connection refused; "));
	assert_non_null(strstr(dialing_error.text, " more failed; is the server running?"));
	assert_true(strlen(dialing_error.text) < sizeof(dialing_error.text));
}

static void test_socket_is_ready_for_use(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 8), no_delay = 0;
	socklen_t length = sizeof(no_delay);
	struct address peer;
	int socket;

	(void)state;
	dialing_begin(&(struct dial_target){.host = "127.0.0.1",
					    .port = program_number(peer_port(listener))});
	assert_int_equal(dialing_drive_to_end(), 1);
	socket = dial_take(dial, &peer);
	assert_int_equal(peer.port, peer_port(listener));
	assert_true(fcntl(socket, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(socket, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
	assert_int_not_equal(no_delay, 0);
	/* What was taken stays open when the dial is freed. */
	dialing_tear_down(NULL);
	assert_true(fcntl(socket, F_GETFD) >= 0);
	close(socket);
	close(listener);
}

static void test_connection_to_itself_is_refused(void **state)
{
	(void)state;
	dialing_meets_itself = true;
	dialing_begin(&(struct dial_target){.host = "127.0.0.1",
					    .port = program_number(net_free_port(SOCK_STREAM))});
	assert_int_equal(dialing_drive_to_end(), -ECONNREFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIALING_TEST(test_families_take_turns),
		DIALING_TEST(test_second_address_follows_a_refusal_at_once),
		DIALING_TEST(test_first_address_wins),
		DIALING_TEST(test_ipv4_follows_ipv6),
		DIALING_TEST(test_second_address_waits_for_its_turn),
		DIALING_TEST(test_slow_first_address_may_still_win),
		DIALING_TEST(test_refused),
		DIALING_TEST(test_refused_numeric_address_is_named_once),
		DIALING_TEST(test_timed_out),
		DIALING_TEST(test_refused_and_timed_out),
		DIALING_TEST(test_cancelling_closes_every_attempt),
		DIALING_TEST(test_sentence_is_bounded),
		DIALING_TEST(test_socket_is_ready_for_use),
		DIALING_TEST(test_connection_to_itself_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
