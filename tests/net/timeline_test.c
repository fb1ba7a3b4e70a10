/*
 * The timeline from outside: programs in any language, how it is drawn, saved and read again, and
 * what it says when programs hang, fail or are not to be had.
 */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "sockettool/text.h"
#include "support/net.h"
#include "support/program.h"

enum { COMMAND = 1024, PATH = 256 };

static char folder[] = "/tmp/timeline-test.XXXXXX";

/* --- What the tests start. --- */

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

/* A port that nobody has at this moment. */
static int free_port(int type)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* The system's own Python if there is one: what stands before it in PATH may be a script. */
static const char *python(void)
{
	return access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

static void write_textbook(char command[COMMAND], const char *script, const char *arguments,
			   int port)
{
	const char *source = getenv("SOCKETTOOL_SOURCE");

	snprintf(command, COMMAND, "%s '%s/tests/interop/textbook/%s.py' %s %d", python(),
		 source ? source : ".", script, arguments, port);
}

static const char *in_folder(char path[PATH], const char *name)
{
	snprintf(path, PATH, "%s/%s", folder, name);
	return path;
}

/* Runs `timeline` with an empty keyboard, to its end. */
#define timeline(...) program_run("", "timeline", __VA_ARGS__)

static void expect_status(const struct program *program, int status)
{
	if (program->status != status)
		fail_msg("status %d instead of %d\n%s%s", program->status, status,
			 program_output(program), program_errors(program));
}

static void expect_in(const struct program *program, const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("no \"%s\" in:\n%s\n%s", wanted, text, program_errors(program));
}

static void expect_drawn(const struct program *program, const char *wanted)
{
	expect_in(program, program_output(program), wanted);
}

static void expect_order(const struct program *program, const char *const texts[])
{
	const char *at = program_output(program);

	for (size_t i = 0; texts[i]; i++) {
		const char *found = strstr(at, texts[i]);

		if (!found)
			fail_msg("no \"%s\" in:\n%s", texts[i], at);
		at = found + strlen(texts[i]);
	}
}

/* The time in the row of the first line that has a text, in milliseconds. */
static double time_of(const struct program *program, const char *text)
{
	const char *found = strstr(program_output(program), text);

	if (!found)
		fail_msg("no \"%s\" in:\n%s", text, program_output(program));
	while (found > program_output(program) && found[-1] != '\n')
		found--;
	return strtod(found, NULL);
}

static bool can_capture(void)
{
	struct program *program = timeline("--client", "true");
	bool can = !strstr(program_output(program), "CAP_NET_RAW");

	expect_status(program, 0);
	program_free(program);
	return can;
}

static bool have_tshark(void)
{
	struct program *program = program_start_other("sh", "-c", "command -v tshark");

	program_close_input(program);
	return program_wait(program) == 0;
}

/* The last line of standard error: what sockettool says about it all. */
static const char *last_line(const struct program *program)
{
	const char *text = program_errors(program), *last = text;

	for (const char *at = text; *at; at++)
		if (*at == '\n' && at[1])
			last = at + 1;
	return last;
}

/* --- Programs of a course. --- */

static void a_homework_is_drawn(void **state)
{
	char server[COMMAND], client[COMMAND];
	int port = free_port(SOCK_STREAM);
	char bound[64], connected[64];

	(void)state;
	write_textbook(server, "homework_server", "", port);
	write_textbook(client, "homework_client", "", port);
	snprintf(bound, sizeof(bound), ", 127.0.0.1:%d) = 0", port);
	snprintf(connected, sizeof(connected), ", 127.0.0.1:%d)", port);
	setenv("COLUMNS", "400", 1);
	struct program *program = timeline("--server", server, "--client", client, "--input",
					   "client:\\n", "--input", "server:\\n");
	unsetenv("COLUMNS");
	expect_status(program, 0);
	expect_order(program, (const char *const[]){
				      "socket(TCP) → ", bound, "listen(", connected,
				      "reads Enter from the keyboard", ", \"Hello, world\")",
				      "reads Enter from the keyboard", "\"Hello, world\"",
				      "ends with status 0", "\nConnection 1: client 127.0.0.1:",
				      "client sent 12 bytes in 1 call", "received 12 bytes",
				      "server sent 12 bytes in 1 call", NULL});
	/* What the programs print goes to standard error. */
	expect_in(program, program_errors(program), "Received b'Hello, world'");
	/* The shells that start programs are not shown, and threads have names only if needed. */
	assert_null(strstr(program_output(program), "fork()"));
	assert_null(strstr(program_output(program), "SIGCHLD"));
	assert_null(strstr(program_output(program), "["));
	assert_null(strstr(program_output(program), "nscd"));
	assert_null(strstr(program_output(program), "Stopped"));
}

static void a_start_script_is_one_line(void **state)
{
	char script[PATH], server[COMMAND], client[COMMAND];
	int port = free_port(SOCK_STREAM);

	(void)state;
	FILE *file = fopen(in_folder(script, "run.sh"), "we");
	assert_non_null(file);
	fprintf(file,
		"cd \"$(dirname \"$0\")\"\nuname >run.log\n\"$SOCKETTOOL\" serve echo --port %d "
		"--host 127.0.0.1 -q\nexit 5\n",
		port);
	assert_int_equal(fclose(file), 0);
	snprintf(server, sizeof(server), "sh '%s'", script);
	snprintf(client, sizeof(client), "exec \"$SOCKETTOOL\" connect echo 127.0.0.1 %d", port);
	setenv("COLUMNS", "400", 1);
	struct program *program = timeline("--server", server, "--client", client, "--input",
					   "client:hello\\n", "--no-wire");
	unsetenv("COLUMNS");
	expect_status(program, 0);
	expect_drawn(program, "\"serve\", \"echo\"");
	expect_drawn(program, " = 0, after 4 other processes");
	expect_drawn(program, "listen(");
	expect_drawn(program, "sendmsg(");
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
			timeline(protocol_names[i], "--model", model->name, "--no-wire");

		expect_status(program, 0);
		expect_drawn(program, model->name);
		expect_drawn(program, "listen(");
		expect_drawn(program, "connect(");
		expect_drawn(program, "\nConnection 1: client 127.0.0.1:");
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
	struct program *program = timeline("udp-date");

	(void)state;
	expect_status(program, 0);
	expect_drawn(program, "socket(UDP");
	expect_drawn(program, "Connection 1: client 127.0.0.1:");
	expect_drawn(program, ", UDP\n");
}

/* A client that would go on for ever is told how much is enough. */
static void what_has_no_end_of_its_own_is_drawn(void **state)
{
	struct program *program = timeline("chargen", "--no-wire");

	(void)state;
	expect_status(program, 0);
	expect_drawn(program, "(sockettool connect chargen --count 200)");
	expect_drawn(program, "\nConnection 1: client 127.0.0.1:");
	expect_drawn(program, "ends with status 0");
	assert_null(strstr(program_output(program), "Stopped"));
}

/* --- Forms and files. --- */

/* A recording that was saved draws the same picture, in every form. */
static void a_saved_timeline_draws_the_same(void **state)
{
	static const char *const formats[] = {"text", "markdown", "jsonl", "svg", "html"};
	static const char *const beginnings[] = {"", "| time ms |", "{\"entry\":\"recording\"", "<",
						 "<!"};
	char path[PATH];

	(void)state;
	in_folder(path, "saved.jsonl");
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct program *drawn = timeline("echo", "--format", formats[i], "--save", path);
		struct program *again = timeline("--load", path, "--format", formats[i]);

		expect_status(drawn, 0);
		expect_status(again, 0);
		assert_true(strlen(program_output(drawn)) > 500);
		expect_drawn(drawn, beginnings[i]);
		assert_string_equal(program_output(again), program_output(drawn));
		assert_string_equal(program_errors(again), "");
		program_free(again);
		again = timeline("--load", path, "--format", formats[i], "--ascii", "--calls");
		expect_status(again, 0);
		program_free(again);
		program_free(drawn);
	}
}

