/*
 * Timelines as text: recordings made by hand, and the whole of what is drawn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/text.h"
#include "support/recording.h"
#include "timeline/join.h"
#include "timeline/view.h"

#define SERVER "127.0.0.1:65432"
#define CLIENT "127.0.0.1:51612"

static const struct view_options plain_80 = {.width = 80, .bytes = 64};

static int setup(void **state)
{
	*state = recording_new();
	return *state ? 0 : -1;
}

/* What a view draws; the caller frees it. */
static char *drawn(const struct recording *recording, const struct view_options *options)
{
	struct join *join = join_make(recording);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(join);
	assert_non_null(file);
	assert_int_equal(view_text(recording, join, options, file), 0);
	assert_int_equal(fclose(file), 0);
	join_free(join);
	return text;
}

static void assert_drawn(const struct recording *recording, const struct view_options *options,
			 const char *expected)
{
	char *text = drawn(recording, options);

	assert_string_equal(text, expected);
	free(text);
}

/* --- What is expected. --- */

static const char expected_handshake[] =
	" time ms  server (python3 server.py)                             wire               cl"
	"ient (python3 client.py)\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                                               so"
	"cket(TCP) → 3\n"
	"  31.301            │                                         ◄── SYN ──            co"
	"nnect(3, 127.0.0.1:65432) ┐\n"
	"  31.322            │                                       ── SYN ACK ──►            "
	"                          │\n"
	"  31.330            │                                         ◄── ACK ──              "
	"                          ┘ 0.03 ms\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after 31.3 ms\n"
	"  31.502                                                                            pr"
	"ints \"I am going to send Hello world!\"\n"
	"  33.120                                                                            re"
	"ads Enter from the keyboard\n"
	"  33.310                                             ◄── PSH 12 \"Hello, world\" ──   "
	"send(3, \"Hello, world\") = 12\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 12 bytes in 1 call and 1 segment; received 0 bytes; blocked 0.06 ms, lon"
	"gest in connect\n"
	"  server sent 0 bytes; received 0 bytes\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call)\n"
	"  client: 1.5 ms in reads (1 call), 0.03 ms in connect (1 call), 0.03 ms in send (1 ca"
	"ll)\n";

static const char expected_eighty[] =
	" time ms  server (python3 server.p…        wire        client (python3 client.p…\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                  socket(TCP) → 3\n"
	"  31.301            │                   ◄── SYN ──     connect(3,\n"
	"                    │                                    127.0.0.1:65432) ┐\n"
	"  31.322            │                 ── SYN ACK ──►                      │\n"
	"  31.330            │                   ◄── ACK ──     ┘ 0.03 ms\n"
	"  31.390  ┘ → 4 from\n"
	"            127.0.0.1:51612, after\n"
	"            31.3 ms\n"
	"  31.500  recv(3) ┐ waits\n"
	"  33.310  ┘ = 12 \"Hello, world\",     ◄ PSH 12 \"Hello…  send(3, \"Hello, world\") =\n"
	"            after 1.9 ms                                 12\n"
	"  33.400                                               recv(3) ┐\n"
	"  33.600  send(3, \"HELLO, WORLD\") =  PSH 12 \"HELLO… ►  ┘ = 12 \"HELLO, WORLD\",\n"
	"            12                                           after 0.24 ms\n"
	"  33.700                              ◄── FIN ACK ──   close(3)\n"
	"  33.720  recv(3) = 0\n"
	"  33.800                                               ends with status 0\n"
	"  33.900  ended by SIGINT\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 12 bytes in 1 call and 1 segment; received 12 bytes in 1 call;\n"
	"    blocked 0.30 ms, longest in recv\n"
	"  server sent 12 bytes in 1 call and 1 segment; received 12 bytes in 2 calls;\n"
	"    blocked 1.9 ms, longest in recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call), 1.9 ms in recv (2 calls), 0.05 ms in send\n"
	"    (1 call)\n"
	"  client: 0.24 ms in recv (1 call), 0.03 ms in connect (1 call), 0.03 ms in send\n"
	"    (1 call)\n";

