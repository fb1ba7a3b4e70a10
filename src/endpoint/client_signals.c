/*
 * The signals of a client: see client_signals.h.
 */
#include "endpoint/client_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/error.h"

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGPIPE};

enum { COUNT = sizeof(numbers) / sizeof(numbers[0]) };

static struct sigaction before[COUNT];
static int ends[2] = {-1, -1};
static volatile sig_atomic_t ending, resized, suspended;

static void take_note(int number)
{
	int code = errno;

	if (number == SIGWINCH)
		resized = 1;
	else if (number == SIGTSTP)
		suspended = 1;
	else if (!ending)
		ending = number;
	/* A full pipe says already that something came. */
	(void)!write(ends[1], "", 1);
	errno = code;
}

static void catch_one(int index, bool terminal)
{
	struct sigaction action = {.sa_handler = take_note};
	int number = numbers[index];

	sigemptyset(&action.sa_mask);
	sigaction(number, NULL, &before[index]);
	if (number == SIGPIPE)
		action.sa_handler = SIG_IGN;
	else if (before[index].sa_handler == SIG_IGN || (number == SIGTSTP && !terminal))
		return;
	sigaction(number, &action, NULL);
}

int client_signals_catch(bool terminal, struct error *error)
{
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_system(error, errno, "pipe for signals");
	ending = resized = suspended = 0;
	for (int i = 0; i < COUNT; i++)
		catch_one(i, terminal);
	return 0;
}

void client_signals_restore(void)
{
	if (ends[0] < 0)
		return;
	for (int i = 0; i < COUNT; i++)
		sigaction(numbers[i], &before[i], NULL);
	close(ends[0]);
	close(ends[1]);
	ends[0] = ends[1] = -1;
}

int client_signals_descriptor(void)
{
	return ends[0];
}

void client_signals_take(void)
{
	char bytes[64];

	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		continue;
}

int client_signals_ending(void)
{
	return ending;
}

bool client_signals_resized(void)
{
	bool result = resized;

	resized = 0;
	return result;
}

bool client_signals_suspended(void)
{
	bool result = suspended;

	suspended = 0;
	return result;
}

void client_signals_suspend(void)
{
	kill(getpid(), SIGSTOP);
}
