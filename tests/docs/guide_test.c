/*
 * The protocol that docs/protocol-guide.md writes: taken out of that page, built into this test,
 * and its dialogue replayed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/dialogue.h"

extern const struct protocol shout_protocol;

static void the_guides_protocol_holds_its_dialogue(void **state)
{
	(void)state;
	dialogue_replay(&shout_protocol, &(struct dialogue_play){.manner = DIALOGUE_WHOLE});
	dialogue_replay(&shout_protocol, &(struct dialogue_play){.manner = DIALOGUE_BYTE_BY_BYTE});
	for (uint64_t seed = 1; seed <= 100; seed++)
		dialogue_replay(&shout_protocol,
				&(struct dialogue_play){.manner = DIALOGUE_SPLIT, .seed = seed});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guides_protocol_holds_its_dialogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
