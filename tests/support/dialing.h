/*
 * Dialing under a clock that stands still unless the test moves it, with a resolver that answers as
 * the test says. One dial at a time.
 *
 * A test links with --wrap=getaddrinfo,--wrap=freeaddrinfo,--wrap=connect.
 */
#ifndef SUPPORT_DIALING_H
#define SUPPORT_DIALING_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "sockettool/dialer.h"

enum { DIALING_NAMES_MAX = 40 };

/* The clock, and what it says. */
extern const struct clock dialing_clock;
extern int64_t dialing_now;

/* What "many.test" stands for, up to a NULL; "nobody.test" is no name, and "silent.test" gets no
 * answer until the semaphore is posted, which such a test initializes. */
extern const char *dialing_many[DIALING_NAMES_MAX + 1];
extern sem_t dialing_answer;

/* Makes a socket meet itself, as it may happen with a port that is free; until the teardown. */
extern bool dialing_meets_itself;

/* The one dial, and what went wrong with it. */
extern struct dialer *dialer;
extern struct dial *dial;
extern struct error dialing_error;

/* A test's teardown: frees the dial. A test may call it to dial again. */
int dialing_tear_down(void **state);

#define DIALING_TEST(test) cmocka_unit_test_teardown(test, dialing_tear_down)

/* Makes two addresses what "many.test" stands for. */
void dialing_name(const char *first, const char *second);

/* Begins with five seconds' patience; the second to "many.test". */
void dialing_begin(const struct dial_target *);
void dialing_begin_many(int port);

/* Steps until the dial is decided, or nothing has happened for so long: the clock has to move.
 * Returns what the last step did. */
int dialing_drive(int quiet_ms);

/* The same until it is decided. */
int dialing_drive_to_end(void);

/* Takes the connection, and asserts to which host it is. */
void dialing_assert_connected(const char *host);

/* The system's connect. */
int __real_connect(int, const struct sockaddr *, socklen_t);

#endif
