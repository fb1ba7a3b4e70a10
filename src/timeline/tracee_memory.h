/*
 * The memory of a thread that is traced and stopped.
 */
#ifndef TIMELINE_TRACEE_MEMORY_H
#define TIMELINE_TRACEE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Bytes of the tracee's that lie scattered, as iovec and msghdr describe them. */
struct tracee_bytes {
	char *data;  /* where they go */
	size_t n;    /* how many have been read */
	size_t room; /* how many are wanted */
};

/* Reads up to n bytes and returns how many there were. */
size_t tracee_read(pid_t thread, uint64_t address, void *out, size_t n);

/* Reads exactly n bytes or returns false. */
bool tracee_get(pid_t thread, uint64_t address, void *out, size_t n);

/* Reads a text up to its NUL or up to size - 1 bytes. Returns its length; out ends in a NUL. */
size_t tracee_text(pid_t thread, uint64_t address, char *out, size_t size);

/* Reads a socket's address, length bytes long at most. Returns its length, 0 if there is none. */
socklen_t tracee_sockaddr(pid_t thread, uint64_t address, uint64_t length,
			  struct sockaddr_storage *out);

/* Adds at most `most` of the bytes at an address. */
void tracee_collect(pid_t thread, uint64_t address, uint64_t most, struct tracee_bytes *);

/* Adds at most `most` of the bytes that count iovecs at an address describe. Returns how many bytes
 * they describe in all. */
uint64_t tracee_gather(pid_t thread, uint64_t iovecs, uint64_t count, uint64_t most,
		       struct tracee_bytes *);

#endif
