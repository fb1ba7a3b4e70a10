/*
 * Runs of programs: when they start, what is typed, and how everything ends.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/command_line.h"
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

/* Every process that was seen has been seen to end, and no child is left to this one. */
static void expect_nothing_left(void)
{
	const struct recording *recording = tracing->recording;

	for (size_t i = 0; i < recording->call_count; i++) {
		bool ended = false;
		for (size_t j = i; j < recording->call_count && !ended; j++)
			ended = recording->calls[j].kind == CALL_EXIT &&
				recording->calls[j].process == recording->calls[i].process;
		assert_true(ended);
	}
	for (size_t i = 0; i < recording->program_count; i++) {
		if (recording->programs[i].pid > 0) {
			assert_int_equal(kill(-recording->programs[i].pid, 0), -1);
			assert_int_equal(errno, ESRCH);
		}
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* --- The beginning. --- */

static void client_waits_for_listener(void **state)
{
	const struct recording *recording = tracing->recording;

	(void)state;
	tracing_server(tracing, "echo");
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	for (size_t i = 0; i < recording->call_count; i++) {
		if (recording->calls[i].kind == CALL_LISTEN)
			assert_true(recording->programs[1].started >= recording->calls[i].left);
	}
	assert_true(recording->programs[0].is_server);
	assert_false(recording->programs[1].is_server);
	assert_true(recording->started > 0);
	expect_nothing_left();
}

static void names(void **state)
{
	const char *const expected[] = {"server", "client", "client 2", "client 3"};

	(void)state;
	tracing_server(tracing, "threads");
	for (int i = 0; i < 3; i++)
		tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->program_count, 4);
	for (int i = 0; i < 4; i++)
		assert_string_equal(tracing->recording->programs[i].name, expected[i]);
	assert_string_equal(tracing->recording->programs[0].command, tracing->server.command);
}

static void delay(void **state)
{
	(void)state;
	tracing_server(tracing, "hang");
	tracing_client(tracing, "describe");
	tracing->plan.start_delay = 30000000;
	tracing_run(tracing, 0);
	assert_true(tracing->recording->programs[1].started >=
		    tracing->recording->programs[0].started + 30000000);
}

static void server_that_does_not_listen(void **state)
{
	(void)state;
	tracing_server(tracing, "describe");
	tracing_client(tracing, "client");
	tracing_run(tracing, -ECONNREFUSED);
	assert_int_equal(tracing->error.status, STATUS_UNREACHABLE);
	assert_non_null(strstr(tracing->error.text, "ended with status 0 before it listened"));
	assert_int_equal(tracing->recording->programs[1].pid, -1);
	expect_nothing_left();
}

static void environment_and_output(void **state)
{
	static const char *const environment[] = {"ACTOR=given", NULL};

	(void)state;
	setenv("ACTOR", "inherited", 1);
	tracing->plan.environment = environment;
	tracing_client(tracing, "describe");
	tracing_run(tracing, 0);
	unsetenv("ACTOR");
	assert_non_null(strstr(tracing_output(tracing), "1 1 given\n"));
}

static void dropped_output(void **state)
{
	(void)state;
	tracing->plan.output = tracing->plan.errors = -1;
	tracing_client(tracing, "describe");
	tracing_run(tracing, 0);
	assert_string_equal(tracing_output(tracing), "");
	assert_int_equal(tracing_count(tracing, 0, CALL_PRINT), 1);
}

/* Forbids this process and its children to trace. False: such a thing cannot be forbidden. */
static bool forbid_tracing(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ptrace, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* As in many a container. */
static void no_tracing(void **state)
{
	enum { SAID, NOT_SAID, CANNOT_FORBID };
	int status;

	(void)state;
	tracing_client(tracing, "describe");
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!forbid_tracing())
			_exit(CANNOT_FORBID);
		status = record_programs(tracing->recording, &tracing->plan, &tracing->error);
		_exit(status == -EPERM && tracing->error.status == STATUS_UNREACHABLE &&
				      strstr(tracing->error.text, "--cap-add SYS_PTRACE")
			      ? SAID
			      : NOT_SAID);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT_FORBID)
		skip();
	assert_int_equal(WEXITSTATUS(status), SAID);
}

/* More than a pipe holds. */
static void long_input(void **state)
{
	enum { LENGTH = 200000 };
	char *text = malloc(LENGTH + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LENGTH);
	text[LENGTH] = '\0';
	*tracing_client(tracing, "client") =
		(struct run_program){.command = "sleep 0; wc -c", .input = text};
	tracing_run(tracing, 0);
	free(text);
	assert_string_equal(tracing_output(tracing), "200000\n");
}

