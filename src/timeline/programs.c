/*
 * Running programs while they are recorded: one loop for the tracer, the typing, the clock and the
 * signals.
 */
#include "timeline/programs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "timeline/programs_internal.h"

enum { REPORTS_A_TURN = 256, HIGHEST_CLIENT = 9999 };

/* A server whose clients have ended may go on until it has been quiet for a while, but not for
 * ever. */
#define QUIET (300 * NANOSECONDS_PER_MILLISECOND)
#define LINGER (2 * NANOSECONDS_PER_SECOND)
/* From SIGTERM to SIGKILL, between SIGKILLs, and until threads that cannot be let go are left. */
#define GRACE NANOSECONDS_PER_SECOND
#define KILL_AGAIN (50 * NANOSECONDS_PER_MILLISECOND)
#define PATIENCE NANOSECONDS_PER_SECOND

/* The number in "client2", 1 for "client"; 0 if it is none. */
static int client_number(const char *who, const char *colon)
{
	const char *digits = who + strlen("client");
	char *end = NULL;

	if (strncmp(who, "client", strlen("client")) != 0)
		return 0;
	if (digits == colon)
		return 1;
	long number = strtol(digits, &end, 10);
	return end == colon && number >= 1 && number <= HIGHEST_CLIENT ? (int)number : 0;
}

int run_who(const char *text, const char **rest, struct error *error)
{
	const char *colon = strchr(text, ':');
	bool server = strncmp(text, "server:", strlen("server:")) == 0;
	int number = colon && !server ? client_number(text, colon) : 0;

	if (!server && number == 0)
		return error_usage(error,
				   "\"%.100s\" does not begin with server: or client: (client2: "
				   "for the second, and so on)",
				   text);
	*rest = colon + 1;
	return number;
}

/* --- The course of things. --- */

static bool over(const struct run *run, size_t index)
{
	const struct traced_program *program = &run->traced[index];

	return run->members[index].started &&
	       (program->processes == 0 || (index >= run->first_client && program->root_ended));
}

static bool clients_over(const struct run *run)
{
	for (size_t i = run->first_client; i < run->count; i++) {
		if (!over(run, i))
			return false;
	}
	return true;
}

static bool has_clients(const struct run *run)
{
	return run->first_client < run->count;
}

/* Ends everything before the programs have come to their end. */
static void stop(struct run *run, int64_t now)
{
	run->recording->stopped = now - run->tracer.origin;
	run_end(run, now);
}

void run_end(struct run *run, int64_t now)
{
	if (run->phase >= RUN_ENDS)
		return;
	run->phase = RUN_ENDS;
	run->deadline = now + GRACE;
	run->patience = run->deadline + PATIENCE;
	for (size_t i = 0; i < run->count; i++)
		tracer_kill(&run->tracer, (int)i, SIGTERM);
	tracer_detach(&run->tracer);
}

static void kill_all(struct run *run, int64_t now)
{
	run->phase = RUN_KILLS;
	run->deadline = now + KILL_AGAIN;
	for (size_t i = 0; i < run->count; i++)
		tracer_kill(&run->tracer, (int)i, SIGKILL);
}

/* Starts the clients when it is time. */
static void start_clients(struct run *run, int64_t now)
{
	bool due = run->served;

	if (run->plan->start_delay != START_WHEN_SERVED)
		due = now >= time_after(run->began, run->plan->start_delay);
	if (run->first_client == 0)
		due = true;
	/* A server that is being attached to may still miss what it would be asked now. */
	if (!due || run->clients_started || run->tracer.attaching)
		return;
	run->clients_started = true;
	for (size_t i = run->first_client; i < run->count && !run->status; i++)
		run->status = run_start(run, i, now, run->error);
	if (run->status)
		run_end(run, now);
}

/* The server has ended before the clients could connect to it. */
static void miss_server(struct run *run, int64_t now)
{
	const struct program *server = &run->recording->programs[0];

	run->status = error_set(run->error, STATUS_UNREACHABLE, ECONNREFUSED,
				"the server \"%.200s\" ended with status %d before %s",
				server->command, server->status,
				run->served ? "the clients started" : "it listened");
	run_end(run, now);
}

static int64_t last_stir(const struct run *run)
{
	int64_t last = run->lingers_from;

	for (size_t i = 0; i < run->count; i++)
		last = run->traced[i].stirred > last ? run->traced[i].stirred : last;
	return last;
}

