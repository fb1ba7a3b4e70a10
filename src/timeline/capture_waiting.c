/*
 * A ring of packets.
 */
#include "timeline/capture_waiting.h"

#include <stdlib.h>

static struct packet *at(struct waiting *waiting, size_t index)
{
	return &waiting->packets[(waiting->first + index) % WAITING_PACKETS];
}

static size_t bytes_of(const struct packet *packet)
{
	return packet->data_length + packet->frame_length;
}

static void drop(struct packet *packet)
{
	recording_set_bytes(&packet->data, &packet->data_length, NULL, 0);
	free(packet->frame);
}

static void drop_first(struct waiting *waiting)
{
	waiting->bytes -= bytes_of(at(waiting, 0));
	drop(at(waiting, 0));
	waiting->first = (waiting->first + 1) % WAITING_PACKETS;
	waiting->count--;
}

void waiting_add(struct waiting *waiting, const struct packet *packet)
{
	waiting->bytes += bytes_of(packet);
	while (waiting->count &&
	       (waiting->count == WAITING_PACKETS || waiting->bytes > WAITING_BYTES))
		drop_first(waiting);
	*at(waiting, waiting->count++) = *packet;
}

static void move(struct recording *recording, struct packet *packet)
{
	int index = recording_add_packet(recording);

	if (index < 0)
		drop(packet);
	else
		recording->packets[index] = *packet;
}

size_t waiting_release(struct waiting *waiting, struct recording *recording, bool udp,
		       uint16_t port)
{
	size_t kept = 0, before = waiting->bytes;

	for (size_t i = 0; i < waiting->count; i++) {
		struct packet *packet = at(waiting, i);
		if (packet->udp == udp && (packet->from.port == port || packet->to.port == port)) {
			waiting->bytes -= bytes_of(packet);
			move(recording, packet);
		} else {
			*at(waiting, kept++) = *packet;
		}
	}
	waiting->count = kept;
	return before - waiting->bytes;
}

void waiting_clear(struct waiting *waiting)
{
	while (waiting->count)
		drop_first(waiting);
}
