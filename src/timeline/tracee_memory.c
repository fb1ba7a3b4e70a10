/*
 * Reading the memory of a stopped thread: process_vm_readv, and /proc where that is forbidden.
 */
#include "timeline/tracee_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECE = 256, IOVECS_AT_ONCE = 64 };

/* Containers often forbid the system call but not the file. */
static ssize_t read_file(pid_t thread, uint64_t address, void *out, size_t n)
{
	char path[64];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)thread);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	got = pread(file, out, n, (off_t)address);
	close(file);
	return got;
}

size_t tracee_read(pid_t thread, uint64_t address, void *out, size_t n)
{
	struct iovec here = {.iov_base = out, .iov_len = n};
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = n};
	ssize_t got;

	if (!n || !address)
		return 0;
	got = process_vm_readv(thread, &here, 1, &there, 1, 0);
	if (got < 0 && (errno == EPERM || errno == ENOSYS))
		got = read_file(thread, address, out, n);
	return got > 0 ? (size_t)got : 0;
}

bool tracee_get(pid_t thread, uint64_t address, void *out, size_t n)
{
	return tracee_read(thread, address, out, n) == n;
}

size_t tracee_text(pid_t thread, uint64_t address, char *out, size_t size)
{
	size_t n = 0;

	while (n < size - 1) {
		/* Pieces end where a page may end, beyond which there may be nothing. */
		size_t want = PIECE - (address + n) % PIECE;
		want = want < size - 1 - n ? want : size - 1 - n;
		size_t got = tracee_read(thread, address + n, out + n, want);
		size_t length = strnlen(out + n, got);
		n += length;
		if (length < want)
			break;
	}
	out[n] = '\0';
	return n;
}

socklen_t tracee_sockaddr(pid_t thread, uint64_t address, uint64_t length,
			  struct sockaddr_storage *out)
{
	if (length > sizeof(*out))
		length = sizeof(*out);
	memset(out, 0, sizeof(*out));
	if (length < sizeof(out->ss_family) || !tracee_get(thread, address, out, length))
		return 0;
	return (socklen_t)length;
}

void tracee_collect(pid_t thread, uint64_t address, uint64_t most, struct tracee_bytes *bytes)
{
	size_t want = bytes->room - bytes->n;

	want = most < want ? (size_t)most : want;
	bytes->n += tracee_read(thread, address, bytes->data + bytes->n, want);
}

uint64_t tracee_gather(pid_t thread, uint64_t iovecs, uint64_t count, uint64_t most,
		       struct tracee_bytes *bytes)
{
	struct iovec some[IOVECS_AT_ONCE] = {0};
	uint64_t total = 0;

	count = count < IOV_MAX ? count : IOV_MAX;
	for (uint64_t i = 0; i < count; i++) {
		size_t n = count - i < IOVECS_AT_ONCE ? count - i : IOVECS_AT_ONCE;

		if (i % IOVECS_AT_ONCE == 0 &&
		    !tracee_get(thread, iovecs + i * sizeof(some[0]), some, n * sizeof(some[0])))
			break;
		struct iovec *one = &some[i % IOVECS_AT_ONCE];
		uint64_t length = one->iov_len < most - total ? one->iov_len : most - total;
		tracee_collect(thread, (uintptr_t)one->iov_base, length, bytes);
		total += length;
	}
	return total;
}
