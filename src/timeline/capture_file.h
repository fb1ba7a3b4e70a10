/*
 * Saved captures, pcap and pcapng, as recordings.
 */
#ifndef TIMELINE_CAPTURE_FILE_H
#define TIMELINE_CAPTURE_FILE_H

#include <stddef.h>

#include "timeline/recording.h"

struct error;

/* Adds the TCP and UDP packets of a file ("-": standard input) to a recording that has none, in the
 * order of their times, with their frames, text bytes of data each, and retransmissions marked. The
 * recording begins with the first of them. One interface is added, named as the file: libpcap's
 * reader does not tell which of a file's interfaces a packet came from, and refuses a file whose
 * interfaces are of different kinds.
 *
 * Returns 0, or a negative errno with the error's sentence filled: the file cannot be read, has no
 * TCP or UDP, or is damaged. Packets before the damage are in the recording then. */
int capture_file_read(struct recording *, const char *path, size_t text, struct error *);

#endif
