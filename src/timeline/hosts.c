/*
 * Hosts by the ends of conversations.
 */
#include "timeline/hosts.h"

#include <stdio.h>

/* Whether two hosts are all there are. The left one is what was connected to first. */
static bool find_two(struct hosts *hosts, const struct join *join)
{
	const struct conversation *first = join->conversations;

	if (join->conversation_count == 0 || address_same_host(&first->ends[0], &first->ends[1]))
		return false;
	hosts->left = first->ends[1];
	for (size_t i = 1; i < join->conversation_count; i++) {
		const struct address *ends = join->conversations[i].ends;
		bool straight = address_same_host(&ends[1], &first->ends[1]) &&
				address_same_host(&ends[0], &first->ends[0]);
		bool turned = address_same_host(&ends[0], &first->ends[1]) &&
			      address_same_host(&ends[1], &first->ends[0]);

		if (!straight && !turned)
			return false;
	}
	return true;
}

int hosts_left_end(const struct hosts *hosts, const struct recording *recording,
		   const struct conversation *conversation)
{
	for (int end = 1; end >= 0; end--) {
		int program = join_program_at(recording, conversation, end);

		if (program >= 0 && recording->programs[program].is_server)
			return end;
	}
	return hosts->two && !address_same_host(&conversation->ends[1], &hosts->left) ? 0 : 1;
}

static void make_title(struct hosts *hosts, int side, const struct recording *recording,
		       const struct join *join)
{
	const struct address *title = NULL;
	bool one_port = true, one_host = true;

	for (size_t i = 0; i < join->conversation_count; i++) {
		const struct conversation *conversation = &join->conversations[i];
		int left = hosts_left_end(hosts, recording, conversation);
		const struct address *end = &conversation->ends[side == 0 ? left : 1 - left];

		title = title ? title : end;
		one_host = one_host && address_same_host(title, end);
		one_port = one_port && title->port == end->port;
	}
	if (!title || !one_host)
		snprintf(hosts->titles[side], ADDRESS_TEXT, "hosts");
	else if (one_port)
		address_text(hosts->titles[side], title);
	else
		address_host_text(hosts->titles[side], title);
}

void hosts_find(struct hosts *hosts, const struct recording *recording, const struct join *join)
{
	*hosts = (struct hosts){.two = false};
	if (recording->program_count == 0)
		hosts->two = find_two(hosts, join);
	for (int side = 0; side < 2; side++)
		make_title(hosts, side, recording, join);
}
