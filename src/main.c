/*
 * The program: finds the subcommand, runs it, and tells in one sentence what went wrong.
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/error.h"
#include "command/command.h"

/* Takes the places of closed standard streams, so that no socket gets one and is written to.
 * Nothing can be read from them, and writing to them fails as if they were closed. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", O_RDONLY);
	}
}

int main(int argc, char **argv)
{
	struct error error = {0};
	int status;

	fill_standard_streams();
	status = command_main(argc, argv, &error);
	if (status < 0) {
		fprintf(stderr, "sockettool: %s\n", error.text);
		status = error.status;
	}
	return status;
}
