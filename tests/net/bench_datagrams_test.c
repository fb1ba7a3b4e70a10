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

/* Starts a bench that sends to the socket returned, one datagram after the other. */
static int start_bench(struct program **bench, const char *extent, const char *value)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*bench = program_start("bench", "echo", "127.0.0.1",
			       program_number(ntohs(address.sin_port)), "--udp", "--connections",
			       "1", "--warmup", "0", "--json", extent, value);
	return fd;
}

/* The first datagram is answered only when the second has come, which is sent when the first is
 * given up: it is lost, and its answer late. */
static void test_lost_and_late(void **state)
{
	struct program *bench;
	int fd = start_bench(&bench, "--count", "2");
	char first[MESSAGE], second[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	(void)state;
	assert_int_equal(recv(fd, first, MESSAGE, 0), MESSAGE);
	assert_int_equal(recvfrom(fd, second, MESSAGE, 0, (struct sockaddr *)&from, &length),
			 MESSAGE);
	sendto(fd, first, MESSAGE, 0, (struct sockaddr *)&from, length);
	sendto(fd, second, MESSAGE, 0, (struct sockaddr *)&from, length);
	assert_int_equal(program_wait(bench), 1);
	assert_int_equal(bench_number(bench, "lost"), 1);
	assert_int_equal(bench_number(bench, "late"), 1);
	assert_int_equal(bench_number(bench, "messages"), 1);
	close(fd);
}

/* Wrong bytes are wrong, also where the number was, and a piece is short: nothing else. */
static void test_wrong_datagrams(void **state)
{
	struct program *bench;
	int fd = start_bench(&bench, "--count", "2");
	char message[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	(void)state;
	assert_int_equal(recvfrom(fd, message, MESSAGE, 0, (struct sockaddr *)&from, &length),
			 MESSAGE);
	memset(message, 'X', MESSAGE);
	sendto(fd, message, MESSAGE, 0, (struct sockaddr *)&from, length);
	assert_int_equal(recv(fd, message, MESSAGE, 0), MESSAGE);
	sendto(fd, message, MESSAGE / 2, 0, (struct sockaddr *)&from, length);
	assert_int_equal(program_wait(bench), 1);
	assert_int_equal(bench_number(bench, "wrong"), 1);
	assert_int_equal(bench_number(bench, "short"), 1);
	assert_int_equal(bench_number(bench, "lost"), 0);
	assert_int_equal(bench_number(bench, "late"), 0);
	close(fd);
}

/* What was in flight when the user ended it all is not lost. */
static void test_interrupt_datagrams(void **state)
{
	struct program *bench;
	int fd = start_bench(&bench, "--duration", "1h");
	char message[MESSAGE];

	(void)state;
	assert_int_equal(recv(fd, message, MESSAGE, 0), MESSAGE);
	program_signal(bench, SIGINT);
	assert_int_equal(program_wait(bench), 128 + SIGINT);
	assert_int_equal(bench_number(bench, "lost"), 0);
	close(fd);
}

/* An answer that comes long after its datagram is not that of the one which has its place in the
 * generator's memory by then: 1,024 datagrams later. */
static void test_very_late(void **state)
{
	struct program *bench;
	int fd = start_bench(&bench, "--count", "1025");
	char first[MESSAGE], next[MESSAGE];
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	(void)state;
	assert_int_equal(recv(fd, first, MESSAGE, 0), MESSAGE);
	for (int i = 1; i <= 1024; i++) {
		assert_int_equal(recvfrom(fd, next, MESSAGE, 0, (struct sockaddr *)&from, &length),
				 MESSAGE);
		sendto(fd, i < 1024 ? next : first, MESSAGE, 0, (struct sockaddr *)&from, length);
	}
	assert_int_equal(program_wait(bench), 1);
	assert_int_equal(bench_number(bench, "late"), 1);
	assert_int_equal(bench_number(bench, "messages"), 1023);
	close(fd);
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
