/*
 * Textbook programs of the papers' other systems (textbook/), with ours at the other end, in both
 * directions: talk, doctor, eval, reply, ack, knock and message.
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

static const char joke[] = "I could tell you a UDP joke but I'm not sure you'll get it.";

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

/* words: for the textbook program's argument list after the port, or NULL. */
static struct program *start_textbook(const char *name, int port, const char *words)
{
	const char *source = getenv("SOCKETTOOL_SOURCE");
	char path[512];

	assert_non_null(source);
	snprintf(path, sizeof(path), "%s/tests/interop/textbook/%s.py", source, name);
	return program_start_other(python_command(), "-u", path, program_number(port), words);
}

/* A textbook client of our server. */
static struct program *start_client(const char *name, const struct program *server)
{
	return start_textbook(name, server->port, NULL);
}

/* A textbook server, and the port it says it has. */
static struct program *start_server(const char *name)
{
	static const char ready[] = "listening on ";
	struct program *server = start_textbook(name, 0, NULL);

	program_expect(server, ready);
	program_expect(server, "\n");
	server->port = atoi(strstr(program_output(server), ready) + strlen(ready));
	assert_true(server->port > 0);
	return server;
}

/* Our client of a textbook server. */
static struct program *start_connect(const char *protocol, const struct program *server,
				     const char *option)
{
	return program_start("connect", protocol, "127.0.0.1", program_number(server->port),
			     "--framing", "raw", option);
}

static void expect_success(struct program *program)
{
	int status = program_wait(program);

	if (status != 0)
		fail_msg("status %d; output: %s; errors: %s", status, program_output(program),
			 program_errors(program));
}

/* Types a line, and waits for what comes of it. */
static void ask(struct program *program, const char *line, const char *answer)
{
	program_write(program, line);
	program_expect(program, answer);
}

/* --- talk and doctor: paper 001's slides. --- */

static void serve_talk_client(const struct model *model)
{
	if (!(model->abilities & (MODEL_SHARED | MODEL_SINGLE)))
		return;
	struct program *server = program_serve("talk", "--turns", "--greeting",
					       "Welcome to my chat room!", "--framing", "raw",
					       "--model", model->name);
	struct program *client = start_client("talk_client", server);

	program_expect(client, "Welcome to my chat room!\n> ");
	program_write(client, "Is anybody there?\n");
	program_expect(server, "Is anybody there?\n");
	program_write(server, "Only me.\n");
	program_expect(client, "Only me.\n> ");
	/* Its empty line is never sent: the client leaves, and the next caller is greeted. */
	program_write(client, "\n");
	expect_success(client);
	program_expect_error(server, "closed, peer closed");

	struct program *second = start_client("talk_client", server);
	program_expect(second, "Welcome to my chat room!\n> ");
	program_write(second, "Hello again\n");
	program_expect(server, "Hello again\n");
	program_write(server, "\n");
	expect_success(second);
	net_stop(server);
}

static void test_talk_client(void **state)
{
	(void)state;
	net_each_model(serve_talk_client);
}

static void test_talk_server(void **state)
{
	(void)state;
	struct program *server = start_server("talk_server");
	struct program *client = start_connect("talk", server, "--turns");

	program_expect(client, "Welcome to my chat room!\n");
	program_write(client, "Is anybody there?\n");
	program_expect(server, "Is anybody there?\n> ");
	program_write(server, "Only me.\n");
	program_expect(client, "Only me.\n");
	program_write(client, "\n");
	program_expect(server, "Client disconnected\nWaiting for connection . . . \n");
	expect_success(client);
}

static void serve_therapy_client(const struct model *model)
{
	struct program *server =
		program_serve("doctor", "--seed", "1", "--framing", "raw", "--model", model->name);
	struct program *client = start_client("talk_client", server);

	program_expect(client, "I am glad you came. Where shall we begin?\n> ");
	ask(client, "I am unhappy these days.\n", "unhappy");
	program_expect(client, "\n> ");
	ask(client, "It is about my sister.\n", "your sister");
	program_expect(client, "\n> ");
	program_write(client, "\n");
	expect_success(client);
	program_expect_error(server, "closed, peer closed");
	net_stop(server);
}

static void test_therapy_client(void **state)
{
	(void)state;
	net_each_model(serve_therapy_client);
}

static void test_therapy_server(void **state)
{
	(void)state;
	struct program *server = start_server("therapy_server");
	struct program *client = start_connect("doctor", server, NULL);

	program_expect(client, "Good morning, how can I help you today?\n");
	ask(client, "I miss my sister\n", "Why do you say that i miss your sister?\n");
	program_close_input(client);
	program_expect(server, "Client disconnected\n");
	expect_success(client);
}

/* --- eval and reply: paper 002's four servers and its client. --- */