static void standard_input_is_loaded(void **state)
{
	struct program *saved = timeline("echo", "--no-wire", "--format", "jsonl");
	struct program *again;

	(void)state;
	expect_status(saved, 0);
	again = program_run(program_output(saved), "timeline", "--load", "-", "--format", "jsonl");
	expect_status(again, 0);
	assert_string_equal(program_output(again), program_output(saved));
}

/* Runs a Python script that ends with an assertion where something is not so. */
static void expect_python(const char *script, const char *first, const char *second)
{
	struct program *program = program_start_other(python(), "-c", script, first, second);

	program_close_input(program);
	if (program_wait(program) != 0)
		fail_msg("%s", program_errors(program));
}

/* Saves what goes over the wire in an echo, in both forms that there are. */
static void save_packets(char saved[PATH], char packets[PATH])
{
	in_folder(saved, "packets.jsonl");
	in_folder(packets, "packets.pcapng");
	struct program *program =
		timeline("echo", "--bytes", "10000", "--save", saved, "--pcap", packets);
	expect_status(program, 0);
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
	char saved[PATH], packets[PATH];

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
	char saved[PATH], packets[PATH], read[PATH];

	(void)state;
	if (!can_capture())
		skip();
	save_packets(saved, packets);
	in_folder(read, "read.jsonl");
	struct program *drawn = timeline("--pcap-in", packets, "--bytes", "10000", "--save", read);
	expect_status(drawn, 0);
	expect_python(compare, saved, read);
	expect_order(drawn, (const char *const[]){"time ms", "── SYN ──", "SYN ACK", "ACK", "PSH ",
						  "PSH ", "FIN ", "FIN ", "ACK",
						  "\nConnection 1: 127.0.0.1:", NULL});
	/* TCP may have joined what was sent apart. Flags 24 are PSH and ACK, 17 FIN and ACK, 25 all
	 * three. */
	size_t n;
	char *text = text_read_file(saved, 1 << 20, &n);
	assert_true(text && n <= 1 << 20);
	text[n] = '\0';
	size_t all = net_count(text, "\"flags\":25,");
	assert_int_equal(net_count(program_output(drawn), "PSH "),
			 net_count(text, "\"flags\":24,") + all);
	assert_int_equal(net_count(program_output(drawn), "FIN "),
			 net_count(text, "\"flags\":17,") + all);
	free(text);
	assert_null(strstr(program_output(drawn), "\nConnection 2: "));

	struct program *opened = timeline("--pcap-in", packets, "-v");
	expect_status(opened, 0);
	assert_int_equal(net_count(program_output(opened), "TCP, transport layer: "),
			 net_count(program_output(opened), "IPv4, network layer: "));
	assert_true(net_count(program_output(opened), "TCP, transport layer: ") >= 8);
}

