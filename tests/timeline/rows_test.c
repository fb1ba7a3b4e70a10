/*
 * Rows: what shares one, what waits, and in which row everything stands.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/join.h"
#include "timeline/rows.h"

#define SERVER "127.0.0.1:5000"
#define CLIENT "127.0.0.1:40000"

enum { LISTENING, ACCEPTED, CONNECTING };

struct fixture {
	struct recording *recording;
	struct join *join;
	struct rows *rows;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	void *recording;

	*state = fixture;
	if (!fixture)
		return -1;
	made_begin(&recording);
	fixture->recording = recording;
	made_socket(fixture->recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(fixture->recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(fixture->recording, 1, SOCK_STREAM, CLIENT, SERVER);
	made_accept(fixture->recording, LISTENING, ACCEPTED, 0, 20);
	made_call(fixture->recording, CALL_CONNECT, 1, CONNECTING, 10, 15, "connect(3)", "");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	rows_free(fixture->rows);
	join_free(fixture->join);
	recording_free(fixture->recording);
	free(fixture);
	return 0;
}

static const struct rows *made_with(struct fixture *fixture, const struct view_options *options)
{
	fixture->join = join_make(fixture->recording);
	assert_non_null(fixture->join);
	fixture->rows = rows_make(fixture->recording, fixture->join, options);
	assert_non_null(fixture->rows);
	return fixture->rows;
}

static const struct rows *made(struct fixture *fixture, bool fold_waits)
{
	struct view_options options = {.fold_waits = fold_waits, .bytes = 64};

	return made_with(fixture, &options);
}

/* A row's cell in a column, which must be there. */
static const struct cell *cell_at(const struct rows *rows, int row, int column)
{
	assert_in_range(row, 0, rows->row_count - 1);
	for (size_t i = 0; i < rows->rows[row].count; i++) {
		const struct cell *cell = &rows->cells[rows->rows[row].first + i];

		if (cell->column == column)
			return cell;
	}
	fail();
	return NULL;
}

static void a_send_and_its_segment_and_its_receive_share_a_row(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;
	const struct cell *packet;

	made_receive(fixture->recording, ACCEPTED, 30, 1060, "hello", NULL);
	made_send(fixture->recording, CONNECTING, 1030, 1040, "hello", NULL);
	made_packet(fixture->recording, 1035, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1000,
		    "hello");
	rows = made(fixture, false);
	assert_int_equal(rows->row_of_packet[0], rows->row_of_entry[3]);
	assert_int_equal(rows->row_of_return[2], rows->row_of_entry[3]);
	assert_int_equal(rows->row_of_entry[3], rows->row_of_return[3]);
	packet = cell_at(rows, rows->row_of_packet[0], COLUMN_WIRE);
	assert_true(packet->leftward);
	assert_string_equal(packet->text, "PSH 5 \"hello\"");
	assert_int_equal(packet->conversation, 0);
}

static void a_return_long_after_its_packet_has_a_row_of_its_own(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;

	made_receive(fixture->recording, ACCEPTED, 30, 1100, "hello", NULL);
	made_send(fixture->recording, CONNECTING, 1030, 1040, "hello", NULL);
	made_packet(fixture->recording, 1035, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1000,
		    "hello");
	rows = made(fixture, false);
	assert_int_equal(rows->row_of_return[2], rows->row_of_entry[3] + 1);
}

static void openings_know_their_returns(void **state)
{
	struct fixture *fixture = *state;
	const struct cell *opening, *back;
	const struct rows *rows;

	made_call(fixture->recording, CALL_WAIT, 0, -1, 100, 5000, "poll(1)", "= 1");
	made_call(fixture->recording, CALL_WAIT, 0, -1, 200, NEVER_LEFT, "poll(2)", "");
	rows = made(fixture, false);
	opening = cell_at(rows, rows->row_of_entry[2], 0);
	back = cell_at(rows, rows->row_of_return[2], 0);
	assert_int_equal(opening->kind, CELL_OPENS);
	assert_int_equal(opening->row, rows->row_of_return[2]);
	assert_int_equal(back->kind, CELL_RETURNS);
	assert_int_equal(back->row, rows->row_of_entry[2]);
	assert_string_equal(back->text, "= 1, after 4.9 ms");
	assert_int_equal(opening->lane, 0);
	assert_int_equal(cell_at(rows, rows->row_of_entry[3], 0)->lane, 1);
	assert_int_equal(cell_at(rows, rows->row_of_return[3], 0)->kind, CELL_WAITS);
	assert_int_equal(rows->end, 5000000);
}

/* On a busy machine any call may take long, which is no reason to say that it waits. */
static void slow_calls_that_wait_for_nobody_are_one_cell(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;

	made_call(fixture->recording, CALL_BIND, 0, LISTENING, 100, 9000, "bind(3)", "= 0");
	made_call(fixture->recording, CALL_SEND, 0, ACCEPTED, 100, 9000,
		  "send(4, \"MSG_DONTWAIT\")", "= 12");
	made_call(fixture->recording, CALL_RECEIVE, 0, ACCEPTED, 9100, 19000,
		  "recv(4, 100, MSG_DONTWAIT)", "= 1");
	rows = made(fixture, false);
	assert_int_equal(cell_at(rows, rows->row_of_entry[4], 0)->kind, CELL_CALL);
	assert_int_equal(cell_at(rows, rows->row_of_entry[2], 0)->kind, CELL_CALL);
	assert_int_equal(rows->row_of_return[2], rows->row_of_entry[2]);
	assert_int_equal(cell_at(rows, rows->row_of_entry[3], 0)->kind, CELL_OPENS);
}

