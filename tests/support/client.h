/*
 * A client away from a terminal, and the other end in the test, so that nothing here needs our
 * server. One at a time.
 */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "support/peer.h"
#include "support/program.h"

/* The client, or NULL; where it connects to; and what was accepted of it, or -1. A test may put
 * others in their places; they are freed and closed behind it. */
extern struct program *client;
extern int listener, caller;

/* A test's setup and teardown. */
int client_set_up(void **state);
int client_tear_down(void **state);

#define CLIENT_TEST(test) cmocka_unit_test_setup_teardown(test, client_set_up, client_tear_down)

/* The port of the listener, or of the UDP socket in its place. */
const char *client_port(void);

/* Starts a client of a protocol with options, and accepts it. */
#define client_begin(protocol, ...)                                                       \
	do {                                                                              \
		client = program_start("connect", (protocol), "127.0.0.1", client_port(), \
				       __VA_ARGS__);                                      \
		caller = peer_accept(listener);                                           \
	} while (0)

/* Ends the conversation at this end. */
void client_close_caller(void);

/* Whether the client takes this chunk of input within a while, without anybody reading. */
bool client_takes(const char *bytes, size_t n);

/* Asserts that a sentence about the server in the test is all of its standard error. */
void client_assert_complains(const char *before, const char *after);

#endif