/* What is typed for a program that does not read it is no reason to fail. */
static void unread_input(void **state)
{
	(void)state;
	tracing_client(tracing, "describe")->input = "\\p{1}Hello\\n\\p{1}again\\n";
	tracing_run(tracing, 0);
}

static void wrong_input(void **state)
{
	(void)state;
	tracing_client(tracing, "client")->input = "\\q";
	tracing_run(tracing, -EINVAL);
	assert_int_equal(tracing->error.status, STATUS_USAGE);
}

static void nobody_to_run(void **state)
{
	(void)state;
	tracing_run(tracing, -EINVAL);
}

/* --- The end. --- */

static void server_that_would_serve_for_ever(void **state)
{
	(void)state;
	tracing_server(tracing, "two");
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	/* It got to the end of the conversation before it was ended in its next accept. */
	assert_non_null(strstr(tracing_calls(tracing, 0, 0), "recv(4, 512) = 0\n"
							     "close(4) = 0\n"
							     "accept(3)\n"
							     "SIGTERM\n"
							     "ended by SIGTERM\n"));
	assert_int_equal(tracing->recording->programs[0].status, 128 + SIGTERM);
	expect_nothing_left();
}

static void time_is_up(void **state)
{
	(void)state;
	tracing_server(tracing, "hang");
	tracing->plan.timeout = 20000000;
	tracing_run(tracing, -ETIMEDOUT);
	assert_int_equal(tracing->error.status, STATUS_TIMEOUT);
	expect_nothing_left();
}

static void stubborn_server(void **state)
{
	char command[TRACING_COMMAND];

	(void)state;
	tracing_server(tracing, "hang");
	snprintf(command, sizeof(command), "trap '' TERM; %s", tracing->server.command);
	tracing->server.command = command;
	tracing_client(tracing, "describe");
	tracing_run(tracing, 0);
	assert_int_equal(tracing->recording->programs[0].status, 128 + SIGKILL);
	expect_nothing_left();
}

static void stopped_server(void **state)
{
	char command[TRACING_COMMAND];

	(void)state;
	tracing_server(tracing, "hang");
	snprintf(command, sizeof(command), "(%s) & kill -STOP $$", tracing->server.command);
	tracing->server.command = command;
	tracing_client(tracing, "describe");
	tracing_run(tracing, 0);
	expect_nothing_left();
}

/* It left its group, its session and its parent. */
static void daemon_that_hangs(void **state)
{
	char inner[TRACING_COMMAND], command[TRACING_COMMAND];

	(void)state;
	tracing_server(tracing, "hang");
	snprintf(inner, sizeof(inner), "(%s &) &", tracing->server.command);
	char *quoted = command_line_quote(inner, strlen(inner));
	assert_non_null(quoted);
	snprintf(command, sizeof(command), "setsid sh -c %s", quoted);
	free(quoted);
	tracing->server.command = command;
	tracing_client(tracing, "describe");
	tracing_run(tracing, 0);
	assert_int_equal(tracing_count(tracing, 0, CALL_LISTEN), 1);
	expect_nothing_left();
}

static void interrupt_at_accept(void *context, pid_t thread, int call)
{
	(void)thread;
	if (tracing->recording->calls[call].kind == CALL_ACCEPT)
		kill(getpid(), *(int *)context);
}

static void interrupted(void **state)
{
	int number = SIGINT;
	sigset_t before, after;

	(void)state;
	sigprocmask(SIG_SETMASK, NULL, &before);
	tracing_server(tracing, "hang");
	tracing->plan.hooks.context = &number;
	tracing->plan.hooks.call = interrupt_at_accept;
	tracing_run(tracing, -EINTR);
	assert_int_equal(tracing->error.status, STATUS_SIGNAL + SIGINT);
	expect_nothing_left();
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < 32; i++)
		assert_int_equal(sigismember(&before, i), sigismember(&after, i));
}

#define STANDSTILL (200 * NANOSECONDS_PER_MILLISECOND)

static void interrupt_later(void *context, pid_t thread, int call)
{
	struct itimerspec delay = {.it_value.tv_nsec = STANDSTILL};

	(void)thread;
	if (tracing->recording->calls[call].kind == CALL_ACCEPT)
		assert_int_equal(timer_settime(*(timer_t *)context, 0, &delay, NULL), 0);
}

