/*
 * Timelines as Markdown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/recording.h"
#include "timeline/join.h"
#include "timeline/view.h"

#define SERVER "127.0.0.1:5000"
#define CLIENT "127.0.0.1:40000"

enum { LISTENING, ACCEPTED, CONNECTING };

static void assert_drawn(const struct recording *recording, const struct view_options *options,
			 const char *expected)
{
	struct join *join = join_make(recording);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(join);
	assert_non_null(file);
	assert_int_equal(view_markdown(recording, join, options, file), 0);
	assert_int_equal(fclose(file), 0);
	join_free(join);

	assert_string_equal(text, expected);
	free(text);
}

static struct recording *conversation(void)
{
	struct recording *recording = recording_new();

	assert_non_null(recording);
	made_program(recording, "server", "./my_server | tee", true);
	made_program(recording, "client", "", false);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	made_accept(recording, LISTENING, ACCEPTED, 0, 2020);
	made_call(recording, CALL_CONNECT, 1, CONNECTING, 2000, 2015, "connect(3)", "");
	made_packet(recording, 2001, CLIENT, SERVER, PACKET_SYN, 999, "");
	made_receive(recording, ACCEPTED, 2100, NEVER_LEFT, "", NULL);
	made_send(recording, CONNECTING, 5000, 5001, "a|b `c` <d>", NULL);
	return recording;
}

/* --- What is expected. --- */

static const char expected_table[] =
	"| time ms | server (./my\\_server \\| tee) | wire | client |\n"
	"| ---: | --- | :---: | --- |\n"
	"| 0.000 | `accept(3) ┐ waits` |  |  |\n"
	"| 2.000 | `┘ → 4 from 127.0.0.1:40000, after 2.0 ms` | `◄── SYN ──` | `connect(3)` |\n"
	"| 2.100 | `recv(3) ┐ waits` |  |  |\n"
	"| 5.000 | │ |  | `` send(3, \"a\\|b `c` <d>\") = 11 `` |\n"
	"| 5.001 | `│ still waiting in recv(3) from 127.0.0.1:40000, for 2.9 ms` |  |  |\n"
	"\n"
	"- Connection 1: client 127.0.0.1:40000 → server 127.0.0.1:5000, TCP\n"
	"  - client sent 11 bytes in 1 call; received 0 bytes; blocked 0.02 ms, longest in conn"
	"ect\n"
	"  - server sent 0 bytes; received 0 bytes in 1 call; blocked 2.9 ms, longest in recv\n"
	"- Time in calls that can wait:\n"
	"  - server: 2.9 ms in recv (1 call), 2.0 ms in accept (1 call)\n"
	"  - client: 0.01 ms in connect (1 call), 0.001 ms in send (1 call)\n";

static const char expected_ascii[] =
	"No \\*wire\\*.\n"
	"\n"
	"| time ms | server (./my\\_server \\| tee) | client |\n"
	"| ---: | --- | --- |\n"
	"| 0.000 | `accept(3) + waits` |  |\n"
	"| 2.000 | \\| | `connect(3)` |\n"
	"| 2.020 | `+ -> 4 from 127.0.0.1:40000, after 2.0 ms` |  |\n"
	"| 2.100 | `recv(3) + waits` |  |\n"
	"| 5.000 | \\| | `` send(3, \"a\\|b `c` <d>\") = 11 `` |\n"
	"| 5.001 | `\\| still waiting in recv(3) from 127.0.0.1:40000, for 2.9 ms` |  |\n"
	"\n"
	"- Connection 1: client 127.0.0.1:40000 -\\> server 127.0.0.1:5000, TCP\n"
	"  - client sent 11 bytes in 1 call; received 0 bytes; blocked 0.02 ms, longest in conn"
	"ect\n"
	"  - server sent 0 bytes; received 0 bytes in 1 call; blocked 2.9 ms, longest in recv\n"
	"- Time in calls that can wait:\n"
	"  - server: 2.9 ms in recv (1 call), 2.0 ms in accept (1 call)\n"
	"  - client: 0.01 ms in connect (1 call), 0.001 ms in send (1 call)\n";

static const char expected_capture[] =
	"| time ms | 127.0.0.1:5000 | wire | 127.0.0.1:40000 |\n"
	"| ---: | --- | :---: | --- |\n"
	"| 1.000 | `127.0.0.1:5000` | `◄── UDP 1 \"x\" ──` | `127.0.0.1:40000` |\n"
	"\n"
	"- Connection 1: 127.0.0.1:40000 → 127.0.0.1:5000, UDP\n"
	"  - 127.0.0.1:40000 sent 1 byte in 1 datagram\n";

static void a_table_and_a_list(void **state)
{
	struct recording *recording = conversation();

	(void)state;
	assert_drawn(recording, &(struct view_options){.bytes = 64}, expected_table);
	recording_free(recording);
}

static void plain_ascii(void **state)
{
	struct recording *recording = conversation();

	(void)state;
	assert_true(recording_set(&recording->note, "No *wire*."));
	recording->packet_count = 0;
	assert_drawn(recording, &(struct view_options){.bytes = 64, .ascii = true}, expected_ascii);
	recording->packet_count = 1;
	recording_free(recording);
}

static void a_capture_between_its_hosts(void **state)
{
	struct recording *recording = recording_new();

	(void)state;
	assert_non_null(recording);
	made_packet(recording, 1000, CLIENT, SERVER, -1, 0, "x");
	assert_drawn(recording, &(struct view_options){.bytes = 64}, expected_capture);
	recording_free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_and_a_list),
		cmocka_unit_test(plain_ascii),
		cmocka_unit_test(a_capture_between_its_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
