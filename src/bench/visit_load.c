/*
 * A load of visits: connect, read what the server says, and see it close. So many visits are under
 * way at a time as the plan has connections.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/poll.h"
#include "bench/sockets.h"

enum {
	READY_MAX = 512,
	ANSWER_MAX = 8192, /* bytes; a longer answer is wrong */
	BREAK = 10000000,  /* nanoseconds until the next try after a visit that could not begin */
};

struct visit {
	int socket;      /* -1: none under way */
	uint64_t number; /* open loop: when it was due */
	int64_t begun;
	size_t n; /* bytes received */
	char *answer;
};

struct visits {
	struct load *load;
	struct visit *all;
	char *answers;
	int *idle, idle_count; /* visits that are not under way */
	int epoll;
	uint64_t due; /* open loop: number of the next visit */
	int64_t resume;
	int64_t next_check;
};

static void end_visit(struct visits *visits, struct visit *visit)
{
	close(visit->socket);
	visit->socket = -1;
	visits->idle[visits->idle_count++] = (int)(visit - visits->all);
}

static void fail(struct visits *visits, struct visit *visit, int code)
{
	struct load *load = visits->load;

	/* Before the first byte it may be the connection itself that could not be made. */
	if (code && visit->n == 0 && code != ECONNRESET)
		load_fault(load, FAULT_REFUSED, "connect %s: %s", load->target->name,
			   error_reason(code));
	else if (code)
		load_fault(load, FAULT_CLOSED, "%s closed a connection: %s", load->target->name,
			   error_reason(code));
	else
		load_fault(load, FAULT_WRONG, "%s said \"%s\"", load->target->name,
			   load_quote(visit->answer, visit->n));
	load_give_up(load, 1);
	end_visit(visits, visit);
}

static void begin_visit(struct visits *visits)
{
	struct load *load = visits->load;
	struct visit *visit = &visits->all[visits->idle[visits->idle_count - 1]];

	visit->begun = clock_monotonic();
	visit->n = 0;
	visit->socket = socket_begin(load->target);
	if (visit->socket < 0) {
		load_fault(load, FAULT_REFUSED, "connect %s: %s", load->target->name,
			   error_reason(-visit->socket));
		visit->socket = -1;
		load->failed++;
		visits->resume = visit->begun + BREAK;
		return;
	}
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = visit};
	(void)epoll_ctl(visits->epoll, EPOLL_CTL_ADD, visit->socket, &event);
	visits->idle_count--;
	load->outstanding++;
	load->sent += load->phase == PHASE_MEASURE;
	visit->number = visits->due++;
}

/* Begins as many as there may be. */
static void begin_some(struct visits *visits)
{
	const struct load *load = visits->load;

	while (visits->idle_count > 0 && load->now >= visits->resume &&
	       (load->interval > 0 ? load_is_due(load, visits->due) : load_sends(load)))
		begin_visit(visits);
}

static void finish(struct visits *visits, struct visit *visit)
{
	struct load *load = visits->load;
	const struct workload *workload = load->plan->protocol->workload;
	int64_t now = clock_monotonic(), due = visit->begun;

	if (!workload->is_right(visit->answer, visit->n)) {
		fail(visits, visit, 0);
		return;
	}
	if (load->interval > 0)
		due = load_due(load, visit->number);
	load_answered(load, due, visit->begun, now, 1);
	if (load->phase == PHASE_MEASURE)
		load->bytes += visit->n;
	load->outstanding--;
	end_visit(visits, visit);
}

static void receive(struct visits *visits, struct visit *visit)
{
	while (visit->n < ANSWER_MAX) {
		ssize_t n = recv(visit->socket, visit->answer + visit->n, ANSWER_MAX - visit->n, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			fail(visits, visit, errno);
		if (n == 0)
			finish(visits, visit);
		if (n <= 0)
			return;
		visit->n += (size_t)n;
	}
	fail(visits, visit, 0);
}

static void check_timeouts(struct visits *visits)
{
	struct load *load = visits->load;
	int64_t timeout = load->plan->timeout;
	char text[32];

	visits->next_check = load->now + timeout / 10;
	for (int i = 0; i < load->connections; i++) {
		struct visit *visit = &visits->all[i];
		if (visit->socket < 0 || load->now - visit->begun < timeout)
			continue;
		load_fault(load, FAULT_TIMEOUT, "%s did not end a visit within %s",
			   load->target->name, clock_text(text, timeout));
		load_give_up(load, 1);
		end_visit(visits, visit);
	}
}

static void run(struct visits *visits)
{
	struct load *load = visits->load;
	struct epoll_event events[READY_MAX];

	load->connected = load->connections;
	atomic_fetch_add(&load->conductor->connected, load->connections);
	load_begin(load);
	visits->next_check = load->now;
	while (load_turn(load) != PHASE_OVER) {
		begin_some(visits);
		if (load->now >= visits->next_check)
			check_timeouts(visits);
		uint64_t next = visits->idle_count > 0 ? visits->due : LOAD_NOTHING;
		int count = poll_wait(visits->epoll, events, READY_MAX, load->now,
				      load_deadline(load, next));
		for (int i = 0; i < count; i++) {
			receive(visits, events[i].data.ptr);
			begin_some(visits);
		}
	}
	load_finish(load);
	for (int i = 0; i < load->connections; i++) {
		if (visits->all[i].socket >= 0)
			close(visits->all[i].socket);
	}
}

int visit_load(struct load *load)
{
	size_t n = (size_t)load->connections;
	struct visits visits = {.load = load, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	bool ready;

	visits.all = calloc(n, sizeof(*visits.all));
	visits.answers = malloc(n * ANSWER_MAX);
	visits.idle = calloc(n, sizeof(*visits.idle));
	ready = visits.all && visits.answers && visits.idle && visits.epoll >= 0;
	for (size_t i = 0; ready && i < n; i++) {
		visits.all[i] =
			(struct visit){.socket = -1, .answer = visits.answers + i * ANSWER_MAX};
		visits.idle[visits.idle_count++] = (int)(n - 1 - i);
	}
	if (ready)
		run(&visits);
	if (visits.epoll >= 0)
		close(visits.epoll);
	free(visits.idle);
	free(visits.answers);
	free(visits.all);
	return ready ? 0 : -ENOMEM;
}
