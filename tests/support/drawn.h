/*
 * Recordings worth drawing, and what comes of drawing them.
 */
#ifndef SUPPORT_DRAWN_H
#define SUPPORT_DRAWN_H

#include <stdio.h>

#include "timeline/view_drawn.h"

/* Two programs, a handshake, one line there and back, and the end of it. */
void drawn_echo(struct recording *);

/* So many clients that connect to one server and send so many lines each, which it sends to all of
 * them; with packets or without. */
void drawn_room(struct recording *, int clients, int lines, bool packets);

/* A server that waits for a line and a client that waits for an answer, for ever. */
void drawn_hang(struct recording *);

/* Three datagrams, of which the second one is lost; the client's other end is not traced in a
 * fourth one. */
void drawn_datagrams(struct recording *);

/* A SYN and a segment that are sent again, half a receive, and a reset. */
void drawn_trouble(struct recording *);

/* Names, texts and data that would end an element, a script or a line, and are no UTF-8. */
void drawn_hostile(struct recording *);

/* A capture without programs. */
void drawn_capture(struct recording *);

struct drawn {
	struct recording *recording;
	struct join *join;
	char *text;
};

typedef int drawn_view(const struct recording *, const struct join *, const struct view_options *,
		       FILE *);

/* Draws a recording that a function makes of an empty one. The caller frees it. */
struct drawn drawn_make(drawn_view *, struct recording *);

/* Draws a packet whose frame was kept, with its layers. The caller frees it. */
struct drawn drawn_opened(drawn_view *);

void drawn_free(struct drawn *);

#endif
