/*
 * Timelines drawn: what the options of a view are, and the views that are text.
 */
#ifndef TIMELINE_VIEW_H
#define TIMELINE_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "timeline/join.h"
#include "timeline/recording.h"

struct view_options {
	bool ascii;      /* no arrows or boxes but < > - | */
	bool colour;     /* a colour for each connection, by terminal escapes */
	bool fold_waits; /* waits that follow each other are one: "epoll_wait ×37" */
	bool source;     /* file and line before each call that has them, and lines of Python */
	bool verbose;    /* each packet opened layer by layer */
	int width;       /* of the terminal, in columns; 0: as wide as it takes */
	int bytes;       /* of a packet's data, at most so many are shown */
};

/* Draws a recording side by side: the server, the wire, the clients. Returns 0, -ENOMEM, or -EIO
 * when the file could not be written. */
int view_text(const struct recording *, const struct join *, const struct view_options *, FILE *);

/* The same as a table in Markdown, with the totals as a list. */
int view_markdown(const struct recording *, const struct join *, const struct view_options *,
		  FILE *);

#endif
