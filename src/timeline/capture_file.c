/*
 * Reads saved captures by libpcap.
 */
#include "timeline/capture_file.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "sockettool/text.h"
#include "timeline/libpcap.h"
#include "timeline/packet_order.h"
#include "timeline/packet_parse.h"
#include "timeline/sequence.h"

enum {
	QUOTE = 200, /* bytes of a file's name or of libpcap's words in a sentence */
	FRAMES_MAX = 512 * 1024 * 1024, /* bytes of frames that are kept */
};

/* Seconds that still have room for their nanoseconds. */
static const int64_t seconds_max = INT64_MAX / NANOSECONDS_PER_SECOND - 1;

struct reading {
	struct recording *recording;
	pcap_t *file;
	size_t text;
	int interface;
	uint64_t frames, bytes; /* frames of any kind; bytes of those that are kept */
};

/* Times are of any size in a damaged file. */
static int64_t time_of(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec, rest = header->ts.tv_usec;

	if (seconds < 0 || seconds > seconds_max)
		seconds = 0;
	if (rest < 0 || rest >= NANOSECONDS_PER_SECOND)
		rest = 0;
	return seconds * NANOSECONDS_PER_SECOND + rest;
}

static void take(struct reading *reading, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct frame frame = {.link_type = libpcap.pcap_datalink(reading->file),
			      .bytes = bytes,
			      .length = header->caplen,
			      .original = header->len};
	bool keep = reading->bytes + frame.length <= FRAMES_MAX;
	int index = packet_record(reading->recording, &frame, reading->text, keep);

	reading->frames++;
	if (index < 0)
		return;
	reading->bytes += keep ? frame.length : 0;
	reading->recording->packets[index].when = time_of(header);
	reading->recording->packets[index].interface = reading->interface;
}

static bool begin_with_first(struct recording *recording)
{
	if (!packet_order(recording))
		return false;
	if (!recording->packet_count)
		return true;
	recording->started = recording->packets[0].when;
	for (size_t i = 0; i < recording->packet_count; i++)
		recording->packets[i].when -= recording->started;
	return true;
}

/* libpcap's words end with a full stop sometimes, and may quote the file. */
static int damaged(const char *words, const char *name, const struct reading *reading,
		   struct error *error)
{
	char text[QUOTE];

	text_escape(text, sizeof(text), words, strlen(words));
	if (!reading)
		return error_set(error, STATUS_PROTOCOL, EINVAL, "%s is no capture: %s", name,
				 text);
	return error_set(error, STATUS_PROTOCOL, EINVAL,
			 "%s is damaged after packet %llu; what is before it is shown: %s", name,
			 (unsigned long long)reading->frames, text);
}

static int read_packets(struct reading *reading, const char *name, struct error *error)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int status;

	while ((status = libpcap.pcap_next_ex(reading->file, &header, &bytes)) == 1)
		take(reading, header, bytes);
	if (!begin_with_first(reading->recording) || !sequence_mark(reading->recording))
		return error_system(error, ENOMEM, "read %s", name);
	if (status == PCAP_ERROR)
		return damaged(libpcap.pcap_geterr(reading->file), name, reading, error);
	if (!reading->frames)
		return error_set(error, STATUS_PROTOCOL, ENODATA, "%s has no packets", name);
	if (!reading->recording->packet_count)
		return error_set(error, STATUS_PROTOCOL, ENODATA,
				 "%s has packets, %llu, but none of TCP or UDP over IP", name,
				 (unsigned long long)reading->frames);
	return 0;
}

static int add_interface(struct reading *reading, const char *name, struct error *error)
{
	struct recording *recording = reading->recording;
	int link_type = libpcap.pcap_datalink(reading->file);
	const char *link_name = libpcap.pcap_datalink_val_to_name(link_type);

	if (!packet_parse_knows(link_type))
		return error_set(
			error, STATUS_PROTOCOL, ENOTSUP,
			"%s is of a link of type %d (%s), which is not one of those that can "
			"be opened: Ethernet, loopback, Linux cooked, raw IP",
			name, link_type, link_name ? link_name : "unknown");
	reading->interface = recording_add_interface(recording);
	if (reading->interface < 0 ||
	    !recording_set(&recording->interfaces[reading->interface].name, name))
		return error_system(error, ENOMEM, "read %s", name);
	recording->interfaces[reading->interface].link_type = link_type;
	return 0;
}

int capture_file_read(struct recording *recording, const char *path, size_t text,
		      struct error *error)
{
	struct reading reading = {.recording = recording, .text = text};
	char name[QUOTE], words[PCAP_ERRBUF_SIZE] = "";
	FILE *file;
	int status = libpcap_load(error);

	if (status)
		return status;
	file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	text_escape(name, sizeof(name), path, strlen(path));
	if (!file)
		return error_system(error, errno, "read %s", name);
	reading.file = libpcap.pcap_fopen_offline_with_tstamp_precision(
		file, PCAP_TSTAMP_PRECISION_NANO, words);
	if (!reading.file) {
		if (file != stdin)
			fclose(file);
		return damaged(words, name, NULL, error);
	}
	status = add_interface(&reading, name, error);
	if (!status)
		status = read_packets(&reading, name, error);
	libpcap.pcap_close(reading.file);
	return status;
}
