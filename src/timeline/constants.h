/*
 * The names that programmers know numbers by: SO_REUSEADDR, MSG_PEEK, SHUT_WR.
 */
#ifndef TIMELINE_CONSTANTS_H
#define TIMELINE_CONSTANTS_H

#include <stdint.h>

#include "timeline/wording.h"

/* A number and its name; a table of them ends with a NULL name. */
struct constant {
	long number;
	const char *name;
};

extern const struct constant message_flags[];  /* of send and recv */
extern const struct constant poll_events[];    /* in words: in, out, hangup */
extern const struct constant shutdown_modes[]; /* of shutdown */
extern const struct constant epoll_actions[];  /* of epoll_ctl */

/* The name, or NULL. */
const char *constant_find(const struct constant *, long number);

/* The name of a socket option, such as SO_REUSEADDR of SOL_SOCKET, or NULL. */
const char *option_constant(int level, int option);

/* Adds a number by its name, or in digits. */
void wording_add_constant(struct wording *, const struct constant *, long number);

/* Adds the names of the bits that are set with a separator between; bits without a name together in
 * digits. Nothing for 0. */
void wording_add_flags(struct wording *, const struct constant *, unsigned long bits,
		       const char *separator);

#endif