static void the_wire_can_be_left_out(void **state)
{
	struct program *program = timeline("echo", "--no-wire");

	(void)state;
	expect_status(program, 0);
	assert_null(strstr(program_output(program), " wire "));
	assert_null(strstr(program_output(program), "SYN"));
}

/* --- When what happens. --- */

static void pauses_are_made_while_typing(void **state)
{
	struct program *program =
		timeline("--client", "exec cat", "--input", "client:one\\n\\p{400}two\\n");

	(void)state;
	expect_status(program, 0);
	expect_order(program, (const char *const[]){"reads \"one\\n\" from the keyboard = 4",
						    "reads \"two\\n\" from the keyboard = 4",
						    "reads end of file", NULL});
	assert_true(time_of(program, "reads \"two") >= 400);
	assert_string_equal(program_errors(program), "one\ntwo\n");
}

static void clients_wait_for_a_delay(void **state)
{
	struct program *program = timeline("--server", "exec sleep 1000", "--client", "echo here",
					   "--start-when", "300ms");

	(void)state;
	expect_status(program, 0);
	assert_true(time_of(program, "prints \"here") >= 300);
}

/* A server that takes its time is waited for. */
static void wait_for_server(const char *protocol, const char *transport, int type)
{
	char server[COMMAND], client[COMMAND];
	int port = free_port(type);

	snprintf(server, sizeof(server),
		 "sleep 0.2; exec \"$SOCKETTOOL\" serve %s --port %d --host 127.0.0.1 %s -q",
		 protocol, port, transport);
	snprintf(client, sizeof(client), "exec \"$SOCKETTOOL\" connect %s 127.0.0.1 %d", protocol,
		 port);
	struct program *program = timeline("--server", server, "--client", client, "--input",
					   "client:hello\\n\\p{200}", "--no-wire");
	expect_status(program, 0);
	assert_true(time_of(program, "bind(") < time_of(program, "connect("));
	assert_null(strstr(program_output(program), "ECONNREFUSED"));
	program_free(program);
}

