/*
 * A client away from a terminal, and the other end in the test.
 */
#include "support/client.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct program *client;
int listener = -1, caller = -1;

int client_set_up(void **state)
{
	(void)state;
	listener = peer_listen("127.0.0.1", 0, 16);
	caller = -1;
	/* A client that has gone must not take the test with it. */
	signal(SIGPIPE, SIG_IGN);
	return listener < 0 ? -1 : 0;
}

void client_close_caller(void)
{
	if (caller >= 0)
		close(caller);
	caller = -1;
}

int client_tear_down(void **state)
{
	(void)state;
	program_free_all();
	client = NULL;
	client_close_caller();
	if (listener >= 0)
		close(listener);
	return 0;
}

const char *client_port(void)
{
	return program_number(peer_port(listener));
}

void client_assert_complains(const char *before, const char *after)
{
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "sockettool: %s127.0.0.1:%s%s\n", before,
		 client_port(), after);
	assert_string_equal(program_errors(client), sentence);
}

bool client_takes(const char *bytes, size_t n)
{
	struct pollfd event = {.fd = client->input, .events = POLLOUT};

	if (poll(&event, 1, 300) != 1)
		return false;
	return write(client->input, bytes, n) > 0;
}