static const char expected_sixty[] =
	" time ms  server (python3…       wire       client (python3…\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3,\n"
	"            127.0.0.1:6543\n"
	"            2)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐\n"
	"  31.204            │                       socket(TCP) → 3\n"
	"  31.301            │         ◄── SYN ──    connect(3,\n"
	"                    │                         127.0.0.1:65\n"
	"                    │                         432) ┐\n"
	"  31.322            │       ── SYN ACK ──►         │\n"
	"  31.330            │         ◄── ACK ──           ┘ 0.03 ms\n"
	"  31.390  ┘ → 4 from\n"
	"            127.0.0.1:5161\n"
	"            2, after 31.3\n"
	"            ms\n"
	"  31.500  recv(3) ┐ waits\n"
	"  33.310  ┘ = 12 \"Hello,    ◄ PSH 12 \"Hel…  send(3, \"Hello,\n"
	"            world\", after                     world\") = 12\n"
	"            1.9 ms\n"
	"  33.400                                    recv(3) ┐\n"
	"  33.600  send(3, \"HELLO,   PSH 12 \"HEL… ►  ┘ = 12 \"HELLO,\n"
	"            WORLD\") = 12                      WORLD\", after\n"
	"                                              0.24 ms\n"
	"  33.700                    ◄── FIN ACK ──  close(3)\n"
	"  33.720  recv(3) = 0\n"
	"  33.800                                    ends with status\n"
	"                                              0\n"
	"  33.900  ended by SIGINT\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server\n"
	"  127.0.0.1:65432, TCP\n"
	"  client sent 12 bytes in 1 call and 1 segment; received 12\n"
	"    bytes in 1 call; blocked 0.30 ms, longest in recv\n"
	"  server sent 12 bytes in 1 call and 1 segment; received 12\n"
	"    bytes in 2 calls; blocked 1.9 ms, longest in recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call), 1.9 ms in recv (2\n"
	"    calls), 0.05 ms in send (1 call)\n"
	"  client: 0.24 ms in recv (1 call), 0.03 ms in connect (1\n"
	"    call), 0.03 ms in send (1 call)\n";

static const char expected_ascii[] =
	" time ms  server (python3 server...        wire        client (python3 client...\n"
	"   0.000  socket(TCP) -> 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) + waits\n"
	"  31.204            |                                  socket(TCP) -> 3\n"
	"  31.301            |                   <-- SYN --     connect(3,\n"
	"                    |                                    127.0.0.1:65432) +\n"
	"  31.322            |                 -- SYN ACK -->                      |\n"
	"  31.330            |                   <-- ACK --     + 0.03 ms\n"
	"  31.390  + -> 4 from\n"
	"            127.0.0.1:51612, after\n"
	"            31.3 ms\n"
	"  31.500  recv(3) + waits\n"
	"  33.310  + = 12 \"Hello, world\",     < PSH 12 \"Hel...  send(3, \"Hello, world\") =\n"
	"            after 1.9 ms                                 12\n"
	"  33.400                                               recv(3) +\n"
	"  33.600  send(3, \"HELLO, WORLD\") =  PSH 12 \"HEL... >  + = 12 \"HELLO, WORLD\",\n"
	"            12                                           after 0.24 ms\n"
	"  33.700                              <-- FIN ACK --   close(3)\n"
	"  33.720  recv(3) = 0\n"
	"  33.800                                               ends with status 0\n"
	"  33.900  ended by SIGINT\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 -> server 127.0.0.1:65432, TCP\n"
	"  client sent 12 bytes in 1 call and 1 segment; received 12 bytes in 1 call;\n"
	"    blocked 0.30 ms, longest in recv\n"
	"  server sent 12 bytes in 1 call and 1 segment; received 12 bytes in 2 calls;\n"
	"    blocked 1.9 ms, longest in recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call), 1.9 ms in recv (2 calls), 0.05 ms in send\n"
	"    (1 call)\n"
	"  client: 0.24 ms in recv (1 call), 0.03 ms in connect (1 call), 0.03 ms in send\n"
	"    (1 call)\n";

static const char expected_coalesced[] =
	" time ms  server (python3 server.py)                 client (python3 client.py)\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                socket(TCP) → 3\n"
	"  31.301            │                                connect(3, 127.0.0.1:65432)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after 31.3 ms\n"
	"  32.000                                             send(3, \"a\") = 1\n"
	"  32.020                                             send(3, \"b\") = 1\n"
	"  32.040                                             send(3, \"cdef\") = 4\n"
	"  32.100  recv(3) = 4 \"abcd\"\n"
	"  32.120  recv(3) = 2 \"ef\"\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 6 bytes in 3 calls; received 0 bytes; blocked 0.06 ms, longest in\n"
	"    connect\n"
	"  server sent 0 bytes; received 6 bytes in 2 calls (1 coalesced, 2 partial);\n"
	"    blocked 0.02 ms, longest in recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call), 0.02 ms in recv (2 calls)\n"
	"  client: 0.03 ms in connect (1 call), 0.03 ms in send (3 calls)\n";

