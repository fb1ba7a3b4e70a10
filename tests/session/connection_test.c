/*
 * The engine: how sessions begin, go on and end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/probe.h"
#include "support/stage.h"

static struct stage *stage;
static struct actor *actor;

static void open_stage(const struct protocol *protocol, const struct stage_settings *settings)
{
	memset(&probe_record, 0, sizeof(probe_record));
	stage = stage_new(protocol, settings);
	actor = actor_join(stage);
}

static int server(void **state)
{
	(void)state;
	open_stage(&probe_protocol, &(struct stage_settings){0});
	return 0;
}

static int client(void **state)
{
	(void)state;
	open_stage(&probe_protocol, &(struct stage_settings){.client = true});
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_free(stage);
	for (int i = 0; i < probe_record.opens; i++)
		assert_int_equal(probe_record.closes[i], 1);
	return 0;
}

static unsigned wants(void)
{
	return connection_wants(actor->connection);
}

static void an_end_flushes_shuts_and_closes(void **state)
{
	(void)state;
	actor->room = 0;
	actor_say(actor, "hello\nend\nmore\n");
	assert_int_equal(probe_record.closes[0], 1);
	assert_int_equal(wants(), WANT_SEND | WANT_RECEIVE);
	actor_read(actor, SIZE_MAX);
	actor_expect(actor, "[hello]\n");
	actor_expect_closed(actor, CLOSE_DONE);
	/* What the peer still sends is thrown away, so that closing is no reset. */
	assert_int_equal(wants(), WANT_RECEIVE);
	actor_say(actor, "hello\n");
	actor_expect_silence(actor);
	actor_end(actor);
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_DONE);
}

static void shutting_is_wanted_after_sending(void **state)
{
	struct address peer = address_ipv4("127.0.0.1", 1);
	struct connection *connection =
		connection_new(stage->service, stage->loop, &peer, -1, false);
	struct iovec runs[2];

	(void)state;
	connection_carriage(connection)->data = actor;
	connection_open(connection);
	assert_int_equal(connection_wants(connection), WANT_RECEIVE);
	connection_received(connection, "a\nend\n", 6);
	connection_settle(connection);
	assert_int_equal(connection_wants(connection), WANT_RECEIVE | WANT_SEND);
	assert_int_equal(connection_outgoing(connection, runs, 2), 1);
	connection_sent(connection, 2);
	assert_int_equal(connection_wants(connection), WANT_RECEIVE | WANT_SEND);
	assert_int_equal(connection_outgoing(connection, runs, 2), 1);
	connection_sent(connection, 2);
	assert_int_equal(connection_wants(connection), WANT_RECEIVE | WANT_SHUTDOWN);
	connection_shut(connection);
	assert_int_equal(connection_wants(connection), WANT_RECEIVE);
	connection_ended(connection);
	assert_int_equal(connection_wants(connection), WANT_CLOSE);
	connection_free(connection);
}

/* Only when the session is over. */
static void the_last_bytes_conclude(void **state)
{
	struct address peer = address_ipv4("127.0.0.1", 1);
	struct connection *connection =
		connection_new(stage->service, stage->loop, &peer, -1, false);
	struct iovec runs[2];

	(void)state;
	connection_carriage(connection)->data = actor;
	connection_open(connection);
	connection_received(connection, "a\n", 2);
	connection_settle(connection);
	assert_int_equal(connection_outgoing(connection, runs, 2), 1);
	assert_false(connection_concludes(connection));
	connection_sent(connection, 2);
	connection_received(connection, "end\n", 4);
	assert_int_equal(connection_outgoing(connection, runs, 2), 1);
	assert_true(connection_concludes(connection));
	connection_sent(connection, runs[0].iov_len);
	assert_int_equal(connection_wants(connection), WANT_RECEIVE | WANT_SHUTDOWN);
	connection_shut(connection);
	connection_ended(connection);
	connection_free(connection);
}

static void a_half_close_is_answered(void **state)
{
	(void)state;
	actor->room = 0;
	actor_say(actor, "one\ntwo\nlast");
	actor_end(actor);
	assert_int_equal(wants(), WANT_SEND);
	actor_read(actor, SIZE_MAX);
	actor_expect(actor, "[one]\n[two]\n[last]\n");
	actor_expect_closed(actor, CLOSE_ENDED);
	assert_null(actor->connection);
}

