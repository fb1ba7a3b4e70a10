/* Which sockets a server listens on. */
#include "endpoint/listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "sockettool/model.h"

enum {
	ADDRESSES_MAX = 64, /* of all hosts together */
	PORT_TRIES = 20,    /* for a port that is free on all addresses */
};

/* The addresses to bind, without their port. */
struct hosts {
	struct address addresses[ADDRESSES_MAX];
	int count;
	bool usual; /* nobody asked for them: one that this machine lacks is left out */
};

static void add_address(struct hosts *hosts, const struct address *address)
{
	for (int i = 0; i < hosts->count; i++) {
		if (address_same_host(&hosts->addresses[i], address))
			return;
	}
	if (hosts->count < ADDRESSES_MAX)
		hosts->addresses[hosts->count++] = *address;
}

static int resolve_hosts(struct hosts *hosts, const struct text_list *names, struct error *error)
{
	static const char *usual_names[] = {"127.0.0.1", "::1"};
	static const struct text_list usual = {usual_names, 2};
	struct address found[ADDRESSES_MAX];

	*hosts = (struct hosts){.usual = names->count == 0};
	if (hosts->usual)
		names = &usual;
	for (size_t i = 0; i < names->count; i++) {
		int count = address_resolve(found, ADDRESSES_MAX, names->items[i], "0", SOCK_STREAM,
					    true, error);
		if (count < 0 && !hosts->usual)
			return count;
		for (int j = 0; j < count; j++)
			add_address(hosts, &found[j]);
	}
	return 0;
}

/* The next of the server's listeners to be opened. */
static struct listener *next_listener(struct server *server, struct service *service)
{
	struct listener *listeners =
		realloc(server->listeners, (server->listeners_per_worker + 1) * sizeof(*listeners));

	if (!listeners)
		return NULL;
	server->listeners = listeners;
	listeners += server->listeners_per_worker;
	*listeners = (struct listener){.socket = -1, .service = service};
	return listeners;
}

/* A usual address that this machine lacks (no IPv6, say) does not matter. */
static bool may_be_left_out(const struct hosts *hosts, int status)
{
	return hosts->usual && (status == -EADDRNOTAVAIL || status == -EAFNOSUPPORT);
}

/* Binds one service's sockets of one transport on all addresses, with one port. Returns 0 or a
 * negative errno; -EADDRINUSE may be tried again if the port was any. */
static int open_addresses(struct server *server, const struct hosts *hosts, struct service *service,
			  enum transport transport, uint16_t *port,
			  const struct listen_options *options, struct error *error)
{
	int opened = 0, status = 0;

	for (int i = 0; i < hosts->count; i++) {
		struct listener *listener = next_listener(server, service);
		struct address address = hosts->addresses[i];
		if (!listener)
			return error_system(error, ENOMEM, "listen");
		address.port = *port;
		status = listener_open(listener, transport, &address, options, error);
		if (may_be_left_out(hosts, status))
			continue;
		if (status)
			return status;
		*port = listener->address.port;
		server->listeners_per_worker++;
		opened++;
	}
	return opened ? 0 : status;
}

static void close_from(struct server *server, size_t first)
{
	while (server->listeners_per_worker > first)
		listener_close(&server->listeners[--server->listeners_per_worker]);
}

/* Binds one protocol's sockets. A port that was left to the kernel has to be free on every address
 * and transport, so several are tried. */
static int open_protocol(struct server *server, const struct hosts *hosts, struct service *service,
			 unsigned transports, uint16_t port, const struct listen_options *options,
			 struct error *error)
{
	size_t first = server->listeners_per_worker;
	int status = 0;

	for (int tries = 0; tries < PORT_TRIES; tries++) {
		uint16_t chosen = port;
		status = 0;
		if (transports & TRANSPORT_TCP)
			status = open_addresses(server, hosts, service, TRANSPORT_TCP, &chosen,
						options, error);
		if (status == 0 && (transports & TRANSPORT_UDP))
			status = open_addresses(server, hosts, service, TRANSPORT_UDP, &chosen,
						options, error);
		if (status != -EADDRINUSE || port != 0)
			break;
		close_from(server, first);
	}
	return status;
}

static int open_unix(struct server *server, const char *path, struct service *service,
		     const struct listen_options *options, struct error *error)
{
	struct listener *listener = next_listener(server, service);

	if (!listener)
		return error_system(error, ENOMEM, "listen");
	int status = listener_open_unix(listener, path, options, error);
	if (status == 0)
		server->listeners_per_worker++;
	return status;
}

/* Opens for one more worker what the first one has. A Unix socket is the same one for all. */
static int open_again(struct server *server, int worker, const struct listen_options *options,
		      struct error *error)
{
	size_t count = server->listeners_per_worker;
	struct listener *listeners = server->listeners + (size_t)worker * count;

	for (size_t i = 0; i < count; i++) {
		const struct listener *first = &server->listeners[i];
		int status = 0;
		listeners[i] = *first;
		if (first->transport != TRANSPORT_UNIX) {
			status = listener_open(&listeners[i], first->transport, &first->address,
					       options, error);
		} else {
			listeners[i].path = NULL;
			listeners[i].socket = fcntl(first->socket, F_DUPFD_CLOEXEC, 0);
			if (listeners[i].socket < 0)
				status = error_system(error, errno, "listen");
		}
		if (status) {
			listeners[i].socket = -1;
			return status;
		}
	}
	return 0;
}

static int open_for_workers(struct server *server, const struct listen_options *options,
			    struct error *error)
{
	struct listen_options joining = {options->backlog, true, true};
	size_t total = server->listeners_per_worker * (size_t)server->workers;
	struct listener *listeners = realloc(server->listeners, total * sizeof(*listeners));
	int status = 0;

	if (!listeners) {
		close_from(server, 0);
		return error_system(error, ENOMEM, "listen");
	}
	server->listeners = listeners;
	for (size_t i = server->listeners_per_worker; i < total; i++)
		listeners[i].socket = -1;
	for (int worker = 1; worker < server->workers && status == 0; worker++)
		status = open_again(server, worker, &joining, error);
	return status;
}

int listeners_open(struct server *server, const struct serve_options *options,
		   const struct serving *servings, struct service *const *services, size_t count,
		   struct error *error)
{
	struct listen_options how = {(int)options->backlog, server->workers > 1, false};
	struct hosts hosts;
	int status = resolve_hosts(&hosts, &options->hosts, error);

	for (size_t i = 0; i < count && status == 0; i++) {
		if (servings[i].transports & (TRANSPORT_TCP | TRANSPORT_UDP))
			status = open_protocol(server, &hosts, services[i], servings[i].transports,
					       (uint16_t)servings[i].port, &how, error);
		if (status == 0 && (servings[i].transports & TRANSPORT_UNIX))
			status = open_unix(server, options->unix_path, services[i], &how, error);
	}
	if (status) {
		close_from(server, 0);
		return status;
	}
	return open_for_workers(server, &how, error);
}

void listeners_close(struct server *server)
{
	size_t total = server->listeners_per_worker * (size_t)server->workers;

	for (size_t i = 0; i < total; i++)
		listener_close(&server->listeners[i]);
	free(server->listeners);
	server->listeners = NULL;
}
