/*
 * The line on a terminal that tells how far a measurement is.
 */
#include "bench/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/quantity.h"
#include "bench/words.h"

enum {
	TEXT_MAX = 320, /* bytes of a line, at most */
	WIDTH_MIN = 8,
};

static const char clear_line[] = "\r\033[K";

static struct {
	char step[TEXT_MAX / 2];
	uint64_t done;
	int64_t when;
} shown;

/* On one line, whatever the terminal's width and the text. */
static void show(const char *text)
{
	struct winsize size = {0};
	size_t width = 80;
	char line[WORDS_TEXT];

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		width = size.ws_col;
	words_cut(line, text, width > WIDTH_MIN ? width - 1 : WIDTH_MIN);
	fprintf(stderr, "%s%s", clear_line, line);
	fflush(stderr);
}

bool progress_wanted(void)
{
	return isatty(STDERR_FILENO);
}

void progress_look(const struct plan *plan, int connected, uint64_t done)
{
	int64_t now = clock_monotonic();
	double seconds = (double)(now - shown.when) / 1e9;
	char rate[QUANTITY_TEXT], text[TEXT_MAX];

	/* The first messages came in an unknown part of the time. */
	if (shown.done == 0 || done < shown.done)
		snprintf(text, sizeof(text), "%s%d of %d connections", shown.step, connected,
			 plan->connections);
	else
		snprintf(text, sizeof(text), "%s%s %s a second", shown.step,
			 quantity_grouped(rate, (double)(done - shown.done) / seconds),
			 plan_unit(plan));
	show(text);
	shown.done = done;
	shown.when = now;
}

void progress_step(const char *what)
{
	shown.done = 0;
	snprintf(shown.step, sizeof(shown.step), "%s: ", what);
	if (progress_wanted())
		show(what);
}

void progress_clear(void)
{
	if (progress_wanted())
		fputs(clear_line, stderr);
}
