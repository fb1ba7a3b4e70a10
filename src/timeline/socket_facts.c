/*
 * Asking the kernel about another process's socket: by a copy of its descriptor.
 */
#include "timeline/socket_facts.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sockettool/text.h"
#include "timeline/socket_table.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

void socket_path(char *out, size_t size, const struct sockaddr *address, socklen_t length)
{
	const struct sockaddr_un *named = (const struct sockaddr_un *)address;
	size_t start = offsetof(struct sockaddr_un, sun_path);

	out[0] = '\0';
	if (length <= start || named->sun_family != AF_UNIX)
		return;
	size_t n = length - start;
	if (named->sun_path[0] == '\0') {
		out[0] = '@';
		text_escape(out + 1, size - 1, named->sun_path + 1, n - 1);
	} else {
		text_escape(out, size, named->sun_path, strnlen(named->sun_path, n));
	}
}

/* A copy of the descriptor, or -1. Threads may have descriptors of their own, but older kernels
 * offer the process's only. */
static int copy_descriptor(pid_t thread, pid_t process, int descriptor)
{
	int whose = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);

	if (whose < 0)
		whose = (int)syscall(SYS_pidfd_open, process, 0);
	if (whose < 0)
		return -1;
	int copy = (int)syscall(SYS_pidfd_getfd, whose, descriptor, 0);
	close(whose);
	return copy;
}

static int option_of(int copy, int option)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(copy, SOL_SOCKET, option, &value, &length) ? 0 : value;
}

/* The number of a socket's network namespace, 0 where the kernel is too old to tell (before 5.14).
 */
static uint64_t network_of(int socket)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	return getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) ? 0 : cookie;
}

static bool is_elsewhere(int copy)
{
	int own = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool elsewhere = own >= 0 && network_of(own) != network_of(copy);

	if (own >= 0)
		close(own);
	return elsewhere;
}

static struct address end_of(struct socket_facts *facts, const struct sockaddr_storage *address,
			     socklen_t length)
{
	const struct sockaddr *plain = (const struct sockaddr *)address;
	char path[sizeof(facts->path)];

	socket_path(path, sizeof(path), plain, length);
	if (path[0])
		memcpy(facts->path, path, sizeof(path));
	return address_from_sockaddr(plain, length);
}

bool socket_facts_get(struct socket_facts *facts, pid_t thread, pid_t process, int descriptor,
		      uint64_t inode)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);
	struct ucred peer;

	*facts = (struct socket_facts){0};
	int copy = copy_descriptor(thread, process, descriptor);
	if (copy < 0)
		return socket_table_find(facts, thread, inode);
	facts->family = option_of(copy, SO_DOMAIN);
	facts->type = option_of(copy, SO_TYPE);
	facts->listens = option_of(copy, SO_ACCEPTCONN) != 0;
	if (facts->family == AF_INET || facts->family == AF_INET6)
		facts->elsewhere = is_elsewhere(copy);
	if (getsockname(copy, (struct sockaddr *)&address, &length) == 0)
		facts->local = end_of(facts, &address, length);
	length = sizeof(address);
	if (getpeername(copy, (struct sockaddr *)&address, &length) == 0)
		facts->remote = end_of(facts, &address, length);
	length = sizeof(peer);
	if (facts->remote.family == ADDRESS_UNIX &&
	    getsockopt(copy, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid > 0)
		facts->remote.number = (uint32_t)peer.pid;
	close(copy);
	return facts->family != 0;
}
