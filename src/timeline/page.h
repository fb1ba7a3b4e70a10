/*
 * The parts of a timeline's page.
 */
#ifndef TIMELINE_PAGE_H
#define TIMELINE_PAGE_H

#include <stdio.h>

#include "timeline/picture.h"
#include "timeline/view_foot.h"

/* The mark of a connection beside its name. */
void page_put_mark(int conversation, FILE *);

/* Writes what the page's script wants to know as one JSON object: what stands where, what belongs
 * together, and the details of calls and packets. Returns 0 or -ENOMEM. */
int page_put_data(const struct picture *, const struct foot *, FILE *);

/* Writes a table with the totals of each connection, a row for each of its ends. */
void page_put_totals(const struct recording *, const struct join *, const struct foot *, FILE *);

#endif
