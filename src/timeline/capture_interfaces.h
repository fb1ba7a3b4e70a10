/*
 * The interfaces to capture on, opened.
 */
#ifndef TIMELINE_CAPTURE_INTERFACES_H
#define TIMELINE_CAPTURE_INTERFACES_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "timeline/libpcap.h"

struct error;

enum {
	CAPTURE_INTERFACES_MAX = 16,
	CAPTURE_BLOCK_TIME = 10, /* milliseconds until a block that is not full is handed over */
};

struct capture_interface {
	char name[IF_NAMESIZE];
	bool loopback;
	pcap_t *handle; /* nonblocking, with its filter set; NULL when it has failed */
	int recorded;   /* its index in the recording */
};

/* Opens the loopback interface and every other one that is up and has an address that is not
 * link-local IPv6; those that cannot be captured are left out. length: bytes to capture of each
 * frame. Returns how many there are, or if there are none a negative errno with the error's
 * sentence filled. */
int capture_interfaces_open(struct capture_interface list[CAPTURE_INTERFACES_MAX], int length,
			    struct error *);

#endif
