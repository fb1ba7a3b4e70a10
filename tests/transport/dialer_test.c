/*
 * Dialing: the race of addresses under a clock that stands still unless the test moves it, with a
 * resolver that answers as the test says.
 */
/* link: --wrap=getaddrinfo,--wrap=freeaddrinfo,--wrap=connect */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <semaphore.h>
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

#include "base/clock.h"
#include "base/error.h"
#include "sockettool/dialer.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

#define MILLISECOND INT64_C(1000000)

enum { PATIENCE_MS = 10000, NAMES_MAX = 40 };

/* --- A clock, a resolver and a kernel for the test --- */

static int64_t present = 1000 * MILLISECOND;

static int64_t present_time(const struct clock *clock)
{
	(void)clock;
	return present;
}

static const struct clock stopped_clock = {.monotonic = present_time};

/* What "many.test" stands for; "silent.test" gets no answer until the semaphore is posted. */
static const char *many[NAMES_MAX + 1];
static sem_t answer;

/* Makes a socket meet itself, as it may happen with a port that is free. */
static bool meets_itself;

int __real_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __wrap_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
void __real_freeaddrinfo(struct addrinfo *);
void __wrap_freeaddrinfo(struct addrinfo *);
int __real_connect(int, const struct sockaddr *, socklen_t);
int __wrap_connect(int, const struct sockaddr *, socklen_t);

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
		       struct addrinfo **list)
{
	if (!strcmp(host, "silent.test")) {
		sem_wait(&answer);
		return EAI_AGAIN;
	}
	if (!strcmp(host, "nobody.test"))
		return EAI_NONAME;
	if (strcmp(host, "many.test") != 0)
		return __real_getaddrinfo(host, service, hints, list);
	for (int i = 0; many[i]; i++) {
		int code = __real_getaddrinfo(many[i], service, hints, list);
		if (code)
			return code;
		list = &(*list)->ai_next;
	}
	return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;
		list->ai_next = NULL;
		__real_freeaddrinfo(list);
		list = next;
	}
}

int __wrap_connect(int socket, const struct sockaddr *to, socklen_t length)
{
	if (meets_itself)
		assert_int_equal(bind(socket, to, length), 0);
	return __real_connect(socket, to, length);
}

/* --- Helpers --- */

static struct dialer *dialer;
static struct dial *dial;
static struct error error;

static int tear_down(void **state)
{
	(void)state;
	dial_free(dial);
	dialer_free(dialer);
	dial = NULL;
	dialer = NULL;
	meets_itself = false;
	return 0;
}

static void name(const char *first, const char *second)
{
	many[0] = first;
	many[1] = second;
	many[2] = NULL;
}

/* Five seconds' patience. */
static void begin(const struct dial_target *target)
{
	dialer = dialer_new(target, &stopped_clock, 5000 * MILLISECOND, &error);
	if (!dialer)
		fail_msg("%s", error.text);
	dial = dial_new(dialer);
	assert_non_null(dial);
}

static void begin_many(int port)
{
	begin(&(struct dial_target){.host = "many.test", .port = program_number(port)});
}

/* Steps until the dial needs the clock to move, or is decided. The answers to connects on this
 * machine come at once, but for those that never come. */
static int drive(int quiet_ms)
{
	struct pollfd events[DIAL_EVENTS_MAX];
	int result;

	do {
		result = dial_step(dial, &error);
		if (result)
			return result;
	} while (poll(events, (nfds_t)dial_events(dial, events), quiet_ms) > 0);
	return 0;
}

static int drive_to_end(void)
{
	int result = drive(PATIENCE_MS);

	assert_int_not_equal(result, 0);
	return result;
}

static void assert_connected_to(const char *text)
{
	struct address peer;
	char out[ADDRESS_TEXT];
	int socket = dial_take(dial, &peer);

	assert_true(socket >= 0);
	close(socket);
	assert_string_equal(address_host_text(out, &peer), text);
}

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

	assert_int_equal(address_resolve(&out, 1, text, "1", SOCK_STREAM, false, &error), 1);
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
	name("127.0.0.1", "::1");
	begin_many(peer_port(listener));
	assert_int_equal(drive_to_end(), 1);
	assert_connected_to("::1");
	close(listener);
}

static void test_first_address_wins(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 8);

	(void)state;
	name("127.0.0.1", "::1");
	begin_many(peer_port(listener));
	assert_int_equal(drive_to_end(), 1);
	assert_connected_to("127.0.0.1");
	close(listener);
}

static void test_ipv4_follows_ipv6(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 8);

	(void)state;
	name("::1", "127.0.0.1");
	begin_many(peer_port(listener));
	assert_int_equal(drive_to_end(), 1);
	assert_connected_to("127.0.0.1");
	close(listener);
}

