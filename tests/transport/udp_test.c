/*
 * Serving datagrams: batches of one and of many, and draining.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "support/net.h"
#include "transport/udp.h"

enum { BATCH = 8, SENT = 20 };

static struct listener listener;
static struct loop *loop;
static int client;

static int set_up(void **state)
{
	static const struct service_settings settings = {.max_line = 4096, .send_queue = 1 << 20};
	struct address address = {.family = ADDRESS_IPV4, .bytes = {127, 0, 0, 1}};
	struct error error;

	(void)state;
	if (listener_open(&listener, TRANSPORT_UDP, &address,
			  &(struct listen_options){.backlog = 1}, &error))
		return -1;
	listener.service = service_new(protocol_find("udp-date"), NULL, &settings, NULL);
	loop = loop_new(&system_clock, NULL, NULL);
	client = net_connect(
		&(struct net_place){.name = "udp 127.0.0.1", .port = listener.address.port});
	return listener.service && loop ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	close(client);
	loop_free(loop);
	listener_close(&listener);
	service_free(listener.service);
	return 0;
}

static void ask(const char *text)
{
	assert_int_equal(send(client, text, strlen(text), 0), strlen(text));
}

static void expect_answer(const char *text)
{
	char answer[256];
	ssize_t n = net_receive(client, answer, sizeof(answer) - 1);

	assert_true(n >= 0);
	answer[n] = '\0';
	assert_string_equal(answer, text);
}

static void expect_none(void)
{
	char byte;

	assert_int_equal(recv(client, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static struct udp *new_udp(int batch)
{
	struct udp *udp = udp_new(&listener, loop, &(struct datagram_policy){0}, batch);

	assert_non_null(udp);
	return udp;
}

static void test_one_at_a_time(void **state)
{
	struct udp *udp = new_udp(1);

	(void)state;
	assert_int_equal(udp_serve(udp, MSG_DONTWAIT), -EAGAIN);
	ask("what?");
	ask("again?");
	assert_int_equal(udp_serve(udp, 0), 1);
	expect_answer("Invalid request");
	expect_none();
	assert_int_equal(udp_serve(udp, MSG_DONTWAIT), 1);
	expect_answer("Invalid request");
	udp_free(udp);
}

/* In a batch some are answered and some are not, and each answer is its own question's. */
static void test_batch(void **state)
{
	struct udp *udp = new_udp(BATCH);
	char answer[64];

	(void)state;
	assert_int_equal(udp_serve(udp, MSG_DONTWAIT), -EAGAIN);
	for (int i = 0; i < SENT; i++)
		ask(i % 4 == 3 ? "SEND_DATE" : i % 2 ? "?" : "q");
	for (int left = SENT; left > 0; left -= BATCH)
		assert_int_equal(udp_serve(udp, left == SENT ? 0 : MSG_DONTWAIT),
				 left < BATCH ? left : BATCH);
	for (int i = 0; i < SENT; i++) {
		if (i % 4 == 3)
			assert_int_equal(net_receive(client, answer, sizeof(answer)), 10);
		else if (i % 2)
			expect_answer("Invalid request");
	}
	expect_none();
	udp_free(udp);
}

static void test_drain(void **state)
{
	struct udp *udp = new_udp(BATCH);

	(void)state;
	udp_drain(udp);
	for (int i = 0; i < SENT; i++)
		ask("?");
	udp_drain(udp);
	for (int i = 0; i < SENT; i++)
		expect_answer("Invalid request");
	assert_int_equal(udp_serve(udp, MSG_DONTWAIT), -EAGAIN);
	udp_free(udp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_batch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
