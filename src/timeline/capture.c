/*
 * Live capture: takes blocks of packets from the kernel and chooses among them.
 */
#include "timeline/capture.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "timeline/capture_clock.h"
#include "timeline/capture_interfaces.h"
#include "timeline/capture_waiting.h"
#include "timeline/packet_order.h"
#include "timeline/packet_parse.h"
#include "timeline/sequence.h"

enum {
	WHOLE_LENGTH =
		262144,       /* of a frame; those of the loopback interface have 64 KiB and more */
	HEADERS_LENGTH = 256, /* room for a frame's headers, of which the data is kept elsewhere */
	BYTES_MAX = 512 * 1024 * 1024, /* of frames and data; of later packets little is kept: */
	TEXT_LEAST = 64,               /* so much data, and HEADERS_LENGTH */
	TURN = 4096,                   /* packets taken of an interface at a time */
	FINISH_ROUNDS = 20,            /* waits for the last block, of CAPTURE_BLOCK_TIME each */
};

static const int64_t finish_time = NANOSECONDS_PER_SECOND;
static const int64_t slack = 10 * NANOSECONDS_PER_MILLISECOND * CAPTURE_BLOCK_TIME;

struct capture {
	struct recording *recording;
	struct capture_options options;
	struct capture_clock clock;
	struct capture_interface interfaces[CAPTURE_INTERFACES_MAX];
	int count, descriptor;
	uint64_t taken[CAPTURE_INTERFACES_MAX]; /* packets, wanted or not */
	uint64_t dropped[CAPTURE_INTERFACES_MAX];
	uint64_t bytes_kept;
	uint8_t wanted[2][65536 / 8];
	struct waiting waiting;
};

/* What a callback of libpcap needs. */
struct taking {
	struct capture *capture;
	int index;
};

/* --- Ports. --- */

static bool is_wanted(const struct capture *capture, bool udp, uint16_t port)
{
	return capture->wanted[udp][port / 8] & 1u << port % 8;
}

void capture_want(struct capture *capture, bool udp, uint16_t port)
{
	if (port == 0 || is_wanted(capture, udp, port))
		return;
	capture->wanted[udp][port / 8] |= (uint8_t)(1u << port % 8);
	capture->bytes_kept += waiting_release(&capture->waiting, capture->recording, udp, port);
}

static void want_sockets(struct capture *capture)
{
	const struct recording *recording = capture->recording;

	for (size_t i = 0; i < recording->socket_count; i++) {
		const struct socket_record *socket = &recording->sockets[i];
		if (socket->local.family == ADDRESS_IPV4 || socket->local.family == ADDRESS_IPV6)
			capture_want(capture, socket->type == SOCK_DGRAM, socket->local.port);
	}
}

/* --- Packets. --- */

static void keep(struct capture *capture, struct packet *packet, const struct span *data,
		 struct frame *frame)
{
	bool full = capture->bytes_kept + data->length + frame->length > BYTES_MAX;
	size_t text = capture->options.text;

	if (full && frame->length > HEADERS_LENGTH)
		frame->length = HEADERS_LENGTH;
	if (full && text > TEXT_LEAST)
		text = TEXT_LEAST;
	if (packet_keep(packet, data, text, capture->options.frames ? frame : NULL))
		capture->bytes_kept += packet->data_length + packet->frame_length;
}

static void take(u_char *whom, const struct pcap_pkthdr *header, const u_char *bytes)
{
	const struct taking *taking = (const struct taking *)(void *)whom;
	struct capture *capture = taking->capture;
	struct capture_interface *interface = &capture->interfaces[taking->index];
	struct frame frame = {.link_type = libpcap.pcap_datalink(interface->handle),
			      .bytes = bytes,
			      .length = header->caplen,
			      .original = header->len};
	struct packet packet = {.interface = interface->recorded};
	struct span data;

	capture->taken[taking->index]++;
	if (!packet_parse(&packet, &data, NULL, &frame))
		return;
	packet.when =
		capture_clock_time(&capture->clock, header->ts.tv_sec * NANOSECONDS_PER_SECOND +
							    header->ts.tv_usec) -
		capture->options.began;
	recording_set_bytes(&packet.data, &packet.data_length, NULL, 0);
	if (is_wanted(capture, packet.udp, packet.from.port) ||
	    is_wanted(capture, packet.udp, packet.to.port)) {
		int index = recording_add_packet(capture->recording);
		if (index < 0)
			return;
		keep(capture, &packet, &data, &frame);
		capture->recording->packets[index] = packet;
	} else {
		packet_keep(&packet, &data, capture->options.text,
			    capture->options.frames ? &frame : NULL);
		waiting_add(&capture->waiting, &packet);
	}
}