static void clients_wait_for_a_server(void **state)
{
	(void)state;
	wait_for_server("echo", "--tcp", SOCK_STREAM);
	wait_for_server("ack", "--udp", SOCK_DGRAM);
}

/* --- Programs that run already. --- */

static void a_running_server_is_watched_and_left_alone(void **state)
{
	struct program *server = program_serve("echo", "--model", "iterative");
	struct net_place place = net_place(server, "tcp 127.0.0.1", "echo");
	char pid[32], client[COMMAND];

	(void)state;
	snprintf(pid, sizeof(pid), "server:%d", (int)server->pid);
	snprintf(client, sizeof(client), "exec \"$SOCKETTOOL\" connect echo 127.0.0.1 %d",
		 place.port);
	struct program *program = timeline("--pid", pid, "--client", client, "--input",
					   "client:hello\\n", "--no-wire");
	expect_status(program, 0);
	expect_drawn(program, "server (");
	expect_drawn(program, "serve echo");
	expect_drawn(program, "send(");
	expect_drawn(program, "hello\\n");
	int fd = net_connect(&place);
	net_finish(fd);
	net_await_gone(fd);
	close(fd);
	net_stop(server);
}

/* --- Ends. --- */

static void statuses_of_programs_are_shown(void **state)
{
	struct program *program =
		timeline("--client", "exit 3", "--client", "kill -USR1 $$", "--no-wire");

	(void)state;
	expect_status(program, 0);
	expect_drawn(program, "ends with status 3");
	expect_drawn(program, "ended by SIGUSR1");
}

/* Runs a pair until both hang, however slow the machine is: the time limit grows until the picture
 * has a text that shows it. */
static struct program *hang(const char *server_role, const char *client_role, const char *sign)
{
	static const char *const timeouts[] = {"2s", "8s", "24s"};
	struct program *program = NULL;

	for (size_t i = 0; i < 3; i++) {
		char server[COMMAND], client[COMMAND];
		int port = free_port(SOCK_STREAM);

		program_free(program);
		write_textbook(server, "hanging", server_role, port);
		write_textbook(client, "hanging", client_role, port);
		program = timeline("--server", server, "--client", client, "--timeout", timeouts[i],
				   "--save", in_folder((char[PATH]){0}, "hang.jsonl"));
		if (strstr(program_output(program), sign))
			break;
	}
	expect_status(program, 4);
	assert_int_equal(
		strncmp(last_line(program), "sockettool: the programs did not end in time; ", 46),
		0);
	/* How they were ended is no part of what they did. */
	assert_null(strstr(program_output(program), "SIGTERM"));
	assert_null(strstr(program_output(program), "FIN"));
	return program;
}

static void two_that_wait_for_each_other_are_told(void **state)
{
	struct program *program =
		hang("receiving-server", "receiving-client", "Both ends of connection 1 wait");

	(void)state;
	expect_drawn(program, "\nStopped after ");
	expect_drawn(program, "\n  server: still waiting in recv(");
	expect_drawn(program, "\n  client: still waiting in recv(");
	expect_in(program, last_line(program), "; server: still waiting in recv(");
	expect_in(program, last_line(program), "; client: still waiting in recv(");

	struct program *again = timeline("--load", in_folder((char[PATH]){0}, "hang.jsonl"));
	expect_status(again, 0);
	assert_string_equal(program_output(again), program_output(program));
}

static void a_server_that_does_not_accept_is_told(void **state)
{
	struct program *program =
		hang("deaf-server", "receiving-client", "client: still waiting in recv(");

	(void)state;
	expect_drawn(program, "\n  server: busy or asleep since listen(");
	expect_in(program, last_line(program), "; server: busy or asleep since listen(");
	assert_null(strstr(program_output(program), "Both ends"));
}

static void a_client_that_waits_for_a_line_is_told(void **state)
{
	struct program *program =
		hang("lineless-server", "line-client", "Both ends of connection 1 wait");

	(void)state;
	expect_drawn(program, "\"Hello Ada\") = 9");
	expect_drawn(program, "\n  client: still waiting in recv(");
}