static const char expected_hanging[] =
	" time ms  server (python3 server.py)          client (python3 client.py)\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                         socket(TCP) → 3\n"
	"  31.301            │                         connect(3, 127.0.0.1:65432)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after\n"
	"            31.3 ms\n"
	"  31.500  recv(3) ┐ waits\n"
	"  31.600          │                           recv(3) ┐ waits\n"
	"4231.500  │ still waiting in recv(3) from             │\n"
	"            127.0.0.1:51612, for 4.2 s                │\n"
	"4231.500  ended by SIGKILL                            │\n"
	"4231.600                                      │ still waiting in recv(3) from\n"
	"                                                127.0.0.1:65432, for 4.2 s\n"
	"4231.600                                      ended by SIGKILL\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 0 bytes; received 0 bytes in 1 call; blocked 4.2 s, longest in\n"
	"    recv\n"
	"  server sent 0 bytes; received 0 bytes in 1 call; blocked 4.2 s, longest in\n"
	"    recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 4.2 s in recv (1 call), 31.3 ms in accept (1 call)\n"
	"  client: 4.2 s in recv (1 call), 0.03 ms in connect (1 call)\n";

static const char expected_before[] =
	" time ms  server\n"
	"   0.000  accept(3) ┐ waits\n"
	"   5.000            ┘ = -1 EMFILE, after more than 5.0 ms\n"
	"   6.000  reads from the keyboard ┐ waits\n"
	"   9.000  prints \"x\" = -1 EPIPE   │\n"
	"   9.001  │ still waiting to read from the keyboard, for 3.0 ms\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 5.0 ms in accept (1 call), 3.0 ms in reads (1 call)\n";

static const char expected_wide_clients[] =
	" time ms  server (python3 server.py)                 client (python3 client.py)     cl"
	"ient 2 (nc)\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                socket(TCP) → 3\n"
	"  31.301            │                                connect(3, 127.0.0.1:65432)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after 31.3 ms\n"
	"  31.400  accept(3) ┐ waits\n"
	"  31.500            │                                                               co"
	"nnect(3, 127.0.0.1:65432)\n"
	"  31.600            │                                recv(3) ┐ waits\n"
	"  31.700            │                                        │                      se"
	"nd(3, \"hi\") = 2\n"
	"  33.000  ┘ → 4 from 127.0.0.1:51613, after 1.6 ms           │\n"
	"  33.500  send(3, \"welcome\") = 7                             │\n"
	"  34.000                                             ┘ = 7 \"welcome\", after 2.4 ms\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 0 bytes; received 7 bytes in 1 call; blocked 2.4 ms, longest in recv\n"
	"  server sent 7 bytes in 1 call; received 0 bytes; blocked 0.01 ms, longest in send\n"
	"\n"
	"Connection 2: client 2 127.0.0.1:51613 → server 127.0.0.1:65432, TCP\n"
	"  client 2 sent 2 bytes in 1 call; received 0 bytes; blocked 0.04 ms, longest in conne"
	"ct\n"
	"  server sent 0 bytes; received 0 bytes\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 32.9 ms in accept (2 calls), 0.01 ms in send (1 call)\n"
	"  client: 2.4 ms in recv (1 call), 0.03 ms in connect (1 call)\n"
	"  client 2: 0.03 ms in connect (1 call), 0.01 ms in send (1 call)\n";

static const char expected_lost[] =
	" time ms  server                            wire          client\n"
	"   0.000  recv(3) ┐ waits\n"
	"   1.000          │                  ✗── UDP 3 \"one\" ──   send(3, \"one\") = 3\n"
	"   3.000  ┘ = 3 \"two\", after 3.0 ms  ◄── UDP 3 \"two\" ──   send(3, \"two\") = 3\n"
	"\n"
	"Connection 1: client 127.0.0.1:40000 → server 127.0.0.1:5000, UDP\n"
	"  client sent 6 bytes in 2 calls and 2 datagrams; received 0 bytes; blocked 0.04\n"
	"    ms, longest in send\n"
	"  server sent 0 bytes; received 3 bytes in 1 call; blocked 3.0 ms, longest in\n"
	"    recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 3.0 ms in recv (1 call)\n"
	"  client: 0.04 ms in send (2 calls)\n";

static const char expected_no_wire[] =
	"No wire column: capturing needs CAP_NET_RAW.\n"
	" time ms  server (python3 server.py)                 client (python3 client.py)\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                socket(TCP) → 3\n"
	"  31.301            │                                connect(3, 127.0.0.1:65432)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after 31.3 ms\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 0 bytes; received 0 bytes; blocked 0.03 ms, longest in connect\n"
	"  server sent 0 bytes; received 0 bytes\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call)\n"
	"  client: 0.03 ms in connect (1 call)\n";

