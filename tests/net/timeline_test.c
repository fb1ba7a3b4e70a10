/*
 * The timeline from outside: programs in any language, how it is drawn, saved and read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "sockettool/file.h"
#include "sockettool/model.h"
#include "support/net.h"
#include "support/python.h"
#include "support/timeline.h"

static bool can_capture(void)
{
	struct program *program = timeline_run("--client", "true");
	bool can = !strstr(program_output(program), "CAP_NET_RAW");

	timeline_expect_status(program, 0);
	program_free(program);
	return can;
}

static bool have_tshark(void)
{
	struct program *program = program_start_other("sh", "-c", "command -v tshark");

	program_close_input(program);
	return program_wait(program) == 0;
}

/* --- Programs of a course. --- */

static void a_homework_is_drawn(void **state)
{
	char server[TIMELINE_COMMAND], client[TIMELINE_COMMAND];
	int port = net_free_port(SOCK_STREAM);
	char bound[64], connected[64];

	(void)state;
	if (!net_has_localhost())
		skip();
	timeline_textbook(server, "homework_server", "", port);
	timeline_textbook(client, "homework_client", "", port);
	snprintf(bound, sizeof(bound), ", 127.0.0.1:%d) = 0", port);
	snprintf(connected, sizeof(connected), ", 127.0.0.1:%d)", port);
	setenv("COLUMNS", "400", 1);
	struct program *program = timeline_run("--server", server, "--client", client, "--input",
					       "client:\\n", "--input", "server:\\n");
	unsetenv("COLUMNS");
	timeline_expect_status(program, 0);
	timeline_expect_order(
		program,
		(const char *const[]){
			"socket(TCP) → ", bound, "listen(", connected,
			"reads Enter from the keyboard", ", \"Hello, world\")",
			"reads Enter from the keyboard", "\"Hello, world\"", "ends with status 0",
			"\nConnection 1: client 127.0.0.1:", "client sent 12 bytes in 1 call",
			"received 12 bytes", "server sent 12 bytes in 1 call", NULL});
	/* What the programs print goes to standard error. */
	timeline_expect_in(program, program_errors(program), "Received b'Hello, world'");
	/* The shells that start programs are not shown, and threads have names only if needed. */
	assert_null(strstr(program_output(program), "fork()"));
	assert_null(strstr(program_output(program), "SIGCHLD"));
	assert_null(strstr(program_output(program), "["));
	assert_null(strstr(program_output(program), "nscd"));
	assert_null(strstr(program_output(program), "Stopped"));
}

static void a_start_script_is_one_line(void **state)
{
	char script[TIMELINE_PATH], server[TIMELINE_COMMAND], client[TIMELINE_COMMAND];
	int port = net_free_port(SOCK_STREAM);

	(void)state;
	FILE *file = fopen(timeline_file(script, "run.sh"), "we");
	assert_non_null(file);
	fprintf(file,
		"cd \"$(dirname \"$0\")\"\nuname >run.log\n\"$SOCKETTOOL\" serve echo --port %d "
		"--host 127.0.0.1 -q\nexit 5\n",
		port);
	assert_int_equal(fclose(file), 0);
	snprintf(server, sizeof(server), "sh '%s'", script);
	snprintf(client, sizeof(client), "exec \"$SOCKETTOOL\" connect echo 127.0.0.1 %d", port);
	setenv("COLUMNS", "400", 1);
	struct program *program = timeline_run("--server", server, "--client", client, "--input",
					       "client:hello\\n", "--no-wire");
	unsetenv("COLUMNS");
	timeline_expect_status(program, 0);
	timeline_expect_drawn(program, "\"serve\", \"echo\"");
	timeline_expect_drawn(program, " = 0, after 4 other processes");
	timeline_expect_drawn(program, "listen(");
	timeline_expect_drawn(program, "sendmsg(");
	assert_null(strstr(program_output(program), "uname"));
	assert_null(strstr(program_output(program), "dirname"));
	assert_null(strstr(program_output(program), "fork()"));
	assert_null(strstr(program_output(program), "SIGCHLD"));
}

/* --- This program's own two ends. --- */

static void model_is_drawn(const struct model *model)
{
	static const char *const protocol_names[] = {"echo", "calc"};

	for (size_t i = 0; i < 2; i++) {
		struct program *program =
			timeline_run(protocol_names[i], "--model", model->name, "--no-wire");

		timeline_expect_status(program, 0);
		timeline_expect_drawn(program, model->name);
		timeline_expect_drawn(program, "listen(");
		timeline_expect_drawn(program, "connect(");
		timeline_expect_drawn(program, "\nConnection 1: client 127.0.0.1:");
		assert_null(strstr(program_output(program), "\nConnection 2: "));
		program_free(program);
	}
}

