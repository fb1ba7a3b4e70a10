/*
 * bench over UDP, with servers that lose, delay and spoil datagrams.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/bench.h"
#include "support/program.h"

enum { MESSAGE = 64 };

/* A bench, and the socket to which it sends, one datagram after the other. */
struct load {
	struct program *bench;
	int fd;
	struct sockaddr_in from; /* where the last datagram came from */
};

static struct load start_load(const char *extent, const char *value)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	return (struct load){
		.bench = program_start(
			"bench", "echo", "127.0.0.1", program_number(ntohs(address.sin_port)),
			"--udp", "--connections", "1", "--warmup", "0", "--json", extent, value),
		.fd = fd,
	};
}

static void receive(struct load *load, char message[MESSAGE])
{
	socklen_t length = sizeof(load->from);

	assert_int_equal(
		recvfrom(load->fd, message, MESSAGE, 0, (struct sockaddr *)&load->from, &length),
		MESSAGE);
}

static void answer(const struct load *load, const char *message, size_t n)
{
	sendto(load->fd, message, n, 0, (const struct sockaddr *)&load->from, sizeof(load->from));
}

static void finish_load(const struct load *load, int status)
{
	assert_int_equal(program_wait(load->bench), status);
	close(load->fd);
}

/* The first datagram is answered only when the second has come, which is sent when the first is
 * given up: it is lost, and its answer late. */
static void test_lost_and_late(void **state)
{
	struct load load = start_load("--count", "2");
	char first[MESSAGE], second[MESSAGE];

	(void)state;
	receive(&load, first);
	receive(&load, second);
	answer(&load, first, MESSAGE);
	answer(&load, second, MESSAGE);
	finish_load(&load, 1);
	assert_int_equal(bench_number(load.bench, "lost"), 1);
	assert_int_equal(bench_number(load.bench, "late"), 1);
	assert_int_equal(bench_number(load.bench, "messages"), 1);
}

/* Wrong bytes are wrong, also where the number was, and a piece is short: nothing else. */
static void test_wrong_datagrams(void **state)
{
	struct load load = start_load("--count", "2");
	char message[MESSAGE];

	(void)state;
	receive(&load, message);
	memset(message, 'X', MESSAGE);
	answer(&load, message, MESSAGE);
	receive(&load, message);
	answer(&load, message, MESSAGE / 2);
	finish_load(&load, 1);
	assert_int_equal(bench_number(load.bench, "wrong"), 1);
	assert_int_equal(bench_number(load.bench, "short"), 1);
	assert_int_equal(bench_number(load.bench, "lost"), 0);
	assert_int_equal(bench_number(load.bench, "late"), 0);
}

/* What was in flight when the user ended it all is not lost. */
static void test_interrupt_datagrams(void **state)
{
	struct load load = start_load("--duration", "1h");
	char message[MESSAGE];

	(void)state;
	receive(&load, message);
	program_signal(load.bench, SIGINT);
	finish_load(&load, 128 + SIGINT);
	assert_int_equal(bench_number(load.bench, "lost"), 0);
}

/* An answer that comes long after its datagram is not that of the one which has its place in the
 * generator's memory by then: 1,024 datagrams later. */
static void test_very_late(void **state)
{
	struct load load = start_load("--count", "1025");
	char first[MESSAGE], next[MESSAGE];

	(void)state;
	receive(&load, first);
	for (int i = 1; i <= 1024; i++) {
		receive(&load, next);
		answer(&load, i < 1024 ? next : first, MESSAGE);
	}
	finish_load(&load, 1);
	assert_int_equal(bench_number(load.bench, "late"), 1);
	assert_int_equal(bench_number(load.bench, "messages"), 1023);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_lost_and_late, bench_teardown),
		cmocka_unit_test_teardown(test_wrong_datagrams, bench_teardown),
		cmocka_unit_test_teardown(test_interrupt_datagrams, bench_teardown),
		cmocka_unit_test_teardown(test_very_late, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