static const char expected_server_alone[] =
	" time ms  server                                            wire\n"
	"   0.000  accept(3) ┐ waits\n"
	"  31.305            │                                    ◄── SYN ──\n"
	"  31.322            │                                  ── SYN ACK ──►\n"
	"  31.330            │                                    ◄── ACK ──\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after 31.4 ms\n"
	"  31.400  recv(3) ┐\n"
	"  32.000          ┘ = 3 \"abc\", after 0.61 ms         ◄── PSH 3 \"abc\" ──\n"
	"\n"
	"Connection 1: 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  127.0.0.1:51612 sent 3 bytes in 1 segment\n"
	"  server sent 0 bytes; received 3 bytes in 1 call; blocked 0.61 ms, longest in\n"
	"    recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.4 ms in accept (1 call), 0.61 ms in recv (1 call)\n";

static const char expected_two_hosts[] =
	" time ms  10.0.0.2             wire       10.0.0.1\n"
	"   1.000  10.0.0.2:80       ◄── SYN ──    10.0.0.1:40000\n"
	"   2.000  10.0.0.2:40001    ── SYN ──►    10.0.0.1:22\n"
	"\n"
	"Connection 1: 10.0.0.1:40000 → 10.0.0.2:80, TCP\n"
	"\n"
	"Connection 2: 10.0.0.2:40001 → 10.0.0.1:22, TCP\n";

static const char expected_several_hosts[] =
	" time ms  hosts             wire       hosts\n"
	"   1.000  10.0.0.2:80    ◄── SYN ──    10.0.0.1:40000\n"
	"   2.000  10.0.0.3:22    ◄── SYN ──    10.0.0.2:40001\n"
	"   3.000  10.0.0.2:80    ── RST ──►    10.0.0.4:1234\n"
	"\n"
	"Connection 1: 10.0.0.1:40000 → 10.0.0.2:80, TCP\n"
	"\n"
	"Connection 2: 10.0.0.2:40001 → 10.0.0.3:22, TCP\n"
	"\n"
	"Connection 3: 10.0.0.4:1234 → 10.0.0.2:80, TCP\n";

static const char expected_capture[] =
	" time ms  127.0.0.1:65432                wire                 127.0.0.1:51612\n"
	"  31.305  127.0.0.1:65432             ◄── SYN ──              127.0.0.1:51612\n"
	"  31.322  127.0.0.1:65432           ── SYN ACK ──►            127.0.0.1:51612\n"
	"  31.330  127.0.0.1:65432             ◄── ACK ──              127.0.0.1:51612\n"
	"  32.000  127.0.0.1:65432  ◄── retransmitted PSH 3 \"abc\" ──   127.0.0.1:51612\n"
	"\n"
	"Connection 1: 127.0.0.1:51612 → 127.0.0.1:65432, TCP\n"
	"  127.0.0.1:51612 sent 3 bytes, 1 segment sent again\n";

static const char expected_threads[] =
	" time ms  server (python3 server.py)                         client (python3 client.py"
	")\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                        socket(TCP) → 3\n"
	"  31.301            │                                        connect(3, 127.0.0.1:6543"
	"2)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after 31.3 ms\n"
	"  31.400  clone() → 101\n"
	"  31.500  [101] recv(3) ┐ waits\n"
	"  31.600  accept(3) ┐ waits\n"
	"  39.990            │   │                                    send(3, \"Hello\") = 5\n"
	"  40.000            │   ┘ [101] = 5 \"Hello\", after 8.5 ms\n"
	"  41.000  │ still waiting in accept(3) on 127.0.0.1:65432,\n"
	"            for 9.4 ms\n"
	"  41.000  ends with status 0\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 5 bytes in 1 call; received 0 bytes; blocked 0.04 ms, longest in connect\n"
	"  server sent 0 bytes; received 5 bytes in 1 call; blocked 8.5 ms, longest in recv\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 40.7 ms in accept (2 calls), 8.5 ms in recv (1 call)\n"
	"  client: 0.03 ms in connect (1 call), 0.005 ms in send (1 call)\n";

static const char expected_folded[] = " time ms  server\n"
				      "   0.000  epoll_wait ×37 ┐ waits\n"
				      "  36.990  ┘ = 1, after 37.0 ms\n"
				      "  40.000  epoll_ctl(4)\n"
				      "  41.000  epoll_wait(4) = 0\n"
				      "\n"
				      "Time in calls that can wait:\n"
				      "  server: 36.6 ms in epoll_wait (38 calls)\n";

