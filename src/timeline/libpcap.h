/* libpcap, which captures packets and reads captures, loaded when it is wanted. */
#ifndef TIMELINE_LIBPCAP_H
#define TIMELINE_LIBPCAP_H

#include <pcap/pcap.h>

#include "base/shared_library.h"

#define LIBPCAP_FUNCTIONS(USE)                        \
	USE(pcap_activate)                            \
	USE(pcap_close)                               \
	USE(pcap_compile)                             \
	USE(pcap_create)                              \
	USE(pcap_datalink)                            \
	USE(pcap_datalink_val_to_name)                \
	USE(pcap_dispatch)                            \
	USE(pcap_fileno)                              \
	USE(pcap_fopen_offline_with_tstamp_precision) \
	USE(pcap_freecode)                            \
	USE(pcap_get_selectable_fd)                   \
	USE(pcap_geterr)                              \
	USE(pcap_next_ex)                             \
	USE(pcap_set_buffer_size)                     \
	USE(pcap_set_snaplen)                         \
	USE(pcap_set_timeout)                         \
	USE(pcap_set_tstamp_precision)                \
	USE(pcap_setfilter)                           \
	USE(pcap_setnonblock)                         \
	USE(pcap_stats)

struct error;

/* The library's functions, under their own names. */
struct libpcap {
	LIBPCAP_FUNCTIONS(SHARED_LIBRARY_MEMBER)
};

/* The functions; they are there once libpcap_load has returned 0. */
extern struct libpcap libpcap;

/* Loads the library, unless that is done. Returns 0 or a negative errno with the error filled. */
int libpcap_load(struct error *);

#endif
