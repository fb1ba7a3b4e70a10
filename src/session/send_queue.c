/* The send queue: segments in the order they leave. */
#include "session/send_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A queue of this many segments copies what is added (see send_queue_share). */
enum { SEGMENTS_SHARED_MAX = 16, COPY_CHUNK_MIN = 1024 };

/* Makes room for one more segment at the end. */
static int grow(struct send_queue *queue)
{
	if (!queue->segments) {
		queue->segments = queue->few;
		queue->capacity = sizeof(queue->few) / sizeof(queue->few[0]);
		return 0;
	}
	if (queue->first > queue->count) {
		memmove(queue->segments, queue->segments + queue->first,
			queue->count * sizeof(queue->segments[0]));
		queue->first = 0;
		return 0;
	}
	uint32_t capacity = 4 * queue->capacity + 8;
	struct segment *segments = malloc(capacity * sizeof(*segments));
	if (!segments)
		return -ENOMEM;
	memcpy(segments, queue->segments + queue->first, queue->count * sizeof(*segments));
	if (queue->segments != queue->few)
		free(queue->segments);
	queue->segments = segments;
	queue->first = 0;
	queue->capacity = capacity;
	return 0;
}

/* Adds a segment; the chunk's reference, if there is a chunk, is the queue's from now on. */
static int append(struct send_queue *queue, const char *bytes, size_t n, struct chunk *chunk)
{
	bool fits = queue->segments && queue->first + queue->count < queue->capacity;
	int status = fits ? 0 : grow(queue);

	if (status || n > SEGMENT_MAX)
		return -ENOMEM;
	queue->segments[queue->first + queue->count++] =
		(struct segment){.bytes = bytes, .length = (uint32_t)n, .chunk = chunk};
	queue->bytes += n;
	return 0;
}

int send_queue_lend(struct send_queue *queue, const void *bytes, size_t n)
{
	return n ? append(queue, bytes, n, NULL) : 0;
}

int send_queue_share(struct send_queue *queue, struct chunk *chunk, const char *bytes, size_t n)
{
	if (n == 0 || send_queue_extend(queue, chunk, bytes, n))
		return 0;
	if (queue->count >= SEGMENTS_SHARED_MAX)
		return send_queue_copy(queue, bytes, n);
	int status = append(queue, bytes, n, chunk);
	if (status == 0)
		chunk->references++;
	return status;
}

/* Whether n bytes can be written behind the last segment: its chunk is this queue's alone. */
static bool tail_has_room(const struct segment *last, size_t n)
{
	return last && last->chunk && send_queue_has_length(last, n) &&
	       last->chunk->references == 1 &&
	       last->bytes + last->length == last->chunk->bytes + last->chunk->length &&
	       last->chunk->capacity - last->chunk->length >= n;
}

int send_queue_copy(struct send_queue *queue, const void *bytes, size_t n)
{
	struct segment *last = send_queue_tail(queue);

	if (n == 0)
		return 0;
	if (tail_has_room(last, n)) {
		memcpy(last->chunk->bytes + last->chunk->length, bytes, n);
		last->chunk->length += n;
		last->length += (uint32_t)n;
		queue->bytes += n;
		return 0;
	}
	/* A queue that is long already will get longer. */
	size_t least = queue->count < SEGMENTS_SHARED_MAX ? COPY_CHUNK_MIN
							  : CHUNK_BYTES - sizeof(struct chunk);
	struct chunk *chunk = chunk_new(n > least ? n : least);
	if (!chunk)
		return -ENOMEM;
	memcpy(chunk->bytes, bytes, n);
	chunk->length = n;
	int status = append(queue, chunk->bytes, n, chunk);
	if (status)
		chunk_release(chunk);
	return status;
}

bool send_queue_borrows(const struct send_queue *queue)
{
	for (uint32_t i = 0; i < queue->count; i++) {
		const struct segment *segment = &queue->segments[queue->first + i];
		if (!segment->chunk && segment->length > 0)
			return true;
	}
	return false;
}

