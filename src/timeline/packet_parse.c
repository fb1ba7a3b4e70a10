/*
 * From a frame to a packet: the dissector's entry, and what its parts share.
 */
#include "timeline/packet_parse.h"

#include <stdlib.h>
#include <string.h>

#include "timeline/packet_dissect.h"

bool dissect_unknown(struct dissection *dissection, size_t at, const char *why)
{
	layers_begin(dissection->layers, "data", "data", at, 0, dissection->end - at);
	layers_trait(dissection->layers, why);
	return false;
}

bool dissect_short(struct dissection *dissection, const char *kind, const char *name, size_t at,
		   size_t header)
{
	size_t there = dissection->end - at;

	if (header <= there)
		return false;
	layers_begin(dissection->layers, kind, name, at, there, there);
	layers_trait(dissection->layers, dissection->missing
						 ? "the capture ends within this header"
						 : "malformed: the packet ends within this header");
	return true;
}

void dissect_limit(struct dissection *dissection, size_t at, size_t length)
{
	size_t there = dissection->end - at;

	if (length <= there) {
		dissection->end = at + length;
		dissection->missing = 0;
	} else if (length - there < dissection->missing) {
		dissection->missing = length - there;
	}
}

/* RFC 791 section 3.1, RFC 9293 section 3.1: the options end with a 0; a 1 fills; others have a
 * length. */
void dissect_options(struct layers *layers, const uint8_t *options, size_t n,
		     void (*tell)(struct layers *, const uint8_t *option, size_t length))
{
	for (size_t at = 0; at < n && options[at] != 0;) {
		size_t length = options[at] == 1 ? 1 : at + 1 < n ? options[at + 1] : 0;

		if (length == 0 || (length == 1 && options[at] != 1) || length > n - at) {
			layers_trait(layers, "malformed: an option's length is wrong");
			return;
		}
		if (options[at] != 1)
			tell(layers, options + at, length);
		at += length;
	}
}

bool packet_parse(struct packet *packet, struct span *data, struct layers *layers,
		  const struct frame *frame)
{
	struct dissection dissection = {
		.bytes = frame->bytes,
		.end = frame->length,
		.missing = frame->original > frame->length ? frame->original - frame->length : 0,
		.layers = layers,
	};
	const struct packet *found = &dissection.packet;

	if (!dissect_link(&dissection, frame->link_type))
		return false;
	packet->udp = found->udp;
	packet->from = found->from;
	packet->to = found->to;
	packet->flags = found->flags;
	packet->sequence = found->sequence;
	packet->acknowledgement = found->acknowledgement;
	packet->window = found->window;
	packet->length = found->length;
	*data = dissection.data;
	return true;
}

bool packet_keep(struct packet *packet, const struct span *data, size_t text,
		 const struct frame *frame)
{
	size_t length = data->length < text ? data->length : text;

	if (!recording_set_bytes(&packet->data, &packet->data_length, data->bytes, length))
		return false;
	if (!frame || !frame->length)
		return true;
	packet->frame = malloc(frame->length);
	if (!packet->frame)
		return false;
	memcpy(packet->frame, frame->bytes, frame->length);
	packet->frame_length = frame->length;
	packet->frame_original = frame->original > frame->length ? frame->original : frame->length;
	return true;
}

int packet_record(struct recording *recording, const struct frame *frame, size_t text, bool keep)
{
	struct packet packet = {.udp = false};
	struct span data;
	int index;

	if (!packet_parse(&packet, &data, NULL, frame))
		return -1;
	index = recording_add_packet(recording);
	if (index < 0)
		return -1;
	struct packet *entry = &recording->packets[index];
	packet.data = entry->data;
	packet.interface = entry->interface;
	*entry = packet;
	/* Without memory for its bytes the packet itself is still worth having. */
	packet_keep(entry, &data, text, keep ? frame : NULL);
	return index;
}