static const char expected_source[] =
	" time ms  server (python3 server.py)          client (python3 client.py)\n"
	"   0.000  pair.py:10 socket(TCP) → 3\n"
	"   0.041  pair.py:11 bind(3,\n"
	"            127.0.0.1:65432)\n"
	"   0.052  pair.py:12 listen(3, 128)\n"
	"   0.060  pair.py:13 accept(3) ┐ waits\n"
	"  31.204                       │              pair.py:14 socket(TCP) → 3\n"
	"  31.301                       │              pair.py:15 connect(3,\n"
	"                               │                127.0.0.1:65432)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after\n"
	"            31.3 ms\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 0 bytes; received 0 bytes; blocked 0.03 ms, longest in connect\n"
	"  server sent 0 bytes; received 0 bytes\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call)\n"
	"  client: 0.03 ms in connect (1 call)\n";

static const char expected_strange[] =
	" time ms  server (python3 server.py)           wire         client (python3 client.py)\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                                       socket(TCP) → 3\n"
	"  31.301            │                       ◄── SYN ──      connect(3,\n"
	"                    │                                         127.0.0.1:65432) ┐\n"
	"  31.322            │                     ── SYN ACK ──►                       │\n"
	"  31.330            │                       ◄── ACK ──                         ┘ 0.03 "
	"ms\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612,\n"
	"            after 31.3 ms\n"
	"  32.000                                 ◄ PSH 9 \"日\"...    send(3, \"日本語\") = 9\n"
	"  33.000                                                    send(3, \"\\x1b[31m�\") = "
	"6\n"
	"  34.000                                                    prints \"a\\x09b\\x07\"\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 15 bytes in 2 calls and 1 segment; received 0 bytes; blocked 0.09 ms,\n"
	"    longest in connect\n"
	"  server sent 0 bytes; received 0 bytes\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 31.3 ms in accept (1 call)\n"
	"  client: 0.06 ms in send (2 calls), 0.03 ms in connect (1 call)\n";

static const char expected_narrow_clients[] =
	" time ms  server (python3 server.py)          clients\n"
	"   0.000  socket(TCP) → 3\n"
	"   0.041  bind(3, 127.0.0.1:65432)\n"
	"   0.052  listen(3, 128)\n"
	"   0.060  accept(3) ┐ waits\n"
	"  31.204            │                         client: socket(TCP) → 3\n"
	"  31.301            │                         client: connect(3,\n"
	"                    │                           127.0.0.1:65432)\n"
	"  31.390  ┘ → 4 from 127.0.0.1:51612, after\n"
	"            31.3 ms\n"
	"  31.400  accept(3) ┐ waits\n"
	"  31.500            │                         client 2: connect(3,\n"
	"                    │                           127.0.0.1:65432)\n"
	"  31.600            │                         client: recv(3) ┐ waits\n"
	"  31.700            │                         client 2: send(3, \"hi\") = 2\n"
	"  33.000  ┘ → 4 from 127.0.0.1:51613, after                   │\n"
	"            1.6 ms                                            │\n"
	"  33.500  send(3, \"welcome\") = 7                              │\n"
	"  34.000                                      ┘ client: = 7 \"welcome\", after 2.4\n"
	"                                                ms\n"
	"\n"
	"Connection 1: client 127.0.0.1:51612 → server 127.0.0.1:65432, TCP\n"
	"  client sent 0 bytes; received 7 bytes in 1 call; blocked 2.4 ms, longest in\n"
	"    recv\n"
	"  server sent 7 bytes in 1 call; received 0 bytes; blocked 0.01 ms, longest in\n"
	"    send\n"
	"\n"
	"Connection 2: client 2 127.0.0.1:51613 → server 127.0.0.1:65432, TCP\n"
	"  client 2 sent 2 bytes in 1 call; received 0 bytes; blocked 0.04 ms, longest in\n"
	"    connect\n"
	"  server sent 0 bytes; received 0 bytes\n"
	"\n"
	"Time in calls that can wait:\n"
	"  server: 32.9 ms in accept (2 calls), 0.01 ms in send (1 call)\n"
	"  client: 2.4 ms in recv (1 call), 0.03 ms in connect (1 call)\n"
	"  client 2: 0.03 ms in connect (1 call), 0.01 ms in send (1 call)\n";

/* --- One server, one client. --- */

enum { LISTENING, ACCEPTED, CONNECTING };

/* A server that listens, and a client that connects to it. */
static void connect_both(struct recording *recording)
{
	made_program(recording, "server", "python3 server.py", true);
	made_program(recording, "client", "python3 client.py", false);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_socket(recording, 1, SOCK_STREAM, CLIENT, SERVER);
	recording->sockets[LISTENING].listens = true;
	made_call(recording, CALL_SOCKET, 0, LISTENING, 0, 5, "socket(TCP)", "→ 3");
	made_call(recording, CALL_BIND, 0, LISTENING, 41, 45, "bind(3, " SERVER ")", "");
	made_call(recording, CALL_LISTEN, 0, LISTENING, 52, 55, "listen(3, 128)", "");
	made_accept(recording, LISTENING, ACCEPTED, 60, 31390);
	made_call(recording, CALL_SOCKET, 1, CONNECTING, 31204, 31210, "socket(TCP)", "→ 3");
	made_call(recording, CALL_CONNECT, 1, CONNECTING, 31301, 31331, "connect(3, " SERVER ")",
		  "");
}