static void an_end_in_the_middle_of_a_long_line(void **state)
{
	char line[4099];

	(void)state;
	memset(line, 'x', sizeof(line));
	actor_send(actor, line, 4097);
	actor_end(actor);
	actor_expect(actor, "Line too long: the limit is 4096 bytes.\n");
	actor_expect_closed(actor, CLOSE_ENDED);
	assert_int_equal(probe_record.bytes, 0);
}

static void long_lines_leave_the_session_alive(void **state)
{
	char line[20000];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 6, "\nnext\n", 6);
	for (size_t piece = 1; piece <= sizeof(line); piece = piece * 7 + 1) {
		actor_send_pieces(actor, line, sizeof(line), piece);
		actor_expect(actor, "Line too long: the limit is 4096 bytes.\n[next]\n");
		actor_expect_silence(actor);
	}
	actor_send(actor, line + sizeof(line) - 6 - 4096, 4097);
	assert_int_equal(actor->got.n - actor->seen, 4096);
}

static void text_without_a_line_is_no_message(void **state)
{
	(void)state;
	actor_say(actor, "half");
	actor_expect_silence(actor);
	actor_end(actor);
	actor_expect(actor, "[half]\n");
	struct actor *other = actor_join(stage);
	actor_end(other);
	actor_expect_closed(other, CLOSE_ENDED);
}

