/*
 * What each program was at when a recording was stopped before the programs had come to their end.
 */
#ifndef TIMELINE_STANDSTILL_H
#define TIMELINE_STANDSTILL_H

#include "timeline/recording.h"

/* A text for each program: "still waiting in recv(4, 1024) from 127.0.0.1:51612, for 4.2 s", "busy
 * or asleep since listen(3, 128), for 1.1 s", "stopped by SIGSTOP for 1.1 s, until it gets
 * SIGCONT". NULL for want of memory. */
char **standstill_make(const struct recording *);
void standstill_free(char **, const struct recording *);

#endif
