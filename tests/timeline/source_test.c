/*
 * Source lines: file and line of calls, and the lines of Python scripts in the order they run.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/net.h"
#include "support/python.h"
#include "support/tracing.h"

static struct tracing *tracing;
static char temporary[64];

static int set_up(void **state)
{
	(void)state;
	tracing = tracing_new();
	tracing->plan.source = true;
	snprintf(temporary, sizeof(temporary), "/tmp/source.XXXXXX");
	assert_non_null(mkdtemp(temporary));
	setenv("TMPDIR", temporary, 1);
	/* Without it Python looks up whose process it is, which may take sockets. */
	setenv("HOME", "/", 1);
	return 0;
}

/* Nothing is left of the hook, however the run ended: the folder can be removed if it is empty. */
static int tear_down(void **state)
{
	(void)state;
	unsetenv("TMPDIR");
	tracing_free(tracing);
	return rmdir(temporary);
}

/* The places of a program's calls of a kind, as "file:line " each. */
static const char *places(int program, enum call_kind kind)
{
	static char text[4096];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < tracing->recording->call_count; i++) {
		const struct call *call = &tracing->recording->calls[i];
		const char *slash = strrchr(call->file, '/');

		if (call->program == program && call->kind == kind)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s:%d ",
					      slash ? slash + 1 : call->file, call->line);
		assert_true(n < sizeof(text));
	}
	return text;
}

__attribute__((format(printf, 3, 4))) static void
write_script(char path[TRACING_PATH], const char *name, const char *format, ...)
{
	va_list values;

	snprintf(path, TRACING_PATH, "%s/%s", tracing->folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	va_start(values, format);
	vfprintf(file, format, values);
	va_end(values);
	fclose(file);
}

/* --- Python. --- */

/* The two programs of the homework of paper 000, with a free port. */
static const char homework_server[] =
	"import socket\n\nHOST = '127.0.0.1'\nPORT = %d\n\n"
	"with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:\n"
	"    s.bind((HOST, PORT))\n    s.listen()\n    conn, addr = s.accept()\n    with conn:\n"
	"        print('Connected by', addr)\n        while True:\n"
	"            data = conn.recv(1024)\n            if not data:\n                break\n"
	"            print('Received {} from client:{}'.format(data, HOST))\n"
	"            input('Press enter to proceed')\n            conn.sendall(data)\n";
static const char homework_client[] =
	"import socket\n\nHOST = '127.0.0.1'\nPORT = %d\n\n"
	"with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:\n"
	"    s.connect((HOST, PORT))\n    print('I am going to send Hello world!')\n"
	"    input('Press enter to proceed')\n    s.sendall(b'Hello, world')\n"
	"    data = s.recv(1024)\n\nprint('Received', repr(data))\n";

static bool no_python(void)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "%s -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1",
		 python_command());
	return system(command) != 0;
}

static void homework(void **state)
{
	char server[TRACING_PATH], client[TRACING_PATH], commands[2][TRACING_COMMAND];
	int port = net_free_port(SOCK_STREAM);

	(void)state;
	if (no_python())
		skip();
	write_script(server, "server.py", homework_server, port);
	write_script(client, "client.py", homework_client, port);
	snprintf(commands[0], TRACING_COMMAND, "exec %s %s", python_command(), server);
	snprintf(commands[1], TRACING_COMMAND, "exec %s %s", python_command(), client);
	tracing->server = (struct run_program){.command = commands[0], .input = "\\n"};
	tracing->plan.server = &tracing->server;
	tracing_client(tracing, "client");
	tracing->clients[0] = (struct run_program){.command = commands[1], .input = "\\n"};
	tracing_run(tracing, 0);
	unlink(server);
	unlink(client);
	/* At the end of a with block its line runs again, and closes the socket. */
	assert_string_equal(places(0, CALL_LINE),
			    "server.py:1 server.py:3 server.py:4 server.py:6 server.py:7 "
			    "server.py:8 server.py:9 server.py:10 server.py:11 server.py:12 "
			    "server.py:13 server.py:14 server.py:16 server.py:17 server.py:18 "
			    "server.py:12 server.py:13 server.py:14 server.py:15 server.py:10 "
			    "server.py:6 ");
	assert_string_equal(places(1, CALL_LINE),
			    "client.py:1 client.py:3 client.py:4 client.py:6 client.py:7 "
			    "client.py:8 client.py:9 client.py:10 client.py:11 client.py:6 "
			    "client.py:13 ");
	assert_string_equal(places(0, CALL_ACCEPT), "server.py:9 ");
	assert_string_equal(places(0, CALL_RECEIVE), "server.py:13 server.py:13 ");
	assert_string_equal(places(0, CALL_CLOSE), "server.py:10 server.py:6 ");
	assert_string_equal(places(1, CALL_SEND), "client.py:10 ");
	assert_non_null(strstr(tracing_calls(tracing, 0, 0), "\nconn, addr = s.accept()\n"));
}

