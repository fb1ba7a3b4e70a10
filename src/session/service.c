/*
 * A service: one protocol being served, or spoken as a client, with what its sessions share. For a
 * shared protocol one call of the engine at a time runs in it, guarded by its lock if there are
 * several threads, and whoever was queued something meanwhile is handed to its loop afterwards.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "session/internal.h"

struct service *service_new(const struct protocol *protocol, const void *options,
			    const struct service_settings *settings,
			    const struct audience *audience)
{
	struct service *service = calloc(1, sizeof(*service));

	if (!service)
		return NULL;
	service->state = protocol->service_state ? calloc(1, protocol->service_state) : NULL;
	if (protocol->service_state && !service->state) {
		free(service);
		return NULL;
	}
	service->protocol = protocol;
	service->shared = protocol->shared;
	service->role = settings->client ? &protocol->client : &protocol->server;
	service->options = options;
	service->audience = audience;
	service->settings = *settings;
	pthread_mutex_init(&service->lock, NULL);
	return service;
}

void service_free(struct service *service)
{
	if (!service)
		return;
	if (service->started && service->protocol->stop)
		service->protocol->stop(service->state);
	pthread_mutex_destroy(&service->lock);
	chunk_source_free(&service->room);
	chunk_source_free(&service->answers);
	free(service->members);
	free(service->state);
	free(service);
}

int service_start(struct service *service, struct error *error)
{
	const struct protocol *protocol = service->protocol;
	char complaint[256];

	if (!protocol->start)
		return 0;
	service->started = true;
	const char *wrong = protocol->start(service->state, service->options, complaint);
	return wrong ? error_usage(error, "%s: %s", protocol->name, wrong) : 0;
}

void service_use_lock(struct service *service)
{
	service->locked = service->shared;
}

bool service_uses_lock(const struct service *service)
{
	return service->locked;
}

const struct protocol *service_protocol(const struct service *service)
{
	return service->protocol;
}

long service_active(const struct service *service)
{
	return atomic_load(&service->active);
}

void service_adjust(struct service *service, long change)
{
	atomic_fetch_add(&service->active, change);
}

void service_enter_shared(struct connection *connection)
{
	struct service *service = connection->service;

	if (service->locked)
		pthread_mutex_lock(&service->lock);
	service->current = connection;
}

void service_exit_shared(struct connection *connection)
{
	struct service *service = connection->service;
	struct connection *touched = service->touched;

	service->touched = NULL;
	service->current = NULL;
	if (service->locked)
		pthread_mutex_unlock(&service->lock);
	if (touched)
		loop_deliver(connection->loop, touched);
}

void service_touch(struct connection *connection)
{
	struct service *service = connection->service;

	if (!service->shared || service->current == connection || connection->touched)
		return;
	connection->touched = true;
	connection->next_touched = NULL;
	if (service->touched)
		service->touched_last->next_touched = connection;
	else
		service->touched = connection;
	service->touched_last = connection;
}

int service_add_member(struct connection *connection)
{
	struct service *service = connection->service;

	if (service->member_count == service->member_capacity) {
		uint32_t capacity = service->member_capacity ? service->member_capacity * 2 : 16;
		struct connection **members =
			realloc(service->members, capacity * sizeof(*members));
		if (!members)
			return -ENOMEM;
		service->members = members;
		service->member_capacity = capacity;
	}
	service->members[service->member_count++] = connection;
	connection->member = service->member_count;
	return 0;
}

void service_remove_member(struct connection *connection)
{
	struct service *service = connection->service;

	if (!connection->member)
		return;
	struct connection *last = service->members[--service->member_count];
	service->members[connection->member - 1] = last;
	last->member = connection->member;
	connection->member = 0;
}