static void a_server_that_never_listens_is_told(void **state)
{
	struct program *program =
		timeline("--server", "exec sleep 1000", "--client", "true", "--timeout", "500ms");

	(void)state;
	expect_status(program, 4);
	expect_in(program, last_line(program), "; client: not started yet");
}

/* What is there so far is drawn, and nothing stays behind. */
static void an_interrupted_timeline_is_drawn(void **state)
{
	char server[COMMAND], client[COMMAND];
	struct net_place place = {.name = "tcp 127.0.0.1", .port = free_port(SOCK_STREAM)};

	(void)state;
	write_textbook(server, "hanging", "receiving-server", place.port);
	write_textbook(client, "hanging", "receiving-client", place.port);
	struct program *program =
		program_start("timeline", "--server", server, "--client", client, "--no-wire");
	program_expect_error(program, "waits\n");
	program_signal(program, SIGINT);
	assert_int_equal(program_wait(program), 128 + SIGINT);
	expect_in(program, last_line(program), "sockettool: interrupted by SIGINT; server: ");
	expect_drawn(program, "connect(");
	expect_drawn(program, "\nStopped after ");
	assert_null(strstr(program_output(program), "SIGTERM"));
	assert_int_equal(net_try(&place), -1);
	assert_int_equal(errno, ECONNREFUSED);
}

/* --- What cannot be done. --- */

