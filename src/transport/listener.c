/* Listeners: sockets that are bound and wait for peers. */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "sockettool/server.h"

/* Bursts of datagrams wait here; the kernel's default loses them. */
enum { DATAGRAM_BUFFER = 4 * 1024 * 1024 };

static int fail(int socket, struct error *error, const struct address *address)
{
	int code = errno;
	char text[ADDRESS_TEXT];
	const char *advice = "";

	if (socket >= 0)
		close(socket);
	if (code == EADDRINUSE)
		advice = "; another program has that port: choose one with --port, or --port 0";
	else if (code == EACCES)
		advice = "; ports below 1024 need privilege: choose another with --port";
	else if (code == EADDRNOTAVAIL)
		advice = "; no interface of this machine has that address";
	else if (code == EINVAL && address->family == ADDRESS_IPV6)
		advice = "; a link-local address needs its interface: fe80::1%eth0";
	return error_set(error, STATUS_UNREACHABLE, code, "bind %s: %s%s",
			 address_text(text, address), error_reason(code), advice);
}

static int set(int socket, int level, int option, int value)
{
	return setsockopt(socket, level, option, &value, sizeof(value));
}

/* The kernel drops datagrams of DATAGRAM_MARK's traffic class before they are queued, which costs
 * less than to be told the class of each. In IPv4 it is the second byte of the header, in IPv6 it
 * lies across the first two. */
static int drop_marked(int socket, const struct address *address)
{
	struct sock_filter ipv4[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF + 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DATAGRAM_MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_filter ipv6[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_NET_OFF),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DATAGRAM_MARK << 4, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {sizeof(ipv4) / sizeof(ipv4[0]), ipv4};

	if (address->family == ADDRESS_IPV6)
		program = (struct sock_fprog){sizeof(ipv6) / sizeof(ipv6[0]), ipv6};
	return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Answers travel as "lower effort" (RFC 8622), and nothing is answered that does: two servers that
 * a forged source points at each other fall silent. */
static int mark_answers(int socket, const struct address *address)
{
	if (drop_marked(socket, address))
		return -1;
	if (address->family == ADDRESS_IPV6)
		return set(socket, IPPROTO_IPV6, IPV6_TCLASS, DATAGRAM_MARK);
	return set(socket, IPPROTO_IP, IP_TOS, DATAGRAM_MARK);
}

static int set_options(int socket, enum transport transport, const struct address *address,
		       const struct listen_options *options)
{
	/* Among datagrams it would let two programs have one port. */
	if (transport == TRANSPORT_TCP && set(socket, SOL_SOCKET, SO_REUSEADDR, 1))
		return -1;
	if (options->join_port && set(socket, SOL_SOCKET, SO_REUSEPORT, 1))
		return -1;
	if (address->family == ADDRESS_IPV6 && set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return -1;
	if (transport == TRANSPORT_TCP)
		return set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
	/* The kernel grants as much of these as it allows. */
	(void)set(socket, SOL_SOCKET, SO_RCVBUF, DATAGRAM_BUFFER);
	(void)set(socket, SOL_SOCKET, SO_SNDBUF, DATAGRAM_BUFFER);
	if (mark_answers(socket, address))
		return -1;
	if (!address_is_wildcard(address))
		return 0;
	/* The answer leaves from the address that was asked. */
	return address->family == ADDRESS_IPV6 ? set(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
					       : set(socket, IPPROTO_IP, IP_PKTINFO, 1);
}

int listener_open(struct listener *listener, enum transport transport,
		  const struct address *address, const struct listen_options *options,
		  struct error *error)
{
	struct sockaddr_storage storage;
	socklen_t length = address_to_sockaddr(&storage, address);
	int type = transport == TRANSPORT_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(storage.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || set_options(fd, transport, address, options) ||
	    bind(fd, (struct sockaddr *)&storage, length))
		return fail(fd, error, address);
	/* Only now, so that the first to bind finds out whether another program has the port. */
	if (options->share_port && set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
		return fail(fd, error, address);
	length = sizeof(storage);
	if ((transport == TRANSPORT_TCP && listen(fd, options->backlog)) ||
	    getsockname(fd, (struct sockaddr *)&storage, &length))
		return fail(fd, error, address);
	listener->socket = fd;
	listener->transport = transport;
	listener->address = address_from_sockaddr((struct sockaddr *)&storage, length);
	return 0;
}

/* Removes a socket file that a server left behind: nobody answers there. */
static void remove_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat status;

	if (fd < 0)
		return;
	if (lstat(address->sun_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
	    errno == ECONNREFUSED)
		unlink(address->sun_path);
	close(fd);
}

/* Says why a path cannot be bound. */
static int fail_unix(int socket, struct error *error, const char *path)
{
	int code = errno;
	struct stat status;
	const char *advice = "";

	if (socket >= 0)
		close(socket);
	if (code == EADDRINUSE && lstat(path, &status) == 0)
		advice = S_ISSOCK(status.st_mode)
				 ? "; another server has that socket: name another path"
				 : "; the file there is no socket, and is left alone: name another "
				   "path";
	return error_set(error, STATUS_UNREACHABLE, code, "bind %s: %s%s", path, error_reason(code),
			 advice);
}

/* Remembers which file is the listener's: by the time it closes, the path may lead to another's. */
static void own_file(struct listener *listener, const char *path)
{
	struct stat status;

	listener->path = NULL;
	if (lstat(path, &status))
		return;
	listener->path = path;
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
}

static void remove_own_file(const struct listener *listener)
{
	struct stat status;

	if (lstat(listener->path, &status) == 0 && status.st_dev == listener->device &&
	    status.st_ino == listener->inode)
		(void)unlink(listener->path);
}

int listener_open_unix(struct listener *listener, const char *path,
		       const struct listen_options *options, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(error, STATUS_UNREACHABLE, ENAMETOOLONG,
				 "bind %s: the path of a Unix socket has at most %zu bytes", path,
				 sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	remove_stale(&address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	int status = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (status == 0)
		status = listen(fd, options->backlog);
	if (status)
		return fail_unix(fd, error, path);
	listener->socket = fd;
	listener->transport = TRANSPORT_UNIX;
	listener->address = (struct address){.family = ADDRESS_UNIX};
	own_file(listener, path);
	return 0;
}

void listener_close(struct listener *listener)
{
	if (listener->socket >= 0 && listener->path)
		remove_own_file(listener);
	if (listener->socket >= 0)
		close(listener->socket);
	listener->socket = -1;
}
