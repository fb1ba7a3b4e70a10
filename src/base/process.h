/*
 * Processes and their parents.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Has the kernel send the calling process a signal when its parent ends. To be called in a child,
 * with the parent that forked it. Returns false if that one had ended already: no signal comes. */
bool process_ends_with_parent(pid_t parent, int signal);

#endif
