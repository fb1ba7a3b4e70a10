/*
 * Telling what was cut from datagrams.
 */
#include "timeline/cut_datagrams.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "timeline/join.h"

static bool has_datagrams(const struct recording *recording)
{
	for (size_t i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].type == SOCK_DGRAM)
			return true;
	return false;
}

/* Whether a receive took one datagram out of the queue, and less than all of it. */
static bool is_cut(const struct recording *recording, const struct arrow *arrow)
{
	const struct call *call = arrow->receive >= 0 ? &recording->calls[arrow->receive] : NULL;

	return call && (arrow->send >= 0 || arrow->packet >= 0) && call->socket >= 0 &&
	       recording->sockets[call->socket].type == SOCK_DGRAM && call->result >= 0 &&
	       (uint64_t)call->result == call->bytes && strcmp(call->name, "recvmmsg") != 0 &&
	       arrow->length > call->bytes;
}

static void tell(struct call *call, uint64_t length)
{
	size_t n = strlen(call->outcome), end = strlen(CUT_SHORT);
	bool told = n >= end && strcmp(call->outcome + n - end, CUT_SHORT) == 0;
	char *outcome;

	if (asprintf(&outcome, "%s%s from %" PRIu64 " byte%s", call->outcome, told ? "" : CUT_SHORT,
		     length, length == 1 ? "" : "s") < 0)
		return;
	recording_set(&call->outcome, outcome);
	free(outcome);
}

void cut_datagrams_tell(struct recording *recording)
{
	struct join *join = has_datagrams(recording) ? join_make(recording) : NULL;

	for (size_t i = 0; join && i < join->arrow_count; i++)
		if (is_cut(recording, &join->arrows[i]))
			tell(&recording->calls[join->arrows[i].receive], join->arrows[i].length);
	join_free(join);
}
