/*
 * A packet in a few words.
 */
#include "timeline/packet_view.h"

#include "sockettool/text.h"
#include "timeline/wording.h"

enum {
	TEXT_MAX = 1024,               /* bytes of data in words */
	WORDS_MAX = 200 + 4 * TEXT_MAX /* an escape is four characters, "\x1b" */
};

static void put_flags(struct wording *words, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{PACKET_SYN, "SYN"}, {PACKET_FIN, "FIN"}, {PACKET_RST, "RST"},
		{PACKET_PSH, "PSH"}, {PACKET_ACK, "ACK"}, {PACKET_URG, "URG"},
	};
	const char *gap = "";

	/* All packets but the first acknowledge: with PSH it goes without saying. */
	if (flags & PACKET_PSH)
		flags &= ~(unsigned)PACKET_ACK;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].flag) {
			wording_add(words, "%s%s", gap, names[i].name);
			gap = " ";
		}
	}
	if (!*gap)
		wording_add(words, "no flags");
}

static void put_data(struct wording *words, const struct packet *packet, size_t text)
{
	size_t n = packet->data_length < text ? packet->data_length : text;

	if (n > TEXT_MAX)
		n = TEXT_MAX;
	if (n == 0)
		return;
	wording_add(words, " ");
	wording_quote(words, packet->data, n, n < packet->length);
}

size_t packet_words(char *out, size_t size, const struct packet *packet,
		    const struct relative *relative, size_t text)
{
	char room[WORDS_MAX];
	struct wording words = {.text = room, .size = sizeof(room)};

	wording_clear(&words);
	if (packet->retransmission)
		wording_add(&words, "retransmitted ");
	if (packet->udp)
		wording_add(&words, "UDP");
	else
		put_flags(&words, packet->flags);
	if (relative && !packet->udp) {
		wording_add(&words, " seq %u", relative->sequence);
		if (packet->flags & PACKET_ACK)
			wording_add(&words, " ack %u", relative->acknowledgement);
	}
	if (packet->udp || packet->length)
		wording_add(&words, relative && !packet->udp ? " length %u" : " %u",
			    packet->length);
	put_data(&words, packet, text);
	return text_escape(out, size, words.text, words.length);
}
