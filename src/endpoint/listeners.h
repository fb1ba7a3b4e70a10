/*
 * Which sockets a server listens on: protocols times hosts times transports.
 */
#ifndef ENDPOINT_LISTENERS_H
#define ENDPOINT_LISTENERS_H

#include "sockettool/endpoint.h"
#include "sockettool/server.h"

/* Binds the server's listeners: for each worker one for each address of each protocol, and the Unix
 * socket. services lie beside the servings. Returns 0, or a negative errno and an error; whatever
 * was bound is the server's either way. */
int listeners_open(struct server *, const struct serve_options *, const struct serving *,
		   struct service *const *services, size_t count, struct error *);

/* Closes all of them, and removes the Unix socket. */
void listeners_close(struct server *);

#endif
