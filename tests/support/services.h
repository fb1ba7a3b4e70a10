/*
 * What the tests of the small services have in common.
 */
#ifndef SUPPORT_SERVICES_H
#define SUPPORT_SERVICES_H

#include <time.h>

struct program;

/* A socket that asks a service of the server by UDP. */
int services_udp_client(struct program *server, const char *protocol);

/* Asserts that 4 bytes of the time service say now, or any time since the one given. */
void services_expect_now(const char *bytes, time_t before);

#endif
