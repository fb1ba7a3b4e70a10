/*
 * Timelines drawn: as a picture, and as a page.
 */
#ifndef TIMELINE_VIEW_DRAWN_H
#define TIMELINE_VIEW_DRAWN_H

#include <stdio.h>

#include "timeline/view.h"

/* Draws a sequence diagram as one standalone SVG file: a lifeline for each program, the wire
 * between the server's and the clients', and an arrow from each send to the receive that took its
 * bytes. Of the options only fold_waits, source, verbose and bytes matter. Returns 0, or a negative
 * errno: -ENOMEM, or -EIO when the file could not be written. */
int view_svg(const struct recording *, const struct join *, const struct view_options *, FILE *);

/* The same diagram as a page that needs nothing else: with a script it zooms, filters, and shows
 * what belongs together; without one, and on paper, it is a picture with totals. */
int view_html(const struct recording *, const struct join *, const struct view_options *, FILE *);

#endif