/* Threads, a child, and calls after a return into the middle of a line. */
static void python_threads_and_fork(void **state)
{
	static const char text[] = "import os, socket, threading\n"
				   "def make():\n"
				   "    return socket.socket()\n"
				   "def work():\n"
				   "    make().listen()\n"
				   "thread = threading.Thread(target=work)\n"
				   "thread.start()\n"
				   "thread.join()\n"
				   "if os.fork() == 0:\n"
				   "    make().listen()\n"
				   "    os._exit(%d)\n"
				   "os.wait()\n";
	char path[TRACING_PATH], command[TRACING_COMMAND];

	(void)state;
	if (no_python())
		skip();
	write_script(path, "both.py", text, 0);
	snprintf(command, sizeof(command), "exec %s %s", python_command(), path);
	tracing_client(tracing, "client")->command = command;
	tracing_run(tracing, 0);
	unlink(path);
	assert_string_equal(places(0, CALL_SOCKET), "both.py:3 both.py:3 ");
	assert_string_equal(places(0, CALL_LISTEN), "both.py:5 both.py:10 ");
}

/* A module that Python imports at its start is imported although there is the hook. */
static void own_sitecustomize(void **state)
{
	char path[TRACING_PATH], module[TRACING_PATH], command[TRACING_COMMAND],
		variable[TRACING_PATH + 16];
	const char *const environment[] = {variable, NULL};

	(void)state;
	if (no_python())
		skip();
	write_script(module, "sitecustomize.py", "import builtins\nbuiltins.number = %d\n", 7);
	write_script(path, "own.py",
		     "import sys\nprint(number, sys.modules['sitecustomize'].__file__)\n");
	snprintf(command, sizeof(command), "exec %s -B %s", python_command(), path);
	snprintf(variable, sizeof(variable), "PYTHONPATH=%s", tracing->folder);
	tracing->plan.environment = environment;
	tracing_client(tracing, "client")->command = command;
	tracing_run(tracing, 0);
	unlink(path);
	snprintf(variable, sizeof(variable), "7 %s\n", module);
	unlink(module);
	assert_string_equal(tracing_output(tracing), variable);
	assert_string_equal(places(0, CALL_LINE), "own.py:1 own.py:2 ");
}

/* Pythons too old for the hook, as far as they are installed, run as they do without it. */
static void old_pythons(void **state)
{
	static const char *const names[] = {"python2.7", "python3.5", "python3.6",
					    "python3.7", "python3.8", "python3.9"};
	char path[TRACING_PATH], command[TRACING_COMMAND];
	int found = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(command, sizeof(command), "%s -c '' >/dev/null 2>&1", names[i]);
		if (system(command))
			continue;
		if (found++) {
			tear_down(state);
			set_up(state);
		}
		write_script(path, "old.py",
			     "import sys\nsys.stdout.write('done\\n')\nsys.exit(%d)\n", 5);
		snprintf(command, sizeof(command), "exec %s %s", names[i], path);
		tracing_client(tracing, "client")->command = command;
		tracing_run(tracing, 0);
		unlink(path);
		assert_string_equal(tracing_output(tracing), "done\n");
		assert_int_equal(tracing->recording->programs[0].status, 5);
	}
	if (!found)
		skip();
}

static int number_of_interruption;

static void interrupt_at_line(void *context, pid_t thread, int call)
{
	(void)context, (void)thread;
	if (tracing->recording->calls[call].kind == CALL_ACCEPT)
		kill(getpid(), number_of_interruption);
}

static void interrupt_by(int number)
{
	number_of_interruption = number;
	tracing_server(tracing, "hang");
	tracing->plan.hooks.call = interrupt_at_line;
	tracing_run(tracing, -EINTR);
}

static void interrupted(void **state)
{
	(void)state;
	interrupt_by(SIGINT);
}

static void interrupted_by_quit(void **state)
{
	(void)state;
	interrupt_by(SIGQUIT);
}

/* --- Compiled programs. --- */

static const char own_calls[] = "#include <pthread.h>\n"
				"#include <sys/socket.h>\n"
				"#include <sys/wait.h>\n"
				"#include <unistd.h>\n"
				"static void *work(void *fd)\n"
				"{\n"
				"	shutdown(*(int *)fd, 2);\n"
				"	return 0;\n"
				"}\n"
				"int main(int count, char **words)\n"
				"{\n"
				"	pthread_t thread;\n"
				"	int fd = socket(AF_INET, SOCK_STREAM, 0);\n"
				"	pthread_create(&thread, 0, work, &fd);\n"
				"	pthread_join(thread, 0);\n"
				"	if (fork() == 0)\n"
				"		_exit(listen(fd, %d));\n"
				"	wait(0);\n"
				"	if (count == 1)\n"
				"		execl(words[0], words[0], \"again\", (char *)0);\n"
				"	return close(fd);\n"
				"}\n";

