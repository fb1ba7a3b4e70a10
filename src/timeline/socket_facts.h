/*
 * What the kernel knows about a socket of another process.
 */
#ifndef TIMELINE_SOCKET_FACTS_H
#define TIMELINE_SOCKET_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "sockettool/address.h"

struct socket_facts {
	int family, type; /* AF_INET, SOCK_STREAM, ... */
	bool listens;
	bool elsewhere; /* in another network namespace than the caller, as far as is known */
	struct address local, remote; /* ADDRESS_NONE while there is none */
	char path[sizeof(
		struct sockaddr_un)]; /* of a Unix socket, either end's; "@name" if abstract */
};

/* Asks about a thread's descriptor, which must be a socket with that inode. Does so through a copy
 * of the descriptor; where that is forbidden, through the tables in /proc, which know no more than
 * addresses. Returns false if neither helps. */
bool socket_facts_get(struct socket_facts *, pid_t thread, pid_t process, int descriptor,
		      uint64_t inode);

/* A Unix socket's path out of its address, escaped; "" if it has none. out has room for size. */
void socket_path(char *out, size_t size, const struct sockaddr *, socklen_t);

#endif
