/*
 * qotd: quotations under 512 characters, a file of them, and what may be wrong with it.
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

static char path[64];

/* A file with that content, in place of the last one. */
static const char *file_of(const char *content, size_t n)
{
	snprintf(path, sizeof(path), "/tmp/sockettool-qotd-%d", (int)getpid());
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	return path;
}

static int remove_file(void **state)
{
	(void)state;
	if (path[0])
		unlink(path);
	return 0;
}

static struct stage *stage_of(const char *quotes, bool crlf)
{
	const char *const options[] = {"quotes", quotes, NULL};

	return stage_new(
		protocol_find("qotd"),
		&(struct stage_settings){.crlf = crlf, .options = quotes ? options : NULL});
}

/* What the start says about the file, "" if nothing. */
static const char *complaint_about(const char *quotes)
{
	static char complaint[256];
	const struct protocol *qotd = protocol_find("qotd");
	const char *const changes[] = {"quotes", quotes, NULL};
	void *options = protocol_options(qotd, changes);
	void *memory = test_calloc(1, qotd->service_state);
	const char *wrong = qotd->start(memory, options, complaint);

	qotd->stop(memory);
	test_free(memory);
	free(options);
	return wrong ? wrong : "";
}

static void expect_complaint(const char *quotes, const char *end)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "--quotes %s%s", quotes, end);
	assert_string_equal(complaint_about(quotes), wanted);
}

/* --- The server. --- */

static void one_quotation_and_the_end(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct stage *stage = stage_of(NULL, false);
		stage->now += i * 1000;
		struct actor *actor = actor_join(stage);
		assert_in_range(actor->got.n, 2, 511);
		assert_int_equal(actor->got.bytes[actor->got.n - 1], '\n');
		actor_forget(actor);
		actor_expect_closed(actor, CLOSE_DONE);
		stage_free(stage);
	}
}

/* Every quotation of the file comes up, none besides, and each just as it stands there. */
static void the_quotations_of_a_file(void **state)
{
	static const char content[] = "One line.\n%\nTwo\n\tlines.\n%\n%\n% no mark\n100%\n%\r\n"
				      "Carriage\r\nreturns\r\n%\r\nThe last, without an end";
	static const char *const quotes[] = {"One line.\n", "Two\n\tlines.\n", "% no mark\n100%\n",
					     "Carriage\r\nreturns\n", "The last, without an end\n"};
	int seen[5] = {0};
	struct stage *stage = stage_of(file_of(content, sizeof(content) - 1), false);

	(void)state;
	for (int turn = 0; turn < 300; turn++) {
		struct actor *actor = actor_join(stage);
		int found = -1;
		for (int i = 0; i < 5; i++) {
			if (strcmp(actor->got.bytes, quotes[i]) == 0)
				found = i;
		}
		if (found < 0)
			fail_msg("nobody wrote \"%s\"", actor->got.bytes);
		seen[found]++;
		stage_pass(stage, 12345);
	}
	for (int i = 0; i < 5; i++)
		assert_in_range(seen[i], 20, 120);
	stage_free(stage);
}

static void crlf_ends_it(void **state)
{
	struct stage *stage = stage_of(file_of("short\n", 6), true);
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_expect(actor, "short\r\n");
	actor_expect_closed(actor, CLOSE_DONE);
	stage_free(stage);
}

/* With a line end of two bytes the longest has 511. */
static void the_longest(void **state)
{
	char content[600];

	(void)state;
	memset(content, 'x', sizeof(content));
	struct stage *stage = stage_of(file_of(content, 509), true);
	struct datagram_desk *desk = stage_desk(stage);
	struct heap_text answer = {0};
	size_t size = 0;
	assert_int_equal(desk_ask(desk, "", 0, &answer, &size, 1), 1);
	assert_int_equal(size, 511);
	heap_text_free(&answer);
	datagram_desk_free(desk);
	stage_free(stage);
	memcpy(content, "short\n%\n", 8);
	expect_complaint(file_of(content, 8 + 510),
			 ": quotation 2 is longer than 509 bytes (RFC 865 allows fewer than 512 "
			 "with the line end)");
}

static void datagrams(void **state)
{
	struct stage *stage = stage_of(file_of("a\nb\n%\n", 6), false);
	struct datagram_desk *desk = stage_desk(stage);

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct heap_text answer = {0};
		size_t size = 0;
		assert_int_equal(desk_ask(desk, "??", n, &answer, &size, 1), 1);
		assert_string_equal(answer.bytes, "a\nb\n");
		heap_text_free(&answer);
	}
	datagram_desk_free(desk);
	stage_free(stage);
}

/* --- What may be wrong with the file. --- */

static void files_without_quotations(void **state)
{
	(void)state;
	expect_complaint(file_of("", 0), " has no quotations");
	expect_complaint(file_of("%\n\n%\n\r\n%\n", 9), " has no quotations");
	expect_complaint(file_of("\n\n", 2), " has no quotations");
}

static void files_that_cannot_be_read(void **state)
{
	(void)state;
	expect_complaint("/nowhere/quotes", " cannot be read: No such file or directory");
	expect_complaint("/tmp", " cannot be read: Is a directory");
}

static void a_file_too_large(void **state)
{
	(void)state;
	file_of("", 0);
	assert_int_equal(truncate(path, 16 * 1024 * 1024 + 1), 0);
	expect_complaint(path, " cannot be read: it is larger than 16 MiB");
}

static void a_long_name_of_a_file(void **state)
{
	char name[1000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(strlen(complaint_about(name)), 255);
}

/* --- The client. --- */

static void the_client_shows_it(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("qotd"), &(struct stage_settings){.client = true});
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_expect_silence(actor);
	actor_say(actor, "two\r\nlines\n");
	actor_end(actor);
	assert_string_equal(actor->shown.bytes, "two\nlines\n");
	assert_int_equal(actor->reason, CLOSE_ENDED);
	assert_null(actor->failure);
	stage_free(stage);
}

static void the_client_is_told_nothing(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("qotd"), &(struct stage_settings){.client = true});
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_end(actor);
	assert_string_equal(actor->failure, "the server closed without a quotation");
	stage_free(stage);
}

static void the_client_of_datagrams(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("qotd"), &(struct stage_settings){.client = true});

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	assert_int_equal(actor->datagrams, 1);
	actor_expect_silence(actor);
	actor_say(actor, "two\nlines\n");
	assert_null(actor->connection);
	assert_string_equal(actor->shown.bytes, "two\nlines\n");
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_quotation_and_the_end),
		cmocka_unit_test_teardown(the_quotations_of_a_file, remove_file),
		cmocka_unit_test_teardown(crlf_ends_it, remove_file),
		cmocka_unit_test_teardown(the_longest, remove_file),
		cmocka_unit_test_teardown(datagrams, remove_file),
		cmocka_unit_test_teardown(files_without_quotations, remove_file),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test_teardown(a_file_too_large, remove_file),
		cmocka_unit_test(a_long_name_of_a_file),
		cmocka_unit_test(the_client_shows_it),
		cmocka_unit_test(the_client_is_told_nothing),
		cmocka_unit_test(the_client_of_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
