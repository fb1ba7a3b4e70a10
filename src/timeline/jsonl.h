/*
 * A recording as JSON, one object a line: to be saved and viewed again, and for other programs.
 *
 * Each says in "entry" what it is about. The first line is the recording's own and names the format
 * and its version; the last one is the end. Between them each program, interface, socket, call and
 * packet has a line, in the order of the recording. Fields that have their default value are left
 * out. Bytes are a string where they are UTF-8, else {"base64": "..."}.
 */
#ifndef TIMELINE_JSONL_H
#define TIMELINE_JSONL_H

#include <stdio.h>

#include "timeline/recording.h"

struct error;

/* Writes a recording. Returns 0, -ENOMEM, or -EIO when the file could not be written. */
int jsonl_write(const struct recording *, FILE *);

/* Reads a recording. NULL: the error says why, with the file's name and the line's number. */
struct recording *jsonl_read(FILE *, const char *name, struct error *);

#endif