int send_queue_settle(struct send_queue *queue)
{
	size_t lent = 0;

	if (queue->count == 0)
		return 0;
	struct segment *segments = queue->segments + queue->first;
	for (uint32_t i = 0; i < queue->count; i++)
		lent += segments[i].chunk ? 0 : segments[i].length;
	if (lent == 0)
		return 0;
	struct chunk *chunk = chunk_new(lent);
	if (!chunk)
		return -ENOMEM;
	for (uint32_t i = 0; i < queue->count; i++) {
		if (segments[i].chunk || segments[i].length == 0)
			continue;
		char *copy = chunk->bytes + chunk->length;
		memcpy(copy, segments[i].bytes, segments[i].length);
		chunk->length += segments[i].length;
		chunk->references++;
		segments[i].bytes = copy;
		segments[i].chunk = chunk;
	}
	chunk_release(chunk);
	return 0;
}

bool send_queue_datagram_open(const struct send_queue *queue)
{
	const struct segment *last = send_queue_tail(queue);

	return last && !last->ends;
}

int send_queue_end_datagram(struct send_queue *queue)
{
	struct segment *last = send_queue_tail(queue);

	if (!last || last->ends) {
		int status = append(queue, "", 0, NULL);
		if (status)
			return status;
		last = send_queue_tail(queue);
	}
	last->ends = true;
	return 0;
}

/* How many segments the first datagram has. */
static uint32_t datagram_segments(const struct send_queue *queue)
{
	uint32_t count = 0;

	while (count < queue->count && !queue->segments[queue->first + count++].ends)
		;
	return count;
}

bool send_queue_has_second_datagram(const struct send_queue *queue)
{
	return datagram_segments(queue) < queue->count;
}

/* Makes one segment of the first count ones. */
static int join_segments(struct send_queue *queue, uint32_t count)
{
	struct segment *segments = queue->segments + queue->first;
	size_t total = 0;

	for (uint32_t i = 0; i < count; i++)
		total += segments[i].length;
	struct chunk *chunk = total <= SEGMENT_MAX ? chunk_new(total) : NULL;
	if (!chunk)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		memcpy(chunk->bytes + chunk->length, segments[i].bytes, segments[i].length);
		chunk->length += segments[i].length;
		if (segments[i].chunk)
			chunk_release(segments[i].chunk);
	}
	segments[count - 1] = (struct segment){chunk->bytes, chunk, (uint32_t)total, true};
	queue->first += count - 1;
	queue->count -= count - 1;
	return 0;
}

int send_queue_outgoing(struct send_queue *queue, struct iovec *runs, int max, bool datagrams)
{
	uint32_t count = queue->count;

	if (datagrams) {
		count = datagram_segments(queue);
		if (count > (uint32_t)max) {
			int status = join_segments(queue, count);
			if (status)
				return status;
			count = 1;
		}
	}
	if (count > (uint32_t)max)
		count = (uint32_t)max;
	for (uint32_t i = 0; i < count; i++) {
		const struct segment *segment = &queue->segments[queue->first + i];
		runs[i] = (struct iovec){(void *)segment->bytes, segment->length};
	}
	return (int)count;
}

static void drop_first(struct send_queue *queue)
{
	struct segment *segment = &queue->segments[queue->first];

	queue->bytes -= segment->length;
	if (segment->chunk)
		chunk_release(segment->chunk);
	queue->count--;
	queue->first = queue->count ? queue->first + 1 : 0;
}

/* An idle peer costs no array. */
static void shrink_empty(struct send_queue *queue)
{
	if (queue->count || queue->segments == queue->few)
		return;
	free(queue->segments);
	queue->segments = NULL;
	queue->capacity = 0;
}

void send_queue_sent(struct send_queue *queue, size_t n, bool datagrams)
{
	if (datagrams) {
		for (uint32_t count = datagram_segments(queue); count > 0; count--)
			drop_first(queue);
		shrink_empty(queue);
		return;
	}
	while (n > 0 && queue->count > 0) {
		struct segment *segment = &queue->segments[queue->first];
		if (n < segment->length) {
			segment->bytes += n;
			segment->length -= (uint32_t)n;
			queue->bytes -= n;
			return;
		}
		n -= segment->length;
		drop_first(queue);
	}
	shrink_empty(queue);
}

void send_queue_clear(struct send_queue *queue)
{
	while (queue->count > 0)
		drop_first(queue);
	shrink_empty(queue);
}
