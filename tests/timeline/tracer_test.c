/*
 * Traced programs behave as untraced ones: processes, threads, signals, stops and ends.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/tracing.h"

static struct tracing *tracing;

static int set_up(void **state)
{
	(void)state;
	tracing = tracing_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tracing_free(tracing);
	return 0;
}

/* --- Processes. --- */

/* A server of any make and one client, which must have its conversation with that process. */
static void expect_service(const char *act, int status)
{
	tracing_server(tracing, act);
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	int process = tracing_process(tracing, 0, CALL_ACCEPT, 0);
	const char *calls = tracing_calls(tracing, 0, process);
	assert_non_null(strstr(calls, " from 127.0.0.1:OTHER\nrecv("));
	assert_non_null(strstr(calls, "\"Hello, world\") = 12\n"));
	assert_int_equal(tracing->recording->programs[0].status, status);
	assert_int_equal(tracing->recording->programs[1].status, 3);
	assert_int_equal(tracing_count(tracing, 0, CALL_ACCEPT), 1);
	assert_int_equal(tracing->recording->socket_count, 3);
}

static void exec(void **state)
{
	(void)state;
	expect_service("exec", 5);
	assert_non_null(strstr(tracing_calls(tracing, 0, 0), "dup(3) → 4\n"
							     "dup2(4, 40) → 40\n"
							     "close(4) = 0\n"
							     "close(3) = 0\n"
							     "accept(40) → 3 from"));
	/* The socket is the same under every number, on both sides of exec. */
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		if (call->kind == CALL_DUPLICATE || call->kind == CALL_ACCEPT)
			assert_int_equal(call->socket, 0);
	}
}

static void exec_by_thread(void **state)
{
	(void)state;
	expect_service("exec-thread", 5);
	/* The thread that called exec has its process's number afterwards. */
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		if (strcmp(call->name, "execve") == 0)
			assert_string_equal(call->outcome, "= 0");
	}
}

static void first_thread_ends(void **state)
{
	(void)state;
	expect_service("leaderless", 6);
	assert_int_equal(tracing_count(tracing, 0, CALL_EXIT), 1);
}

static void spawn(void **state)
{
	(void)state;
	expect_service("spawn", 5);
	assert_int_not_equal(tracing_process(tracing, 0, CALL_ACCEPT, 0),
			     tracing_process(tracing, 0, CALL_LISTEN, 0));
}

static void daemon_of_its_own_session(void **state)
{
	(void)state;
	expect_service("daemon", 0);
	assert_int_equal(tracing_count(tracing, 0, CALL_EXIT), 3);
}

/* --- Signals. --- */

/* What is done to the thread that enters the first call of a kind; it stands still meanwhile. */
struct blow {
	enum call_kind kind;
	int number;
	bool struck;
};

static void strike(void *context, pid_t thread, int call)
{
	struct blow *blow = context;

	if (blow->struck || tracing->recording->calls[call].kind != blow->kind)
		return;
	blow->struck = true;
	assert_int_equal(kill(thread, blow->number), 0);
}

static void plan_blow(struct blow *blow)
{
	tracing->plan.hooks.context = blow;
	tracing->plan.hooks.call = strike;
}

static const struct call *find(enum call_kind kind)
{
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		if (tracing->recording->calls[i].kind == kind)
			return &tracing->recording->calls[i];
	}
	fail_msg("there is no call of kind %d", (int)kind);
	return NULL;
}

static void killed_in_a_call(void **state)
{
	struct blow blow = {CALL_ACCEPT, SIGKILL, false};

	(void)state;
	tracing_server(tracing, "hang");
	plan_blow(&blow);
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, 128 + SIGKILL);
	const struct call *call = find(CALL_ACCEPT);
	assert_true(call->entered >= 0);
	assert_int_equal(call->left, -1);
	assert_string_equal(find(CALL_EXIT)->text, "ended by SIGKILL");
	assert_int_equal(find(CALL_EXIT)->result, 128 + SIGKILL);
}

static void interrupted_call(void **state)
{
	struct blow blow = {CALL_ACCEPT, SIGUSR1, false};

	(void)state;
	tracing_server(tracing, "interrupted");
	plan_blow(&blow);
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, 7);
	assert_non_null(strstr(tracing_calls(tracing, 0, 0), "accept(3) = -1 EINTR\n"
							     "SIGUSR1\n"
							     "close(3) = 0\n"
							     "ends with status 7\n"));
	assert_int_equal(find(CALL_ACCEPT)->result, -EINTR);
	assert_int_equal(find(CALL_SIGNAL)->result, SIGUSR1);
}

/* A call that the kernel restarts after a handler that made a call itself is one call. */
static void restarted_call(void **state)
{
	struct blow blow = {CALL_ACCEPT, SIGUSR1, false};

	(void)state;
	tracing_server(tracing, "restarted");
	tracing_client(tracing, "client");
	plan_blow(&blow);
	tracing_run(tracing, 0);
	assert_non_null(strstr(tracing_calls(tracing, 0, 0), "accept(3) → 4 from 127.0.0.1:OTHER\n"
							     "SIGUSR1\n"
							     "prints \"signal\" = 7\n"
							     "recv(4, 512) = 12\n"));
	assert_int_equal(tracing_count(tracing, 0, CALL_ACCEPT), 1);
}

static void ended_by_its_own_signal(void **state)
{
	(void)state;
	tracing_client(tracing, "raise");
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, 128 + SIGTERM);
	assert_string_equal(tracing_calls(tracing, 0, 0), "SIGTERM\nended by SIGTERM\n");
}

/* A parent sees its child stop and go on, and the child's call is one. */
static void stopped_child(void **state)
{
	(void)state;
	tracing_client(tracing, "stop");
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, 8);
	assert_int_equal(tracing_count(tracing, 0, CALL_RECEIVE), 1);
	assert_int_equal(find(CALL_RECEIVE)->result, 1);
}

/* --- The same as untraced. --- */

static int run_untraced(const char *command, char *output, size_t size)
{
	FILE *stream = popen(command, "r"); /* NOLINT(cert-env33-c): it is the test's own. */

	assert_non_null(stream);
	size_t n = fread(output, 1, size - 1, stream);
	output[n] = '\0';
	int status = pclose(stream);
	return WEXITSTATUS(status);
}

static void same_surroundings(void **state)
{
	char untraced[1024];
	const char *command = tracing_command(tracing, "describe");
	int status;

	(void)state;
	status = run_untraced(command, untraced, sizeof(untraced));
	tracing_client(tracing, "describe");
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, status);
	assert_string_equal(tracing_output(tracing), untraced);
}

static void shell_pipeline(void **state)
{
	static const char command[] = "printf '3\\n1\\n2\\n' | sort | tail -n 1; (exit 4)";
	char untraced[64];

	(void)state;
	assert_int_equal(run_untraced(command, untraced, sizeof(untraced)), 4);
	tracing_client(tracing, "client")->command = command;
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, 4);
	assert_string_equal(tracing_output(tracing), untraced);
	/* What goes through the pipes is not printed. */
	assert_int_equal(tracing_count(tracing, 0, CALL_PRINT), 1);
	assert_int_equal(tracing_count(tracing, 0, CALL_INPUT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(exec, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exec_by_thread, set_up, tear_down),
		cmocka_unit_test_setup_teardown(first_thread_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(spawn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(daemon_of_its_own_session, set_up, tear_down),
		cmocka_unit_test_setup_teardown(killed_in_a_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interrupted_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(restarted_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ended_by_its_own_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopped_child, set_up, tear_down),
		cmocka_unit_test_setup_teardown(same_surroundings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shell_pipeline, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
