/*
 * The foot: what is said of connections of which not everything was seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/view_foot.h"

#define SERVER "127.0.0.1:5000"
#define CLIENT "127.0.0.1:40000"

/* A client sends three bytes to a server that uses io_uring. */
static int begin(void **state)
{
	made_begin(state);
	struct recording *recording = *state;
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	made_call(recording, CALL_RING, 0, -1, 900, 5000, "io_uring_enter(5)", "");
	made_call(recording, CALL_CONNECT, 1, 1, 1000, 1100, "connect(3)", "");
	made_send(recording, 1, 1200, 1300, "abc", NULL);
	return 0;
}

static void assert_says(const struct recording *recording, const char *what)
{
	struct join *join = join_make(recording);
	struct foot *foot = join ? foot_make(recording, join) : NULL;
	bool said = false;

	assert_non_null(foot);
	for (size_t i = 0; i < foot->count; i++)
		said = said || strncmp(foot->lines[i].text, what, strlen(what)) == 0;
	if (!said)
		fail_msg("not said: %s", what);
	foot_free(foot);
	join_free(join);
}

static void what_io_uring_moves_is_not_nothing(void **state)
{
	assert_says(*state, "server sent by io_uring, unseen; received by io_uring, unseen");
	assert_says(*state, "client sent 3 bytes in 1 call; received 0 bytes");
}

static void what_the_wire_shows_of_io_uring_is_counted(void **state)
{
	struct recording *recording = *state;

	made_packet(recording, 1010, CLIENT, SERVER, PACKET_SYN, 100, "");
	made_packet(recording, 1020, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 700, "");
	made_packet(recording, 2000, SERVER, CLIENT, PACKET_ACK, 701, "abcde");
	assert_says(recording, "server sent 5 bytes in 1 segment; received by io_uring, unseen");
}

/* A server of io_uring may make calls all the same. */
static void calls_beside_io_uring_are_counted(void **state)
{
	struct recording *recording = *state;

	made_receive(recording, 0, 1400, 1500, "abc", NULL);
	assert_says(recording, "server sent by io_uring, unseen; received 3 bytes in 1 call");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_io_uring_moves_is_not_nothing),
		TEST(what_the_wire_shows_of_io_uring_is_counted),
		TEST(calls_beside_io_uring_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
