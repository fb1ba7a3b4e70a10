/*
 * The tools that everybody has: nc, ncat and socat as clients of our servers, and as servers of our
 * clients.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/program.h"

static int need_tools(void **state)
{
	static const char *const tools[][2] = {
		{"nc.openbsd", "netcat-openbsd"}, {"ncat", "ncat"}, {"socat", "socat"}};

	(void)state;
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		struct program *tool = program_start_other(tools[i][0], "-h");
		if (program_wait(tool) == 127)
			fail_msg("%s is missing: install the package %s", tools[i][0], tools[i][1]);
		program_free(tool);
	}
	return 0;
}

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

static void expect_success(struct program *program)
{
	int status = program_wait(program);

	if (status != 0)
		fail_msg("status %d; output: %s; errors: %s", status, program_output(program),
			 program_errors(program));
}

/* --- As clients --- */

/* The tool says what is written, ends its side, and has received the answer when it ends. */
static void converse(struct program *tool, const char *text, const char *answer)
{
	program_write(tool, text);
	program_close_input(tool);
	expect_success(tool);
	if (!strstr(program_output(tool), answer))
		fail_msg("no \"%s\" in: %s", answer, program_output(tool));
	program_free(tool);
}

static struct program *socat_to(const char *kind, const char *value)
{
	char address[160];

	snprintf(address, sizeof(address), "%s:%s", kind, value);
	/* It waits a while for the other side after one side has ended. */
	return program_start_other("socat", "-t", "20", "-", address);
}

static void talk_over_tcp(int port, const char *text, const char *answer)
{
	const char *number = program_number(port);

	converse(program_start_other("nc.openbsd", "-N", "127.0.0.1", number), text, answer);
	converse(program_start_other("ncat", "127.0.0.1", number), text, answer);
	converse(socat_to("TCP:127.0.0.1", number), text, answer);
}

static void serve_tools(const struct model *model)
{
	struct program *server = program_serve("echo", "calc", "daytime", "statemachine", "--model",
					       model->name, "--host", "127.0.0.1");

	talk_over_tcp(net_place(server, "tcp 127.0.0.1", "echo").port, "one\ntwo", "one\ntwo");
	talk_over_tcp(net_place(server, "tcp 127.0.0.1", "calc").port, "Ada\n12 + 13\n4.5 / -6\n",
		      "25.0\n-0.75\n");
	talk_over_tcp(net_place(server, "tcp 127.0.0.1", "daytime").port, "",
		      "\nHave a nice day!\n");
	talk_over_tcp(net_place(server, "tcp 127.0.0.1", "statemachine").port,
		      "what is your name?\nHow old are you?\n", "My name is OOO\nI am 22\n");
	net_stop(server);
}

static void test_tcp_clients(void **state)
{
	(void)state;
	net_each_model(serve_tools);
}

static void test_unix_clients(void **state)
{
	char path[108];

	(void)state;
	net_path(path, "tools");
	struct program *server = program_serve("calc", "--unix", path);
	converse(program_start_other("nc.openbsd", "-N", "-U", path), "Ada\n1 + 1\n", "2.0\n");
	converse(program_start_other("ncat", "-U", path), "Ada\n1 + 1\n", "2.0\n");
	converse(socat_to("UNIX-CONNECT", path), "Ada\n1 + 1\n", "2.0\n");
	net_stop(server);
}

/* Datagrams have no end: the tools are ended once the answer is there. */
static void ask_datagram(struct program *tool)
{
	program_write(tool, "SEND_TEA");
	program_expect(tool, "Invalid request");
	program_free(tool);
}

static void test_udp_clients(void **state)
{
	(void)state;
	struct program *server = program_serve("udp-date");
	const char *port = program_number(server->port);

	ask_datagram(program_start_other("nc.openbsd", "-u", "127.0.0.1", port));
	ask_datagram(program_start_other("ncat", "-u", "127.0.0.1", port));
	ask_datagram(socat_to("UDP:127.0.0.1", port));
	net_stop(server);
}

