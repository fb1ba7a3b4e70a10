/*
 * Writes a recording's packets as pcapng, the format of Wireshark
 * (draft-ietf-opsawg-pcapng, libpcap itself only writes the older pcap).
 */
#ifndef TIMELINE_PCAPNG_H
#define TIMELINE_PCAPNG_H

#include <stdio.h>

#include "timeline/recording.h"

struct error;

/* Writes one section: the interfaces that saw packets with their names, then every packet whose
 * frame was kept, with its time to the nanosecond. Returns 0, or a negative errno: -ENODATA if
 * there are packets, but none with its frame, or why the stream failed. */
int pcapng_write(FILE *, const struct recording *);

/* The same into a new file, which replaces an old one. Returns 0, or a negative errno with the
 * error's sentence filled. */
int pcapng_save(const struct recording *, const char *path, struct error *);

#endif
