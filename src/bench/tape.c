/*
 * What a stream load sends and expects.
 */
#include "bench/tape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CYCLE_MIN = 1 << 16 /* bytes of an echo's cycle, unless two messages are longer */ };

static int reel_make(struct reel *reel, size_t count, size_t cycle, size_t overlap)
{
	reel->cycle = cycle;
	reel->bytes = malloc(cycle + overlap);
	reel->marks = calloc(count + 1, sizeof(*reel->marks));
	return reel->bytes && reel->marks ? 0 : -ENOMEM;
}

/* Repeats the beginning behind the end. */
static void reel_close(struct reel *reel, size_t overlap)
{
	size_t done = 0;

	while (done < overlap) {
		size_t n = overlap - done < reel->cycle ? overlap - done : reel->cycle;
		memcpy(reel->bytes + reel->cycle + done, reel->bytes, n);
		done += n;
	}
}

static void reel_free(struct reel *reel)
{
	free(reel->bytes);
	free(reel->marks);
	*reel = (struct reel){0};
}

/* Bytes that are not the same in any two places (xorshift, Marsaglia 2003). An LF ends each
 * message, for servers that echo lines, and there is none within. */
static void fill(struct tape *tape, size_t size)
{
	uint64_t random = UINT64_C(88172645463325252);

	for (size_t i = 0; i < tape->requests.cycle; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		tape->requests.bytes[i] = (char)(' ' + random % 95);
	}
	for (size_t i = 0; i < tape->count; i++) {
		tape->requests.marks[i + 1] = tape->answers.marks[i + 1] = (i + 1) * size;
		if (size > 1)
			tape->requests.bytes[(i + 1) * size - 1] = '\n';
	}
	memcpy(tape->answers.bytes, tape->requests.bytes, tape->requests.cycle);
}

static int make_echo(struct tape *tape, size_t size)
{
	tape->count = CYCLE_MIN / size > 2 ? CYCLE_MIN / size : 2;
	size_t cycle = tape->count * size;
	if (reel_make(&tape->requests, tape->count, cycle, TAPE_SEND_MAX) ||
	    reel_make(&tape->answers, tape->count, cycle, TAPE_COMPARE_MAX))
		return -ENOMEM;
	fill(tape, size);
	return 0;
}

static size_t put_line(struct reel *reel, size_t n, size_t at, const char *text)
{
	size_t length = strlen(text);

	memcpy(reel->bytes + at, text, length);
	reel->bytes[at + length] = '\n';
	return reel->marks[n + 1] = at + length + 1;
}

static int make_exchange(struct tape *tape, const struct exchange *exchanges)
{
	size_t sent = 0, received = 0;

	for (tape->count = 0; exchanges[tape->count].request; tape->count++) {
		sent += strlen(exchanges[tape->count].request) + 1;
		received += strlen(exchanges[tape->count].answer) + 1;
	}
	if (reel_make(&tape->requests, tape->count, sent, TAPE_SEND_MAX) ||
	    reel_make(&tape->answers, tape->count, received, TAPE_COMPARE_MAX))
		return -ENOMEM;
	sent = received = 0;
	for (size_t i = 0; i < tape->count; i++) {
		sent = put_line(&tape->requests, i, sent, exchanges[i].request);
		received = put_line(&tape->answers, i, received, exchanges[i].answer);
	}
	return 0;
}

int tape_make(struct tape *tape, const struct plan *plan)
{
	const struct workload *workload = plan->protocol->workload;

	*tape = (struct tape){0};
	int status = workload->kind == WORKLOAD_ECHO ? make_echo(tape, plan->size)
						     : make_exchange(tape, workload->exchanges);
	if (status) {
		tape_free(tape);
		return status;
	}
	reel_close(&tape->requests, TAPE_SEND_MAX);
	reel_close(&tape->answers, TAPE_COMPARE_MAX);
	return 0;
}

void tape_free(struct tape *tape)
{
	reel_free(&tape->requests);
	reel_free(&tape->answers);
}