static void test_chat_among_tools(void **state)
{
	(void)state;
	struct program *server = program_serve("chat");
	const char *port = program_number(server->port);
	struct program *nc = program_start_other("nc.openbsd", "127.0.0.1", port), *ncat, *socat;

	program_write(nc, "nc\n");
	program_expect(nc, "Welcome, nc.\n");
	ncat = program_start_other("ncat", "--crlf", "127.0.0.1", port);
	program_write(ncat, "ncat\n");
	program_expect(ncat, "Welcome, ncat.\nHere: nc.\n");
	program_expect(nc, "ncat has joined the chat.\n");
	socat = socat_to("TCP:127.0.0.1", port);
	program_write(socat, "socat\n");
	program_expect(ncat, "socat has joined the chat.\n");
	program_write(socat, "hello\n");
	program_expect(nc, "socat: hello\n");
	program_expect(ncat, "socat: hello\n");
	program_write(socat, "quit\n");
	program_close_input(socat);
	expect_success(socat);
	program_expect(nc, "socat has left the chat.\n");
	program_free(nc);
	program_expect(ncat, "nc has left the chat.\n");
	program_free(ncat);
	net_stop(server);
}

/* --- As servers --- */

/* Waits for the text in what the tool says on standard error; the port follows the last colon or
 * blank of that line. */
static int port_from(struct program *tool, const char *text)
{
	program_expect_error(tool, text);
	program_expect_error(tool, "\n");
	const char *line = strstr(program_errors(tool), text), *end = strchr(line, '\n');

	while (end[-1] >= '0' && end[-1] <= '9')
		end--;
	int port = atoi(end);
	if (port == 0)
		fail_msg("no port in: %s", program_errors(tool));
	return port;
}

static void test_nc_server(void **state)
{
	(void)state;
	struct program *nc =
		program_start_other("nc.openbsd", "-N", "-n", "-v", "-l", "127.0.0.1", "0");
	int port = port_from(nc, "Listening on ");
	struct program *client =
		program_start("connect", "daytime", "127.0.0.1", program_number(port));

	program_close_input(client);
	program_write(nc, "Fri Nov 20 22:57:00 2026\nHave a nice day!\n");
	program_close_input(nc);
	expect_success(client);
	assert_string_equal(program_output(client), "Fri Nov 20 22:57:00 2026\nHave a nice day!\n");
}

static void test_socat_server(void **state)
{
	(void)state;
	struct program *socat = program_start_other("socat", "-d", "-d", "-t", "20",
						    "TCP-LISTEN:0,bind=127.0.0.1", "PIPE");
	int port = port_from(socat, "listening on ");
	struct program *client = program_run("there and back\n", "connect", "echo", "127.0.0.1",
					     program_number(port));

	assert_int_equal(client->status, 0);
	assert_string_equal(program_output(client), "there and back\n");
}

/* ncat does not tell which free port it took: it listens on a path. */
static void test_ncat_server(void **state)
{
	char path[108];

	(void)state;
	net_path(path, "ncat");
	struct program *ncat = program_start_other("ncat", "-v", "-l", "-U", path, "--send-only");
	program_expect_error(ncat, "Listening on ");
	struct program *client = program_start("connect", "daytime", "--unix", path);
	program_close_input(client);
	program_write(ncat, "Fri Nov 20 22:57:00 2026\n");
	program_expect(client, "Fri Nov 20 22:57:00 2026\n");
	program_close_input(ncat);
	expect_success(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_tcp_clients, end_programs),
		cmocka_unit_test_teardown(test_unix_clients, end_programs),
		cmocka_unit_test_teardown(test_udp_clients, end_programs),
		cmocka_unit_test_teardown(test_chat_among_tools, end_programs),
		cmocka_unit_test_teardown(test_nc_server, end_programs),
		cmocka_unit_test_teardown(test_socat_server, end_programs),
		cmocka_unit_test_teardown(test_ncat_server, end_programs),
	};

	return cmocka_run_group_tests(tests, need_tools, NULL);
}
