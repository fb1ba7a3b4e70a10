/*
 * The program's face from outside: help, lists, look-ups, and what every kind of wrong
 * input gets: one sentence on standard error, nothing on standard output, the right status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "sockettool/protocol.h"
#include "sockettool/text.h"
#include "support/net.h"
#include "support/program.h"

static int end_programs(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

/* Runs the program with the words of a line, which single spaces separate and "''" as an empty
 * one. */
static struct program *run_line(const char *line)
{
	char words[1024];
	const char *arguments[32] = {NULL};
	size_t count = 0;

	assert_in_range(strlen(line), 0, sizeof(words) - 1);
	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
		assert_in_range(count, 0, 30);
		arguments[count++] = strcmp(word, "''") == 0 ? "" : word;
	}
	return program_run_list(NULL, arguments);
}

/* What the program prints for a line of words, which it must understand. The text lasts until the
 * test ends. */
static const char *output_of(const char *line)
{
	struct program *program = run_line(line);

	if (program->status != 0 || program_errors(program)[0])
		fail_msg("%s: status %d, %s", line, program->status, program_errors(program));
	return program_output(program);
}

static struct program *run_script(const char *script)
{
	struct program *program = program_start_other("sh", "-c", script);

	program_close_input(program);
	program_wait(program);
	return program;
}

static void is_one_sentence(const char *line, const struct program *program)
{
	const char *text = program_errors(program);
	const char *end = strchr(text, '\n');

	if (strncmp(text, "sockettool: ", 12) != 0 || !end || end[1] != '\0' || end[-1] == '.' ||
	    strspn(text + 12, " \n") > 0 || !text_valid(text, strlen(text)))
		fail_msg("%s: not one sentence: %s", line, text);
	for (const char *at = text; at < end; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			fail_msg("%s: a control character is shown", line);
	}
}

static void refused(const char *line, int status, const char *sentence)
{
	struct program *program = run_line(line);

	is_one_sentence(line, program);
	if (program->status != status)
		fail_msg("%s: status %d: %s", line, program->status, program_errors(program));
	if (program_output(program)[0])
		fail_msg("%s: standard output has %s", line, program_output(program));
	if (!strstr(program_errors(program), sentence))
		fail_msg("%s: %s", line, program_errors(program));
	program_free(program);
}

struct refusal {
	const char *line, *sentence;
};

static void all_refused(const struct refusal *refusals)
{
	for (; refusals->line; refusals++)
		refused(refusals->line, 2, refusals->sentence);
}

static void no_words_at_all(void **state)
{
	struct program *program = program_run_list(NULL, (const char *const[]){NULL});

	(void)state;
	assert_int_equal(program->status, 2);
	assert_string_equal(program_output(program), "");
	assert_non_null(strstr(program_errors(program), "usage: sockettool COMMAND"));
	assert_non_null(strstr(program_errors(program), "sockettool help"));
}

static void wrong_commands(void **state)
{
	static const struct refusal refusals[] = {
		{"srve", "unknown command \"srve\"; did you mean serve?"},
		{"chta", "did you mean chat?"},
		{"--verison", "unknown option \"--verison\"; did you mean --version?"},
		{"frobnicate", "unknown command \"frobnicate\"; see: sockettool help"},
		{"''", "unknown command \"\""},
		{"\x1b[31m", "unknown command \"\\x1b[31m\""},
		{"\xff\xfe", "unknown command"},
		{"--port 5", "a COMMAND comes first, then options like \"--port\""},
		{"calc conect",
		 "calc takes serve or connect, not \"conect\"; did you mean connect?"},
		{"calc 5000", "calc takes serve or connect, not \"5000\""},
		{"statemachine-client", "needs a HOST"},
		{"help serv", "did you mean serve?"},
		{"help serve connect", "help takes one COMMAND or PROTOCOL"},
		{"help --man serve", "help takes one"},
		{"version 1", "version takes no arguments"},
		{"list models", "list takes no arguments, not \"models\""},
		{"list --jsno", "unknown option \"--jsno\"; did you mean --json?"},
		{"list --json=yes", "--json takes no value"},
		{"completion", "completion takes one shell: bash, zsh or fish"},
		{"completion bash zsh", "completion takes one shell"},
		{"completion bsh",
		 "completion takes bash, zsh or fish, not \"bsh\"; did you mean bash?"},
		{"resolve", "resolve takes a HOST"},
		{"resolve a b c", "resolve takes a HOST"},
		{"resolve ''", "resolve takes a HOST"},
		{"resolve localhost 65536", "SERVICE is a name or a number from 0 to 65535"},
		{NULL, NULL},
	};

	(void)state;
	all_refused(refusals);
}

