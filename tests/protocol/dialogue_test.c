/*
 * Every protocol's dialogue through the real engine, however its bytes are cut. A new protocol is
 * covered by being in the list of all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/dialogue.h"

enum { SEEDS = 300 };

static bool streams(const struct protocol *protocol)
{
	return protocol->dialogue && protocol->transports & (TRANSPORT_TCP | TRANSPORT_UNIX);
}

static void replay_all(const struct dialogue_play *play)
{
	for (size_t i = 0; protocols[i]; i++) {
		if (streams(protocols[i]))
			dialogue_replay(protocols[i], play);
	}
}

static void replay_ends(enum dialogue_manner manner)
{
	for (unsigned ends = 0; ends < 4; ends++)
		replay_all(&(struct dialogue_play){
			.manner = manner, .crlf_input = ends & 1, .crlf = ends & 2});
}

static void every_protocol_has_a_dialogue(void **state)
{
	/* What these say is random, binary, without end, or depends on others. */
	static const char without[] = " chargen qotd users time ";
	struct dialogue dialogue;
	char name[40];

	(void)state;
	for (size_t i = 0; protocols[i]; i++) {
		snprintf(name, sizeof(name), " %s ", protocols[i]->name);
		if (strstr(without, name)) {
			assert_null(protocols[i]->dialogue);
			continue;
		}
		assert_non_null(protocols[i]->dialogue);
		dialogue_parse(&dialogue, protocols[i]->dialogue);
		assert_true(dialogue.count > 0);
	}
}

static void dialogues_line_by_line(void **state)
{
	(void)state;
	replay_ends(DIALOGUE_WHOLE);
}

static void dialogues_byte_by_byte(void **state)
{
	(void)state;
	replay_ends(DIALOGUE_BYTE_BY_BYTE);
}

static void dialogues_with_lines_joined(void **state)
{
	(void)state;
	replay_ends(DIALOGUE_JOINED);
}

static void dialogues_to_a_narrow_kernel(void **state)
{
	(void)state;
	replay_ends(DIALOGUE_NARROW);
}

static void dialogues_split_at_random(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		replay_all(&(struct dialogue_play){.manner = DIALOGUE_SPLIT,
						   .crlf_input = seed & 1,
						   .crlf = seed & 2,
						   .seed = seed});
}

/* Everything at once, and everything cut at random, before the first answer is looked at. */
static void dialogues_asked_ahead(void **state)
{
	struct dialogue dialogue;

	(void)state;
	for (size_t i = 0; protocols[i]; i++) {
		if (!streams(protocols[i]))
			continue;
		dialogue_parse(&dialogue, protocols[i]->dialogue);
		if (dialogue_people(&dialogue) > 1)
			continue;
		for (uint64_t seed = 0; seed < SEEDS; seed++)
			dialogue_replay(protocols[i],
					&(struct dialogue_play){.manner = seed ? DIALOGUE_SPLIT
									       : DIALOGUE_JOINED,
								.eager = true,
								.crlf_input = seed & 1,
								.seed = seed});
	}
}

static void dialogues_in_datagrams(void **state)
{
	(void)state;
	for (size_t i = 0; protocols[i]; i++) {
		for (unsigned ends = 0; ends < 4; ends++) {
			if (protocols[i]->dialogue && protocols[i]->transports & TRANSPORT_UDP)
				dialogue_replay_datagrams(
					protocols[i],
					&(struct dialogue_play){.crlf_input = ends & 1,
								.crlf = ends & 2});
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_protocol_has_a_dialogue),
		cmocka_unit_test(dialogues_line_by_line),
		cmocka_unit_test(dialogues_byte_by_byte),
		cmocka_unit_test(dialogues_with_lines_joined),
		cmocka_unit_test(dialogues_to_a_narrow_kernel),
		cmocka_unit_test(dialogues_split_at_random),
		cmocka_unit_test(dialogues_asked_ahead),
		cmocka_unit_test(dialogues_in_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
