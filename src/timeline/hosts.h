/*
 * The hosts at both sides of the wire, where no program was traced there.
 */
#ifndef TIMELINE_HOSTS_H
#define TIMELINE_HOSTS_H

#include <stdbool.h>

#include "timeline/join.h"
#include "timeline/recording.h"

struct hosts {
	bool two;            /* all packets are those of two hosts, each with its own side */
	struct address left; /* the one at the left of two */
	/* What stands over each side's column: the host's address, with its port if it has no
	 * other; "hosts" if there are several. */
	char titles[2][ADDRESS_TEXT];
};

void hosts_find(struct hosts *, const struct recording *, const struct join *);

/* Which end of a conversation stands at the left of the wire: the traced server's; if nobody was
 * traced, the left one of two hosts; else what was connected to. */
int hosts_left_end(const struct hosts *, const struct recording *, const struct conversation *);

#endif
