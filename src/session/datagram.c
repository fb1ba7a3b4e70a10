/*
 * Datagrams served. A datagram has no connection: each is one short session in a slot of the desk,
 * opened, given the datagram, and closed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "session/guard.h"
#include "session/internal.h"

struct datagram_desk {
	struct service *service;
	struct loop *loop;
	size_t slot_size;
	char *slots;    /* connections, each with its protocol's state */
	int64_t warned; /* when an answer was last withheld with a line in the log */
	struct guard guard;
};

#define WARNING_INTERVAL (10 * NANOSECONDS_PER_SECOND)

static struct connection *slot_connection(struct datagram_desk *desk, int slot)
{
	return (struct connection *)(desk->slots + desk->slot_size * (size_t)slot);
}

struct datagram_desk *datagram_desk_new(struct service *service, struct loop *loop, int slots,
					const struct datagram_policy *policy)
{
	const size_t alignment = _Alignof(struct connection);
	struct datagram_desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return NULL;
	size_t size = sizeof(struct connection) + service->protocol->server_state;
	desk->slot_size = (size + alignment - 1) / alignment * alignment;
	desk->slots = calloc((size_t)slots, desk->slot_size);
	if (!desk->slots) {
		free(desk);
		return NULL;
	}
	desk->service = service;
	desk->loop = loop;
	desk->guard.policy = *policy;
	desk->warned = -WARNING_INTERVAL;
	return desk;
}

void datagram_desk_free(struct datagram_desk *desk)
{
	if (!desk)
		return;
	free(desk->slots);
	free(desk);
}

static void warn_of_withheld(struct datagram_desk *desk, struct connection *connection)
{
	if (desk->loop->now - desk->warned < WARNING_INTERVAL)
		return;
	desk->warned = desk->loop->now;
	log_write(
		LOG_WARNING, desk->service->protocol->name,
		session_peer(connection_session(connection)),
		"not answered: the answer is longer than the request, and off loopback that needs "
		"--allow-amplification");
}

int datagram_answer(struct datagram_desk *desk, int slot, const struct address *peer,
		    const void *bytes, size_t n, struct iovec *runs, int max)
{
	struct connection *connection = slot_connection(desk, slot);

	if (!guard_admits(&desk->guard, peer, desk->loop->now))
		return 0;
	memset(connection, 0, desk->slot_size);
	connection_prepare(connection, desk->service, desk->loop, peer, true);
	connection_serve(connection, bytes, n);
	int count = connection_outgoing(connection, runs, max);
	if (count > 0 && !guard_admits_length(&desk->guard, peer, n, connection->queue.bytes)) {
		warn_of_withheld(desk, connection);
		count = 0;
	}
	if (count == 0)
		connection_clear(connection);
	return count;
}

int datagram_next(struct datagram_desk *desk, int slot, struct iovec *runs, int max)
{
	struct connection *connection = slot_connection(desk, slot);

	if (!send_queue_has_second_datagram(&connection->queue))
		return 0;
	connection_sent(connection, connection->offered);
	return connection_outgoing(connection, runs, max);
}

void datagram_done(struct datagram_desk *desk, int slot)
{
	connection_clear(slot_connection(desk, slot));
}
