/*
 * Suggestions: the distance between names, and which of them is near enough.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "command/suggest.h"

static void distance_counts_the_least_changes(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{"", "", 0},
		{"echo", "echo", 0},
		{"ECHO", "echo", 0},
		{"", "abc", 3},
		{"epol", "epoll", 1},
		{"epolll", "epoll", 1},
		{"epokl", "epoll", 1},
		{"eopll", "epoll", 1},
		{"kitten", "sitting", 3},
		/* Restricted: what has been swapped is not changed again. Else it were 2. */
		{"ca", "abc", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(suggest_distance(cases[i].a, cases[i].b), cases[i].distance);
		assert_int_equal(suggest_distance(cases[i].b, cases[i].a), cases[i].distance);
	}
}

static void long_texts_are_at_no_distance(void **state)
{
	char longest[SUGGEST_LONGEST + 1], too_long[SUGGEST_LONGEST + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[SUGGEST_LONGEST] = '\0';
	memset(too_long, 'a', sizeof(too_long));
	too_long[SUGGEST_LONGEST + 1] = '\0';
	assert_int_equal(suggest_distance(longest, "b"), SUGGEST_LONGEST);
	assert_int_equal(suggest_distance(longest, longest), 0);
	assert_true(suggest_distance(too_long, too_long) == SIZE_MAX);
	assert_true(suggest_distance("b", too_long) == SIZE_MAX);
}

static const char *nearest(const char *typed)
{
	static const char *const names[] = {"serve", "connect",    "list",    "resolve", "echo",
					    "chat",  "quit-after", "daytime", "poll",    "epoll"};
	struct suggestion suggestion = {.typed = typed};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		suggest_offer(&suggestion, names[i]);
	return suggestion.best;
}

static void the_nearest_name_is_suggested(void **state)
{
	(void)state;
	assert_string_equal(nearest("srve"), "serve");
	assert_string_equal(nearest("CONECT"), "connect");
	assert_string_equal(nearest("chta"), "chat");
	assert_string_equal(nearest("dyatiem"), "daytime");
	assert_string_equal(nearest("epol"), "epoll");
	assert_string_equal(nearest("quit"), "quit-after");
	assert_string_equal(nearest("quot-aftre"), "quit-after");
}

static void far_names_are_not_suggested(void **state)
{
	char huge[10000];

	(void)state;
	memset(huge, 'e', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	assert_null(nearest(""));
	assert_null(nearest("x"));
	assert_null(nearest("ab"));
	assert_null(nearest("ecxy"));
	assert_null(nearest("frobnicate"));
	assert_null(nearest(huge));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_the_least_changes),
		cmocka_unit_test(long_texts_are_at_no_distance),
		cmocka_unit_test(the_nearest_name_is_suggested),
		cmocka_unit_test(far_names_are_not_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
