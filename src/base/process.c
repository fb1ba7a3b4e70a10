/* Processes and their parents: see process.h. */
#include "base/process.h"

#include <sys/prctl.h>
#include <unistd.h>

bool process_ends_with_parent(pid_t parent, int signal)
{
	prctl(PR_SET_PDEATHSIG, signal);
	/* The parent may have ended before the kernel was asked to tell. */
	return getppid() == parent;
}
