/*
 * What a server writes to its log, and that no peer and no reader disturbs it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

static void remark_on_partial_line(const struct model *model)
{
	struct program *server = program_serve("calc", "--model", model->name);
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_send(client, "Ada without end");
	program_expect_error(server,
			     "sent 15 bytes without a newline and waits; a textbook program "
			     "wants --framing raw");
	peer_ask(client, "\n1 + 1\n", "2.0\n");
	close(client);
	net_stop(server);
}

static void test_partial_line(void **state)
{
	(void)state;
	net_each_model(remark_on_partial_line);
}

/* The remark is made once, however often it happens. */
static void test_partial_line_once(void **state)
{
	(void)state;
	struct program *server = program_serve("calc", "--idle-timeout", "1500ms");
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_send(client, "A");
	program_expect_error(server, "without a newline");
	peer_send(client, "da");
	peer_expect_end(client);
	close(client);
	program_expect_error(server, "idle for too long");
	assert_int_equal(net_count(program_errors(server), "without a newline"), 1);
	net_stop(server);
}

static void test_json_log(void **state)
{
	static const char program[] =
		"import json, sys\n"
		"lines = [json.loads(line) for line in sys.stdin]\n"
		"print(len(lines), [line for line in lines if '\\u001b[2J' in str(line)] != [])\n";

	(void)state;
	struct program *server = program_serve("calc", "--log-format", "json", "-v");
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);
	peer_send(client, "\x1b[2J\"\\\x01\xff\n");
	peer_ask(client, "\x7f \"1\" + 1\r1\n",
		 "Invalid expression: write NUMBER OP NUMBER with spaces "
		 "between, as in 12 + 42\n");
	peer_reset(client);
	program_signal(server, SIGTERM);
	assert_int_equal(program_wait(server), 0);
	const char *log = program_errors(server);
	for (const char *at = log; *at; at++)
		assert_true(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f));
	struct program *reader = program_start_other("python3", "-c", program);
	program_write(reader, log);
	program_close_input(reader);
	int status = program_wait(reader);
	if (status == 127)
		fail_msg("python3 is missing: install the package python3");
	assert_int_equal(status, 0);
	assert_int_equal(atoi(program_output(reader)), net_count(log, "\n"));
	program_free(reader);
	program_free(server);
}

static void test_text_log_is_escaped(void **state)
{
	(void)state;
	struct program *server = program_serve("calc");
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_send(client, "\x1b[2J\n");
	program_expect_error(server, "name: \\x1b[2J");
	assert_null(strchr(program_errors(server), '\x1b'));
	close(client);
	net_stop(server);
}

static char *log_of(const char *option)
{
	const char *arguments[] = {"calc", option, NULL};
	struct program *server = program_serve_list(arguments);
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);

	peer_ask(client, "Ada\n1 + 1\n", "2.0\n");
	peer_reset(client);
	program_signal(server, SIGTERM);
	assert_int_equal(program_wait(server), 0);
	char *log = strdup(program_errors(server));
	program_free(server);
	assert_non_null(log);
	return log;
}

static void test_quiet_and_verbose(void **state)
{
	(void)state;
	char *quiet = log_of("-q"), *usual = log_of(NULL), *verbose = log_of("-v");

	assert_string_equal(quiet, "");
	assert_non_null(strstr(usual, "connected, 1 active"));
	assert_non_null(strstr(usual, "closed, connection broke; 0 active"));
	assert_null(strstr(usual, "connection failed:"));
	assert_non_null(strstr(verbose, "connection failed: connection reset by peer"));
	free(quiet);
	free(usual);
	free(verbose);
}

/* Nobody reads the server's standard error: its pipe fills up. */
static void serve_without_log_reader(const struct model *model)
{
	struct program *server = program_serve("calc", "--model", model->name);
	struct net_place place = net_tcp_place(server, "calc");
	int client = net_connect(&place);
	char question[300], answer[16];

	peer_send(client, "Ada\n");
	for (int i = 0; i < 1000; i++) {
		snprintf(question, sizeof(question), "%d + %0250d\n", i, 0);
		snprintf(answer, sizeof(answer), "%d.0\n", i);
		peer_ask(client, question, answer);
	}
	close(client);
	client = net_connect(&place);
	peer_ask(client, "Grace\n1 + 2\n", "3.0\n");
	close(client);
	net_stop(server);
}

static void test_log_without_reader(void **state)
{
	(void)state;
	net_each_model(serve_without_log_reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_partial_line, program_teardown),
		cmocka_unit_test_teardown(test_partial_line_once, program_teardown),
		cmocka_unit_test_teardown(test_json_log, program_teardown),
		cmocka_unit_test_teardown(test_text_log_is_escaped, program_teardown),
		cmocka_unit_test_teardown(test_quiet_and_verbose, program_teardown),
		cmocka_unit_test_teardown(test_log_without_reader, program_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
