/*
 * daytime: its styles and its farewell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/stage.h"

/* What a caller gets before the server closes. */
static void check(const struct stage_settings *settings, const char *zone, time_t wall,
		  const char *expected)
{
	struct stage *stage = stage_new(protocol_find("daytime"), settings);

	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
	stage->wall = wall;
	struct actor *actor = actor_join(stage);
	actor_expect(actor, expected);
	actor_expect_closed(actor, CLOSE_DONE);
	/* What the caller sends is thrown away, and nothing is answered. */
	actor_say(actor, "anything\n");
	actor_end(actor);
	actor_expect_silence(actor);
	assert_null(actor->connection);
	stage_free(stage);
}

#define OPTIONS(...)                             \
	{                                        \
		.options = (const char *const[]) \
		{                                \
			__VA_ARGS__, NULL        \
		}                                \
	}

static void styles(void **state)
{
	const struct stage_settings rfc = OPTIONS("style", "rfc", "farewell", ""),
				    iso = OPTIONS("style", "iso", "farewell", ""),
				    bare = OPTIONS("style", "ctime", "farewell", "");

	(void)state;
	check(&rfc, "UTC", STAGE_WALL, "Friday, November 20, 2026 22:57:00-UTC\n");
	check(&iso, "UTC", STAGE_WALL, "2026-11-20T22:57:00+00:00\n");
	check(&bare, "UTC", STAGE_WALL, "Fri Nov 20 22:57:00 2026\n");
	/* Local time, and ctime's blank before a day of one digit. */
	check(&bare, "IST-5:30", STAGE_WALL, "Sat Nov 21 04:27:00 2026\n");
	check(&iso, "IST-5:30", STAGE_WALL, "2026-11-21T04:27:00+05:30\n");
	check(&iso, "NST3:30", STAGE_WALL, "2026-11-20T19:27:00-03:30\n");
	check(&rfc, "PST8", STAGE_WALL, "Friday, November 20, 2026 14:57:00-PST\n");
	check(&bare, "UTC", 0, "Thu Jan  1 00:00:00 1970\n");
	check(&bare, "UTC", 4294967296 + 1, "Sun Feb  7 06:28:17 2106\n");
}

static void farewells(void **state)
{
	const struct stage_settings raw = {.raw = true}, crlf = {.crlf = true};
	const struct stage_settings other = OPTIONS("farewell", "100% \xc3\xa9 %s");

	(void)state;
	check(&other, "UTC", STAGE_WALL, "Fri Nov 20 22:57:00 2026\n100% \xc3\xa9 %s\n");
	check(&raw, "UTC", STAGE_WALL, "Fri Nov 20 22:57:00 2026\nHave a nice day!");
	check(&crlf, "UTC", STAGE_WALL, "Fri Nov 20 22:57:00 2026\r\nHave a nice day!\r\n");
}

static void the_client_shows_lines(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("daytime"), &(struct stage_settings){.client = true});
	struct actor *actor = actor_join(stage);

	(void)state;
	actor_expect_silence(actor);
	actor_say(actor, "Fri Nov 20 22:57:00 2026\nHave a");
	actor_say(actor, " nice day!");
	actor_end(actor);
	assert_string_equal(actor->shown.bytes, "Fri Nov 20 22:57:00 2026\nHave a nice day!\n");
	assert_null(actor->connection);
	assert_null(actor->failure);
	stage_free(stage);
}

static void the_client_over_datagrams(void **state)
{
	struct stage *stage =
		stage_new(protocol_find("daytime"), &(struct stage_settings){.client = true});

	(void)state;
	stage->datagrams = true;
	struct actor *actor = actor_join(stage);
	assert_int_equal(actor->datagrams, 1);
	actor_say(actor, "Fri Nov 20 22:57:00 2026\nHave a nice day!\n");
	assert_string_equal(actor->shown.bytes, "Fri Nov 20 22:57:00 2026\nHave a nice day!\n");
	assert_null(actor->connection);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(styles),
		cmocka_unit_test(farewells),
		cmocka_unit_test(the_client_shows_lines),
		cmocka_unit_test(the_client_over_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