static void test_second_address_waits_for_its_turn(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);
	int other = listen_ipv6(peer_port(listener));
	struct pollfd events[DIAL_EVENTS_MAX];
	int64_t start = present;

	(void)state;
	name("127.0.0.1", "::1");
	begin_many(peer_port(listener));
	/* The resolver's thread answers; from then on the clock alone decides. */
	assert_int_equal(drive(200), 0);
	assert_int_equal(dial_events(dial, events), 1);
	assert_true(dial_deadline(dial) == start + DIAL_ATTEMPT_DELAY);
	present += DIAL_ATTEMPT_DELAY - 1;
	assert_int_equal(drive(50), 0);
	assert_int_equal(dial_events(dial, events), 1);
	present += 1;
	assert_int_equal(drive_to_end(), 1);
	assert_connected_to("::1");
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
	name("127.0.0.1", "::1");
	begin_many(peer_port(listener));
	assert_int_equal(drive(200), 0);
	present += DIAL_ATTEMPT_DELAY;
	assert_int_equal(drive(50), 0);
	assert_int_equal(dial_events(dial, events), 2);
	/* Room in its queue: the kernel's next try, within a second or so, is answered. */
	close(peer_accept(listener));
	assert_int_equal(drive_to_end(), 1);
	assert_connected_to("127.0.0.1");
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
	name("127.0.0.1", "::1");
	begin_many(port);
	assert_int_equal(drive_to_end(), -ECONNREFUSED);
	snprintf(expected, sizeof(expected),
		 "connect many.test:%d: 127.0.0.1 connection refused; ::1 connection refused; "
		 "is the server running?",
		 port);
	assert_string_equal(error.text, expected);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
}

static void test_refused_numeric_address_is_named_once(void **state)
{
	char expected[200];
	int port = net_free_port(SOCK_STREAM);

	(void)state;
	begin(&(struct dial_target){.host = "127.0.0.1", .port = program_number(port)});
	assert_int_equal(drive_to_end(), -ECONNREFUSED);
	snprintf(expected, sizeof(expected),
		 "connect 127.0.0.1:%d: connection refused; is the server running?", port);
	assert_string_equal(error.text, expected);
}

static void test_timed_out(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);
	char expected[200];

	(void)state;
	begin(&(struct dial_target){.host = "127.0.0.1",
				    .port = program_number(peer_port(listener))});
	assert_int_equal(drive(50), 0);
	assert_true(dial_deadline(dial) == present + 5000 * MILLISECOND);
	present += 5000 * MILLISECOND;
	assert_int_equal(dial_step(dial, &error), -ETIMEDOUT);
	assert_int_equal(error.status, STATUS_TIMEOUT);
	snprintf(expected, sizeof(expected), "connect 127.0.0.1:%d: no answer within 5 s",
		 peer_port(listener));
	assert_string_equal(error.text, expected);
	close(guest);
	close(listener);
}

static void test_refused_and_timed_out(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);

	(void)state;
	name("127.0.0.2", "127.0.0.1");
	begin_many(peer_port(listener));
	assert_int_equal(drive(200), 0);
	present += 5000 * MILLISECOND;
	assert_int_equal(dial_step(dial, &error), -ETIMEDOUT);
	assert_int_equal(error.status, STATUS_TIMEOUT);
	assert_non_null(strstr(error.text, "127.0.0.2 connection refused; "
					   "127.0.0.1 no answer within 5 s"));
	assert_null(strstr(error.text, "is the server running?"));
	close(guest);
	close(listener);
}

static void test_cancelling_closes_every_attempt(void **state)
{
	int guest, listener = listen_full("127.0.0.1", 0, &guest);
	int before = open_descriptors();

	(void)state;
	begin(&(struct dial_target){.host = "127.0.0.1",
				    .port = program_number(peer_port(listener))});
	assert_int_equal(drive(50), 0);
	assert_true(open_descriptors() > before);
	tear_down(NULL);
	assert_int_equal(open_descriptors(), before);
	close(guest);
	close(listener);
}

static void test_sentence_is_bounded(void **state)
{
	static char hosts[NAMES_MAX][24];

	(void)state;
	for (int i = 0; i < NAMES_MAX; i++) {
		snprintf(hosts[i], sizeof(hosts[i]), "127.100.200.%d", 100 + i);
		many[i] = hosts[i];
	}
	many[NAMES_MAX] = NULL;
	begin_many(net_free_port(SOCK_STREAM));
	assert_int_equal(drive_to_end(), -ECONNREFUSED);
	assert_non_null(strstr(error.text, "127.100.200.100 connection refused; "));
	assert_non_null(strstr(error.text, " more failed; is the server running?"));
	assert_true(strlen(error.text) < sizeof(error.text));
}

