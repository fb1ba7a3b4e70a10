/*
 * The look-up of a host's name, in a thread of its own, because the resolver cannot be told when to
 * give up. Whoever asked may leave at any time; the thread then ends unheard.
 */
#ifndef TRANSPORT_RESOLUTION_H
#define TRANSPORT_RESOLUTION_H

#include "sockettool/address.h"

struct error;
struct resolution;

enum { RESOLUTION_ADDRESSES_MAX = 16 };

/* Begins a look-up, as address_resolve for a socket's type. The texts are copied. NULL: the error
 * is filled. */
struct resolution *resolution_start(const char *host, const char *port, int type, struct error *);

/* A descriptor that becomes readable, and stays so, when the answer is there. */
int resolution_descriptor(const struct resolution *);

/* Copies the addresses, at most RESOLUTION_ADDRESSES_MAX. Returns how many, -EAGAIN while there is
 * no answer, or another negative errno with the error filled. */
int resolution_result(const struct resolution *, struct address *out, struct error *);

/* Lets go of it. */
void resolution_end(struct resolution *);

#endif
