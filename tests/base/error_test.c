/*
 * Errors: the sentence, the status and what is returned.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "sockettool/text.h"

static void usage_error(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_usage(&error, "unknown option --%s", "prot"), -EINVAL);
	assert_int_equal(error.status, STATUS_USAGE);
	assert_string_equal(error.text, "unknown option --prot");
}

static void error_with_a_status(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_set(&error, STATUS_TIMEOUT, ETIMEDOUT, "no reply in %d s", 5),
			 -ETIMEDOUT);
	assert_int_equal(error.status, STATUS_TIMEOUT);
	assert_string_equal(error.text, "no reply in 5 s");
}

static void error_of_the_system(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_system(&error, EACCES, "bind %s", "0.0.0.0:80"), -EACCES);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	assert_string_equal(error.text, "bind 0.0.0.0:80: permission denied");
}

static void an_error_may_quote_itself(void **state)
{
	struct error error;

	(void)state;
	error_system(&error, ECONNREFUSED, "127.0.0.1");
	error_set(&error, STATUS_UNREACHABLE, ECONNREFUSED, "connect: %s", error.text);
	assert_string_equal(error.text, "connect: 127.0.0.1: connection refused");
	error_system(&error, EIO, "%s", error.text);
	assert_string_equal(error.text,
			    "connect: 127.0.0.1: connection refused: input/output error");
}

static void long_texts_are_cut(void **state)
{
	struct error error;
	char name[1000] = "";

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	error_usage(&error, "%s", name);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
	assert_string_equal(error.text + strlen(error.text) - 4, "x...");

	error_system(&error, ENOENT, "open %s", name);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
	assert_memory_equal(error.text, "open xxx", 8);
	assert_string_equal(strstr(error.text, "x..."), "x...: no such file or directory");
}

static void a_text_that_just_fits_is_whole(void **state)
{
	struct error error;
	char name[sizeof(error.text)] = "";

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	error_usage(&error, "%s", name);
	assert_string_equal(error.text, name);
}

static void no_character_is_cut_in_two(void **state)
{
	struct error error;
	char name[1000];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		size_t n = shift;

		memset(name, 'x', shift);
		for (; n + 4 < sizeof(name); n += 4)
			memcpy(name + n, "\xf0\x9f\x98\x80", 4);
		name[n] = '\0';
		error_usage(&error, "%s", name);
		assert_true(text_valid(error.text, strlen(error.text)));
		assert_in_range(strlen(error.text), sizeof(error.text) - 4, sizeof(error.text) - 1);
	}
}

static void reasons_begin_small(void **state)
{
	(void)state;
	assert_string_equal(error_reason(ECONNREFUSED), "connection refused");
	assert_string_equal(error_reason(EADDRINUSE), "address already in use");
	assert_string_equal(error_reason(ENOMEM), "cannot allocate memory");
	for (int code = 1; code < 134; code++) {
		const char *reason = error_reason(code);

		assert_true(!isupper((unsigned char)reason[0]) ||
			    isupper((unsigned char)reason[1]));
		assert_true(strlen(reason) > 3);
	}
}

static void unknown_codes_are_named(void **state)
{
	(void)state;
	assert_string_equal(error_reason(99999), "unknown error 99999");
	assert_string_equal(error_reason(-2), "unknown error -2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage_error),
		cmocka_unit_test(error_with_a_status),
		cmocka_unit_test(error_of_the_system),
		cmocka_unit_test(an_error_may_quote_itself),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(a_text_that_just_fits_is_whole),
		cmocka_unit_test(no_character_is_cut_in_two),
		cmocka_unit_test(reasons_begin_small),
		cmocka_unit_test(unknown_codes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