static void a_receive_that_found_its_bytes_there_is_one_cell(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;

	made_send(fixture->recording, CONNECTING, 30, 40, "hello", NULL);
	made_receive(fixture->recording, ACCEPTED, 50, 60, "hello", NULL);
	rows = made(fixture, false);
	assert_int_equal(cell_at(rows, rows->row_of_entry[3], 0)->kind, CELL_CALL);
}

static void calls_that_ask_in_vain_are_folded_too(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;

	for (int i = 0; i < 3; i++)
		made_receive(fixture->recording, ACCEPTED, 100 + 10 * i, 101 + 10 * i, "", NULL)
			->result = -EAGAIN;
	made_receive(fixture->recording, ACCEPTED, 200, 201, "", NULL);
	rows = made(fixture, true);
	assert_int_equal(rows->row_of_entry[2], rows->row_of_entry[4]);
	assert_int_not_equal(rows->row_of_entry[5], rows->row_of_entry[4]);
	assert_string_equal(cell_at(rows, rows->row_of_entry[2], 0)->text, "recv ×3 = 0");
}

static void a_child_that_was_killed_waits_no_longer(void **state)
{
	struct fixture *fixture = *state;
	struct call *wait, *end;
	const struct rows *rows;

	wait = made_receive(fixture->recording, ACCEPTED, 100, NEVER_LEFT, "", NULL);
	wait->process = wait->thread = 101;
	end = made_call(fixture->recording, CALL_EXIT, 0, -1, 2100, NEVER_LEFT, "ended by SIGKILL",
			"");
	end->process = end->thread = 101;
	made_send(fixture->recording, CONNECTING, 9000, 9001, "x", NULL);
	rows = made(fixture, false);
	assert_int_equal(rows->rows[rows->row_of_return[2]].when, 2100000);
	assert_string_equal(cell_at(rows, rows->row_of_return[2], 0)->text,
			    "[101] still waiting in recv(3) from " CLIENT ", for 2.0 ms");
	assert_string_equal(cell_at(rows, rows->row_of_entry[3], 0)->text,
			    "[101] ended by SIGKILL");
}

static void times_that_run_backwards_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;
	struct call *wait;

	wait = made_call(fixture->recording, CALL_WAIT, 0, -1, 5000, NEVER_LEFT, "poll(1)", "");
	wait->left = 7;
	wait = made_call(fixture->recording, CALL_WAIT, 0, -1, 9000, NEVER_LEFT, "poll(1)", "");
	wait->process = 100;
	made_call(fixture->recording, CALL_EXIT, 0, -1, 10, 11, "", "");
	fixture->recording->programs[0].ended = 3;
	rows = made(fixture, true);
	assert_true(rows->row_count > 0);
}

/* A line of the server at 100 µs, calls of that line and of another one, and of the client. */
static void make_lines(struct recording *recording)
{
	static const struct {
		enum call_kind kind;
		int program, line;
		const char *text;
	} calls[] = {{CALL_LINE, 0, 7, "s.bind(x)"},  {CALL_LISTEN, 0, 7, "bind(3)"},
		     {CALL_LISTEN, 1, 7, "open(3)"},  {CALL_LISTEN, 0, 7, "listen(3)"},
		     {CALL_LISTEN, 0, 8, "close(3)"}, {CALL_LISTEN, 0, 7, "bind(4)"}};

	for (int i = 0; i < 6; i++) {
		struct call *call = made_call(recording, calls[i].kind, calls[i].program, -1,
					      100 + 10 * i, 101 + 10 * i, calls[i].text, "");
		call->line = calls[i].line;
		assert_true(recording_set(&call->file, "/home/a.py"));
	}
}

static void calls_stand_below_their_line(void **state)
{
	struct fixture *fixture = *state;
	struct view_options options = {.bytes = 64, .source = true};
	const struct rows *rows;
	const int *row;

	make_lines(fixture->recording);
	rows = made_with(fixture, &options);
	row = &rows->row_of_entry[2];
	assert_string_equal(cell_at(rows, row[0], 0)->text, "a.py:7: s.bind(x)");
	assert_string_equal(cell_at(rows, row[1], 0)->text, "  bind(3)");
	assert_string_equal(cell_at(rows, row[2], 1)->text, "a.py:7 open(3)");
	assert_string_equal(cell_at(rows, row[3], 0)->text, "  listen(3)");
	assert_string_equal(cell_at(rows, row[4], 0)->text, "a.py:8 close(3)");
	assert_string_equal(cell_at(rows, row[5], 0)->text, "a.py:7 bind(4)");
}

static void lines_are_not_shown_unasked(void **state)
{
	struct fixture *fixture = *state;
	const struct rows *rows;

	make_lines(fixture->recording);
	rows = made(fixture, false);
	assert_int_equal(rows->row_of_entry[2], -1);
	assert_string_equal(cell_at(rows, rows->row_of_entry[3], 0)->text, "bind(3)");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_send_and_its_segment_and_its_receive_share_a_row),
		TEST(a_return_long_after_its_packet_has_a_row_of_its_own),
		TEST(openings_know_their_returns),
		TEST(slow_calls_that_wait_for_nobody_are_one_cell),
		TEST(a_receive_that_found_its_bytes_there_is_one_cell),
		TEST(calls_that_ask_in_vain_are_folded_too),
		TEST(a_child_that_was_killed_waits_no_longer),
		TEST(times_that_run_backwards_do_no_harm),
		TEST(calls_stand_below_their_line),
		TEST(lines_are_not_shown_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
