/*
 * The tables of sockets in /proc: their lines, and this machine's own.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "timeline/socket_facts.h"
#include "timeline/socket_table.h"

static void expect_address(const struct address *address, const char *text)
{
	char shown[ADDRESS_TEXT];

	assert_string_equal(address_text(shown, address), text);
}

/* The lines are of a machine whose numbers have their low byte first. */
static void internet_lines(void **state)
{
	static const char connected[] =
		"   1: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000"
		"        0 4711 1 0000000000000000 20 4 30 10 -1\n";
	static const char listens[] =
		"   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 "
		"0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0 100 0 0 10 0\n";
	struct socket_facts facts = {0};

	(void)state;
	assert_true(socket_table_read(&facts, "tcp", connected, 4711));
	expect_address(&facts.local, "127.0.0.1:8080");
	expect_address(&facts.remote, "127.0.0.2:50000");
	assert_int_equal(facts.type, SOCK_STREAM);
	assert_false(facts.listens);
	assert_false(socket_table_read(&facts, "tcp", connected, 471));
	assert_true(socket_table_read(&facts, "tcp6", listens, 42));
	expect_address(&facts.local, "[::1]:22");
	assert_int_equal(facts.remote.family, ADDRESS_NONE);
	assert_int_equal(facts.family, AF_INET6);
	assert_true(facts.listens);
}

static void unix_lines(void **state)
{
	static const char line[] =
		"0000000000000000: 00000002 00000000 00010000 0001 01 815 /run/a name\n";
	struct socket_facts facts = {0};

	(void)state;
	assert_true(socket_table_read(&facts, "unix", line, 815));
	assert_string_equal(facts.path, "/run/a name");
	assert_true(facts.listens);
	assert_int_equal(facts.family, AF_UNIX);
}

/* Every line cut short anywhere is no entry, or the same entry. */
static void cut_lines(void **state)
{
	static const char line[] =
		"   1: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000"
		"        0 4711 1";
	struct socket_facts facts = {0};
	char cut[sizeof(line)];

	(void)state;
	for (size_t n = 0; n < sizeof(line); n++) {
		memcpy(cut, line, n);
		cut[n] = '\0';
		if (socket_table_read(&facts, "tcp", cut, 4711))
			expect_address(&facts.local, "127.0.0.1:8080");
	}
}

static void own_socket(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct socket_facts asked, found;
	struct stat status;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(fstat(fd, &status), 0);
	/* Both ways lead to the same. */
	assert_true(socket_table_find(&found, getpid(), status.st_ino));
	assert_true(socket_facts_get(&asked, getpid(), getpid(), fd, status.st_ino));
	assert_memory_equal(&found.local, &asked.local, sizeof(found.local));
	assert_int_not_equal(found.local.port, 0);
	assert_true(found.listens && asked.listens);
	assert_int_equal(found.type, asked.type);
	assert_int_equal(found.family, asked.family);
	close(fd);
	assert_false(socket_table_find(&found, getpid(), status.st_ino));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(internet_lines),
		cmocka_unit_test(unix_lines),
		cmocka_unit_test(cut_lines),
		cmocka_unit_test(own_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
