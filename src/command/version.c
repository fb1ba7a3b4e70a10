/*
 * version: which version of the program this is.
 */
#include <stdio.h>

#include "base/error.h"
#include "command/command.h"

static int run_version(struct invocation *in, struct error *error)
{
	if (in->arguments.operand_count > 0)
		return error_usage(error, "version takes no arguments");
	printf("sockettool %s\n", SOCKETTOOL_VERSION);
	return 0;
}

static const struct option_group version_groups[] = {
	{0},
};

const struct command version_command = {
	.name = "version",
	.summary = "print the version; so does --version",
	.groups = version_groups,
	.run = run_version,
};
