/*
 * A packet in a few words.
 */
#include "timeline/packet_view.h"

#include <string.h>

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
		{PACKET_PSH, "PSH"}, {PACKET_ACK, "ACK"},
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

/* How many bytes to show, so that no character is cut in two. */
static size_t whole_characters(const struct packet *packet, size_t text)
{
	const char *data = packet->data;
	size_t n = packet->data_length < text ? packet->data_length : text;
	size_t start;

	n = start = n < TEXT_MAX ? n : TEXT_MAX;
	if (n == packet->length)
		return n;
	while (start > 0 && n - start < 3 && ((unsigned char)data[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)data[start - 1] >= 0xc0 &&
	    !text_valid(data + start - 1, n - start + 1))
		return start - 1;
	return n;
}

static void put_character(struct wording *words, int32_t code_point, const char *bytes, size_t n)
{
	static const char special[] = "\n\r\t\"\\", letters[] = "nrt\"\\";
	const char *at = code_point > 0 && code_point < 0x80 ? strchr(special, code_point) : NULL;
	char escaped[16];

	if (at) {
		wording_add(words, "\\%c", letters[at - special]);
	} else {
		text_escape(escaped, sizeof(escaped), bytes, n);
		wording_add(words, "%s", escaped);
	}
}

static void put_data(struct wording *words, const struct packet *packet, size_t text)
{
	size_t n = whole_characters(packet, text);
	const char *at = packet->data, *end = at + n;

	if (n == 0)
		return;
	wording_add(words, " \"");
	while (at < end) {
		const char *start = at;
		int32_t code_point = text_next(&at, end);
		put_character(words, code_point, start, (size_t)(at - start));
	}
	wording_add(words, n < packet->length ? "\"..." : "\"");
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