/* However a session ends, its close hook runs once and nothing runs after it. */
static void the_close_hook_runs_once(void **state)
{
	static const struct {
		const char *said;
		enum close_reason reason;
	} ends[] = {
		{"end\n", CLOSE_DONE},
		{"fail because\n", CLOSE_DONE},
		{"end\nend\nfail x\n", CLOSE_DONE},
		{"timer 1\nend\n", CLOSE_DONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct actor *one = actor_join(stage);
		actor_say(one, ends[i].said);
		actor_say(one, "more\nend\n");
		stage_pass(stage, 100);
		actor_expect_closed(one, ends[i].reason);
		actor_break(one);
		assert_int_equal(one->reason, ends[i].reason);
		assert_null(one->connection);
	}
	assert_int_equal(probe_record.timers, 0);
	assert_int_equal(text_occurrences(stage_log.bytes, " because\n"), 1);
	assert_int_equal(text_occurrences(stage_log.bytes, "session ended; "), 4);
}

static void every_outside_end_has_its_reason(void **state)
{
	struct actor *one[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		one[i] = actor_join(stage);
		one[i]->room = 0;
		actor_say(one[i], "hello\n");
	}
	connection_stop(one[0]->connection, CLOSE_STOPPING);
	connection_stop(one[0]->connection, CLOSE_IDLE);
	connection_abort(one[1]->connection, CLOSE_STOPPING);
	connection_failed(one[2]->connection, EPIPE);
	connection_stop(one[3]->connection, CLOSE_STOPPING);
	connection_abort(one[3]->connection, CLOSE_IDLE);
	stage_rest(stage);
	for (int i = 1; i < 4; i++)
		assert_null(one[i]->connection);
	assert_int_equal(one[1]->reason, CLOSE_STOPPING);
	assert_int_equal(one[2]->reason, CLOSE_FAILED);
	assert_int_equal(one[3]->reason, CLOSE_STOPPING);
	/* A stop lets what is queued leave. */
	actor_read(one[0], SIZE_MAX);
	actor_expect(one[0], "[hello]\n");
	actor_expect_closed(one[0], CLOSE_STOPPING);
	assert_non_null(strstr(stage_log.bytes, "connection failed: "));
}

static void active_sessions_are_counted(void **state)
{
	(void)state;
	struct actor *other = actor_join(stage);
	assert_int_equal(service_active(stage->service), 2);
	service_adjust(stage->service, 3);
	assert_int_equal(service_active(stage->service), 5);
	service_adjust(stage->service, -3);
	actor_say(other, "end\n");
	assert_int_equal(service_active(stage->service), 1);
	actor_end(other);
	assert_int_equal(service_active(stage->service), 1);
	assert_int_equal(loop_count(stage->loop), 1);
	assert_non_null(strstr(stage_log.bytes, "connected, 2 active"));
	assert_non_null(strstr(stage_log.bytes, "session ended; 1 active"));
}

/* --- The client's end. --- */

static void the_keyboard_ends_with_an_empty_queue(void **state)
{
	(void)state;
	connection_finish(actor->connection);
	stage_rest(stage);
	assert_true(actor->shut);
	assert_int_equal(wants(), WANT_RECEIVE);
	actor_say(actor, "still\n");
	/* There is no way to send any more. */
	actor_expect_silence(actor);
	assert_int_equal(probe_record.bytes, 5);
	actor_type(actor, "late");
	assert_int_equal(wants(), WANT_RECEIVE);
	actor_end(actor);
	assert_int_equal(actor->reason, CLOSE_ENDED);
}

static void the_keyboard_ends_with_a_full_queue(void **state)
{
	(void)state;
	actor->room = 3;
	actor_type(actor, "hello");
	connection_finish(actor->connection);
	stage_rest(stage);
	assert_false(actor->shut);
	assert_int_equal(wants(), WANT_RECEIVE | WANT_SEND);
	actor_read(actor, SIZE_MAX);
	actor_expect(actor, "hello\n");
	assert_true(actor->shut);
	assert_non_null(actor->connection);
	actor_end(actor);
	assert_null(actor->connection);
}

/* The server ends first: what was typed still leaves, then all is over. */
static void the_server_ends_first(void **state)
{
	(void)state;
	actor->room = 0;
	actor_type(actor, "hello");
	actor_end(actor);
	actor_read(actor, SIZE_MAX);
	actor_expect(actor, "hello\n");
	assert_null(actor->connection);
	assert_int_equal(actor->reason, CLOSE_ENDED);
}

static void leaving_without_a_hook_finishes(void **state)
{
	(void)state;
	connection_leave(actor->connection);
	stage_rest(stage);
	assert_true(actor->shut);
	assert_non_null(actor->connection);
}

static void a_long_line_of_the_servers_is_left_out(void **state)
{
	char line[5000];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	actor_send(actor, line, sizeof(line));
	actor_expect_silence(actor);
	assert_non_null(strstr(actor->notes.bytes, "a line of more than 4096 bytes"));
	actor_say(actor, "next\n");
	actor_expect(actor, "[next]\n");
}

static void failures_are_kept_for_the_exit_status(void **state)
{
	(void)state;
	actor_say(actor, "fail first\nfail second\n");
	stage_pass(stage, 2 * NANOSECONDS_PER_SECOND);
	assert_null(actor->connection);
	assert_string_equal(actor->failure, "first");
	assert_string_equal(actor->notes.bytes, "");
}

/* Bytes that were given out stay where they are until connection_sent, come what may. */
static void lent_bytes_outlive_the_session(void **state)
{
	struct iovec runs[4];

	(void)state;
	for (int way = 0; way < 3; way++) {
		struct actor *one = actor_join(stage);
		one->room = 0;
		actor_say(one, "hello\n");
		assert_int_equal(connection_outgoing(one->connection, runs, 4), 1);
		if (way == 0)
			connection_failed(one->connection, ECONNRESET);
		else if (way == 1)
			connection_abort(one->connection, CLOSE_STOPPING);
		else
			connection_stop(one->connection, CLOSE_SLOW);
		assert_int_equal(connection_wants(one->connection), WANT_CLOSE);
		/* Others write meanwhile. */
		connection_received(actor->connection, "other text\n", 11);
		assert_memory_equal(runs[0].iov_base, "[hello]\n", 8);
		connection_sent(one->connection, 8);
		assert_int_equal(connection_wants(one->connection), WANT_CLOSE);
		stage_rest(stage);
	}
	actor_forget(actor);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, server, close_stage)
#define AS_CLIENT(test) cmocka_unit_test_setup_teardown(test, client, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(an_end_flushes_shuts_and_closes),
		SERVED(shutting_is_wanted_after_sending),
		SERVED(the_last_bytes_conclude),
		SERVED(a_half_close_is_answered),
		SERVED(an_end_in_the_middle_of_a_long_line),
		SERVED(long_lines_leave_the_session_alive),
		SERVED(text_without_a_line_is_no_message),
		SERVED(the_close_hook_runs_once),
		SERVED(every_outside_end_has_its_reason),
		SERVED(active_sessions_are_counted),
		SERVED(lent_bytes_outlive_the_session),
		AS_CLIENT(the_keyboard_ends_with_an_empty_queue),
		AS_CLIENT(the_keyboard_ends_with_a_full_queue),
		AS_CLIENT(the_server_ends_first),
		AS_CLIENT(leaving_without_a_hook_finishes),
		AS_CLIENT(a_long_line_of_the_servers_is_left_out),
		AS_CLIENT(failures_are_kept_for_the_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
