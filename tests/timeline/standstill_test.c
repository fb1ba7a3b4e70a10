/*
 * Standstill: what is said of each program that was stopped.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/standstill.h"

#define SERVER "127.0.0.1:5000"
#define CLIENT "127.0.0.1:40000"

static int setup(void **state)
{
	made_begin(state);
	struct recording *recording = *state;
	recording->programs[0].ended = recording->programs[1].ended = -1;
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	recording->stopped = 2000000;
	return 0;
}

static void assert_texts(const struct recording *recording, const char *server, const char *client)
{
	char **texts = standstill_make(recording);

	assert_non_null(texts);
	assert_string_equal(texts[0], server);
	assert_string_equal(texts[1], client);
	standstill_free(texts, recording);
}

static void who_waits_is_told_with_for_whom(void **state)
{
	struct recording *recording = *state;

	made_receive(recording, 0, 1000, NEVER_LEFT, "", NULL);
	made_call(recording, CALL_PRINT, 1, -1, 1100, 1101, "prints \"hello\"", "");
	made_receive(recording, 1, 1500, NEVER_LEFT, "", NULL);
	assert_texts(recording, "still waiting in recv(3) from " CLIENT ", for 1.0 ms",
		     "still waiting in recv(3) from " SERVER ", for 0.50 ms");
}

static void other_threads_are_counted(void **state)
{
	struct recording *recording = *state;

	made_receive(recording, 0, 1000, NEVER_LEFT, "", NULL);
	made_receive(recording, 0, 1100, NEVER_LEFT, "", NULL)->thread = 101;
	made_receive(recording, 1, 1500, NEVER_LEFT, "", NULL);
	made_receive(recording, 1, 1600, NEVER_LEFT, "", NULL)->thread = 201;
	made_receive(recording, 1, 1700, NEVER_LEFT, "", NULL)->thread = 202;
	assert_texts(recording,
		     "still waiting in recv(3) from " CLIENT ", for 1.0 ms, and in 1 more call",
		     "still waiting in recv(3) from " SERVER ", for 0.50 ms, and in 2 more calls");
}

/* A worker that was killed in a call waits no longer; its parent does. */
static void processes_that_ended_do_not_wait(void **state)
{
	struct recording *recording = *state;
	struct call *call;

	call = made_receive(recording, 0, 100, NEVER_LEFT, "", NULL);
	call->process = call->thread = 150;
	made_call(recording, CALL_ACCEPT, 0, 0, 200, NEVER_LEFT, "accept(3)", "");
	call = made_call(recording, CALL_EXIT, 0, -1, 300, 300, "ended by SIGKILL", "");
	call->process = call->thread = 150;
	made_receive(recording, 1, 1500, NEVER_LEFT, "", NULL);
	char **texts = standstill_make(recording);
	assert_non_null(texts);
	assert_ptr_equal(strstr(texts[0], "still waiting in accept(3)"), texts[0]);
	assert_null(strstr(texts[0], "more call"));
	standstill_free(texts, recording);
}

static void who_does_not_wait_is_busy_or_asleep(void **state)
{
	struct recording *recording = *state;

	made_call(recording, CALL_LISTEN, 0, -1, 400, 500, "listen(3, 128)", "");
	assert_texts(recording, "busy or asleep since listen(3, 128), for 1.5 ms",
		     "busy or asleep, without any call so far");
}

static void stop(struct recording *recording, int program, int64_t when)
{
	made_call(recording, CALL_SIGNAL, program, -1, when, when, "stopped by SIGSTOP", "")
		->result = SIGSTOP;
}

static void who_is_stopped_is_told(void **state)
{
	struct recording *recording = *state;

	made_call(recording, CALL_LISTEN, 0, -1, 400, 500, "listen(3, 128)", "");
	stop(recording, 0, 1000);
	made_receive(recording, 1, 1100, NEVER_LEFT, "", NULL);
	stop(recording, 1, 1500);
	assert_texts(recording, "stopped by SIGSTOP for 1.0 ms, until it gets SIGCONT",
		     "stopped by SIGSTOP for 0.50 ms, until it gets SIGCONT; still waiting in "
		     "recv(3) from " SERVER ", for 0.90 ms");
}

/* By SIGCONT, or by what it does; what another process of the program does says nothing. */
static void who_goes_on_is_stopped_no_longer(void **state)
{
	struct recording *recording = *state;
	struct call *call;

	stop(recording, 0, 500);
	made_call(recording, CALL_SIGNAL, 0, -1, 600, 600, "SIGCONT", "")->result = SIGCONT;
	stop(recording, 1, 500);
	call = made_call(recording, CALL_LISTEN, 1, -1, 600, 600, "listen(3, 128)", "");
	assert_texts(recording, "busy or asleep since SIGCONT, for 1.4 ms",
		     "busy or asleep since listen(3, 128), for 1.4 ms");
	call->process = call->thread = 1000;
	assert_texts(recording, "busy or asleep since SIGCONT, for 1.4 ms",
		     "stopped by SIGSTOP for 1.5 ms, until it gets SIGCONT");
}

static void who_ended_or_never_began_is_told(void **state)
{
	struct recording *recording = *state;

	made_call(recording, CALL_LISTEN, 0, -1, 400, 500, "listen(3, 128)", "");
	recording->programs[0].ended = 600000;
	recording->programs[0].status = 3;
	recording->programs[1].pid = -1;
	assert_texts(recording, "ended already, with status 3", "not started yet");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_waits_is_told_with_for_whom),  TEST(other_threads_are_counted),
		TEST(processes_that_ended_do_not_wait), TEST(who_does_not_wait_is_busy_or_asleep),
		TEST(who_is_stopped_is_told),           TEST(who_goes_on_is_stopped_no_longer),
		TEST(who_ended_or_never_began_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