static void linger(struct run *run, int64_t now)
{
	int64_t quiet = last_stir(run) + QUIET;
	int64_t latest = run->lingers_from + LINGER;

	run->deadline = time_earlier(quiet, latest);
	if (now >= run->deadline || run->tracer.tracees.count == 0)
		run_end(run, now);
}

static void advance_running(struct run *run, int64_t now)
{
	start_clients(run, now);
	if (run->phase != RUN_GOES_ON)
		return;
	if (run->deadline <= now) {
		run->status = error_set(run->error, STATUS_TIMEOUT, ETIMEDOUT,
					"the programs did not end in time");
		stop(run, now);
	} else if (has_clients(run) && !run->clients_started && over(run, 0)) {
		miss_server(run, now);
	} else if (has_clients(run) ? run->clients_started && clients_over(run) : over(run, 0)) {
		run->phase = RUN_LINGERS;
		run->lingers_from = now;
	}
}

/* Moves on what time or the programs have brought about. */
static void advance(struct run *run, int64_t now)
{
	if (run->phase == RUN_GOES_ON)
		advance_running(run, now);
	if (run->phase == RUN_LINGERS)
		linger(run, now);
	if (run->phase >= RUN_ENDS && now >= run->deadline)
		kill_all(run, now);
}

static bool finished(const struct run *run, int64_t now)
{
	if (run->phase < RUN_ENDS || tracer_count(&run->tracer, false))
		return false;
	/* A thread may wait where nothing can stop it. The kernel lets it go when this program
	 * ends. */
	return !tracer_count(&run->tracer, true) || now >= run->patience;
}

/* --- The loop. --- */

static int64_t next_deadline(const struct run *run, int64_t now)
{
	int64_t deadline = run->deadline;

	if (run->phase == RUN_GOES_ON && !run->clients_started && run->plan->start_delay >= 0 &&
	    !run->tracer.attaching)
		deadline = time_earlier(deadline, time_after(run->began, run->plan->start_delay));
	for (size_t i = 0; i < run->count; i++)
		deadline = time_earlier(deadline, typing_deadline(&run->members[i].typing, now));
	return deadline;
}

static void take_signal(struct run *run)
{
	struct signalfd_siginfo info;
	int64_t now = clock_monotonic();

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGCHLD)
			continue;
		if (run->phase >= RUN_ENDS) {
			kill_all(run, now);
			continue;
		}
		run->status = error_set(run->error, STATUS_SIGNAL + number, EINTR,
					"interrupted by SIG%s", sigabbrev_np(number));
		stop(run, now);
	}
}

/* Deals with reports of the tracees. Returns whether there may be more. */
static bool take_reports(struct run *run)
{
	for (int i = 0; i < REPORTS_A_TURN; i++) {
		int status;
		pid_t thread = waitpid(-1, &status, __WALL | WNOHANG);

		if (thread <= 0)
			return false;
		tracer_report(&run->tracer, thread, status);
	}
	return true;
}

/* Types, and fills the list of what to wait for. Returns its length. */
static nfds_t prepare_poll(struct run *run, int64_t now)
{
	nfds_t n = 0;

	run->polls[n++] = (struct pollfd){.fd = run->signals, .events = POLLIN};
	run->polls[n++] = (struct pollfd){.fd = run->plan->hooks.descriptor, .events = POLLIN};
	for (size_t i = 0; i < run->count; i++) {
		struct typing *typing = &run->members[i].typing;
		if (typing->bytes && typing_continue(typing, now))
			run->polls[n++] =
				(struct pollfd){.fd = typing->descriptor, .events = POLLOUT};
	}
	return n;
}

static void turn(struct run *run, bool more)
{
	int64_t now = clock_monotonic();
	nfds_t n = prepare_poll(run, now);
	int timeout = more ? 0 : clock_poll_timeout(now, next_deadline(run, now));

	if (poll(run->polls, n, timeout) < 0)
		return;
	if (run->polls[0].revents)
		take_signal(run);
	if (run->polls[1].revents && run->plan->hooks.readable)
		run->plan->hooks.readable(run->plan->hooks.context);
}

void run_loop(struct run *run)
{
	int64_t now = clock_monotonic();

	while (!finished(run, now)) {
		bool more = take_reports(run);

		now = clock_monotonic();
		advance(run, now);
		if (!finished(run, now))
			turn(run, more);
		now = clock_monotonic();
	}
}
