/*
 * A recording's memory: arrays that grow geometrically up to a bound, and texts of their own.
 */
#include "timeline/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The arrays, as capacity counts them. */
enum { PROGRAMS, CALLS, SOCKETS, PACKETS, INTERFACES };

enum {
	FIRST_CAPACITY = 16,
	PROGRAMS_MAX = 10000,
	SOCKETS_MAX = RECORDING_CALLS_MAX,
	INTERFACES_MAX = 10000,
};

/* --- Texts. --- */

/* All texts begin as this one, so that an empty text costs nothing; it is never freed. */
static char empty[1];

static void drop(char **text)
{
	if (*text != empty)
		free(*text);
	*text = empty;
}

bool recording_set(char **text, const char *value)
{
	char *copy = value[0] ? strdup(value) : empty;

	drop(text);
	if (!copy)
		return false;
	*text = copy;
	return true;
}

bool recording_set_bytes(char **data, size_t *length, const void *bytes, size_t n)
{
	char *copy = n ? malloc(n + 1) : empty;

	drop(data);
	*length = 0;
	if (!copy)
		return false;
	if (n) {
		memcpy(copy, bytes, n);
		copy[n] = '\0';
	}
	*data = copy;
	*length = n;
	return true;
}

/* --- The whole. --- */

struct recording *recording_new(void)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (recording) {
		recording->note = empty;
		recording->stopped = -1;
	}
	return recording;
}

static void free_call(struct call *call)
{
	drop(&call->name);
	drop(&call->text);
	drop(&call->outcome);
	drop(&call->data);
	drop(&call->file);
}

static void free_packet(struct packet *packet)
{
	drop(&packet->data);
	free(packet->frame);
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	for (size_t i = 0; i < recording->program_count; i++) {
		drop(&recording->programs[i].name);
		drop(&recording->programs[i].command);
	}
	for (size_t i = 0; i < recording->call_count; i++)
		free_call(&recording->calls[i]);
	for (size_t i = 0; i < recording->socket_count; i++)
		drop(&recording->sockets[i].path);
	for (size_t i = 0; i < recording->packet_count; i++)
		free_packet(&recording->packets[i]);
	for (size_t i = 0; i < recording->interface_count; i++)
		drop(&recording->interfaces[i].name);
	free(recording->programs);
	free(recording->calls);
	free(recording->sockets);
	free(recording->packets);
	free(recording->interfaces);
	drop(&recording->note);
	free(recording);
}

static void unreturn(struct call *call)
{
	call->left = -1;
	call->result = 0;
	call->accepted = -1;
	call->bytes = 0;
	drop(&call->outcome);
	recording_set_bytes(&call->data, &call->data_length, NULL, 0);
}

void recording_cut(struct recording *recording)
{
	int64_t stopped = recording->stopped;

	if (stopped < 0)
		return;
	while (recording->call_count > 0 &&
	       recording->calls[recording->call_count - 1].entered > stopped)
		free_call(&recording->calls[--recording->call_count]);
	for (size_t i = 0; i < recording->call_count; i++)
		if (recording->calls[i].left > stopped)
			unreturn(&recording->calls[i]);
	while (recording->packet_count > 0 &&
	       recording->packets[recording->packet_count - 1].when > stopped)
		free_packet(&recording->packets[--recording->packet_count]);
	for (size_t i = 0; i < recording->program_count; i++) {
		if (recording->programs[i].ended <= stopped)
			continue;
		recording->programs[i].ended = -1;
		recording->programs[i].status = -1;
	}
}

/* --- Entries. --- */

/* Makes room for one more entry of an array. Returns its index, or -1. */
static int add(struct recording *recording, int which, void *array, size_t *count, size_t size,
	       size_t max)
{
	size_t *capacity = &recording->capacity[which];
	void *entries;

	/* array points to a pointer of some type, so it is read and written as bytes. */
	memcpy(&entries, array, sizeof(entries));
	if (*count == *capacity && *count < max) {
		size_t wanted = *capacity ? 2 * *capacity : FIRST_CAPACITY;
		void *more;

		wanted = wanted < max ? wanted : max;
		more = realloc(entries, wanted * size);
		if (more) {
			memcpy(array, &more, sizeof(more));
			entries = more;
			*capacity = wanted;
		}
	}
	if (*count == *capacity) {
		recording->dropped++;
		return -1;
	}
	memset((char *)entries + *count * size, 0, size);
	return (int)(*count)++;
}

bool *recording_rings(const struct recording *recording)
{
	bool *rings = calloc(recording->program_count + 1, sizeof(*rings));

	for (size_t i = 0; rings && i < recording->call_count; i++)
		if (recording->calls[i].kind == CALL_RING && recording->calls[i].program >= 0)
			rings[recording->calls[i].program] = true;
	return rings;
}

bool call_does_not_wait(const struct call *call)
{
	const char *data_end = strrchr(call->text, '"');

	return call->result == -EINPROGRESS ||
	       strstr(data_end ? data_end : call->text, "MSG_DONTWAIT") != NULL;
}

int recording_add_program(struct recording *recording)
{
	int index = add(recording, PROGRAMS, &recording->programs, &recording->program_count,
			sizeof(struct program), PROGRAMS_MAX);

	if (index >= 0)
		recording->programs[index] = (struct program){
			.name = empty, .command = empty, .pid = -1, .ended = -1, .status = -1};
	return index;
}

int recording_add_call(struct recording *recording)
{
	int index = add(recording, CALLS, &recording->calls, &recording->call_count,
			sizeof(struct call), RECORDING_CALLS_MAX);

	if (index >= 0)
		recording->calls[index] = (struct call){
			.program = -1,
			.process = -1,
			.thread = -1,
			.name = empty,
			.text = empty,
			.outcome = empty,
			.entered = -1,
			.left = -1,
			.descriptor = -1,
			.socket = -1,
			.accepted = -1,
			.data = empty,
			.file = empty,
		};
	return index;
}

int recording_add_socket(struct recording *recording)
{
	int index = add(recording, SOCKETS, &recording->sockets, &recording->socket_count,
			sizeof(struct socket_record), SOCKETS_MAX);

	if (index >= 0)
		recording->sockets[index] = (struct socket_record){.program = -1, .path = empty};
	return index;
}

int recording_add_packet(struct recording *recording)
{
	int index = add(recording, PACKETS, &recording->packets, &recording->packet_count,
			sizeof(struct packet), RECORDING_PACKETS_MAX);

	if (index >= 0)
		recording->packets[index] = (struct packet){.data = empty, .interface = -1};
	return index;
}

int recording_add_interface(struct recording *recording)
{
	int index = add(recording, INTERFACES, &recording->interfaces, &recording->interface_count,
			sizeof(struct interface), INTERFACES_MAX);

	if (index >= 0)
		recording->interfaces[index] = (struct interface){.name = empty};
	return index;
}