static void shake_hands(struct recording *recording)
{
	made_packet(recording, 31305, CLIENT, SERVER, PACKET_SYN, 1000, "");
	made_packet(recording, 31322, SERVER, CLIENT, PACKET_SYN | PACKET_ACK, 5000, "");
	made_packet(recording, 31330, CLIENT, SERVER, PACKET_ACK, 1001, "");
}

static void the_handshake_and_a_text(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	shake_hands(recording);
	made_call(recording, CALL_PRINT, 1, -1, 31502, 31504,
		  "prints \"I am going to send Hello world!\"", "");
	made_call(recording, CALL_INPUT, 1, -1, 31600, 33120, "reads Enter from the keyboard", "");
	made_send(recording, CONNECTING, 33310, 33340, "Hello, world", NULL);
	made_packet(recording, 33320, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001,
		    "Hello, world");
	assert_drawn(recording, &(struct view_options){.width = 132, .bytes = 64},
		     expected_handshake);
}

static void waits_and_answers(struct recording *recording)
{
	connect_both(recording);
	shake_hands(recording);
	made_receive(recording, ACCEPTED, 31500, 33350, "Hello, world", NULL);
	made_send(recording, CONNECTING, 33310, 33340, "Hello, world", NULL);
	made_packet(recording, 33320, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001,
		    "Hello, world");
	made_receive(recording, CONNECTING, 33400, 33640, "HELLO, WORLD", NULL);
	made_send(recording, ACCEPTED, 33600, 33650, "HELLO, WORLD", NULL);
	made_packet(recording, 33620, SERVER, CLIENT, PACKET_PSH | PACKET_ACK, 5001,
		    "HELLO, WORLD");
	made_call(recording, CALL_CLOSE, 1, CONNECTING, 33700, 33710, "close(3)", "");
	made_packet(recording, 33705, CLIENT, SERVER, PACKET_FIN | PACKET_ACK, 1013, "");
	made_receive(recording, ACCEPTED, 33720, 33725, "", NULL);
	made_call(recording, CALL_EXIT, 1, -1, 33800, NEVER_LEFT, "ends with status 0", "");
	made_call(recording, CALL_EXIT, 0, -1, 33900, NEVER_LEFT, "ended by SIGINT", "");
}

static void it_fits_a_terminal_of_80_columns(void **state)
{
	waits_and_answers(*state);
	assert_drawn(*state, &(struct view_options){.width = 80, .bytes = 64}, expected_eighty);
}

static void it_fits_a_terminal_of_60_columns(void **state)
{
	waits_and_answers(*state);
	assert_drawn(*state, &(struct view_options){.width = 60, .bytes = 64}, expected_sixty);
}

static void plain_text_has_no_arrows_or_boxes(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .ascii = true};
	char *text;

	waits_and_answers(*state);
	assert_drawn(*state, &options, expected_ascii);
	made_send(*state, CONNECTING, 40000, 40001, "日本 → ö", NULL);
	text = drawn(*state, &options);
	for (const char *at = text; *at; at++)
		assert_true((*at >= ' ' && *at < 0x7f) || *at == '\n');
	free(text);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	waits_and_answers(*state);
	made_send(*state, CONNECTING, 40000, 40001, "日本語日本語日本語日本語日本語", NULL);
	for (int width = 40; width < 150; width++) {
		char *text = drawn(*state, &(struct view_options){.width = width, .bytes = 64});

		for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
			size_t n = strcspn(line, "\n");

			assert_true(text_columns(line, n) <= (size_t)width);
			assert_true(n == 0 || line[n - 1] != ' ');
		}
		free(text);
	}
}

static void each_connection_has_a_colour(void **state)
{
	struct recording *recording = *state;
	char *text;

	connect_both(recording);
	shake_hands(recording);
	text = drawn(recording, &(struct view_options){.width = 80, .colour = true});
	assert_non_null(strstr(text, "\x1b[32mconnect(3,\x1b[0m"));
	assert_non_null(strstr(text, "\x1b[32mSYN ACK\x1b[0m"));
	free(text);
}

