/*
 * Who is logged in: the service of users beside the chat of the same process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"
#include "support/services.h"

enum { DATAGRAM_MAX = 512 };

static void expect_users(const struct net_place *place, const char *list)
{
	int64_t limit = net_limit();
	char text[4096];

	/* Who leaves may be still about to. */
	do {
		int client = net_connect(place);
		net_all(client, text, sizeof(text));
		close(client);
	} while (strcmp(text, list) != 0 && net_now() < limit);
	assert_string_equal(text, list);
}

static int enter(const struct net_place *chat, const char *name)
{
	int client = net_connect(chat);
	char line[256];

	peer_send(client, name);
	peer_send(client, "\n");
	assert_true(net_line(client, line, sizeof(line)));
	assert_memory_equal(line, "Welcome, ", 9);
	return client;
}

static void users_of(const char *const options[])
{
	enum { PEOPLE = 60 };
	const char *arguments[16] = {"chat", "users"};

	for (size_t i = 0; options[i]; i++)
		arguments[2 + i] = options[i];
	struct program *server = program_serve_list(arguments);
	struct net_place chat = net_place(server, "tcp 127.0.0.1", "chat");
	struct net_place users = net_place(server, "tcp 127.0.0.1", "users");
	int ada = enter(&chat, "Ada"), people[PEOPLE];

	expect_users(&users, "Ada\n");
	int bob = enter(&chat, "Bob");
	expect_users(&users, "Ada\nBob\n");
	close(ada);
	expect_users(&users, "Bob\n");
	peer_reset(bob);
	expect_users(&users, "");
	for (int i = 0; i < PEOPLE; i++) {
		char name[40];
		snprintf(name, sizeof(name), "somebody-with-a-long-name-%03d", i);
		people[i] = enter(&chat, name);
	}
	int client = net_connect(&users);
	char text[8192];
	assert_int_equal(net_all(client, text, sizeof(text)), PEOPLE * 30);
	close(client);
	for (int i = 0; i < PEOPLE; i++)
		close(people[i]);
	expect_users(&users, "");
	net_stop(server);
}

static void users_under(const struct model *model)
{
	if (model->abilities & MODEL_SHARED)
		users_of((const char *[]){"--model", model->name, NULL});
	if ((model->abilities & MODEL_SHARED) && (model->abilities & MODEL_WORKERS))
		users_of((const char *[]){"--model", model->name, "--workers", "3", NULL});
}

static void test_users(void **state)
{
	(void)state;
	net_each_model(users_under);
}

/* Many names come in several datagrams, none of which splits a line; our client shows them all. */
static void users_by_datagrams(const struct model *model)
{
	enum { PEOPLE = 60, NAME = 29 };
	struct program *server;
	int people[PEOPLE], count = 0;
	char answer[DATAGRAM_MAX + 1], all[PEOPLE * (NAME + 1) + 1] = "";

	if (!(model->abilities & MODEL_SHARED))
		return;
	server = program_serve("all", "--model", model->name);
	struct net_place chat = net_place(server, "tcp 127.0.0.1", "chat");
	for (int i = 0; i < PEOPLE; i++) {
		char name[40];
		snprintf(name, sizeof(name), "somebody-with-a-long-name-%03d", i);
		people[i] = enter(&chat, name);
		strcat(strcat(all, name), "\n");
	}
	int client = services_udp_client(server, "users");
	assert_int_equal(send(client, "", 0, 0), 0);
	for (size_t length = 0; length < strlen(all); count++) {
		ssize_t n = recv(client, answer, sizeof(answer), 0);
		assert_in_range(n, 1, DATAGRAM_MAX);
		assert_memory_equal(answer, all + length, (size_t)n);
		assert_int_equal(answer[n - 1], '\n');
		length += (size_t)n;
	}
	assert_in_range(count, 4, 5);
	struct net_place users = net_place(server, "udp 127.0.0.1", "users");
	struct program *shown = program_run(NULL, "connect", "users", "--udp", "127.0.0.1",
					    program_number(users.port));
	assert_int_equal(shown->status, 0);
	assert_int_equal(net_count(program_output(shown), "somebody-"), PEOPLE);
	program_free(shown);
	for (int i = 0; i < PEOPLE; i++)
		close(people[i]);
	close(client);
	net_stop(server);
}

static void test_users_by_datagrams(void **state)
{
	(void)state;
	net_each_model(users_by_datagrams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_users, program_teardown),
		cmocka_unit_test_teardown(test_users_by_datagrams, program_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
