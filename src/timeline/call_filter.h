/*
 * A seccomp filter that stops a traced program at the calls of interest and lets all others pass at
 * full speed: those of this machine. A 32-bit program's have other numbers, and are not seen.
 */
#ifndef TIMELINE_CALL_FILTER_H
#define TIMELINE_CALL_FILTER_H

#include <linux/audit.h>

#if defined(__x86_64__)
#define CALL_FILTER_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CALL_FILTER_MACHINE AUDIT_ARCH_AARCH64
#else
#error "programs can be traced on x86-64 and arm64"
#endif

/* Installs the filter for this process and all that come from it. Unless it may do without, the
 * process can gain no privileges afterwards (PR_SET_NO_NEW_PRIVS). Returns 0 or a negative errno.
 * Calls nothing that a child of a process with threads may not call. */
int call_filter_install(void);

#endif
