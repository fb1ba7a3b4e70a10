/*
 * Starting a program so that it can be followed from its first instruction.
 */
#ifndef TIMELINE_LAUNCH_H
#define TIMELINE_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;

/* The statuses of a program that there is not, as shells have them: it was found and cannot be run,
 * or was not found. */
enum { LAUNCH_CANNOT_RUN = 126, LAUNCH_NOT_FOUND = 127 };

struct launch {
	const char *command;            /* for sh -c */
	const char *const *environment; /* "NAME=value" on top of this process's; may be NULL */
	int streams[3];                 /* become descriptors 0, 1 and 2; -1: /dev/null */
	bool own_group;                 /* a process group of its own, away from the terminal */
	sigset_t mask;                  /* of signals, as it would be without this program */
};

/* Makes a child that waits to be followed. Returns its number, or a negative errno with the error
 * filled. */
pid_t launch_prepare(const struct launch *, int *gate, struct error *);

/* Lets the child become the program, or end if it is not to. Closes the gate. */
void launch_open(int gate, bool go);

#endif