static void mistakes_are_one_sentence(void **state)
{
	static const struct {
		const char *arguments[8];
		int status;
		const char *sentence;
	} cases[] = {
		{{NULL}, 2, "timeline needs programs: a PROTOCOL, --server, --client or --pid"},
		{{"echo", "calc"}, 2, "timeline takes one PROTOCOL at most"},
		{{"ehco"}, 2, "unknown protocol \"ehco\""},
		{{"echo", "--server", "true"}, 2, "a PROTOCOL brings its own server"},
		{{"chat", "--model", "fork"}, 2, "chat needs a model whose sessions can speak"},
		{{"--load", "x", "--pcap-in", "y"}, 2, "--load and --pcap-in exclude each other"},
		{{"echo", "--load", "x"}, 2, "what was recorded needs no programs"},
		{{"--input", "bob:hello", "--client", "true"},
		 2,
		 "\"bob:hello\" does not begin with server: or client:"},
		{{"--input", "client2:hello", "--client", "true"},
		 2,
		 "--input \"client2:hello\" is for a program that is not there"},
		{{"--input", "client:\\q", "--client", "true"}, 2, "\"\\q\" is no text to type"},
		{{"--pid", "4711"}, 2, "\"4711\" does not begin with server: or client:"},
		{{"--pid", "server:x"}, 2, "--pid takes WHO:PID, as in server:4711"},
		{{"--pid", "server:999999999"}, 3, "there is no process 999999999"},
		{{"--start-when", "soon", "--client", "true"},
		 2,
		 "--start-when takes listening or a duration like 500ms, not \"soon\""},
		{{"--load", "/nowhere/at.all"}, 3, "open /nowhere/at.all: no such file"},
		{{"--load", "/dev/null"}, 1, "/dev/null, line 1: "},
		{{"--load", "/bin/sh"}, 1, "/bin/sh, line 1: no recording that --save has"},
		{{"--pcap-in", "/nowhere/at.all"}, 3, "/nowhere/at.all: no such file"},
		{{"--pcap-in", "/bin/sh"}, 1, "/bin/sh is no capture"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *arguments[10] = {"timeline"};

		for (size_t k = 0; cases[i].arguments[k]; k++)
			arguments[k + 1] = cases[i].arguments[k];
		struct program *program = program_run_list("", arguments);
		expect_status(program, cases[i].status);
		expect_in(program, program_errors(program), cases[i].sentence);
		assert_string_equal(program_output(program), "");
		assert_int_equal(net_count(program_errors(program), "\n"), 1);
		program_free(program);
	}
}

static void programs_that_are_not_there_are_told(void **state)
{
	struct program *client = timeline("--client", "no-such-program", "--no-wire");
	struct program *server = timeline("--server", "no-such-program", "--client", "true");
	struct program *saved = timeline("--client", "true", "--save", "/nowhere/at.all");

	(void)state;
	expect_status(client, 3);
	assert_string_equal(last_line(client),
			    "sockettool: the client \"no-such-program\" ended with status 127: its "
			    "shell did not find a program\n");
	expect_drawn(client, "ends with status 127");
	expect_status(server, 3);
	assert_string_equal(last_line(server), "sockettool: the server \"no-such-program\" ended "
					       "with status 127 before it listened\n");
	expect_status(saved, 3);
	assert_string_equal(program_errors(saved),
			    "sockettool: open /nowhere/at.all: no such file or directory\n");
	/* It has not been run for nothing. */
	assert_string_equal(program_output(saved), "");
}

/* Somebody without rights sees everything but the wire, and reads which right is missing. */
static void without_the_privilege_the_wire_is_left_out(void **state)
{
	static const char script[] =
		"as() { if [ $(id -u) = 0 ]; then\n"
		"  exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \"$@\"\n"
		"else exec \"$@\"; fi; }\n"
		"(as test -x \"$SOCKETTOOL\") || exit 77\n"
		"as \"$SOCKETTOOL\" timeline echo\n";
	struct program *program = program_start_other("sh", "-c", script);

	(void)state;
	program_close_input(program);
	if (program_wait(program) == 77 || !strstr(program_output(program), "CAP_NET_RAW"))
		skip(); /* it may not be run, or has the right as a file */
	expect_status(program, 0);
	assert_int_equal(net_count(program_output(program), "CAP_NET_RAW"), 1);
	assert_ptr_equal(strstr(program_output(program), "capture on "), program_output(program));
	assert_null(strstr(program_output(program), " wire "));
	expect_drawn(program, "connect(");
	assert_null(strstr(program_errors(program), "sockettool:"));
}

/* Leaks cannot be looked for in programs that are traced. */
static void allow_tracing(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char all[512];

	snprintf(all, sizeof(all), "%s%sdetect_leaks=0", options ? options : "",
		 options ? ":" : "");
	setenv("ASAN_OPTIONS", all, 1);
}

static int make_folder(void **state)
{
	(void)state;
	unsetenv("COLUMNS");
	unsetenv("PYTHONUNBUFFERED");
	allow_tracing();
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	struct program *program = program_start_other("rm", "-r", folder);

	(void)state;
	return program_wait(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_homework_is_drawn, end_programs),
		cmocka_unit_test_teardown(a_start_script_is_one_line, end_programs),
		cmocka_unit_test_teardown(every_model_is_drawn, end_programs),
		cmocka_unit_test_teardown(datagrams_are_drawn, end_programs),
		cmocka_unit_test_teardown(what_has_no_end_of_its_own_is_drawn, end_programs),
		cmocka_unit_test_teardown(a_saved_timeline_draws_the_same, end_programs),
		cmocka_unit_test_teardown(standard_input_is_loaded, end_programs),
		cmocka_unit_test_teardown(a_pcapng_agrees_with_tshark, end_programs),
		cmocka_unit_test_teardown(a_capture_is_read_again, end_programs),
		cmocka_unit_test_teardown(the_wire_can_be_left_out, end_programs),
		cmocka_unit_test_teardown(pauses_are_made_while_typing, end_programs),
		cmocka_unit_test_teardown(clients_wait_for_a_delay, end_programs),
		cmocka_unit_test_teardown(clients_wait_for_a_server, end_programs),
		cmocka_unit_test_teardown(a_running_server_is_watched_and_left_alone, end_programs),
		cmocka_unit_test_teardown(statuses_of_programs_are_shown, end_programs),
		cmocka_unit_test_teardown(two_that_wait_for_each_other_are_told, end_programs),
		cmocka_unit_test_teardown(a_server_that_does_not_accept_is_told, end_programs),
		cmocka_unit_test_teardown(a_client_that_waits_for_a_line_is_told, end_programs),
		cmocka_unit_test_teardown(a_server_that_never_listens_is_told, end_programs),
		cmocka_unit_test_teardown(an_interrupted_timeline_is_drawn, end_programs),
		cmocka_unit_test_teardown(mistakes_are_one_sentence, end_programs),
		cmocka_unit_test_teardown(programs_that_are_not_there_are_told, end_programs),
		cmocka_unit_test_teardown(without_the_privilege_the_wire_is_left_out, end_programs),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