static void waits_are_joined_to_what_they_waited_for(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_send(recording, CONNECTING, 32000, 32010, "a", NULL);
	made_send(recording, CONNECTING, 32020, 32030, "b", NULL);
	made_send(recording, CONNECTING, 32040, 32050, "cdef", NULL);
	made_receive(recording, ACCEPTED, 32100, 32110, "abcd", NULL);
	made_receive(recording, ACCEPTED, 32120, 32130, "ef", NULL);
	assert_drawn(recording, &plain_80, expected_coalesced);
}

/* --- Waiting for ever. --- */

static void a_hanging_program_shows_where_it_waits(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_receive(recording, ACCEPTED, 31500, NEVER_LEFT, "", NULL);
	made_receive(recording, CONNECTING, 31600, NEVER_LEFT, "", NULL);
	recording->programs[0].ended = INT64_C(4231500000);
	recording->programs[0].status = 137;
	recording->programs[1].ended = INT64_C(4231600000);
	recording->programs[1].status = 137;
	assert_drawn(recording, &plain_80, expected_hanging);
}

static void what_began_before_the_recording_waits_from_its_beginning(void **state)
{
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_call(recording, CALL_ACCEPT, 0, 0, -1, 5000, "accept(3)", "= -1 EMFILE");
	made_call(recording, CALL_INPUT, 0, -1, 6000, NEVER_LEFT, "reads from the keyboard", "");
	made_call(recording, CALL_PRINT, 0, -1, 9000, 9001, "prints \"x\"", "= -1 EPIPE")->result =
		-32;
	assert_drawn(recording, &plain_80, expected_before);
}

/* --- Others. --- */

static void clients_have_columns_of_their_own_if_there_is_room(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_program(recording, "client 2", "nc", false);
	made_socket(recording, 0, SOCK_STREAM, SERVER, "127.0.0.1:51613");
	made_socket(recording, 2, SOCK_STREAM, "127.0.0.1:51613", SERVER);
	made_call(recording, CALL_CONNECT, 2, 4, 31500, 31530, "connect(3, " SERVER ")", "");
	made_accept(recording, LISTENING, 3, 31400, 33000);
	made_receive(recording, CONNECTING, 31600, 34000, "welcome", NULL);
	made_send(recording, 4, 31700, 31710, "hi", NULL);
	made_send(recording, ACCEPTED, 33500, 33510, "welcome", NULL);
	assert_drawn(recording, &(struct view_options){.width = 120, .bytes = 64},
		     expected_wide_clients);
	assert_drawn(recording, &plain_80, expected_narrow_clients);
}

static void a_lost_datagram_does_not_arrive(void **state)
{
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	made_program(recording, "client", "", false);
	made_socket(recording, 0, SOCK_DGRAM, "0.0.0.0:5000", NULL);
	made_socket(recording, 1, SOCK_DGRAM, "0.0.0.0:40000", NULL);
	made_receive(recording, 0, 0, 3010, "two", "127.0.0.1:40000");
	made_send(recording, 1, 1000, 1020, "one", "127.0.0.1:5000");
	made_packet(recording, 1010, "127.0.0.1:40000", "127.0.0.1:5000", -1, 0, "one");
	made_send(recording, 1, 3000, 3020, "two", "127.0.0.1:5000");
	made_packet(recording, 3005, "127.0.0.1:40000", "127.0.0.1:5000", -1, 0, "two");
	assert_drawn(recording, &plain_80, expected_lost);
}

static void without_a_wire_a_line_says_why(void **state)
{
	struct recording *recording = *state;

	assert_true(
		recording_set(&recording->note, "No wire column: capturing needs CAP_NET_RAW."));
	connect_both(recording);
	assert_drawn(recording, &plain_80, expected_no_wire);
}

static void a_server_alone_has_a_wire(void **state)
{
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	made_socket(recording, 0, SOCK_STREAM, SERVER, NULL);
	made_socket(recording, 0, SOCK_STREAM, SERVER, CLIENT);
	made_accept(recording, LISTENING, ACCEPTED, 0, 31390);
	shake_hands(recording);
	made_receive(recording, ACCEPTED, 31400, 32010, "abc", NULL);
	made_packet(recording, 32000, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001, "abc");
	assert_drawn(recording, &plain_80, expected_server_alone);
}

static void a_capture_alone_is_drawn_between_its_hosts(void **state)
{
	struct recording *recording = *state;

	shake_hands(recording);
	made_packet(recording, 32000, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001, "abc")
		->retransmission = true;
	assert_drawn(recording, &plain_80, expected_capture);
}

/* Two hosts keep their sides, whoever connects to whom. */
static void two_hosts_have_a_side_each(void **state)
{
	struct recording *recording = *state;

	made_packet(recording, 1000, "10.0.0.1:40000", "10.0.0.2:80", PACKET_SYN, 5, "");
	made_packet(recording, 2000, "10.0.0.2:40001", "10.0.0.1:22", PACKET_SYN, 9, "");
	assert_drawn(recording, &plain_80, expected_two_hosts);
}

