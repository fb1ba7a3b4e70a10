/*
 * The line on a terminal that tells how far a measurement is.
 */
#include "bench/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static const char clear_line[] = "\r\033[K";

static struct {
	char step[160];
	uint64_t done;
	int64_t when;
} shown;

bool progress_wanted(void)
{
	return isatty(STDERR_FILENO);
}

void progress_look(const struct plan *plan, int connected, uint64_t done)
{
	int64_t now = clock_monotonic();
	double seconds = (double)(now - shown.when) / 1e9;

	if (done < shown.done)
		shown.done = 0;
	/* Connecting and the warm-up are no part of the rate. */
	if (shown.done == 0)
		fprintf(stderr, "%s%s%d of %d connections", clear_line, shown.step, connected,
			plan->connections);
	else
		fprintf(stderr, "%s%s%.0f %s a second", clear_line, shown.step,
			(double)(done - shown.done) / seconds, plan_unit(plan));
	fflush(stderr);
	shown.done = done;
	shown.when = now;
}

void progress_step(const char *what)
{
	shown.done = 0;
	snprintf(shown.step, sizeof(shown.step), "%s: ", what);
	if (progress_wanted())
		fprintf(stderr, "%s%s", clear_line, what);
}

void progress_clear(void)
{
	if (progress_wanted())
		fputs(clear_line, stderr);
}
