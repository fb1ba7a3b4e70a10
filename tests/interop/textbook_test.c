/*
 * Textbook programs, written from the listings of the course's papers (textbook/), with ours at the
 * other end, in both directions. They speak without line ends: --framing raw.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/program.h"
#include "support/python.h"

static int need_python(void **state)
{
	struct program *python = program_start_other(python_command(), "-c", "");

	(void)state;
	if (program_wait(python) == 127)
		fail_msg("python3 is missing: install the package python3");
	program_free(python);
	return 0;
}

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

static struct program *start_textbook(const char *name, int port)
{
	const char *source = getenv("SOCKETTOOL_SOURCE");
	char path[512];

	assert_non_null(source);
	snprintf(path, sizeof(path), "%s/tests/interop/textbook/%s.py", source, name);
	return program_start_other(python_command(), "-u", path, program_number(port));
}

/* A textbook server, and the port it says it has. */
static struct program *start_textbook_server(const char *name)
{
	struct program *server = start_textbook(name, 0);

	program_expect(server, "listening on ");
	program_expect(server, "\n");
	server->port =
		atoi(strstr(program_output(server), "listening on ") + strlen("listening on "));
	assert_true(server->port > 0);
	return server;
}

static void expect_success(struct program *program)
{
	int status = program_wait(program);

	if (status != 0)
		fail_msg("status %d; output: %s; errors: %s", status, program_output(program),
			 program_errors(program));
}

static void expect_in_output(const struct program *program, const char *text)
{
	if (!strstr(program_output(program), text))
		fail_msg("no \"%s\" in: %s", text, program_output(program));
}

/* --- Their clients, our servers --- */

static int port_of(struct program *server, const char *protocol)
{
	return net_place(server, "tcp 127.0.0.1", protocol).port;
}

/* Runs a textbook client that needs no input; its output must have the text. */
static void run_client(const char *name, int port, const char *text)
{
	struct program *client = start_textbook(name, port);

	expect_success(client);
	expect_in_output(client, text);
	program_free(client);
}

static void serve_textbook_clients(const struct model *model)
{
	struct program *server = program_serve("echo", "statemachine", "daytime", "--framing",
					       "raw", "--model", model->name);

	run_client("statemachine_client", port_of(server, "statemachine"),
		   "My name is OOO\nI am 22\nfinal state termination\n");
	/* These connect to localhost. */
	if (net_has_localhost()) {
		run_client("echo_client", port_of(server, "echo"), "Received b'Hello, world'\n");
		run_client("daytime_client", port_of(server, "daytime"), "\nHave a nice day!\n");
	}
	net_stop(server);
}

static void test_clients(void **state)
{
	(void)state;
	net_each_model(serve_textbook_clients);
}

/* Two connections at once, which under iterative wait for one another. */
static void serve_selectors_client(const struct model *model)
{
	if (strcmp(model->name, "iterative") == 0)
		return;
	struct program *server = program_serve("echo", "--framing", "raw", "--model", model->name);
	struct program *client = start_textbook("selectors_client", server->port);

	expect_success(client);
	expect_in_output(client, "closing connection 1 after 44 bytes\n");
	expect_in_output(client, "closing connection 2 after 44 bytes\n");
	program_free(client);
	net_stop(server);
}

static void test_selectors_client(void **state)
{
	(void)state;
	net_each_model(serve_selectors_client);
}

static void serve_date_client(const struct model *model)
{
	struct program *server =
		program_serve("udp-date", "--framing", "raw", "--model", model->name);
	struct program *client = start_textbook("date_client", server->port);
	int year, month, day, hour, minute, second;

	expect_success(client);
	assert_int_equal(net_count(program_output(client), "Client received MESSAGE="), 3);
	const char *answer = strstr(program_output(client), "MESSAGE= ");
	assert_int_equal(sscanf(answer, "MESSAGE= %4d-%2d-%2d ", &year, &month, &day), 3);
	answer = strstr(answer + 1, "MESSAGE= ");
	assert_int_equal(sscanf(answer, "MESSAGE= %2d:%2d:%2d ", &hour, &minute, &second), 3);
	program_free(client);
	net_stop(server);
}

static void test_date_client(void **state)
{
	(void)state;
	net_each_model(serve_date_client);
}

/* Messages without ends stay apart because each is sent when the one before has been heard. */
static void serve_calc_client(const struct model *model)
{
	struct program *server = program_serve("calc", "--framing", "raw", "--model", model->name);
	struct program *client = start_textbook("calc_client", server->port);

	program_expect(client, "Enter your name: ");
	program_write(client, "Adarsh\n");
	program_expect_error(server, "name: Adarsh");
	program_write(client, "12 + 13\n");
	program_expect(client, "CLIENT RECEIVED: 25.0\n");
	program_write(client, "12(10\n");
	program_expect(client, "CLIENT RECEIVED: Invalid expression");
	program_write(client, "4.5 / -6\n");
	program_expect(client, "CLIENT RECEIVED: -0.75\n");
	program_write(client, "q\n");
	expect_success(client);
	program_expect_error(server, "Session ended");
	program_free(client);
	net_stop(server);
}

static void test_calc_client(void **state)
{
	(void)state;
	net_each_model(serve_calc_client);
}

