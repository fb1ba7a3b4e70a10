/*
 * What the tests of the small services have in common.
 */
#include "support/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/net.h"

int services_udp_client(struct program *server, const char *protocol)
{
	struct net_place place = net_place(server, "udp 127.0.0.1", protocol);

	return net_connect(&place);
}

void services_expect_now(const char *bytes, time_t before)
{
	const unsigned char *at = (const unsigned char *)bytes;
	uint32_t seconds = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
			   at[3];

	assert_in_range(seconds, (uint32_t)before + 2208988800U,
			(uint32_t)time(NULL) + 2208988800U);
}
