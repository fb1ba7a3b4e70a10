/*
 * doctor as a protocol: its sessions, its options, and scripts from files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/stage.h"

static struct stage *stage;
static char path[] = "/tmp/doctor_test.XXXXXX";

static const struct protocol *doctor(void)
{
	return protocol_find("doctor");
}

/* A server with the options: pairs of name and value. */
static struct actor *visit(const char *const *options)
{
	stage = stage_new(doctor(), &(struct stage_settings){.options = options});
	return actor_join(stage);
}

static int close_stage(void **state)
{
	(void)state;
	if (stage)
		stage_free(stage);
	stage = NULL;
	return 0;
}

static int make_file(void **state)
{
	int descriptor = mkstemp(path);

	(void)state;
	return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_script(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static const char *const seeded[] = {"seed", "5", NULL};
static const char *const scripted[] = {"script", path, NULL};

static void a_session_begins_with_a_greeting_and_ends_with_a_farewell(void **state)
{
	struct actor *actor = visit(seeded);

	(void)state;
	assert_int_equal(text_occurrences(actor->got.bytes, "\n"), 1);
	actor_forget(actor);
	actor_say(actor, "I am sad.\n\n \n???\n");
	assert_int_equal(text_occurrences(actor->got.bytes + actor->seen, "\n"), 4);
	actor_forget(actor);
	actor_say(actor, "Bye!\nstill there\n");
	assert_int_equal(text_occurrences(actor->got.bytes + actor->seen, "\n"), 1);
	actor_forget(actor);
	actor_expect_closed(actor, CLOSE_DONE);
}

static void the_end_of_the_stream_ends_a_session(void **state)
{
	struct actor *actor = visit(seeded);

	(void)state;
	actor_forget(actor);
	actor_say(actor, "what now");
	actor_end(actor);
	assert_int_equal(text_occurrences(actor->got.bytes + actor->seen, "\n"), 1);
	actor_forget(actor);
	actor_expect_closed(actor, CLOSE_ENDED);
}

static void patients_are_alone(void **state)
{
	struct actor *first = visit(seeded), *second = actor_join(stage);

	(void)state;
	assert_string_equal(first->got.bytes, second->got.bytes);
	actor_say(first, "My cat is grey.\n");
	actor_say(second, "Well.\nWell.\nWell.\nWell.\n");
	actor_say(first, "Well.\nWell.\n");
	assert_null(strstr(second->got.bytes, "cat"));
	assert_non_null(strstr(first->got.bytes, "your cat is grey"));
}

static void a_script_takes_the_place_of_our_rules(void **state)
{
	(void)state;
	write_script("(Good day.) START (NONE ((0) (I see)))\n(rain 3 ((0 rain 0) (1 3)))");
	struct actor *actor = visit(scripted);
	actor_expect(actor, "GOOD DAY.\n");
	actor_say(actor, "well\nheavy rain again\nQuit\n");
	actor_expect(actor, "I SEE\nHEAVY AGAIN\nGOODBYE\n");
	actor_expect_closed(actor, CLOSE_DONE);
	assert_non_null(strstr(stage_log.bytes, "rain (precedence 3) (0 rain 0) 1 of 1"));
}

/* What start complains of. */
static const char *complaint_of(const char *file)
{
	static char complaint[256];
	const char *const changes[] = {"script", file, NULL};
	void *options = protocol_options(doctor(), changes);
	char *memory = calloc(1, doctor()->service_state);

	assert_non_null(memory);
	complaint[0] = '\0';
	const char *result = doctor()->start(memory, options, complaint);
	assert_ptr_equal(result, complaint);
	doctor()->stop(memory);
	free(memory);
	free(options);
	return complaint;
}

static void faulty_scripts_are_refused(void **state)
{
	char expected[256];

	(void)state;
	write_script("(HI)\nSTART\n (NONE ((0 (A)) (B)))");
	snprintf(expected, sizeof(expected),
		 "%s, line 3, column 13: \"A\" stands where *WORD or /TAG should", path);
	assert_string_equal(complaint_of(path), expected);
	assert_string_equal(
		complaint_of("/tmp/does/not/exist"),
		"cannot read the script /tmp/does/not/exist: No such file or directory");
	assert_string_equal(complaint_of("/tmp"), "cannot read the script /tmp: Is a directory");
	assert_string_equal(complaint_of("/dev/zero"),
			    "/dev/zero: a script has at most 262144 bytes");
	assert_non_null(strstr(complaint_of("/dev/null"), "line 1, column 1: the script ends"));
}

static void the_client_is_a_keyboard_and_a_screen(void **state)
{
	(void)state;
	stage = stage_new(doctor(), &(struct stage_settings){.client = true});
	struct actor *actor = actor_join(stage);
	assert_string_equal(actor->prompt, "> ");
	actor_say(actor, "Hello.\n");
	assert_string_equal(actor->shown.bytes, "Hello.\n");
	actor_type(actor, "I am sad");
	actor_type(actor, "");
	actor_expect(actor, "I am sad\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_session_begins_with_a_greeting_and_ends_with_a_farewell,
					  close_stage),
		cmocka_unit_test_teardown(the_end_of_the_stream_ends_a_session, close_stage),
		cmocka_unit_test_teardown(patients_are_alone, close_stage),
		cmocka_unit_test_teardown(a_script_takes_the_place_of_our_rules, close_stage),
		cmocka_unit_test(faulty_scripts_are_refused),
		cmocka_unit_test_teardown(the_client_is_a_keyboard_and_a_screen, close_stage),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
