/*
 * Comparisons from outside: models, commands, and servers that will not start or end.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/bench.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

static void serve_command(char *out, size_t size, const char *model)
{
	snprintf(out, size, "exec '%s' serve echo --tcp -q --port {port} --model %s",
		 getenv("SOCKETTOOL"), model);
}

static void test_compare_commands(void **state)
{
	char commands[2][512];

	(void)state;
	serve_command(commands[0], sizeof(commands[0]), "epoll");
	serve_command(commands[1], sizeof(commands[1]), "poll");
	struct program *bench = program_run(NULL, "bench", "echo", "--connections", "1,3",
					    "--count", "20", "--json", "--compare", commands[0],
					    commands[1]);
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_int_equal(net_count(program_output(bench), "\"round\""), 2 * 2 * 5);
	assert_int_equal(net_count(program_output(bench), "\"ratio\""), 2 * 2);
}

static void test_compare_models(void **state)
{
	(void)state;
	struct program *bench = program_run(NULL, "bench", "daytime", "--connections", "2",
					    "--count", "20", "--warmup", "1ms", "--compare",
					    "models");
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_non_null(strstr(program_output(bench), "epoll"));
	assert_non_null(strstr(program_output(bench), "iterative"));
	bench = program_run(NULL, "bench", "chat", "--members", "2", "--count", "20", "--warmup",
			    "1ms", "--compare", "models");
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_null(strstr(program_output(bench), "iterative"));
}

/* The models may be compared with others. */
static void test_compare_models_with_command(void **state)
{
	char command[512];

	(void)state;
	serve_command(command, sizeof(command), "poll");
	struct program *bench = program_run(NULL, "bench", "echo", "--connections", "1", "--count",
					    "20", "--warmup", "0", "--compare", "models", command);
	if (bench->status != 0)
		fail_msg("%s", program_errors(bench));
	assert_non_null(strstr(program_output(bench), "select"));
	assert_non_null(strstr(program_output(bench), command));
}

/* A server that leaves its process group is ended, too: the socket it holds is closed. */
static void test_compare_daemon(void **state)
{
	int held[2];
	char command[200];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, held), 0);
	snprintf(command, sizeof(command), "setsid -f sleep 1000 & exec false {port}");
	struct program *bench = program_start("bench", "echo", "--compare", command);
	close(held[1]);
	assert_int_equal(program_wait(bench), 3);
	peer_expect_end(held[0]);
	close(held[0]);
}

/* What a server prints is not kept without end; its last words are, where it cannot serve. */
static void test_compare_talkative(void **state)
{
	(void)state;
	struct program *bench =
		program_run(NULL, "bench", "echo", "--compare",
			    "head -c 1000000 /dev/zero >&2 && exec sleep 100; false {port}");
	bench_assert_says(bench, 3, "ended before it served");
}

/* A server that ends at its first message, in the warm-up of every round. */
static void test_compare_faults(void **state)
{
	(void)state;
	struct program *bench =
		program_run(NULL, "bench", "echo", "--connections", "1", "--count", "20",
			    "--compare", "exec socat TCP-LISTEN:{port},fork,reuseaddr EXEC:false");
	bench_assert_says(bench, 1, "EXEC:false with 1 connection: closed 1");
}

/* Of a program whose path a shell would take apart. */
static void test_compare_models_of_a_path(void **state)
{
	char path[108], command[512];

	(void)state;
	net_path(path, "it's a $HOME");
	snprintf(
		command, sizeof(command),
		"cp '%s' \"$1\" && \"$1\" bench daytime --connections 1 --count 5 --compare models",
		getenv("SOCKETTOOL"));
	struct program *bench = program_start_other("sh", "-c", command, "sh", path);
	if (program_wait(bench) != 0)
		fail_msg("%s", program_errors(bench));
	unlink(path);
}

/* A bench that cannot clean up takes a server of its own with it. */
static void test_compare_killed(void **state)
{
	struct program *bench =
		program_start("bench", "echo", "--duration", "1h", "--compare", "models");
	char path[64];
	int server = 0;
	int64_t limit = net_limit();

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", bench->pid, bench->pid);
	while (server == 0) {
		FILE *file = fopen(path, "r");
		assert_non_null(file);
		if (fscanf(file, "%d", &server) != 1)
			server = 0;
		fclose(file);
		assert_true(net_now() < limit);
	}
	/* The orphan comes to this process, which sees its end whatever the machine's init does. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1UL), 0);
	program_signal(bench, SIGKILL);
	program_wait(bench);
	int status, ended;
	while ((ended = waitpid(server, &status, WNOHANG)) == 0)
		assert_true(net_now() < limit);
	assert_int_equal(ended, server);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0UL), 0);
}

static void test_compare_failures(void **state)
{
	(void)state;
	struct program *bench = program_run(NULL, "bench", "echo", "--compare",
					    "echo 'no such thing' >&2; false {port}");
	bench_assert_says(bench, 3, "no such thing");
	bench = program_run(NULL, "bench", "echo", "--compare", "sleep 100");
	bench_assert_says(bench, 2, "{port}");
	bench = program_run(NULL, "bench", "echo", "--timeout", "50ms", "--compare",
			    "sleep 100; : {port}");
	bench_assert_says(bench, 3, "does not serve");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_compare_commands, bench_teardown),
		cmocka_unit_test_teardown(test_compare_models, bench_teardown),
		cmocka_unit_test_teardown(test_compare_models_with_command, bench_teardown),
		cmocka_unit_test_teardown(test_compare_daemon, bench_teardown),
		cmocka_unit_test_teardown(test_compare_talkative, bench_teardown),
		cmocka_unit_test_teardown(test_compare_faults, bench_teardown),
		cmocka_unit_test_teardown(test_compare_models_of_a_path, bench_teardown),
		cmocka_unit_test_teardown(test_compare_killed, bench_teardown),
		cmocka_unit_test_teardown(test_compare_failures, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
