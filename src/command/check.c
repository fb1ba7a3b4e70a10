/*
 * What can be known to fail before any socket is opened.
 */
#include "command/check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/un.h>

#include "base/error.h"
#include "command/describe.h"
#include "sockettool/model.h"

int check_transport(const struct protocol *protocol, enum transport transport, struct error *error)
{
	char spoken[80], wanted[80];

	if (protocol->transports & transport)
		return 0;
	return error_usage(error, "%s speaks %s only, not %s", protocol->name,
			   describe_transports(spoken, sizeof(spoken), protocol->transports),
			   describe_transports(wanted, sizeof(wanted), transport));
}

int check_unix(const struct protocol *protocol, const char *path, struct error *error)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	if (path[0] == '\0')
		return error_usage(error, "--unix needs the path of a socket, not an empty text");
	if (strlen(path) >= room)
		return error_usage(error, "--unix takes a path of at most %zu bytes, not of %zu",
				   room - 1, strlen(path));
	return check_transport(protocol, TRANSPORT_UNIX, error);
}

/* Whether TCP or UDP is served, too: beside a Unix socket only if one of them is asked for. */
static bool has_ports(const struct serve_options *options)
{
	return options->tcp || options->udp || !options->unix_path;
}

static int check_spoken(const struct serve_options *options, const struct serving *serving,
			struct error *error)
{
	int result = 0;

	if (options->unix_path)
		result = check_unix(serving->protocol, options->unix_path, error);
	if (serving->transports)
		return result;
	if (result == 0 && options->tcp)
		result = check_transport(serving->protocol, TRANSPORT_TCP, error);
	if (result == 0 && options->udp)
		result = check_transport(serving->protocol, TRANSPORT_UDP, error);
	return result;
}

static int check_unix_option(const struct serve_options *options, const struct serving *servings,
			     size_t count, struct error *error)
{
	if (!options->unix_path)
		return 0;
	if (count > 1)
		return error_usage(error, "--unix is one path for one protocol, not for %zu",
				   count);
	if (!has_ports(options) && (options->port >= 0 || servings[0].port >= 0))
		return error_usage(error, "a Unix socket has no port; leave the port out, or give "
					  "--tcp or --udp, too");
	if (!has_ports(options) && options->hosts.count > 0)
		return error_usage(error, "a Unix socket has no host; leave --host out, or give "
					  "--tcp or --udp, too");
	return 0;
}

/* --port is for the one protocol that has no port of its own; 0 is a new port for each. */
static int check_port_option(const struct serve_options *options, const struct serving *servings,
			     size_t count, struct error *error)
{
	const struct protocol *first = NULL, *second = NULL;

	if (options->port <= 0)
		return 0;
	for (size_t i = 0; i < count && !second; i++) {
		if (servings[i].port >= 0)
			continue;
		if (first)
			second = servings[i].protocol;
		else
			first = servings[i].protocol;
	}
	if (!first)
		return error_usage(error, "--port has no protocol left to be for; every one has "
					  "its port with its name");
	if (second)
		return error_usage(error,
				   "--port %d cannot be for both %s and %s; give each its own port,"
				   " as in %s:%d",
				   (int)options->port, first->name, second->name, first->name,
				   (int)options->port);
	return 0;
}

static int check_two_ports(const struct serving *a, const struct serving *b, struct error *error)
{
	int port = a->port;

	if (port == 0 || port != b->port || !(a->transports & b->transports))
		return 0;
	if (a->protocol == b->protocol)
		return error_usage(error, "%s is named twice for port %d", a->protocol->name, port);
	return error_usage(error, "%s and %s cannot share port %d; give one another, as in %s:%d",
			   a->protocol->name, b->protocol->name, port, b->protocol->name,
			   port < 65535 ? port + 1 : port - 1);
}

int check_ports(const struct serving *servings, size_t count, struct error *error)
{
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; result == 0 && j < i; j++)
			result = check_two_ports(&servings[j], &servings[i], error);
	}
	return result;
}

int check_model(const struct protocol *protocol, int index, struct error *error)
{
	const struct model *model = models[index];
	unsigned needed = describe_needs(protocol);
	char able[200];

	if (needed && !(model->abilities & needed))
		return error_usage(error,
				   "%s needs a model whose sessions can speak to one another: %s, "
				   "not %s",
				   protocol->name, describe_models(able, sizeof(able), needed),
				   model->name);
	if (model->available && !model->available(error)) {
		error->status = STATUS_USAGE;
		return -EINVAL;
	}
	return 0;
}

static int check_models(const struct serve_options *options, const struct serving *servings,
			size_t count, struct error *error)
{
	const struct model *model = models[options->model];
	char able[200];
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = check_model(servings[i].protocol, options->model, error);
	if (result == 0 && options->workers > 1 && !(model->abilities & MODEL_WORKERS))
		return error_usage(error, "--workers needs a model with event loops: %s, not %s",
				   describe_models(able, sizeof(able), MODEL_WORKERS), model->name);
	return result;
}

static int check_hosts(const struct serve_options *options, struct error *error)
{
	for (size_t i = 0; i < options->hosts.count; i++) {
		if (options->hosts.items[i][0] == '\0')
			return error_usage(error, "--host needs a name or an address, not an empty "
						  "text");
	}
	return 0;
}

static int check_ready_fd(const struct serve_options *options, struct error *error)
{
	int flags;

	if (options->ready_fd < 0)
		return 0;
	flags = fcntl((int)options->ready_fd, F_GETFL);
	if (flags == -1)
		return error_usage(error, "--ready-fd takes an open descriptor, not %d",
				   (int)options->ready_fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return error_usage(error, "--ready-fd takes a descriptor open for writing, not %d",
				   (int)options->ready_fd);
	return 0;
}

int check_serve(const struct serve_options *options, const struct serving *servings, size_t count,
		struct error *error)
{
	int result = check_unix_option(options, servings, count, error);

	if (result == 0)
		result = check_hosts(options, error);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = check_spoken(options, &servings[i], error);
	if (result == 0)
		result = check_port_option(options, servings, count, error);
	if (result == 0)
		result = check_models(options, servings, count, error);
	if (result == 0)
		result = check_ready_fd(options, error);
	return result;
}
