/*
 * A seccomp filter that stops a traced program at the calls of interest and lets all others pass at
 * full speed.
 */
#ifndef TIMELINE_CALL_FILTER_H
#define TIMELINE_CALL_FILTER_H

/* Installs the filter for this process and all that come from it. Unless it may do without, the
 * process can gain no privileges afterwards (PR_SET_NO_NEW_PRIVS). Returns 0 or a negative errno.
 * Calls nothing that a child of a process with threads may not call. */
int call_filter_install(void);

#endif
