/* Chunks: the memory behind send queues. */
#include "session/chunk.h"

#include <stdlib.h>

struct chunk *chunk_new(size_t capacity)
{
	struct chunk *chunk = malloc(sizeof(*chunk) + capacity);

	if (!chunk)
		return NULL;
	chunk->references = 1;
	chunk->capacity = capacity;
	chunk->length = 0;
	return chunk;
}

void chunk_release(struct chunk *chunk)
{
	if (--chunk->references == 0)
		free(chunk);
}

struct chunk *chunk_reserve(struct chunk_source *source, size_t n)
{
	const size_t ordinary = CHUNK_BYTES - sizeof(struct chunk);
	struct chunk *chunk = source->current;

	/* Nobody refers to what was written: the chunk can be written from its start again. */
	if (chunk && chunk->references == 1)
		chunk->length = 0;
	if (chunk && chunk->capacity - chunk->length >= n)
		return chunk;
	struct chunk *fresh = chunk_new(n > ordinary ? n : ordinary);
	if (!fresh)
		return NULL;
	chunk_source_free(source);
	source->current = fresh;
	return fresh;
}

void chunk_source_free(struct chunk_source *source)
{
	if (source->current)
		chunk_release(source->current);
	source->current = NULL;
}