static void count_drops(struct capture *capture, int index, uint64_t *passed)
{
	struct pcap_stat statistics;

	*passed = 0;
	if (libpcap.pcap_stats(capture->interfaces[index].handle, &statistics))
		return;
	capture->dropped[index] = statistics.ps_drop;
	*passed = statistics.ps_recv - statistics.ps_drop;
}

/* An interface that has failed, mostly because it is gone, would be readable for ever. */
static void give_up(struct capture *capture, int index)
{
	struct capture_interface *interface = &capture->interfaces[index];
	uint64_t passed;

	count_drops(capture, index, &passed);
	libpcap.pcap_close(interface->handle);
	interface->handle = NULL;
}

/* Returns how many were taken. */
static int take_turn(struct capture *capture)
{
	int total = 0;

	capture_clock_measure(&capture->clock, slack);
	for (int i = 0; i < capture->count; i++) {
		struct taking taking = {capture, i};
		if (!capture->interfaces[i].handle)
			continue;
		int n = libpcap.pcap_dispatch(capture->interfaces[i].handle, TURN, take,
					      (u_char *)&taking);
		if (n < 0)
			give_up(capture, i);
		else
			total += n;
	}
	return total;
}

int capture_descriptor(const struct capture *capture)
{
	return capture->descriptor;
}

void capture_take(struct capture *capture)
{
	take_turn(capture);
}

/* --- The end. --- */

/* Whether packets have passed that were not taken. */
static bool is_behind(struct capture *capture)
{
	bool behind = false;

	for (int i = 0; i < capture->count; i++) {
		uint64_t passed;
		if (!capture->interfaces[i].handle)
			continue;
		count_drops(capture, i, &passed);
		behind = behind || capture->taken[i] < passed;
	}
	return behind;
}

/* Packets that came before the filter was set were counted by the kernel, but are not handed over:
 * the waiting has an end. */
bool capture_finish(struct capture *capture)
{
	struct pollfd wait = {.fd = capture->descriptor, .events = POLLIN};
	int64_t latest = time_after(clock_monotonic(), finish_time);

	/* Nor may the traffic of others keep it from ending. */
	for (int round = 0;
	     round < FINISH_ROUNDS && is_behind(capture) && clock_monotonic() < latest;) {
		if (take_turn(capture) > 0)
			continue;
		poll(&wait, 1, CAPTURE_BLOCK_TIME);
		round++;
	}
	want_sockets(capture);
	return packet_order(capture->recording) && sequence_mark(capture->recording);
}

uint64_t capture_dropped(const struct capture *capture)
{
	uint64_t dropped = 0;

	for (int i = 0; i < capture->count; i++)
		dropped += capture->dropped[i];
	return dropped;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	for (int i = 0; i < capture->count; i++)
		if (capture->interfaces[i].handle)
			libpcap.pcap_close(capture->interfaces[i].handle);
	if (capture->descriptor >= 0)
		close(capture->descriptor);
	waiting_clear(&capture->waiting);
	free(capture);
}

/* --- The beginning. --- */

static int record_interface(struct capture *capture, int index, struct error *error)
{
	struct capture_interface *interface = &capture->interfaces[index];
	struct recording *recording = capture->recording;

	interface->recorded = recording_add_interface(recording);
	if (interface->recorded < 0 ||
	    !recording_set(&recording->interfaces[interface->recorded].name, interface->name))
		return error_system(error, ENOMEM, "capture");
	recording->interfaces[interface->recorded].link_type =
		libpcap.pcap_datalink(interface->handle);
	return 0;
}

static int watch(struct capture *capture, struct error *error)
{
	capture->descriptor = epoll_create1(EPOLL_CLOEXEC);
	if (capture->descriptor < 0)
		return error_system(error, errno, "capture");
	for (int i = 0; i < capture->count; i++) {
		struct epoll_event event = {.events = EPOLLIN};
		int fd = libpcap.pcap_get_selectable_fd(capture->interfaces[i].handle);
		if (epoll_ctl(capture->descriptor, EPOLL_CTL_ADD, fd, &event))
			return error_system(error, errno, "capture on %s",
					    capture->interfaces[i].name);
		if (record_interface(capture, i, error))
			return -ENOMEM;
	}
	return 0;
}

struct capture *capture_open(struct recording *recording, const struct capture_options *options,
			     struct error *error)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int length = options->frames ? WHOLE_LENGTH : HEADERS_LENGTH;

	if (!capture) {
		error_system(error, ENOMEM, "capture");
		return NULL;
	}
	capture->recording = recording;
	capture->options = *options;
	capture->descriptor = -1;
	if (!options->frames && options->text < (size_t)WHOLE_LENGTH - HEADERS_LENGTH)
		length += (int)options->text;
	int count = capture_interfaces_open(capture->interfaces, length, error);
	capture->count = count > 0 ? count : 0;
	if (count < 0 || watch(capture, error)) {
		capture_close(capture);
		return NULL;
	}
	capture_clock_begin(&capture->clock);
	return capture;
}
