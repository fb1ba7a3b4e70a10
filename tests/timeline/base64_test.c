/*
 * Base64: the examples of RFC 4648 section 10, and what is none.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "timeline/base64.h"

static void the_examples_of_the_rfc(void **state)
{
	static const char *const examples[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		size_t length = strlen(examples[i][0]), n;
		char *text = base64_encode(examples[i][0], length);
		char *bytes = base64_decode(examples[i][1], &n);

		assert_string_equal(text, examples[i][1]);
		assert_int_equal(n, length);
		assert_memory_equal(bytes, examples[i][0], length);
		free(text);
		free(bytes);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const texts[] = {
		"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9!", "Zm 9", "Zm9v=", "Z=g="};
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		errno = 0;
		assert_null(base64_decode(texts[i], &n));
		assert_int_equal(errno, EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfc),
		cmocka_unit_test(what_is_no_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