static void every_model_is_drawn(void **state)
{
	(void)state;
	net_each_model(model_is_drawn);
}

static void datagrams_are_drawn(void **state)
{
	struct program *program = timeline_run("udp-date");

	(void)state;
	timeline_expect_status(program, 0);
	timeline_expect_drawn(program, "socket(UDP");
	timeline_expect_drawn(program, "Connection 1: client 127.0.0.1:");
	timeline_expect_drawn(program, ", UDP\n");
}

/* A client that would go on for ever is told how much is enough. */
static void what_has_no_end_of_its_own_is_drawn(void **state)
{
	struct program *program = timeline_run("chargen", "--no-wire");

	(void)state;
	timeline_expect_status(program, 0);
	timeline_expect_drawn(program, "(sockettool connect chargen --count 200)");
	timeline_expect_drawn(program, "\nConnection 1: client 127.0.0.1:");
	timeline_expect_drawn(program, "ends with status 0");
	assert_null(strstr(program_output(program), "Stopped"));
}

/* --- Forms and files. --- */

/* A recording that was saved draws the same picture, in every form. */
static void a_saved_timeline_draws_the_same(void **state)
{
	static const char *const formats[] = {"text", "markdown", "jsonl", "svg", "html"};
	static const char *const beginnings[] = {"", "| time ms |", "{\"entry\":\"recording\"", "<",
						 "<!"};
	char path[TIMELINE_PATH];

	(void)state;
	timeline_file(path, "saved.jsonl");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct program *drawn =
			timeline_run("echo", "--format", formats[i], "--save", path);
		struct program *again = timeline_run("--load", path, "--format", formats[i]);

		timeline_expect_status(drawn, 0);
		timeline_expect_status(again, 0);
		assert_true(strlen(program_output(drawn)) > 500);
		timeline_expect_drawn(drawn, beginnings[i]);
		assert_string_equal(program_output(again), program_output(drawn));
		assert_string_equal(program_errors(again), "");
		program_free(again);
		again = timeline_run("--load", path, "--format", formats[i], "--ascii", "--calls");
		timeline_expect_status(again, 0);
		program_free(again);
		program_free(drawn);
	}
}

static void standard_input_is_loaded(void **state)
{
	struct program *saved = timeline_run("echo", "--no-wire", "--format", "jsonl");
	struct program *again;

	(void)state;
	timeline_expect_status(saved, 0);
	again = program_run(program_output(saved), "timeline", "--load", "-", "--format", "jsonl");
	timeline_expect_status(again, 0);
	assert_string_equal(program_output(again), program_output(saved));
}

/* Runs a Python script that ends with an assertion where something is not so. */
static void expect_python(const char *script, const char *first, const char *second)
{
	struct program *program =
		program_start_other(python_command(), "-c", script, first, second);

	program_close_input(program);
	if (program_wait(program) != 0)
		fail_msg("%s", program_errors(program));
}

/* Saves what goes over the wire in an echo, in both forms that there are. */
static void save_packets(char saved[TIMELINE_PATH], char packets[TIMELINE_PATH])
{
	timeline_file(saved, "packets.jsonl");
	timeline_file(packets, "packets.pcapng");
	struct program *program =
		timeline_run("echo", "--bytes", "10000", "--save", saved, "--pcap", packets);
	timeline_expect_status(program, 0);
}

/* Wireshark's reader sees the packets that the timeline shows: each one's ports, flags, numbers,
 * and payload. */
static void a_pcapng_agrees_with_tshark(void **state)
{
	static const char compare[] =
		"import json, subprocess, sys\n"
		"entries = [json.loads(line) for line in open(sys.argv[1])]\n"
		"mine = [(e['from']['port'], e['to']['port'], e['flags'], e['sequence'],\n"
		"         e.get('acknowledgement', 0), e.get('length', 0),\n"
		"         e.get('data', '').encode())\n"
		"        for e in entries if e['entry'] == 'packet']\n"
		"fields = ['srcport', 'dstport', 'flags', 'seq_raw', 'ack_raw', 'len', 'payload']\n"
		"shark = subprocess.run(['tshark', '-n', '-r', sys.argv[2], '-T', 'fields']\n"
		"    + [w for f in fields for w in ('-e', 'tcp.' + f)], stdout=subprocess.PIPE,\n"
		"    text=True, check=True).stdout.splitlines()\n"
		"rows = [line.split('\\t') for line in shark]\n"
		"theirs = [(int(r[0]), int(r[1]), int(r[2], 0), int(r[3]), int(r[4]), int(r[5]),\n"
		"           bytes.fromhex(r[6])) for r in rows]\n"
		"assert mine == theirs, (mine, theirs)\n"
		"sent = b''.join(packet[6] for packet in mine)\n"
		"assert len(mine) >= 8\n"
		"assert sorted(sent.splitlines()) == [b'(ends)'] * 2 + [b'Hello, world'] * 2\n";
	char saved[TIMELINE_PATH], packets[TIMELINE_PATH];

	(void)state;
	if (!can_capture() || !have_tshark())
		skip();
	save_packets(saved, packets);
	expect_python(compare, saved, packets);
}

