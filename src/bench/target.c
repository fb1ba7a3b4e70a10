/*
 * Finding the server that is to be loaded.
 */
#include "bench/target.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/generator.h"
#include "sockettool/dialer.h"

static int await(struct dial *dial, struct error *error)
{
	struct pollfd events[DIAL_EVENTS_MAX];
	int status;

	while ((status = dial_step(dial, error)) == 0) {
		int64_t now = clock_monotonic(), look = now + LOAD_LOOK_AGAIN;
		int count = dial_events(dial, events);
		if (generate_stopped())
			return error_set(error, STATUS_SIGNAL + generate_stopped(), EINTR,
					 "interrupted");
		poll(events, (nfds_t)count,
		     clock_poll_timeout(now, time_earlier(dial_deadline(dial), look)));
	}
	return status < 0 ? status : 0;
}

int target_find(struct target *target, const char *host, const char *port, bool datagrams,
		int64_t timeout, struct error *error)
{
	struct dial_target wanted = {.host = host, .port = port, .datagrams = datagrams};
	struct dialer *dialer = dialer_new(&wanted, &system_clock, timeout, error);
	struct dial *dial = dialer ? dial_new(dialer) : NULL;
	struct address peer;
	int status = -ENOMEM;

	if (dialer && !dial)
		status = error_set(error, STATUS_UNREACHABLE, ENOMEM,
				   "there is no memory to connect");
	if (dial)
		status = await(dial, error);
	if (status == 0) {
		close(dial_take(dial, &peer));
		target->address_length = address_to_sockaddr(&target->address, &peer);
		address_text(target->name, &peer);
	}
	if (dial)
		dial_free(dial);
	if (dialer)
		dialer_free(dialer);
	return status;
}