static void wrong_values(void **state)
{
	static const struct refusal refusals[] = {
		{"serve chat --port 70000", "--port takes a number from 0 to 65535, not \"70000\""},
		{"serve chat --port -1", "--port takes a number from 0 to 65535, not \"-1\""},
		{"serve chat --port=99999999999999999999", "--port takes a number from 0 to 65535"},
		{"serve chat --port", "--port needs a value: a number from 0 to 65535"},
		{"serve chat --port --udp", "--port takes a number from 0 to 65535, not \"--udp\""},
		{"serve chat --prot 5", "unknown option \"--prot\"; did you mean --port?"},
		{"serve chat -x", "unknown option \"-x\"; see: sockettool help serve"},
		{"serve chat --quiet=1", "--quiet takes no value"},
		{"serve chat --model epol", "not \"epol\"; did you mean epoll?"},
		{"serve chat --model ''", "--model takes iterative, fork, threads"},
		{"serve chat --framing lines", "--framing takes line or raw"},
		{"serve chat --log-format xml", "--log-format takes text or json"},
		{"serve chat --max-line 0", "--max-line takes a size from 1 to 16M"},
		{"serve chat --max-line 16777217", "--max-line takes a size from 1 to 16M"},
		{"serve chat --send-queue 63K", "--send-queue takes a size from 64K to 1G"},
		{"serve chat --send-queue 2G", "--send-queue takes a size from 64K to 1G"},
		{"serve chat --send-queue 1MB", "--send-queue takes a size"},
		{"serve chat --grace 5x", "--grace takes a duration"},
		{"serve chat --idle-timeout -1s", "--idle-timeout takes a duration"},
		{"serve chat --workers 0", "--workers takes a number from 1 to 64"},
		{"serve chat --workers 65", "--workers takes a number from 1 to 64"},
		{"serve chat --max-conns -1", "--max-conns takes a number of at least 0"},
		{"serve chat --max-conns-per-ip x", "--max-conns-per-ip takes a number"},
		{"serve chat --backlog 0", "--backlog takes a number from 1"},
		{"connect chat localhost --connections 0", "a number from 1 to 1000"},
		{"connect chat localhost --connections 1001", "a number from 1 to 1000"},
		{"connect chat localhost --timeout 0",
		 "--timeout takes a duration of at least 1ms"},
		{"connect chat localhost --quit-after soon", "--quit-after takes a duration"},
		{"connect udp-date localhost --interval 2s-1s", "--interval takes an interval"},
		{"connect udp-date localhost --count many", "--count takes a number"},
		{"serve daytime --style rcf", "not \"rcf\"; did you mean rfc?"},
		{NULL, NULL},
	};

	(void)state;
	all_refused(refusals);
}

static void options_out_of_place(void **state)
{
	static const struct refusal refusals[] = {
		{"serve udp-date --interval 1s", "--interval is for connect"},
		{"serve echo --interval 1s", "--interval is for udp-date"},
		{"serve echo --style iso", "--style is for daytime"},
		{"serve chat --send hello", "--send is for connect"},
		{"connect daytime localhost --style iso", "--style is for serve"},
		{"connect chat localhost --style iso", "--style is for daytime"},
		{"connect chat localhost --backlog 5", "--backlog is for serve"},
		{"connect chat localhost --model poll", "--model is for serve"},
		{"calc connect localhost --model poll", "--model is for serve"},
		{"statemachine-client localhost --age 7", "--age is for serve"},
		{"resolve localhost --port 5", "unknown option \"--port\""},
		{NULL, NULL},
	};

	(void)state;
	all_refused(refusals);
}

