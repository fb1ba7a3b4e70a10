/*
 * Chunks: counted, append-only memory that send queues share. Bytes that are once in a chunk never
 * move or change while somebody refers to them.
 *
 * Threads: a chunk and its count belong to one loop, or to a shared service and its lock.
 */
#ifndef SESSION_CHUNK_H
#define SESSION_CHUNK_H

#include <stddef.h>
#include <stdint.h>

enum { CHUNK_BYTES = 64 * 1024 }; /* an ordinary chunk's size, its header included */

struct chunk {
	uint32_t references;
	size_t capacity, length;
	char bytes[];
};

/* Where bytes are being appended: the chunk in use, held by one reference, or NULL. */
struct chunk_source {
	struct chunk *current;
};

/* Makes a chunk of that capacity with one reference. NULL: no memory. */
struct chunk *chunk_new(size_t capacity);
void chunk_release(struct chunk *);

/* The source's chunk with room for n more bytes at bytes + length, a new one if need be. The caller
 * fills the room and adds to length. NULL: no memory. */
struct chunk *chunk_reserve(struct chunk_source *, size_t n);

void chunk_source_free(struct chunk_source *);

#endif
