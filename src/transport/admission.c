/*
 * Admission: accepting connections within the limits, and turning one away where there would
 * otherwise be nothing but an endless wake-up: when descriptors are used up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "sockettool/server.h"

/* A host with connections. */
struct host {
	struct address address;
	int64_t connections;
	struct host *next;
};

enum { HOST_LISTS = 1024 };

struct admission {
	struct connection_limits limits;
	void (*settle)(void *context);
	void *context;
	pthread_mutex_t lock;
	int spare; /* a descriptor that is given up to accept, and turn away, one connection */
	int64_t connections;
	struct host *hosts[HOST_LISTS];
};

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

struct admission *admission_new(const struct connection_limits *limits)
{
	struct admission *admission = calloc(1, sizeof(*admission));

	if (!admission)
		return NULL;
	admission->limits = *limits;
	admission->spare = open_spare();
	pthread_mutex_init(&admission->lock, NULL);
	return admission;
}

void admission_settle(struct admission *admission, void (*settle)(void *context), void *context)
{
	admission->settle = settle;
	admission->context = context;
}

void admission_free(struct admission *admission)
{
	if (!admission)
		return;
	for (size_t i = 0; i < HOST_LISTS; i++) {
		while (admission->hosts[i]) {
			struct host *host = admission->hosts[i];
			admission->hosts[i] = host->next;
			free(host);
		}
	}
	if (admission->spare >= 0)
		close(admission->spare);
	pthread_mutex_destroy(&admission->lock);
	free(admission);
}

static struct host **find_host(struct admission *admission, const struct address *peer)
{
	struct host **at = &admission->hosts[address_hash(peer) % HOST_LISTS];

	while (*at && !address_same_host(&(*at)->address, peer))
		at = &(*at)->next;
	return at;
}

/* Counts a connection of the host. False: it has as many as it may have. */
static bool count_host(struct admission *admission, const struct address *peer)
{
	struct host **place = find_host(admission, peer);

	if (!*place) {
		struct host *host = calloc(1, sizeof(*host));
		if (!host)
			return false;
		host->address = *peer;
		*place = host;
	}
	if ((*place)->connections >= admission->limits.connections_per_host)
		return false;
	(*place)->connections++;
	return true;
}

static void uncount_host(struct admission *admission, const struct address *peer)
{
	struct host **place = find_host(admission, peer), *host = *place;

	if (host && --host->connections == 0) {
		*place = host->next;
		free(host);
	}
}

static bool limits_hosts(const struct admission *admission)
{
	return admission->limits.connections_per_host > 0;
}

static bool has_limits(const struct admission *admission)
{
	return admission->limits.connections > 0 || limits_hosts(admission);
}

/* Returns NULL when the connection has been counted, or why it is turned away. */
static const char *admit(struct admission *admission, const struct address *peer)
{
	const char *refusal = NULL;

	if (!has_limits(admission))
		return NULL;
	if (admission->settle)
		admission->settle(admission->context);
	pthread_mutex_lock(&admission->lock);
	if (admission->limits.connections > 0 &&
	    admission->connections >= admission->limits.connections)
		refusal = "as many connections as --max-conns allows are open";
	else if (limits_hosts(admission) && !count_host(admission, peer))
		refusal = "its host has as many connections as --max-conns-per-ip allows";
	else
		admission->connections++;
	pthread_mutex_unlock(&admission->lock);
	return refusal;
}

void admission_release(struct admission *admission, const struct address *peer)
{
	if (!has_limits(admission))
		return;
	pthread_mutex_lock(&admission->lock);
	admission->connections--;
	if (limits_hosts(admission))
		uncount_host(admission, peer);
	pthread_mutex_unlock(&admission->lock);
}

static void log_refusal(const struct listener *listener, const struct address *peer,
			const char *refusal)
{
	char text[ADDRESS_TEXT];

	log_write(LOG_WARNING, service_protocol(listener->service)->name,
		  peer ? address_text(text, peer) : NULL, "turned away: %s", refusal);
}

/* Accepts a connection on the spare descriptor and closes it: the peer learns at once, and the
 * listener does not stay ready for nothing. The kernel reports that descriptors are used up even
 * when nobody waits, and then a blocking listener would wait here. */
static void turn_one_away(struct admission *admission, const struct listener *listener)
{
	struct pollfd waiting = {.fd = listener->socket, .events = POLLIN};

	if (poll(&waiting, 1, 0) <= 0)
		return;
	pthread_mutex_lock(&admission->lock);
	if (admission->spare >= 0)
		close(admission->spare);
	int fd = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		close(fd);
	admission->spare = open_spare();
	pthread_mutex_unlock(&admission->lock);
	if (fd >= 0)
		log_refusal(listener, NULL, "no file descriptor is left (see ulimit -n)");
}

static struct address peer_of(int fd, const struct listener *listener,
			      const struct sockaddr_storage *storage, socklen_t length)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (listener->transport != TRANSPORT_UNIX)
		return address_from_sockaddr((const struct sockaddr *)storage, length);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size))
		credentials.pid = 0;
	return (struct address){.family = ADDRESS_UNIX, .number = (uint32_t)credentials.pid};
}

/* Keeps to the limits for a socket that has been accepted. */
static int keep_or_close(struct admission *admission, const struct listener *listener, int fd,
			 const struct sockaddr_storage *storage, socklen_t length,
			 struct address *peer)
{
	*peer = peer_of(fd, listener, storage, length);
	const char *refusal = admit(admission, peer);
	if (refusal) {
		log_refusal(listener, peer, refusal);
		close(fd);
		return -EBUSY;
	}
	return fd;
}

int admission_admit(struct admission *admission, const struct listener *listener, int socket,
		    struct address *peer)
{
	struct sockaddr_storage storage;
	socklen_t length = sizeof(storage);

	if (listener->transport != TRANSPORT_UNIX &&
	    getpeername(socket, (struct sockaddr *)&storage, &length)) {
		close(socket);
		return -ECONNABORTED;
	}
	return keep_or_close(admission, listener, socket, &storage, length, peer);
}

int admission_accept(struct admission *admission, const struct listener *listener, int flags,
		     struct address *peer)
{
	struct sockaddr_storage storage;
	socklen_t length = sizeof(storage);
	int fd = accept4(listener->socket, (struct sockaddr *)&storage, &length,
			 flags | SOCK_CLOEXEC);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
		turn_one_away(admission, listener);
		return -EMFILE;
	}
	if (fd < 0)
		return -errno;
	return keep_or_close(admission, listener, fd, &storage, length, peer);
}