static void test_socket_is_ready_for_use(void **state)
{
	int listener = peer_listen("127.0.0.1", 0, 8), no_delay = 0;
	socklen_t length = sizeof(no_delay);
	struct address peer;
	int socket;

	(void)state;
	begin(&(struct dial_target){.host = "127.0.0.1",
				    .port = program_number(peer_port(listener))});
	assert_int_equal(drive_to_end(), 1);
	socket = dial_take(dial, &peer);
	assert_int_equal(peer.port, peer_port(listener));
	assert_true(fcntl(socket, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(socket, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
	assert_int_not_equal(no_delay, 0);
	/* What was taken stays open when the dial is freed. */
	tear_down(NULL);
	assert_true(fcntl(socket, F_GETFD) >= 0);
	close(socket);
	close(listener);
}

static void test_connection_to_itself_is_refused(void **state)
{
	(void)state;
	meets_itself = true;
	begin(&(struct dial_target){.host = "127.0.0.1",
				    .port = program_number(net_free_port(SOCK_STREAM))});
	assert_int_equal(drive_to_end(), -ECONNREFUSED);
}

/* --- Names --- */

static void test_unknown_name(void **state)
{
	(void)state;
	begin(&(struct dial_target){.host = "nobody.test", .port = "5000"});
	assert_true(drive_to_end() < 0);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	assert_string_equal(error.text, "resolve nobody.test: no host has this name");
}

static void test_resolver_does_not_outlive_the_timeout(void **state)
{
	(void)state;
	begin(&(struct dial_target){.host = "silent.test", .port = "5000"});
	assert_int_equal(drive(50), 0);
	present += 5000 * MILLISECOND;
	assert_int_equal(dial_step(dial, &error), -ETIMEDOUT);
	assert_int_equal(error.status, STATUS_TIMEOUT);
	assert_string_equal(error.text, "resolve silent.test: no answer within 5 s");
	/* The answer comes to nobody; the thread frees what it holds. */
	tear_down(NULL);
	sem_post(&answer);
}

static void test_names_of_targets(void **state)
{
	struct dial_target target = {.host = "::1", .port = "5000"};

	(void)state;
	begin(&target);
	assert_string_equal(dialer_name(dialer), "[::1]:5000");
	tear_down(NULL);
	target.host = "localhost";
	begin(&target);
	assert_string_equal(dialer_name(dialer), "localhost:5000");
	tear_down(NULL);
	begin(&(struct dial_target){.unix_path = "/tmp/x"});
	assert_string_equal(dialer_name(dialer), "/tmp/x");
}

/* --- Datagrams --- */

static void test_datagrams_take_the_first_address_with_a_route(void **state)
{
	(void)state;
	name("255.255.255.255", "127.0.0.1");
	begin(&(struct dial_target){.host = "many.test", .port = "5000", .datagrams = true});
	assert_int_equal(drive_to_end(), 1);
	assert_connected_to("127.0.0.1");
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
	begin(&(struct dial_target){.unix_path = path});
	assert_int_equal(drive_to_end(), 1);
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
	begin(&(struct dial_target){.unix_path = path});
	assert_int_equal(drive_to_end(), -ENOENT);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	snprintf(expected, sizeof(expected),
		 "connect %s: no such file or directory; is the server running?", path);
	assert_string_equal(error.text, expected);
}

static void test_unix_path_too_long(void **state)
{
	char name_of_200[201];

	(void)state;
	memset(name_of_200, 'x', 200);
	name_of_200[200] = '\0';
	dialer = dialer_new(&(struct dial_target){.unix_path = name_of_200}, &stopped_clock,
			    MILLISECOND, &error);
	assert_null(dialer);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	assert_non_null(strstr(error.text, "at most 107 bytes"));
}

static void test_unix_path_of_a_busy_server(void **state)
{
	int listener = listen_unix(0), guest = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct pollfd events[DIAL_EVENTS_MAX];

	(void)state;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(__real_connect(guest, (struct sockaddr *)&un, sizeof(un)), 0);
	begin(&(struct dial_target){.unix_path = path});
	assert_int_equal(dial_step(dial, &error), 0);
	/* There is nothing to poll for, so that the clock has to call. */
	assert_int_equal(dial_events(dial, events), 0);
	assert_true(dial_deadline(dial) <= present + 100 * MILLISECOND);
	assert_int_equal(dial_step(dial, &error), 0);
	close(peer_accept(listener));
	assert_int_equal(dial_step(dial, &error), 1);
	close(guest);
	close(listener);
	unlink(path);
}

#define DIALER_TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIALER_TEST(test_families_take_turns),
		DIALER_TEST(test_second_address_follows_a_refusal_at_once),
		DIALER_TEST(test_first_address_wins),
		DIALER_TEST(test_ipv4_follows_ipv6),
		DIALER_TEST(test_second_address_waits_for_its_turn),
		DIALER_TEST(test_slow_first_address_may_still_win),
		DIALER_TEST(test_refused),
		DIALER_TEST(test_refused_numeric_address_is_named_once),
		DIALER_TEST(test_timed_out),
		DIALER_TEST(test_refused_and_timed_out),
		DIALER_TEST(test_cancelling_closes_every_attempt),
		DIALER_TEST(test_sentence_is_bounded),
		DIALER_TEST(test_socket_is_ready_for_use),
		DIALER_TEST(test_connection_to_itself_is_refused),
		DIALER_TEST(test_unknown_name),
		DIALER_TEST(test_resolver_does_not_outlive_the_timeout),
		DIALER_TEST(test_names_of_targets),
		DIALER_TEST(test_datagrams_take_the_first_address_with_a_route),
		DIALER_TEST(test_unix_path),
		DIALER_TEST(test_unix_path_without_server),
		DIALER_TEST(test_unix_path_too_long),
		DIALER_TEST(test_unix_path_of_a_busy_server),
	};
	int failed;

	sem_init(&answer, 0, 0);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
