/*
 * Connected sockets for a load.
 */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

#include "bench/load.h"

/* Begins one nonblocking TCP connection to the target. Returns the socket, which becomes writable
 * when it is connected or has failed, or a negative errno. */
int socket_begin(const struct target *);

/* Why the connection that socket_begin began failed; 0 if it is made. */
int socket_failure(int socket);

/* Makes the share's TCP connections, many at a time, within the plan's time-out between any two.
 * sockets[i] becomes the caller's, or -1 where one could not be made, which is counted as a fault
 * unless the load is stopped. */
void sockets_connect(struct load *, int *sockets);

/* Makes the share's UDP sockets, each connected to the target; as above where one could not be
 * made. */
void sockets_connect_udp(struct load *, int *sockets);

/* Closes a socket with a reset, so that thousands of them leave no port waiting behind. */
void socket_reset(int socket);

#endif