static void of_several_hosts_each_packet_names_its_own(void **state)
{
	struct recording *recording = *state;

	made_packet(recording, 1000, "10.0.0.1:40000", "10.0.0.2:80", PACKET_SYN, 5, "");
	made_packet(recording, 2000, "10.0.0.2:40001", "10.0.0.3:22", PACKET_SYN, 9, "");
	made_packet(recording, 3000, "10.0.0.2:80", "10.0.0.4:1234", PACKET_RST, 9, "");
	assert_drawn(recording, &plain_80, expected_several_hosts);
}

static void threads_have_lines_of_their_own(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	made_call(recording, CALL_PROCESS, 0, -1, 31400, 31410, "clone()", "→ 101");
	made_receive(recording, ACCEPTED, 31500, 40000, "Hello", NULL)->thread = 101;
	made_call(recording, CALL_ACCEPT, 0, LISTENING, 31600, NEVER_LEFT, "accept(3)", "");
	made_send(recording, CONNECTING, 39990, 39995, "Hello", NULL);
	made_call(recording, CALL_EXIT, 0, -1, 41000, NEVER_LEFT, "ends with status 0", "");
	assert_drawn(recording, &(struct view_options){.width = 88, .bytes = 64}, expected_threads);
}

static void repeated_waits_are_folded(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .fold_waits = true};
	struct recording *recording = *state;

	made_program(recording, "server", "", true);
	for (int64_t i = 0; i < 37; i++)
		made_call(recording, CALL_WAIT, 0, -1, 1000 * i, 1000 * i + 990, "epoll_wait(4)",
			  i < 36 ? "= 0" : "= 1");
	made_call(recording, CALL_WATCH, 0, -1, 40000, 40001, "epoll_ctl(4)", "");
	made_call(recording, CALL_WAIT, 0, -1, 41000, 41001, "epoll_wait(4)", "= 0");
	assert_drawn(recording, &options, expected_folded);
}

static void sources_stand_before_the_calls(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .source = true};
	struct recording *recording = *state;

	connect_both(recording);
	for (size_t i = 0; i < recording->call_count; i++) {
		assert_true(recording_set(&recording->calls[i].file, "/tmp/papers/pair.py"));
		recording->calls[i].line = 10 + (int)i;
	}
	assert_drawn(recording, &options, expected_source);
}

static void strange_bytes_are_escaped_and_wide_ones_measured(void **state)
{
	struct recording *recording = *state;

	connect_both(recording);
	shake_hands(recording);
	made_send(recording, CONNECTING, 32000, 32030, "日本語", NULL);
	made_packet(recording, 32010, CLIENT, SERVER, PACKET_PSH | PACKET_ACK, 1001, "日本語");
	made_send(recording, CONNECTING, 33000, 33030, "\x1b[31m\xff", NULL);
	made_call(recording, CALL_PRINT, 1, -1, 34000, 34010, "prints \"a\tb\x07\"", "");
	assert_drawn(recording, &(struct view_options){.width = 88, .bytes = 4}, expected_strange);
}

static void packets_are_opened_where_that_is_asked_for(void **state)
{
	struct view_options options = {.width = 80, .bytes = 64, .verbose = true};
	char *text;

	shake_hands(*state);
	text = drawn(*state, &options);
	assert_non_null(strstr(text, "┌"));
	free(text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, made_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_handshake_and_a_text),
		TEST(it_fits_a_terminal_of_80_columns),
		TEST(it_fits_a_terminal_of_60_columns),
		TEST(plain_text_has_no_arrows_or_boxes),
		TEST(no_line_is_wider_than_the_terminal),
		TEST(each_connection_has_a_colour),
		TEST(waits_are_joined_to_what_they_waited_for),
		TEST(a_hanging_program_shows_where_it_waits),
		TEST(what_began_before_the_recording_waits_from_its_beginning),
		TEST(clients_have_columns_of_their_own_if_there_is_room),
		TEST(a_lost_datagram_does_not_arrive),
		TEST(without_a_wire_a_line_says_why),
		TEST(a_server_alone_has_a_wire),
		TEST(a_capture_alone_is_drawn_between_its_hosts),
		TEST(two_hosts_have_a_side_each),
		TEST(of_several_hosts_each_packet_names_its_own),
		TEST(threads_have_lines_of_their_own),
		TEST(repeated_waits_are_folded),
		TEST(sources_stand_before_the_calls),
		TEST(strange_bytes_are_escaped_and_wide_ones_measured),
		TEST(packets_are_opened_where_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