static void serve_eval_clients(const struct model *model)
{
	struct program *server = program_serve("eval", "--framing", "raw", "--model", model->name);
	struct program *first = start_client("eval_client", server), *second;

	ask(first, "3+5\n", "Answer is 8\nEnter request string : ");
	second = start_client("eval_client", server);
	program_write(second, "4+5\n");
	/* Under iterative, Server1's model, the second waits until the first has left. */
	if (strcmp(model->name, "iterative") != 0)
		program_expect(second, "Answer is 9\n");
	ask(first, "2*(3-7)\n", "Answer is -8\n");
	ask(first, "quit()\n", "Closing Connection 127.0.0.1\n");
	expect_success(first);
	if (strcmp(model->name, "iterative") == 0)
		program_expect(second, "Answer is 9\n");
	ask(second, "quit()\n", "Closing Connection 127.0.0.1\n");
	expect_success(second);
	program_expect_error(server, "sent -> 3+5");
	program_expect_error(server, "sent -> quit()");
	program_expect_error(server, "sent -> quit()");
	net_stop(server);
}

static void test_eval_clients(void **state)
{
	(void)state;
	net_each_model(serve_eval_clients);
}

/* exit() stops a server that allows it, and no other. */
static void serve_exit_client(const struct model *model)
{
	struct program *server =
		program_serve("eval", "--framing", "raw", "--allow-exit", "--model", model->name);
	struct program *client = start_client("eval_client", server);

	ask(client, "exit()\n", "Closing Connection 127.0.0.1\n");
	expect_success(client);
	expect_success(server);
	program_free(client);
	program_free(server);

	server = program_serve("eval", "--framing", "raw", "--model", model->name);
	client = start_client("eval_client", server);
	ask(client, "exit()\n", "Error: this server does not stop for exit()");
	ask(client, "6+8\n", "Answer is 14\n");
	ask(client, "quit()\n", "Closing Connection 127.0.0.1\n");
	expect_success(client);
	net_stop(server);
}

static void test_exit_client(void **state)
{
	(void)state;
	net_each_model(serve_exit_client);
}

static void serve_reply_client(const struct model *model)
{
	struct program *server = program_serve("reply", "--framing", "raw", "--model", model->name);
	struct program *client = start_client("eval_client", server);

	ask(client, "Hello\n", "Request received as : Hello\n");
	ask(client, "I am fine :)\n", "Request received as : I am fine :)\n");
	ask(client, "quit()\n", "Closing Connection 127.0.0.1\n");
	expect_success(client);
	net_stop(server);
}

static void test_reply_client(void **state)
{
	(void)state;
	net_each_model(serve_reply_client);
}

/* The first of two clients has been answered and stays; the second asks meanwhile. */
static void ask_eval_server(const char *name, bool one_at_a_time)
{
	struct program *server = start_server(name);
	struct program *first = start_connect("eval", server, NULL), *second;

	ask(first, "3+5\n", "Answer is 8\n");
	second = start_connect("eval", server, NULL);
	program_write(second, "4+5\n");
	if (!one_at_a_time)
		program_expect(second, "Answer is 9\n");
	ask(first, "quit()\n", "quit()");
	expect_success(first);
	if (one_at_a_time)
		program_expect(second, "Answer is 9\n");
	ask(second, "quit()\n", "quit()");
	expect_success(second);
	program_free(first);
	program_free(second);
	program_free(server);
}

static void test_eval_servers(void **state)
{
	(void)state;
	ask_eval_server("eval_server1", true);
	ask_eval_server("eval_server2", false);
	ask_eval_server("eval_server3", false);
}

static void test_exit_server(void **state)
{
	(void)state;
	struct program *server = start_server("eval_server3");
	struct program *client = start_connect("eval", server, NULL);

	ask(client, "exit()\n", "exit()");
	expect_success(client);
	expect_success(server);
}

static void test_reply_server(void **state)
{
	(void)state;
	struct program *server = start_server("reply_server");
	struct program *first = start_connect("reply", server, NULL);
	struct program *second = start_connect("reply", server, NULL);

	ask(first, "Hello\n", "Request received as : Hello\n");
	ask(second, "Hi\n", "Request received as : Hi\n");
	ask(first, "quit()\n", "quit()");
	expect_success(first);
	ask(second, "quit()\n", "quit()");
	expect_success(second);
}

/* --- ack and knock: paper 003, questions 1 and 4. --- */

static void serve_ack_client(const struct model *model)
{
	struct program *server = program_serve("ack", "--model", model->name);
	struct program *client = start_client("ack_client", server);

	expect_success(client);
	program_expect(client, "Client received MESSAGE= Ok from ADDR= ('127.0.0.1', ");
	program_expect_error(server, joke);
	program_free(client);
	net_stop(server);
}

static void test_ack_client(void **state)
{
	(void)state;
	net_each_model(serve_ack_client);
}

