/*
 * Attaching to a program that runs, and letting it go.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/net.h"
#include "support/tracing.h"
#include "timeline/kernel_text.h"

static struct tracing *tracing;
static pid_t running;

static int set_up(void **state)
{
	(void)state;
	tracing = tracing_new();
	running = -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (running > 0) {
		kill(-running, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	tracing_free(tracing);
	return 0;
}

static pid_t start(const char *act)
{
	const char *command = tracing_command(tracing, act);
	pid_t child = fork();

	if (child == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	setpgid(child, child);
	return child;
}

/* Waits until a process waits in a system call. */
static void await_call(pid_t process, long number)
{
	char text[256];
	const char *at;
	int seen = -1;
	int64_t limit = net_limit();

	while (seen != number) {
		if (net_now() > limit)
			fail_msg("in time process %d did not make call %ld, but %d", (int)process,
				 number, seen);
		assert_true(kernel_text_read(text, sizeof(text), "/proc/%d/syscall", (int)process));
		at = text;
		if (!kernel_text_int(&at, &seen))
			sched_yield();
	}
}

static void attach_server(pid_t process)
{
	tracing->server.pid = process;
	tracing->plan.server = &tracing->server;
}

/* The first of two conversations is recorded; the second one goes on without a tracer. */
static void goes_on_alone(void **state)
{
	int status;

	(void)state;
	running = start("two");
	await_call(running, __NR_accept);
	attach_server(running);
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	assert_string_equal(tracing_calls(tracing, 0, 0), "accept(3) → 4 from 127.0.0.1:OTHER\n"
							  "recv(4, 512) = 12\n"
							  "send(4, \"Hello, world\") = 12\n"
							  "recv(4, 512) = 0\n"
							  "close(4) = 0\n"
							  "accept(3)\n");
	pid_t client = start("client");
	assert_int_equal(waitpid(client, &status, 0), client);
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_int_equal(waitpid(running, &status, 0), running);
	running = -1;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
}

static void call_that_had_begun(void **state)
{
	(void)state;
	running = start("two");
	await_call(running, __NR_accept);
	attach_server(running);
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	const struct recording *recording = tracing->recording;
	const struct call *first = recording->calls;
	while (first->program != 0)
		first++;
	assert_int_equal(first->kind, CALL_ACCEPT);
	assert_int_equal(first->entered, -1);
	assert_true(first->left >= 0);
	/* What was opened before is found all the same. */
	assert_true(recording->sockets[first->socket].listens);
	assert_int_equal(recording->programs[0].pid, running);
	assert_int_equal(recording->programs[0].ended, -1);
	assert_int_equal(recording->programs[0].status, -1);
	assert_non_null(strstr(recording->programs[0].command, "traced_actor two"));
}

static void interruption_lets_it_go(void **state)
{
	int status;

	(void)state;
	running = start("hang");
	await_call(running, __NR_accept);
	attach_server(running);
	tracing->plan.timeout = 1;
	tracing_run(tracing, -ETIMEDOUT);
	assert_int_equal(waitpid(running, &status, WNOHANG), 0);
	await_call(running, __NR_accept);
}

/* Threads of the process, and processes it made before. */
static void whole_family(void **state)
{
	(void)state;
	running = start("spawn");
	char text[256];
	const char *at = text;
	int child = -1;
	int64_t limit = net_limit();
	do {
		assert_true(net_now() < limit);
		kernel_text_read(text, sizeof(text), "/proc/%d/task/%d/children", (int)running,
				 (int)running);
	} while (!kernel_text_int(&at, &child));
	await_call(child, __NR_accept);
	attach_server(running);
	tracing_client(tracing, "client");
	tracing_run(tracing, 0);
	assert_non_null(strstr(tracing_calls(tracing, 0, child),
			       "recv(4, 512) = 12\nsend(4, \"Hello, world\") = 12\n"));
	assert_int_equal(tracing->recording->programs[0].status, 5);
	running = -1;
}

/* A shell that waits for its input, started with these words. */
static pid_t start_as(const char *const words[], const int input[2])
{
	pid_t child = fork();

	if (child == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(input[0], STDIN_FILENO);
		execv("/bin/sh", (char *const *)words);
		_exit(127);
	}
	assert_true(child > 0);
	setpgid(child, child);
	return child;
}

/* The program without its folders, which may have blanks, and nothing less than a title. */
static void names(void **state)
{
	static const struct {
		const char *words[4], *name;
	} cases[] = {
		{{"/usr/bin/sh", "-s", "/a/b"}, "sh -s /a/b"},
		{{"/a folder/of mine/sh", "-s"}, "sh -s"},
		{{"titled: master process /usr/sbin/titled"},
		 "titled: master process /usr/sbin/titled"},
		{{"/usr/bin/titled --type=/a/b"}, "titled --type=/a/b"},
		{{"sh"}, "sh"},
	};
	int input[2];

	(void)state;
	assert_int_equal(pipe2(input, O_CLOEXEC), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		running = start_as(cases[i].words, input);
		await_call(running, __NR_read);
		attach_server(running);
		tracing->plan.timeout = 1;
		tracing_run(tracing, -ETIMEDOUT);
		assert_string_equal(tracing->recording->programs[0].command, cases[i].name);
		tear_down(NULL);
		set_up(NULL);
	}
	close(input[0]);
	close(input[1]);
}

static void no_such_process(void **state)
{
	char sentence[64];
	pid_t gone = fork();

	(void)state;
	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	attach_server(gone);
	tracing_run(tracing, -ESRCH);
	snprintf(sentence, sizeof(sentence), "there is no process %d", (int)gone);
	assert_string_equal(tracing->error.text, sentence);
}

static void process_that_has_ended(void **state)
{
	char sentence[128];
	siginfo_t information;
	pid_t ended = fork();

	(void)state;
	if (ended == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)ended, &information, WEXITED | WNOWAIT), 0);
	attach_server(ended);
	tracing_run(tracing, -EPERM);
	snprintf(sentence, sizeof(sentence),
		 "process %d has ended already, and waits only for its parent, process %d, to ask "
		 "for its status",
		 (int)ended, (int)getpid());
	assert_string_equal(tracing->error.text, sentence);
	waitpid(ended, NULL, 0);
}

static void no_keyboard(void **state)
{
	(void)state;
	attach_server(getpid());
	tracing->server.input = "\\n";
	tracing_run(tracing, -EINVAL);
	assert_int_equal(tracing->error.status, STATUS_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(goes_on_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(call_that_had_begun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interruption_lets_it_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whole_family, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_such_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(process_that_has_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_keyboard, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
