/*
 * Admission: the limits on connections, and what happens when descriptors are used up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/log.h"
#include "sockettool/server.h"
#include "support/net.h"
#include "support/peer.h"

static struct listener listener;
static struct net_place place;
static char log_text[1024];

static void keep_log(enum log_level level, const char *text, size_t n)
{
	(void)level;
	snprintf(log_text, sizeof(log_text), "%.*s", (int)n, text);
}

static int set_up(void **state)
{
	static const struct service_settings settings = {.max_line = 100, .send_queue = 1 << 20};
	struct address address = {.family = ADDRESS_IPV4, .bytes = {127, 0, 0, 1}};
	struct error error;

	(void)state;
	if (listener_open(&listener, TRANSPORT_TCP, &address,
			  &(struct listen_options){.backlog = 16}, &error))
		return -1;
	listener.service = service_new(protocol_find("echo"), NULL, &settings, NULL);
	fcntl(listener.socket, F_SETFL, O_NONBLOCK);
	place = (struct net_place){.name = "tcp 127.0.0.1", .port = listener.address.port};
	log_text[0] = '\0';
	log_redirect(keep_log);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	log_redirect(NULL);
	listener_close(&listener);
	service_free(listener.service);
	return 0;
}

static int accept_one(struct admission *admission, struct address *peer)
{
	return admission_accept(admission, &listener, SOCK_NONBLOCK, peer);
}

static void test_accepts(void **state)
{
	struct admission *admission = admission_new(&(struct connection_limits){0});
	struct address peer;

	(void)state;
	assert_non_null(admission);
	assert_int_equal(accept_one(admission, &peer), -EAGAIN);
	int client = net_connect(&place), socket = accept_one(admission, &peer);
	assert_true(socket >= 0);
	assert_true(fcntl(socket, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(socket, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(peer.family, ADDRESS_IPV4);
	assert_true(address_is_loopback(&peer));
	close(socket);
	admission_release(admission, &peer);
	close(client);
	admission_free(admission);
}

static void refuse_second(const struct connection_limits *limits, const char *reason)
{
	struct admission *admission = admission_new(limits);
	struct address peer, other;
	int clients[3];

	assert_non_null(admission);
	clients[0] = net_connect(&place);
	int first = accept_one(admission, &peer);
	assert_true(first >= 0);
	clients[1] = net_connect(&place);
	assert_int_equal(accept_one(admission, &other), -EBUSY);
	peer_expect_end(clients[1]);
	assert_non_null(strstr(log_text, reason));
	/* What has been given back can be taken again; the refused one was not counted. */
	close(first);
	admission_release(admission, &peer);
	clients[2] = net_connect(&place);
	first = accept_one(admission, &peer);
	assert_true(first >= 0);
	close(first);
	admission_release(admission, &peer);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	admission_free(admission);
}

static void test_limit(void **state)
{
	(void)state;
	refuse_second(&(struct connection_limits){.connections = 1}, "--max-conns allows");
}

static void test_limit_per_host(void **state)
{
	(void)state;
	refuse_second(&(struct connection_limits){.connections_per_host = 1},
		      "--max-conns-per-ip allows");
}

/* With no descriptor left, one is turned away, and only if somebody waits. */
static void test_no_descriptor(void **state)
{
	struct admission *admission = admission_new(&(struct connection_limits){0});
	struct rlimit usual, none;
	struct address peer;

	(void)state;
	assert_non_null(admission);
	int client = net_connect(&place), next = dup(client);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	none = (struct rlimit){(rlim_t)next, usual.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int status = accept_one(admission, &peer);
	char logged = log_text[0];
	log_text[0] = '\0';
	int again = accept_one(admission, &peer);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_int_equal(status, -EMFILE);
	assert_int_not_equal(logged, '\0');
	peer_expect_end(client);
	assert_int_equal(again, -EMFILE);
	assert_string_equal(log_text, "");
	close(client);
	admission_free(admission);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_accepts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limit_per_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_descriptor, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