/* Compiles, runs, and removes the program. */
static void run_compiled(const char *flags)
{
	char path[TRACING_PATH], program[TRACING_PATH + 8], command[2 * TRACING_COMMAND];

	write_script(path, "own.c", own_calls, 1);
	snprintf(program, sizeof(program), "%s.out", path);
	snprintf(command, sizeof(command), "cc %s -pthread -o %s %s", flags, program, path);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "exec %s", program);
	tracing_client(tracing, "client")->command = command;
	tracing_run(tracing, 0);
	unlink(path);
	unlink(program);
}

static void expect_own_places(void)
{
	assert_string_equal(places(0, CALL_SOCKET), "own.c:13 own.c:13 ");
	assert_string_equal(places(0, CALL_SHUTDOWN), "own.c:7 own.c:7 ");
	assert_string_equal(places(0, CALL_LISTEN), "own.c:17 own.c:17 ");
	assert_string_equal(places(0, CALL_CLOSE), "own.c:21 ");
	assert_non_null(strstr(places(0, CALL_PROCESS), "own.c:14 own.c:16 own.c:20 "));
	assert_int_equal(tracing_count(tracing, 0, CALL_LINE), 0);
}

static void position_independent(void **state)
{
	(void)state;
	run_compiled("-g -fPIE -pie");
	expect_own_places();
}

static void fixed_position(void **state)
{
	(void)state;
	run_compiled("-g -no-pie");
	expect_own_places();
}

/* The C library, which has no debugging information, is part of the program. */
static void without_libraries(void **state)
{
	(void)state;
	run_compiled("-g -static");
	expect_own_places();
}

/* What is loaded after the first call is found. */
static void loaded_later(void **state)
{
	char library[TRACING_PATH], path[TRACING_PATH], command[4 * TRACING_COMMAND];

	(void)state;
	write_script(library, "late.c",
		     "#include <sys/socket.h>\n"
		     "int late(int fd)\n{\n\treturn listen(fd, %d);\n}\n",
		     1);
	write_script(path, "own.c",
		     "#include <dlfcn.h>\n#include <sys/socket.h>\n#include <stddef.h>\n"
		     "int main(void)\n{\n"
		     "\tint fd = socket(AF_INET, SOCK_STREAM, 0);\n"
		     "\tvoid *library = dlopen(\"%s.so\", RTLD_NOW);\n"
		     "\tint (*late)(int) = library ? dlsym(library, \"late\") : NULL;\n"
		     "\treturn late ? late(fd) : 1;\n}\n",
		     library);
	snprintf(command, sizeof(command), "cc -g -fPIC -shared -o %s.so %s && cc -g -o %s.out %s",
		 library, library, path, path);
	assert_int_equal(system(command), 0);
	snprintf(command, TRACING_COMMAND, "exec %s.out", path);
	tracing_client(tracing, "client")->command = command;
	tracing_run(tracing, 0);
	snprintf(command, sizeof(command), "rm %s %s.so %s %s.out", library, library, path, path);
	assert_int_equal(system(command), 0);
	assert_string_equal(places(0, CALL_SOCKET), "own.c:6 ");
	assert_string_equal(places(0, CALL_LISTEN), "late.c:4 ");
}

/* Bytes of no meaning in the place of a section. */
static void damaged(const char *section)
{
	char path[TRACING_PATH], junk[TRACING_PATH], command[4 * TRACING_COMMAND];

	write_script(path, "own.c", own_calls, 1);
	write_script(junk, "junk", "%0*d", 4000, 0x7fffffff);
	snprintf(command, sizeof(command),
		 "cc -g -pthread -o %s.out %s && objcopy --update-section %s=%s %s.out", path, path,
		 section, junk, path);
	assert_int_equal(system(command), 0);
	snprintf(command, TRACING_COMMAND, "exec %s.out", path);
	tracing_client(tracing, "client")->command = command;
	tracing_run(tracing, 0);
	snprintf(command, sizeof(command), "rm %s %s %s.out", path, junk, path);
	assert_int_equal(system(command), 0);
	assert_string_equal(places(0, CALL_SOCKET), ":0 :0 ");
}

static void damaged_units(void **state)
{
	(void)state;
	damaged(".debug_info");
}

static void damaged_lines(void **state)
{
	(void)state;
	damaged(".debug_line");
}

static void stripped(void **state)
{
	(void)state;
	run_compiled("-g -s");
	assert_string_equal(places(0, CALL_SOCKET), ":0 :0 ");
}

static void not_asked_for(void **state)
{
	(void)state;
	tracing->plan.source = false;
	run_compiled("-g");
	assert_string_equal(places(0, CALL_SOCKET), ":0 :0 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(homework, set_up, tear_down),
		cmocka_unit_test_setup_teardown(python_threads_and_fork, set_up, tear_down),
		cmocka_unit_test_setup_teardown(own_sitecustomize, set_up, tear_down),
		cmocka_unit_test_setup_teardown(old_pythons, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interrupted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interrupted_by_quit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(position_independent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fixed_position, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_libraries, set_up, tear_down),
		cmocka_unit_test_setup_teardown(loaded_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_units, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stripped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_asked_for, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