/* The signal counts from when it came, not from when the programs last did something. */
static void interrupted_after_a_standstill(void **state)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGINT};
	const struct recording *recording = tracing->recording;
	int64_t entered = -1;
	timer_t timer;

	(void)state;
	tracing_server(tracing, "hang");
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	tracing->plan.hooks.context = &timer;
	tracing->plan.hooks.call = interrupt_later;
	tracing_run(tracing, -EINTR);
	timer_delete(timer);
	for (size_t i = 0; i < recording->call_count; i++) {
		if (recording->calls[i].kind == CALL_ACCEPT)
			entered = recording->calls[i].entered;
	}
	assert_true(entered >= 0);
	assert_true(recording->stopped >= entered + STANDSTILL);
	expect_nothing_left();
}

static void tell_processes(void *context, pid_t thread, int call)
{
	int pipe = *(int *)context;

	if (tracing->recording->calls[call].kind == CALL_ACCEPT)
		assert_int_equal(write(pipe, &thread, sizeof(thread)), sizeof(thread));
}

/* A tracer that cannot clean up takes the programs with it. */
static void tracer_is_killed(void **state)
{
	int ends[2], status;
	pid_t tracer, thread;

	(void)state;
	/* Then the orphans are this process's to collect. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	assert_int_equal(pipe(ends), 0);
	tracing_server(tracing, "hang");
	tracing->plan.hooks.context = &ends[1];
	tracing->plan.hooks.call = tell_processes;
	tracer = fork();
	if (tracer == 0) {
		record_programs(tracing->recording, &tracing->plan, &tracing->error);
		_exit(0);
	}
	assert_int_equal(read(ends[0], &thread, sizeof(thread)), sizeof(thread));
	kill(tracer, SIGKILL);
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(waitpid(thread, &status, 0), thread);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	close(ends[0]);
	close(ends[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	expect_nothing_left();
}

/* --- The hooks. --- */

struct ports {
	int told[16];
	int count;
	int pipe;
	bool read;
};

static void note_port(void *context, bool udp, const struct address *address)
{
	struct ports *ports = context;

	assert_false(udp);
	assert_int_equal(address->family, ADDRESS_IPV4);
	assert_true(ports->count < 16);
	ports->told[ports->count++] = address->port;
}

static void note_readable(void *context)
{
	struct ports *ports = context;
	char byte;

	ports->read = read(ports->pipe, &byte, 1) == 1;
}

static void ports_and_descriptor(void **state)
{
	struct ports ports = {.count = 0};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	ports.pipe = ends[0];
	tracing_server(tracing, "echo");
	tracing_client(tracing, "client");
	tracing->plan.hooks = (struct run_hooks){.context = &ports,
						 .descriptor = ends[0],
						 .readable = note_readable,
						 .port = note_port};
	tracing_run(tracing, 0);
	close(ends[0]);
	close(ends[1]);
	assert_true(ports.read);
	assert_true(ports.count >= 3);
	/* The server's port is known when it binds, and the client's before it sends. */
	assert_int_equal(ports.told[0], tracing->recording->sockets[0].local.port);
	assert_int_equal(ports.told[ports.count - 1], tracing->recording->sockets[1].local.port);
}

/* --- Who. --- */

static void who(void **state)
{
	static const char *const wrong[] = {"",          "server",       "x:1",
					    "client0:1", "client-1:",    "client 2x:",
					    "clients:1", "client99999:", ":"};
	struct error error;
	const char *rest = NULL;

	(void)state;
	assert_int_equal(run_who("server:4711", &rest, &error), 0);
	assert_string_equal(rest, "4711");
	assert_int_equal(run_who("client:a:b", &rest, &error), 1);
	assert_string_equal(rest, "a:b");
	assert_int_equal(run_who("client2:", &rest, &error), 2);
	assert_int_equal(run_who("client 12:x", &rest, &error), 12);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(run_who(wrong[i], &rest, &error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(client_waits_for_listener, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(delay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(server_that_does_not_listen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(environment_and_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(dropped_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_tracing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unread_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_to_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(server_that_would_serve_for_ever, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(time_is_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stubborn_server, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopped_server, set_up, tear_down),
		cmocka_unit_test_setup_teardown(daemon_that_hangs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interrupted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interrupted_after_a_standstill, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tracer_is_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ports_and_descriptor, set_up, tear_down),
		cmocka_unit_test(who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
