/*
 * Sockets by inode.
 */
#include "timeline/traced_sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timeline/kernel_text.h"
#include "timeline/socket_facts.h"

enum { FIRST_CAPACITY = 64 };

void traced_sockets_free(struct traced_sockets *sockets)
{
	free(sockets->entries);
	sockets->entries = NULL;
	sockets->count = sockets->capacity = 0;
}

/* The inode's entry, or the empty one where it belongs. There must be room. */
static struct inode_entry *slot_of(const struct traced_sockets *sockets, uint64_t inode)
{
	size_t i = (size_t)(inode * UINT64_C(0x9E3779B97F4A7C15) >> 20);

	while (sockets->entries[i & (sockets->capacity - 1)].inode &&
	       sockets->entries[i & (sockets->capacity - 1)].inode != inode)
		i++;
	return &sockets->entries[i & (sockets->capacity - 1)];
}

static bool make_room(struct traced_sockets *sockets)
{
	struct inode_entry *old = sockets->entries;
	size_t capacity = sockets->capacity ? 2 * sockets->capacity : FIRST_CAPACITY;

	if (2 * (sockets->count + 1) <= sockets->capacity)
		return true;
	struct inode_entry *entries = calloc(capacity, sizeof(*entries));
	if (!entries)
		return false;
	size_t former = sockets->capacity;
	sockets->entries = entries;
	sockets->capacity = capacity;
	for (size_t i = 0; i < former; i++) {
		if (old[i].inode)
			*slot_of(sockets, old[i].inode) = old[i];
	}
	free(old);
	return true;
}

/* Puts what is known now where less was known before. */
static void take_facts(struct socket_record *record, const struct socket_facts *facts)
{
	record->family = facts->family;
	record->type = facts->type;
	record->listens |= facts->listens;
	record->elsewhere |= facts->elsewhere;
	if (facts->local.family != ADDRESS_NONE)
		record->local = facts->local;
	if (facts->remote.family != ADDRESS_NONE)
		record->remote = facts->remote;
	if (facts->path[0])
		recording_set(&record->path, facts->path);
}

void traced_sockets_update(struct traced_sockets *sockets, const struct owner *owner,
			   int descriptor, int socket)
{
	struct socket_record *record = &sockets->recording->sockets[socket];
	struct socket_facts facts;

	if (socket_facts_get(&facts, owner->thread, owner->process, descriptor, record->inode))
		take_facts(record, &facts);
}

static int enter(struct traced_sockets *sockets, const struct owner *owner, int descriptor,
		 uint64_t inode)
{
	int socket = make_room(sockets) ? recording_add_socket(sockets->recording) : -1;

	if (socket < 0)
		return -1;
	*slot_of(sockets, inode) = (struct inode_entry){.inode = inode, .socket = socket};
	sockets->count++;
	sockets->recording->sockets[socket].inode = inode;
	sockets->recording->sockets[socket].program = owner->program;
	traced_sockets_update(sockets, owner, descriptor, socket);
	return socket;
}

void descriptor_link(pid_t thread, int descriptor, char link[DESCRIPTOR_LINK])
{
	char path[64];
	ssize_t n = -1;

	if (descriptor >= 0) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)thread, descriptor);
		n = readlink(path, link, DESCRIPTOR_LINK - 1);
	}
	link[n > 0 ? n : 0] = '\0';
}

int traced_sockets_find(struct traced_sockets *sockets, const struct owner *owner, int descriptor,
			char link[DESCRIPTOR_LINK])
{
	const char *at = link;
	uint64_t inode;

	descriptor_link(owner->thread, descriptor, link);
	if (!kernel_text_label(&at, "socket:[") || !kernel_text_number(&at, 10, &inode) || !inode)
		return -1;
	if (sockets->count) {
		const struct inode_entry *known = slot_of(sockets, inode);
		if (known->inode)
			return known->socket;
	}
	return enter(sockets, owner, descriptor, inode);
}
