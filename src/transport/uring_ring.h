/*
 * A ring: io_uring as the uring model uses it. Operations are submitted together, at the next wait,
 * and their completions come back with what they were for; what is received lies in buffers that
 * the kernel picks from a list and that are given back to it. A ring is used by one thread.
 */
#ifndef TRANSPORT_URING_RING_H
#define TRANSPORT_URING_RING_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct error;

/* Few buffers stay in the processor's cache; the kernel uses them in turn. */
enum { RING_BUFFERS = 256, RING_BUFFER_SIZE = 64 * 1024, RING_RUNS = 16 };

/* What a submission is for. */
enum ring_operation {
	RING_NOTHING, /* nobody waits for its completion */
	RING_RECEIVE,
	RING_SEND,
	RING_CANCEL,
	RING_ACCEPT,
	RING_READABLE,
	RING_WAKE,
};

/* A message of several runs. The kernel has copied it when it takes the submission. */
struct ring_message {
	struct msghdr header;
	struct iovec runs[RING_RUNS];
};

struct ring {
	struct io_uring io;
	struct io_uring_buf_ring *list; /* the free buffers */
	char *buffers;
	struct ring_message *messages; /* one beside each place for a submission */
};

/* Whether this machine can open a ring and do with it what is needed. */
bool ring_available(struct error *);

/* Opens a ring, in the thread that will use it. Returns 0 or a negative errno and an error. */
int ring_open(struct ring *, struct error *);
void ring_close(struct ring *);

/* A place for a submission, to be filled with an io_uring_prep function and then ring_mark. If none
 * is free, what has been gathered is submitted first. NULL: the kernel has no memory for it. */
struct io_uring_sqe *ring_submission(struct ring *);

/* Submits a wait, once, until a descriptor is readable. False: there was no memory for it. */
bool ring_poll(struct ring *, int fd, const void *what, enum ring_operation);

/* Submits the end of something in flight. False: there was no memory for it. */
bool ring_cancel(struct ring *, const void *what, enum ring_operation);

/* The message that belongs to the place. */
struct ring_message *ring_message(const struct ring *, const struct io_uring_sqe *);

/* Says what a submission is for: the objects are aligned to 8 bytes, so the pointer has room. */
static inline uint64_t ring_name(const void *what, enum ring_operation operation)
{
	return (uint64_t)(uintptr_t)what | (uint64_t)operation;
}

static inline void ring_mark(struct io_uring_sqe *submission, const void *what,
			     enum ring_operation operation)
{
	io_uring_sqe_set_data64(submission, ring_name(what, operation));
}

/* The same of a completion. */
static inline enum ring_operation ring_operation(const struct io_uring_cqe *completion)
{
	return (enum ring_operation)(completion->user_data & 7);
}

static inline void *ring_what(const struct io_uring_cqe *completion)
{
	return (void *)(uintptr_t)(completion->user_data & ~(uint64_t)7);
}

/* Has a receive put what comes into one of the ring's buffers. */
void ring_use_buffers(struct io_uring_sqe *);

/* Gives a buffer back to the kernel. */
void ring_give_back(struct ring *, unsigned buffer);

static inline char *ring_buffer(const struct ring *ring, unsigned buffer)
{
	return ring->buffers + (size_t)buffer * RING_BUFFER_SIZE;
}

/* Submits what has been gathered and waits for a completion, at most that many nanoseconds, NEVER
 * for any time. Returns 0, also when none came, or a negative errno. */
int ring_wait(struct ring *, int64_t timeout);

#endif