static void what_serve_refuses(void **state)
{
	static const struct refusal refusals[] = {
		{"serve", "serve needs a PROTOCOL"},
		{"serve --port 5000", "serve needs a PROTOCOL"},
		{"serve chta", "unknown protocol \"chta\"; did you mean chat?"},
		{"serve xyzzy", "unknown protocol \"xyzzy\"; see: sockettool list"},
		{"serve ''", "unknown protocol \"\""},
		{"serve :5000", "unknown protocol \"\""},
		{"serve all echo", "all is every protocol on its own port, and stands alone"},
		{"serve echo all", "all is every protocol on its own port, and stands alone"},
		{"serve all:5000", "all is every protocol on its own port, and stands alone"},
		{"serve statemachine-client", "sockettool serve statemachine"},
		{"serve chat 5000", "after a colon, as in chat:5000, or after --port"},
		{"serve chat:70000", "chat takes a port from 0 to 65535, not \"70000\""},
		{"serve chat:", "chat takes a port from 0 to 65535, not \"\""},
		{"serve chat:-1", "chat takes a port from 0 to 65535"},
		{"serve chat:http", "chat takes a port from 0 to 65535"},
		{"serve echo chat --port 5000", "--port 5000 cannot be for both echo and chat"},
		{"serve echo:7000 chat:7001 --port 5", "--port has no protocol left"},
		{"serve echo:7000 chat:7000", "echo and chat cannot share port 7000"},
		{"serve echo echo", "echo is named twice for port 65432"},
		{"serve echo:7 chat --port 7", "echo and chat cannot share port 7;"},
		{"serve udp-date --tcp", "udp-date speaks UDP only, not TCP"},
		{"serve chat --udp", "chat speaks TCP and Unix sockets only, not UDP"},
		{"serve udp-date --unix x", "udp-date speaks UDP only, not Unix sockets"},
		{"serve echo chat --unix x", "--unix is one path for one protocol, not for 2"},
		{"serve echo:5 --unix x", "a Unix socket has no port; leave the port out"},
		{"serve echo --unix x --port 5", "a Unix socket has no port; leave the port out"},
		{"serve echo --unix x --host h", "a Unix socket has no host; leave --host out"},
		{"serve chat --unix x --udp", "chat speaks TCP and Unix sockets only, not UDP"},
		{"serve echo --unix ''", "--unix needs the path of a socket"},
		{"serve chat --model fork",
		 "chat needs a model whose sessions can speak to one another: threads, select, "
		 "poll, epoll"},
		{"serve echo:0 chat:0 --model iterative", "or uring, not iterative"},
		{"serve echo --model threads --workers 2",
		 "--workers needs a model with event loops"},
		{"serve echo --ready-fd 1000", "--ready-fd takes an open descriptor, not 1000"},
		{"serve echo --ready-fd 0",
		 "--ready-fd takes a descriptor open for writing, not 0"},
		{NULL, NULL},
	};
	char line[300] = "serve chat --unix ";

	(void)state;
	all_refused(refusals);
	memset(line + strlen(line), 'x', 108);
	refused(line, 2, "--unix takes a path of at most 107 bytes, not of 108");
}

static void what_connect_refuses(void **state)
{
	static const struct refusal refusals[] = {
		{"connect", "connect needs a PROTOCOL and a HOST"},
		{"connect chat", "connect chat needs a HOST"},
		{"connect localhost 5000", "unknown protocol \"localhost\""},
		{"connect chta localhost", "unknown protocol \"chta\"; did you mean chat?"},
		{"connect chat ''", "HOST is a name or an address"},
		{"connect chat :5000", "HOST is a name or an address"},
		{"connect chat [::1", "HOST is a name or an address"},
		{"connect chat []:5000", "HOST is a name or an address"},
		{"connect chat [::1]x:5000", "HOST is a name or an address"},
		{"connect chat localhost ''", "PORT is a number from 1 to 65535"},
		{"connect chat localhost 0", "PORT is a number from 1 to 65535"},
		{"connect chat localhost 65536", "PORT is a number from 1 to 65535"},
		{"connect chat localhost:99999999999999999999", "PORT is a number from 1 to 65535"},
		{"connect chat localhost:", "PORT is a number from 1 to 65535"},
		{"connect chat localhost:1 2", "PORT is given twice, as \"1\" and as \"2\""},
		{"connect chat localhost 1 2", "and no \"2\""},
		{"connect chat --unix x localhost", "--unix stands for HOST and PORT"},
		{"connect echo --unix x --udp", "--unix and --udp exclude each other"},
		{"connect chat --unix ''", "--unix needs the path of a socket"},
		{"connect chat localhost --udp", "chat speaks TCP and Unix sockets only, not UDP"},
		{"connect udp-date --unix x", "udp-date speaks UDP only, not Unix sockets"},
		{"connect echo localhost --connections 2", "give --send"},
		{"connect time localhost --connections 2",
		 "time takes no messages: leave out --connections"},
		{NULL, NULL},
	};

	(void)state;
	all_refused(refusals);
}

static void a_huge_word_gets_a_short_sentence(void **state)
{
	enum { LENGTH = 100000 };
	char *huge = malloc(LENGTH + 1);
	struct program *program;

	(void)state;
	assert_non_null(huge);
	memset(huge, '9', LENGTH);
	huge[LENGTH] = '\0';
	program = program_run(NULL, "serve", "chat", "--port", huge);
	is_one_sentence("--port 9...", program);
	assert_int_equal(program->status, 2);
	assert_in_range(program->errors.n, 20, 200);
	program = program_run(NULL, huge);
	is_one_sentence("9...", program);
	assert_int_equal(program->status, 2);
	assert_in_range(program->errors.n, 20, 200);
	free(huge);
}

