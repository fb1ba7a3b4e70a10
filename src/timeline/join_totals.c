/*
 * What each end of a conversation did, in numbers.
 */
#include "timeline/join_internal.h"

#include <stdlib.h>

#include "base/clock.h"

/* --- Calls. --- */

/* How long a call took, as far as the recording tells. */
static int64_t call_time(const struct joining *joining, size_t index)
{
	int64_t entered = joining->recording->calls[index].entered;
	int64_t lasted = joining->call_ends[index] - (entered > 0 ? entered : 0);

	return lasted > 0 ? lasted : 0;
}

static void count_call(struct joining *joining, size_t index)
{
	const struct call *call = &joining->recording->calls[index];
	int of = joining->join->conversation_of_call[index];
	int end = joining->end_of_call[index];
	struct conversation *conversation = &joining->join->conversations[of];
	int64_t lasted = call_time(joining, index);
	int *most = &conversation->blocked_most[end];

	if (call->kind == CALL_SEND) {
		conversation->send_calls[end]++;
		conversation->sent[end] += call->bytes;
	} else if (call->kind == CALL_RECEIVE) {
		conversation->receive_calls[end]++;
		conversation->received[end] += call->bytes;
	} else if (call->kind != CALL_CONNECT) {
		return;
	}
	if (call_does_not_wait(call))
		return;
	conversation->blocked[end] = time_after(conversation->blocked[end], lasted);
	if (*most < 0 || lasted > call_time(joining, (size_t)*most))
		*most = (int)index;
}

/* --- Packets. --- */

static void count_packet(struct joining *joining, size_t index)
{
	const struct packet *packet = &joining->recording->packets[index];
	int of = joining->join->conversation_of_packet[index];
	int end = joining->end_of_packet[index];
	struct conversation *conversation = &joining->join->conversations[of];

	if (packet->retransmission)
		conversation->retransmissions[end]++;
	else if (packet->udp || packet->length > 0)
		conversation->segments[end]++;
}

/* --- Arrows. --- */

/* The arrows of one receive, which stand next to each other in the order of the bytes. */
static void count_receive(struct joining *joining, size_t from, size_t to)
{
	const struct arrow *arrows = joining->join->arrows;
	const struct arrow *first = &arrows[from], *last = &arrows[to - 1];
	struct conversation *conversation = &joining->join->conversations[first->conversation];
	int end = 1 - first->from;
	bool more_before, more_after;

	more_before = first->send >= 0 && from > 0 && arrows[from - 1].send == first->send;
	more_after = last->send >= 0 && to < joining->join->arrow_count &&
		     arrows[to].send == last->send;
	if (more_before || more_after)
		conversation->partial[end]++;
	for (size_t i = from; i + 1 < to; i++) {
		if (arrows[i].send != arrows[i + 1].send) {
			conversation->coalesced[end]++;
			break;
		}
	}
}

static bool same_receive(const struct arrow *a, const struct arrow *b)
{
	return a->receive == b->receive && a->conversation == b->conversation && a->from == b->from;
}

static void count_arrows(struct joining *joining)
{
	const struct join *join = joining->join;
	uint64_t wire;

	for (size_t from = 0; from < join->arrow_count;) {
		const struct arrow *first = &join->arrows[from];
		struct conversation *conversation = &join->conversations[first->conversation];
		size_t to = from;

		for (wire = 0; to < join->arrow_count && same_receive(first, &join->arrows[to]);
		     to++)
			wire += join->arrows[to].send < 0 && join->arrows[to].packet >= 0
					? join->arrows[to].length
					: 0;
		/* What no traced call sent was seen on the wire only. */
		conversation->sent[first->from] += wire;
		if (first->receive >= 0 && first->length > 0 && !conversation->udp)
			count_receive(joining, from, to);
		from = to;
	}
}

/* --- What is not seen. --- */

int join_program_at(const struct recording *recording, const struct conversation *conversation,
		    int end)
{
	int socket = conversation->sockets[end];

	return socket >= 0 ? recording->sockets[socket].program : -1;
}

bool join_hides_sent(const struct conversation *conversation, int end)
{
	return conversation->rings[end] && !conversation->send_calls[end] &&
	       !conversation->segments[end];
}

bool join_hides_received(const struct conversation *conversation, int end)
{
	return conversation->rings[end] && !conversation->receive_calls[end];
}

static bool find_rings(struct joining *joining)
{
	const struct recording *recording = joining->recording;
	bool *rings = recording_rings(recording);

	for (size_t i = 0; rings && i < joining->join->conversation_count; i++) {
		struct conversation *conversation = &joining->join->conversations[i];

		for (int end = 0; end < 2; end++) {
			int program = join_program_at(recording, conversation, end);
			conversation->rings[end] = program >= 0 && rings[program];
		}
	}
	bool done = rings;
	free(rings);
	return done;
}

bool join_totals(struct joining *joining)
{
	for (size_t i = 0; i < joining->recording->call_count; i++)
		if (joining->join->conversation_of_call[i] >= 0)
			count_call(joining, i);
	for (size_t i = 0; i < joining->recording->packet_count; i++)
		if (joining->join->conversation_of_packet[i] >= 0)
			count_packet(joining, i);
	count_arrows(joining);
	return find_rings(joining);
}