/* A capture that is read has the packets of the recording, and is drawn with one row for each. */
static void a_capture_is_read_again(void **state)
{
	static const char compare[] =
		"import json, sys\n"
		"def packets(path):\n"
		"    entries = [json.loads(line) for line in open(path)]\n"
		"    return [{k: e.get(k) for k in ('from', 'to', 'flags', 'sequence', 'length',\n"
		"             'acknowledgement', 'window', 'data')}\n"
		"            for e in entries if e['entry'] == 'packet']\n"
		"mine, read = packets(sys.argv[1]), packets(sys.argv[2])\n"
		"assert len(mine) >= 8 and mine == read, (mine, read)\n";
	char saved[TIMELINE_PATH], packets[TIMELINE_PATH], read[TIMELINE_PATH];

	(void)state;
	if (!can_capture())
		skip();
	save_packets(saved, packets);
	timeline_file(read, "read.jsonl");
	struct program *drawn =
		timeline_run("--pcap-in", packets, "--bytes", "10000", "--save", read);
	timeline_expect_status(drawn, 0);
	expect_python(compare, saved, read);
	timeline_expect_order(drawn, (const char *const[]){"time ms", "── SYN ──", "SYN ACK", "ACK",
							   "PSH ", "PSH ", "FIN ", "FIN ", "ACK",
							   "\nConnection 1: 127.0.0.1:", NULL});
	/* TCP may have joined what was sent apart. Flags 24 are PSH and ACK, 17 FIN and ACK, 25 all
	 * three. */
	size_t n;
	char *text = file_read(saved, 1 << 20, &n);
	assert_true(text && n <= 1 << 20);
	text[n] = '\0';
	size_t all = net_count(text, "\"flags\":25,");
	assert_int_equal(net_count(program_output(drawn), "PSH "),
			 net_count(text, "\"flags\":24,") + all);
	assert_int_equal(net_count(program_output(drawn), "FIN "),
			 net_count(text, "\"flags\":17,") + all);
	free(text);
	assert_null(strstr(program_output(drawn), "\nConnection 2: "));

	struct program *opened = timeline_run("--pcap-in", packets, "-v");
	timeline_expect_status(opened, 0);
	assert_int_equal(net_count(program_output(opened), "TCP, transport layer: "),
			 net_count(program_output(opened), "IPv4, network layer: "));
	assert_true(net_count(program_output(opened), "TCP, transport layer: ") >= 8);
}

static void the_wire_can_be_left_out(void **state)
{
	struct program *program = timeline_run("echo", "--no-wire");

	(void)state;
	timeline_expect_status(program, 0);
	assert_null(strstr(program_output(program), " wire "));
	assert_null(strstr(program_output(program), "SYN"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_homework_is_drawn, timeline_end_programs),
		cmocka_unit_test_teardown(a_start_script_is_one_line, timeline_end_programs),
		cmocka_unit_test_teardown(every_model_is_drawn, timeline_end_programs),
		cmocka_unit_test_teardown(datagrams_are_drawn, timeline_end_programs),
		cmocka_unit_test_teardown(what_has_no_end_of_its_own_is_drawn,
					  timeline_end_programs),
		cmocka_unit_test_teardown(a_saved_timeline_draws_the_same, timeline_end_programs),
		cmocka_unit_test_teardown(standard_input_is_loaded, timeline_end_programs),
		cmocka_unit_test_teardown(a_pcapng_agrees_with_tshark, timeline_end_programs),
		cmocka_unit_test_teardown(a_capture_is_read_again, timeline_end_programs),
		cmocka_unit_test_teardown(the_wire_can_be_left_out, timeline_end_programs),
	};

	return cmocka_run_group_tests(tests, timeline_begin, timeline_finish);
}
