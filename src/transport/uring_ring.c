/* A ring: io_uring as the uring model uses it. */
#ifdef HAVE_LIBURING

#include "transport/uring_ring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum {
	SUBMISSIONS = 1024,
	COMPLETIONS = 8192,
	BUFFER_GROUP = 0,
};

/* --- Opening. --- */

/* One thread submits and reaps, and completions wait until it asks: this spares interrupts. Linux
 * before 6.1 does without. */
static int open_queues(struct io_uring *io)
{
	const unsigned usual = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL;
	const unsigned best_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	struct io_uring_params best = {.flags = usual | best_flags, .cq_entries = COMPLETIONS};
	struct io_uring_params plain = {.flags = usual, .cq_entries = COMPLETIONS};
	int status = io_uring_queue_init_params(SUBMISSIONS, io, &best);

	if (status == -EINVAL)
		status = io_uring_queue_init_params(SUBMISSIONS, io, &plain);
	if (status)
		io->ring_fd = -1;
	else
		(void)io_uring_register_ring_fd(io);
	return status;
}

static void *map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Memory is touched when a buffer is first used. */
static int open_buffers(struct ring *ring)
{
	ring->list = map(RING_BUFFERS * sizeof(struct io_uring_buf));
	ring->buffers = map((size_t)RING_BUFFERS * RING_BUFFER_SIZE);
	ring->messages = calloc(ring->io.sq.ring_entries, sizeof(*ring->messages));
	if (!ring->list || !ring->buffers || !ring->messages)
		return -ENOMEM;
	struct io_uring_buf_reg registration = {.ring_addr = (uint64_t)(uintptr_t)ring->list,
						.ring_entries = RING_BUFFERS,
						.bgid = BUFFER_GROUP};
	int status = io_uring_register_buf_ring(&ring->io, &registration, 0);
	if (status)
		return status;
	io_uring_buf_ring_init(ring->list);
	for (unsigned i = 0; i < RING_BUFFERS; i++)
		ring_give_back(ring, i);
	return 0;
}

static int explain(int status, struct error *error)
{
	switch (-status) {
	case ENOSYS:
		return error_set(error, STATUS_UNREACHABLE, ENOSYS, "this kernel has no io_uring");
	case EPERM:
	case EACCES:
		return error_set(error, STATUS_UNREACHABLE, -status,
				 "this system does not permit io_uring (the sysctl "
				 "kernel.io_uring_disabled, or a container's seccomp filter)");
	case EINVAL:
	case EOPNOTSUPP:
		return error_set(error, STATUS_UNREACHABLE, -status,
				 "this kernel's io_uring lacks multishot receive into provided "
				 "buffers, which Linux has from 6.0");
	default:
		return error_system(error, -status, "open an io_uring");
	}
}

int ring_open(struct ring *ring, struct error *error)
{
	*ring = (struct ring){.io.ring_fd = -1};
	int status = open_queues(&ring->io);

	if (status == 0)
		status = open_buffers(ring);
	if (status == 0)
		return 0;
	ring_close(ring);
	return explain(status, error);
}

void ring_close(struct ring *ring)
{
	if (ring->io.ring_fd >= 0)
		io_uring_queue_exit(&ring->io);
	if (ring->list)
		munmap(ring->list, RING_BUFFERS * sizeof(struct io_uring_buf));
	if (ring->buffers)
		munmap(ring->buffers, (size_t)RING_BUFFERS * RING_BUFFER_SIZE);
	free(ring->messages);
	*ring = (struct ring){.io.ring_fd = -1};
}

/* --- Probing. --- */

/* No flag tells of multishot receive, so one is tried. Returns 0 if it goes on after a byte. */
static int try_receive(struct ring *ring, const int pair[2])
{
	struct io_uring_sqe *submission = ring_submission(ring);
	struct io_uring_cqe *completion;

	if (!submission || write(pair[1], "", 1) != 1)
		return -ENOMEM;
	io_uring_prep_recv_multishot(submission, pair[0], NULL, 0, 0);
	ring_use_buffers(submission);
	ring_mark(submission, NULL, RING_NOTHING);
	int status = ring_wait(ring, NANOSECONDS_PER_SECOND);
	if (status == 0)
		status = io_uring_peek_cqe(&ring->io, &completion);
	if (status == 0 && completion->res < 0)
		status = completion->res;
	if (status == 0 && !(completion->flags & IORING_CQE_F_MORE))
		status = -EOPNOTSUPP;
	return status;
}

bool ring_available(struct error *error)
{
	struct ring ring;
	int pair[2];
	int status = ring_open(&ring, error);

	if (status)
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		status = -errno;
	} else {
		status = try_receive(&ring, pair);
		close(pair[0]);
		close(pair[1]);
	}
	ring_close(&ring);
	if (status)
		explain(status, error);
	return status == 0;
}

/* --- Use. --- */

struct io_uring_sqe *ring_submission(struct ring *ring)
{
	struct io_uring_sqe *submission = io_uring_get_sqe(&ring->io);

	if (submission)
		return submission;
	(void)io_uring_submit(&ring->io);
	return io_uring_get_sqe(&ring->io);
}

bool ring_poll(struct ring *ring, int fd, const void *what, enum ring_operation operation)
{
	struct io_uring_sqe *submission = ring_submission(ring);

	if (!submission)
		return false;
	io_uring_prep_poll_add(submission, fd, POLLIN);
	ring_mark(submission, what, operation);
	return true;
}

bool ring_cancel(struct ring *ring, const void *what, enum ring_operation operation)
{
	struct io_uring_sqe *submission = ring_submission(ring);

	if (!submission)
		return false;
	io_uring_prep_cancel64(submission, ring_name(what, operation), 0);
	ring_mark(submission, NULL, RING_NOTHING);
	return true;
}

struct ring_message *ring_message(const struct ring *ring, const struct io_uring_sqe *submission)
{
	return &ring->messages[submission - ring->io.sq.sqes];
}

void ring_use_buffers(struct io_uring_sqe *submission)
{
	submission->flags |= IOSQE_BUFFER_SELECT;
	submission->buf_group = BUFFER_GROUP;
}

void ring_give_back(struct ring *ring, unsigned buffer)
{
	io_uring_buf_ring_add(ring->list, ring_buffer(ring, buffer), RING_BUFFER_SIZE,
			      (unsigned short)buffer, io_uring_buf_ring_mask(RING_BUFFERS), 0);
	io_uring_buf_ring_advance(ring->list, 1);
}

int ring_wait(struct ring *ring, int64_t timeout)
{
	struct io_uring_cqe *first;

	timeout = time_earlier(timeout, CLOCK_WAIT_FOREVER);
	struct __kernel_timespec limit = {.tv_sec = timeout / NANOSECONDS_PER_SECOND,
					  .tv_nsec = timeout % NANOSECONDS_PER_SECOND};
	int status = timeout == NEVER
			     ? io_uring_submit_and_wait(&ring->io, 1)
			     : io_uring_submit_and_wait_timeout(&ring->io, &first, 1, &limit, NULL);

	switch (-status) {
	case ETIME:
	case EINTR:
	case EAGAIN: /* no memory for a submission, or completions are in the way: both pass */
	case EBUSY:
		return 0;
	default:
		return status < 0 ? status : 0;
	}
}

#endif
