/*
 * What the timeline says of what cannot be done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "support/net.h"
#include "support/timeline.h"

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
		{{"--server", ""}, 2, "--server takes a command, not nothing"},
		{{"--client", "true", "--client", ""}, 2, "--client takes a command, not nothing"},
		{{"--load", "x", "--pcap-in", "y"}, 2, "--load and --pcap-in exclude each other"},
		{{"echo", "--load", "x"}, 2, "what was recorded needs no programs"},
		{{"--input", "bob:hello", "--client", "true"},
		 2,
		 "\"bob:hello\" does not begin with server: or client:"},
		{{"--input", "client2:hello", "--client", "true"},
		 2,
		 "--input \"client2:hello\" is for a program that is not there"},
		{{"--input", "client:\\q", "--client", "true"}, 2, "\"\\q\" is no text to type"},
		{{"--client", "true", "--pcap", "x", "--no-wire"},
		 2,
		 "--pcap writes the packets that --no-wire leaves out; give one of them"},
		{{"--pid", "4711"}, 2, "\"4711\" does not begin with server: or client:"},
		{{"--pid", "server:x"}, 2, "--pid takes WHO:PID, as in server:4711"},
		{{"--pid", "server:1", "--pid", "client:1"}, 2, "--pid names process 1 twice"},
		{{"--model", "poll", "--client", "true"},
		 2,
		 "--model is for the server of a PROTOCOL; other programs have their own"},
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
		timeline_expect_status(program, cases[i].status);
		timeline_expect_in(program, program_errors(program), cases[i].sentence);
		assert_string_equal(program_output(program), "");
		assert_int_equal(net_count(program_errors(program), "\n"), 1);
		program_free(program);
	}
}

static void programs_that_are_not_there_are_told(void **state)
{
	struct program *client = timeline_run("--client", "no-such-program", "--no-wire");
	struct program *server = timeline_run("--server", "no-such-program", "--client", "true");
	struct program *saved = timeline_run("--client", "true", "--save", "/nowhere/at.all");

	(void)state;
	timeline_expect_status(client, 3);
	assert_string_equal(timeline_last_line(client),
			    "sockettool: the client \"no-such-program\" ended with status 127: its "
			    "shell did not find a program\n");
	timeline_expect_drawn(client, "ends with status 127");
	timeline_expect_status(server, 3);
	assert_string_equal(timeline_last_line(server),
			    "sockettool: the server \"no-such-program\" ended "
			    "with status 127 before it listened\n");
	timeline_expect_status(saved, 3);
	assert_string_equal(program_errors(saved),
			    "sockettool: open /nowhere/at.all: no such file or directory\n");
	/* It has not been run for nothing. */
	assert_string_equal(program_output(saved), "");
}

/* Runs a timeline as somebody without rights, who may write the file that is the last argument, if
 * there is one. */
static struct program *run_without_privilege(const char *option, const char *file)
{
	static const char script[] =
		"as() { if [ $(id -u) = 0 ]; then\n"
		"  exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \"$@\"\n"
		"else exec \"$@\"; fi; }\n"
		"(as test -x \"$SOCKETTOOL\") || exit 77\n"
		"as \"$SOCKETTOOL\" timeline echo \"$@\"\n";
	struct program *program = program_start_other("sh", "-c", script, "sh", option, file);

	program_close_input(program);
	if (program_wait(program) == 77 || !strstr(program_output(program), "CAP_NET_RAW"))
		skip(); /* it may not be run, or has the right as a file */
	return program;
}

/* Somebody without rights sees everything but the wire, and reads which right is missing. */
static void without_the_privilege_the_wire_is_left_out(void **state)
{
	struct program *program = run_without_privilege(NULL, NULL);

	(void)state;
	timeline_expect_status(program, 0);
	assert_int_equal(net_count(program_output(program), "CAP_NET_RAW"), 1);
	assert_ptr_equal(strstr(program_output(program), "capture on "), program_output(program));
	assert_null(strstr(program_output(program), " wire "));
	timeline_expect_drawn(program, "connect(");
	assert_null(strstr(program_errors(program), "sockettool:"));
}

/* An earlier capture is not replaced by one without packets. */
static void without_packets_no_capture_is_written(void **state)
{
	char path[TIMELINE_PATH], folder[TIMELINE_PATH], text[8] = "";

	(void)state;
	assert_int_equal(chmod(timeline_file(folder, "."), 0755), 0);
	FILE *file = fopen(timeline_file(path, "earlier.pcapng"), "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0666), 0);
	assert_int_equal(fputs("earlier", file) < 0, 0);
	assert_int_equal(fclose(file), 0);
	struct program *program = run_without_privilege("--pcap", path);
	timeline_expect_status(program, 3);
	timeline_expect_in(program, timeline_last_line(program), "earlier.pcapng is not written: ");
	timeline_expect_in(program, timeline_last_line(program), "CAP_NET_RAW is missing");
	timeline_expect_drawn(program, "connect(");
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "earlier");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(mistakes_are_one_sentence, timeline_end_programs),
		cmocka_unit_test_teardown(programs_that_are_not_there_are_told,
					  timeline_end_programs),
		cmocka_unit_test_teardown(without_the_privilege_the_wire_is_left_out,
					  timeline_end_programs),
		cmocka_unit_test_teardown(without_packets_no_capture_is_written,
					  timeline_end_programs),
	};

	return cmocka_run_group_tests(tests, timeline_begin, timeline_finish);
}