static void serve_chat_clients(const struct model *model)
{
	if (!(model->abilities & MODEL_SHARED))
		return;
	struct program *server = program_serve("chat", "--framing", "raw", "--model", model->name);
	struct program *abhinav = start_textbook("chat_client", server->port);

	program_write(abhinav, "Abhinav\n");
	program_expect(abhinav, "Welcome, Abhinav.");
	struct program *adarsh = start_textbook("chat_client", server->port);
	program_write(adarsh, "Adarsh\n");
	program_expect(adarsh, "Welcome, Adarsh.");
	program_expect(adarsh, "Here: Abhinav.");
	program_expect(abhinav, "Adarsh has joined the chat.");
	program_write(abhinav, "hi bro\n");
	program_expect(adarsh, "Abhinav: hi bro");
	program_write(adarsh, "bye bro\n");
	program_expect(abhinav, "Adarsh: bye bro");
	program_write(adarsh, "quit\n");
	expect_success(adarsh);
	program_expect(abhinav, "Adarsh has left the chat.");
	program_write(abhinav, "quit\n");
	expect_success(abhinav);
	program_free(adarsh);
	program_free(abhinav);
	net_stop(server);
}

static void test_chat_clients(void **state)
{
	(void)state;
	net_each_model(serve_chat_clients);
}

/* --- Their servers, our clients --- */

static struct program *connect_to(const struct program *server, const char *protocol)
{
	return program_start("connect", protocol, "127.0.0.1", program_number(server->port),
			     "--framing", "raw");
}

static void test_echo_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("echo_server");
	struct program *client = connect_to(server, "echo");

	program_write(client, "Hello, world\n");
	program_expect(client, "Hello, world");
	program_close_input(client);
	expect_success(client);
	expect_success(server);
	expect_in_output(server, "Received b'Hello, world");
}

static void test_statemachine_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("statemachine_server");
	struct program *client = program_start("statemachine-client", "127.0.0.1",
					       program_number(server->port), "--framing", "raw");

	program_close_input(client);
	expect_success(client);
	expect_in_output(client, "My name is OOO");
	expect_in_output(client, "I am 22");
	expect_success(server);
	expect_in_output(server, "Received how old are you");
}

static void test_selectors_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("selectors_server");
	struct program *client =
		program_start("connect", "echo", "127.0.0.1", program_number(server->port),
			      "--framing", "raw", "--connections", "2", "--send",
			      "Message 1 from client.", "--send", "Message 2 from client.");

	program_close_input(client);
	expect_success(client);
	program_expect(server, "closing connection");
	program_expect(server, "closing connection");
	program_signal(server, SIGINT);
	expect_success(server);
}

static void test_daytime_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("daytime_server");
	struct program *client = connect_to(server, "daytime");

	program_close_input(client);
	expect_success(client);
	expect_in_output(client, "Have a nice day!");
	expect_success(server);
}

static void test_date_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("date_server");
	struct program *client = program_start(
		"connect", "udp-date", "127.0.0.1", program_number(server->port), "--framing",
		"raw", "--count", "5", "--interval", "1ms-2ms", "--seed", "1");

	expect_success(client);
	assert_int_equal(net_count(program_output(client), "\n"), 5);
	expect_success(server);
	assert_int_equal(net_count(program_output(server), "MESSAGE= SEND_"), 5);
}

static void test_calc_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("calc_server");
	struct program *client = connect_to(server, "calc");

	program_write(client, "Adarsh\n");
	program_expect(server, "SERVER RECEIVED: Adarsh\n");
	program_write(client, "12 + 13\n");
	program_expect(client, "25.0");
	program_write(client, "3.24 - 45\n");
	program_expect(client, "-41.76");
	program_write(client, "q\n");
	expect_success(client);
	expect_success(server);
	expect_in_output(server, "Session ended\n");
}

static void test_chat_server(void **state)
{
	(void)state;
	struct program *server = start_textbook_server("chat_server");
	struct program *ada = connect_to(server, "chat"), *grace;

	program_write(ada, "Ada\n");
	program_expect(server, "has connected\n");
	grace = connect_to(server, "chat");
	program_write(grace, "Grace\n");
	program_expect(ada, "Grace has joined the chat.");
	program_write(grace, "hello\n");
	program_expect(ada, "Grace: hello");
	program_write(ada, "good day\n");
	program_expect(grace, "Ada: good day");
	program_write(grace, "quit\n");
	expect_success(grace);
	program_expect(ada, "Grace has left the chat.");
	program_write(ada, "quit\n");
	expect_success(ada);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_clients, end_programs),
		cmocka_unit_test_teardown(test_selectors_client, end_programs),
		cmocka_unit_test_teardown(test_date_client, end_programs),
		cmocka_unit_test_teardown(test_calc_client, end_programs),
		cmocka_unit_test_teardown(test_chat_clients, end_programs),
		cmocka_unit_test_teardown(test_echo_server, end_programs),
		cmocka_unit_test_teardown(test_statemachine_server, end_programs),
		cmocka_unit_test_teardown(test_selectors_server, end_programs),
		cmocka_unit_test_teardown(test_daytime_server, end_programs),
		cmocka_unit_test_teardown(test_date_server, end_programs),
		cmocka_unit_test_teardown(test_calc_server, end_programs),
		cmocka_unit_test_teardown(test_chat_server, end_programs),
	};

	return cmocka_run_group_tests(tests, need_python, NULL);
}