static void names_that_nobody_has(void **state)
{
	(void)state;
	/* RFC 6761: no host is ever called so. A machine without a network finds out soon. */
	assert_int_equal(setenv("RES_OPTIONS", "timeout:1 attempts:1", 1), 0);
	refused("resolve nobody.invalid", 3, "nobody.invalid");
	refused("resolve localhost no-such-service", 3,
		"no service on this machine is called \"no-such-service\"");
}

/* --- What is understood. --- */

static void fits(const char *line, const char *text)
{
	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n");

		if (text_columns(at, n) > 80)
			fail_msg("%s: wider than 80 columns: %.*s", line, (int)n, at);
		if (n > 0 && at[n - 1] == ' ')
			fail_msg("%s: a space ends the line: %.*s", line, (int)n, at);
		at += n + (at[n] == '\n');
	}
}

static void help_fits_the_screen(void **state)
{
	static const char *const lines[] = {
		"help",          "help serve",          "help connect", "help list",
		"help resolve",  "help help",           "help version", "help completion",
		"serve --help",  "connect -h",          "--help",       "-h",
		"list x --help", "serve daytime --help"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		fits(lines[i], output_of(lines[i]));
}

static void help_tells_the_tables(void **state)
{
	const char *serve = output_of("help serve");
	const char *general = output_of("help");

	(void)state;
	assert_non_null(strstr(serve, "serve PROTOCOL[:PORT]..."));
	assert_non_null(strstr(serve, "--grace DURATION"));
	assert_non_null(strstr(serve, "[default: 5s]"));
	assert_non_null(strstr(serve, "  -q, --quiet"));
	for (size_t i = 0; models[i]; i++)
		assert_non_null(strstr(serve, models[i]->name));
	for (size_t i = 0; protocols[i]; i++)
		assert_non_null(strstr(general, protocols[i]->summary));
	assert_string_equal(output_of("serve --help"), serve);
	assert_string_equal(output_of("--help"), general);
	assert_null(strstr(serve, "--style"));
	assert_non_null(strstr(output_of("serve daytime:5 --help"), "--style"));
	assert_non_null(strstr(output_of("connect udp-date --help"), "--interval"));
}

static void protocols_have_pages(void **state)
{
	char line[100], usage[100];

	(void)state;
	for (size_t i = 0; protocols[i]; i++) {
		const char *page = output_of(protocols[i]->name);

		snprintf(line, sizeof(line), "help %s", protocols[i]->name);
		assert_string_equal(output_of(line), page);
		snprintf(line, sizeof(line), "%s --help", protocols[i]->name);
		assert_string_equal(output_of(line), page);
		snprintf(usage, sizeof(usage), "sockettool serve %s", protocols[i]->name);
		assert_non_null(strstr(page, usage));
		assert_non_null(strstr(page, protocols[i]->summary));
		assert_non_null(strstr(page, protocols[i]->reference));
		if (protocols[i]->dialogue)
			assert_non_null(strstr(page, protocols[i]->dialogue));
	}
	assert_string_equal(output_of("help statemachine-client"), output_of("statemachine"));
}

static void version_is_printed(void **state)
{
	const char *version = output_of("--version");

	(void)state;
	assert_int_equal(strncmp(version, "sockettool 0.", 13), 0);
	assert_ptr_equal(strchr(version, '\n'), version + strlen(version) - 1);
	assert_string_equal(output_of("version"), version);
}

static void list_has_every_name(void **state)
{
	const char *tables = output_of("list"), *json = output_of("list --json");
	char text[100];

	(void)state;
	for (size_t i = 0; protocols[i]; i++) {
		snprintf(text, sizeof(text), "\n%s ", protocols[i]->name);
		assert_non_null(strstr(tables, text));
		snprintf(text, sizeof(text), "\"name\":\"%s\"", protocols[i]->name);
		assert_non_null(strstr(json, text));
	}
	for (size_t i = 0; models[i]; i++) {
		snprintf(text, sizeof(text), "\n%s ", models[i]->name);
		assert_non_null(strstr(tables, text));
		snprintf(text, sizeof(text), "\"name\":\"%s\"", models[i]->name);
		assert_non_null(strstr(json, text));
	}
}

/* The text behind a name at the beginning of a line, where the next word begins. */
static const char *word_behind(const char *table, const char *name)
{
	char text[100];

	snprintf(text, sizeof(text), "\n%s ", name);
	const char *line = strstr(table, text);
	assert_non_null(line);
	line += strlen(text);
	return line + strspn(line, " ");
}

static void list_tells_the_libraries_of_this_build(void **state)
{
	static const char *const needed[] = {"libpcap", "libdw", "jansson", "utf8proc", "libedit"};
	const char *tables = output_of("list");

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		assert_in_range(word_behind(tables, needed[i])[0], '0', '9');
#ifdef HAVE_LIBURING
	assert_in_range(word_behind(tables, "liburing")[0], '0', '9');
#else
	assert_int_equal(strncmp(word_behind(tables, "liburing"), "no ", 3), 0);
#endif
}

static void json_is_json(void **state)
{
	struct program *program = run_script(
		"command -v python3 >/dev/null || exit 77\n"
		"check() {\n"
		"  python3 -c \"import json, sys; d = json.load(sys.stdin); assert $1\"\n"
		"}\n"
		"\"$SOCKETTOOL\" list --json |\n"
		"check 'd[\"protocols\"][0][\"port\"] == 65432' &&\n"
		"\"$SOCKETTOOL\" list --json |\n"
		"check 'd[\"models\"][0][\"workers\"] is False' &&\n"
		"\"$SOCKETTOOL\" list --json |\n"
		"check '[l[\"version\"][0] >= \"0\" for l in d[\"libraries\"] if l[\"name\"] == "
		"\"jansson\"] == [True]' &&\n"
		"\"$SOCKETTOOL\" resolve --json 127.0.0.1 7 |\n"
		"check 'd[\"addresses\"][0][\"address\"] == \"127.0.0.1\"' &&\n"
		"\"$SOCKETTOOL\" resolve --json 127.0.0.1 7 |\n"
		"check 'd[\"service\"][\"udp\"] == 7'\n");

	(void)state;
	assert_string_equal(program_errors(program), "");
	assert_int_equal(program->status, 0);
}

static void addresses_are_resolved(void **state)
{
	(void)state;
	assert_non_null(strstr(output_of("resolve 127.0.0.1"), "\n127.0.0.1  IPv4    "));
	assert_non_null(strstr(output_of("resolve ::1"), "\n::1      IPv6    "));
	if (net_has_localhost())
		assert_non_null(strstr(output_of("resolve localhost"), "IPv"));
	/* The number is known whether or not the machine knows a name for it. */
	assert_non_null(strstr(output_of("resolve 127.0.0.1 65000"), "65000  65000"));
	assert_non_null(strstr(output_of("resolve 127.0.0.1 --json"), "\"service\":null}"));
}

static void output_that_cannot_be_written(void **state)
{
	struct program *full = run_script("exec \"$SOCKETTOOL\" help --man >/dev/full");
	struct program *closed = run_script("exec \"$SOCKETTOOL\" list >&-");

	(void)state;
	is_one_sentence("help --man >/dev/full", full);
	assert_int_equal(full->status, 1);
	assert_non_null(strstr(program_errors(full), "standard output"));
	is_one_sentence("list >&-", closed);
	assert_int_equal(closed->status, 1);
	assert_non_null(strstr(program_errors(closed), "standard output"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(no_words_at_all, end_programs),
		cmocka_unit_test_teardown(wrong_commands, end_programs),
		cmocka_unit_test_teardown(wrong_values, end_programs),
		cmocka_unit_test_teardown(options_out_of_place, end_programs),
		cmocka_unit_test_teardown(what_serve_refuses, end_programs),
		cmocka_unit_test_teardown(what_connect_refuses, end_programs),
		cmocka_unit_test_teardown(a_huge_word_gets_a_short_sentence, end_programs),
		cmocka_unit_test_teardown(names_that_nobody_has, end_programs),
		cmocka_unit_test_teardown(help_fits_the_screen, end_programs),
		cmocka_unit_test_teardown(help_tells_the_tables, end_programs),
		cmocka_unit_test_teardown(protocols_have_pages, end_programs),
		cmocka_unit_test_teardown(version_is_printed, end_programs),
		cmocka_unit_test_teardown(list_has_every_name, end_programs),
		cmocka_unit_test_teardown(list_tells_the_libraries_of_this_build, end_programs),
		cmocka_unit_test_teardown(json_is_json, end_programs),
		cmocka_unit_test_teardown(addresses_are_resolved, end_programs),
		cmocka_unit_test_teardown(output_that_cannot_be_written, end_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
