/*
 * Dialing under a clock that stands still unless the test moves it.
 */
#include "support/dialing.h"

#include <netdb.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/program.h"

enum { PATIENCE_MS = 10000 };

/* --- A clock, a resolver and a kernel for the test --- */

int64_t dialing_now = 1000 * NANOSECONDS_PER_MILLISECOND;

static int64_t present_time(const struct clock *clock)
{
	(void)clock;
	return dialing_now;
}

const struct clock dialing_clock = {.monotonic = present_time};

const char *dialing_many[DIALING_NAMES_MAX + 1];
sem_t dialing_answer;
bool dialing_meets_itself;

int __real_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __wrap_getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
void __real_freeaddrinfo(struct addrinfo *);
void __wrap_freeaddrinfo(struct addrinfo *);
int __wrap_connect(int, const struct sockaddr *, socklen_t);

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
		       struct addrinfo **list)
{
	if (!strcmp(host, "silent.test")) {
		sem_wait(&dialing_answer);
		return EAI_AGAIN;
	}
	if (!strcmp(host, "nobody.test"))
		return EAI_NONAME;
	if (strcmp(host, "many.test") != 0)
		return __real_getaddrinfo(host, service, hints, list);
	for (int i = 0; dialing_many[i]; i++) {
		int code = __real_getaddrinfo(dialing_many[i], service, hints, list);
		if (code)
			return code;
		list = &(*list)->ai_next;
	}
	return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;
		list->ai_next = NULL;
		__real_freeaddrinfo(list);
		list = next;
	}
}

int __wrap_connect(int socket, const struct sockaddr *to, socklen_t length)
{
	if (dialing_meets_itself)
		assert_int_equal(bind(socket, to, length), 0);
	return __real_connect(socket, to, length);
}

/* --- A dial --- */

struct dialer *dialer;
struct dial *dial;
struct error dialing_error;

int dialing_tear_down(void **state)
{
	(void)state;
	dial_free(dial);
	dialer_free(dialer);
	dial = NULL;
	dialer = NULL;
	dialing_meets_itself = false;
	return 0;
}

void dialing_name(const char *first, const char *second)
{
	dialing_many[0] = first;
	dialing_many[1] = second;
	dialing_many[2] = NULL;
}

void dialing_begin(const struct dial_target *target)
{
	dialer = dialer_new(target, &dialing_clock, 5000 * NANOSECONDS_PER_MILLISECOND,
			    &dialing_error);
	if (!dialer)
		fail_msg("%s", dialing_error.text);
	dial = dial_new(dialer);
	assert_non_null(dial);
}

void dialing_begin_many(int port)
{
	dialing_begin(&(struct dial_target){.host = "many.test", .port = program_number(port)});
}

/* The answers to connects on this machine come at once, but for those that never come. */
int dialing_drive(int quiet_ms)
{
	struct pollfd events[DIAL_EVENTS_MAX];
	int result;

	do {
		result = dial_step(dial, &dialing_error);
		if (result)
			return result;
	} while (poll(events, (nfds_t)dial_events(dial, events), quiet_ms) > 0);
	return 0;
}

int dialing_drive_to_end(void)
{
	int result = dialing_drive(PATIENCE_MS);

	assert_int_not_equal(result, 0);
	return result;
}

void dialing_assert_connected(const char *text)
{
	struct address peer;
	char out[ADDRESS_TEXT];
	int socket = dial_take(dial, &peer);

	assert_true(socket >= 0);
	close(socket);
	assert_string_equal(address_host_text(out, &peer), text);
}