static void test_ack_server(void **state)
{
	(void)state;
	struct program *server = start_server("ack_server");
	struct program *client = program_start("connect", "ack", "127.0.0.1",
					       program_number(server->port), "--send", joke, "-q");

	expect_success(client);
	assert_string_equal(program_output(client), "Ok\n");
	expect_success(server);
	program_expect(server, joke);
}

static void serve_knock_client(const struct model *model)
{
	struct program *server = program_serve("knock", "--framing", "raw", "--model", model->name);
	struct program *client = start_client("knock_client", server);

	expect_success(client);
	program_expect(client, "CLIENT RECEIVED: Who's there?\n");
	program_expect_error(server, "received Knock Knock..");
	program_free(client);
	net_stop(server);
}

static void test_knock_client(void **state)
{
	(void)state;
	net_each_model(serve_knock_client);
}

static void test_knock_server(void **state)
{
	(void)state;
	struct program *server = start_server("knock_server");
	struct program *client = start_connect("knock", server, NULL);

	ask(client, "Knock Knock..\n", "Whose there?");
	expect_success(client);
	expect_success(server);
	program_expect(server, "SERVER RECEIVED: Knock Knock..\n");
}

/* --- message and talk: paper 004's example and its task. --- */

static void serve_message_clients(const struct model *model)
{
	struct program *server =
		program_serve("message", "--framing", "raw", "--model", model->name);
	struct program *client =
		start_textbook("message_client", server->port, "this is my message");

	expect_success(client);
	program_expect(server, "127.0.0.1:");
	program_expect(server, ": this is my message\n");
	program_free(client);

	client = start_textbook("message_client", server->port, "and\033[2Janother");
	expect_success(client);
	program_expect(server, ": and\\x1b[2Janother\n");
	program_free(client);
	net_stop(server);
}

static void test_message_clients(void **state)
{
	(void)state;
	net_each_model(serve_message_clients);
}

static void test_message_server(void **state)
{
	(void)state;
	struct program *server = start_server("message_server");
	struct program *client = start_connect("message", server, NULL);

	program_write(client, "this is my message\n");
	program_expect(server, "('127.0.0.1', ");
	program_expect(server, "): this is my message\n");
	expect_success(client);
}

static void serve_task_client(const struct model *model)
{
	if (!(model->abilities & (MODEL_SHARED | MODEL_SINGLE)))
		return;
	struct program *server =
		program_serve("talk", "--turns", "--framing", "raw", "--model", model->name);
	struct program *client = start_client("task_client", server);

	program_write(client, "Hello?\n");
	program_expect(server, "Hello?\n");
	program_write(server, "Speaking.\n");
	program_expect(client, "Speaking.\n");
	program_write(client, "EXIT\n");
	expect_success(client);
	program_expect_error(server, "closed, peer closed");

	struct program *second = start_client("task_client", server);
	program_write(second, "Is it my turn?\n");
	program_expect(server, "Is it my turn?\n");
	program_write(server, "EXIT\n");
	expect_success(second);
	net_stop(server);
}

static void test_task_client(void **state)
{
	(void)state;
	net_each_model(serve_task_client);
}

static void test_task_server(void **state)
{
	(void)state;
	struct program *server = start_server("task_server");
	struct program *client = start_connect("talk", server, "--turns");

	program_write(client, "Hello?\n");
	program_expect(server, "Hello?\n");
	program_write(server, "Speaking.\n");
	program_expect(client, "Speaking.\n");
	program_write(client, "EXIT\n");
	expect_success(client);
	program_expect(server, "waiting for the next\n");

	struct program *second = start_connect("talk", server, "--turns");
	program_write(second, "Is it my turn?\n");
	program_expect(server, "Is it my turn?\n");
	program_write(server, "EXIT\n");
	expect_success(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_talk_client, end_programs),
		cmocka_unit_test_teardown(test_talk_server, end_programs),
		cmocka_unit_test_teardown(test_therapy_client, end_programs),
		cmocka_unit_test_teardown(test_therapy_server, end_programs),
		cmocka_unit_test_teardown(test_eval_clients, end_programs),
		cmocka_unit_test_teardown(test_exit_client, end_programs),
		cmocka_unit_test_teardown(test_reply_client, end_programs),
		cmocka_unit_test_teardown(test_eval_servers, end_programs),
		cmocka_unit_test_teardown(test_exit_server, end_programs),
		cmocka_unit_test_teardown(test_reply_server, end_programs),
		cmocka_unit_test_teardown(test_ack_client, end_programs),
		cmocka_unit_test_teardown(test_ack_server, end_programs),
		cmocka_unit_test_teardown(test_knock_client, end_programs),
		cmocka_unit_test_teardown(test_knock_server, end_programs),
		cmocka_unit_test_teardown(test_message_clients, end_programs),
		cmocka_unit_test_teardown(test_message_server, end_programs),
		cmocka_unit_test_teardown(test_task_client, end_programs),
		cmocka_unit_test_teardown(test_task_server, end_programs),
	};

	return cmocka_run_group_tests(tests, need_python, NULL);
}
