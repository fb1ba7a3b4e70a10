/*
 * Who plays: the commands of a protocol's own two ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/command_line.h"
#include "base/error.h"
#include "timeline/cast.h"

static const struct protocol *named(const char *name)
{
	for (size_t i = 0; protocols[i]; i++) {
		if (strcmp(protocols[i]->name, name) == 0)
			return protocols[i];
	}
	fail_msg("there is no %s", name);
	return NULL;
}

/* The server is told a port and the client goes there, both by this program's path; the client
 * comes to an end. */
static void check_ends(const char *protocol, const char *transport, const char *bound)
{
	const struct timeline_options options = {.bytes = 64};
	struct cast cast;
	struct error error;
	char expected[2][1024];
	char *self = command_line_self(&error);
	int port = 0;

	assert_non_null(self);
	assert_int_equal(cast_make(&cast, named(protocol), &options, &error), 0);
	const char *at = strstr(cast.server.command, "--port ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "--port %d", &port), 1);
	snprintf(expected[0], sizeof(expected[0]),
		 "exec %s serve %s --host 127.0.0.1 --port %d %s ", self, protocol, port,
		 transport);
	snprintf(expected[1], sizeof(expected[1]), "exec %s connect %s 127.0.0.1 %d%s", self,
		 protocol, port, bound);
	assert_memory_equal(cast.server.command, expected[0], strlen(expected[0]));
	assert_int_equal(cast.plan.client_count, 1);
	assert_string_equal(cast.clients[0].command, expected[1]);
	snprintf(expected[1], sizeof(expected[1]), "sockettool connect %s%s", protocol, bound);
	assert_string_equal(cast.clients[0].title, expected[1]);
	cast_free(&cast);
	free(self);
}

static void a_protocol_has_two_ends(void **state)
{
	(void)state;
	check_ends("calc", "--tcp", "");
	/* These would go on for ever. */
	check_ends("chargen", "--tcp", " --count 200");
	check_ends("udp-date", "--udp", " --count 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_protocol_has_two_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
