/* Loading shared libraries: what is found, and what is said of what is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/error.h"
#include "base/shared_library.h"

#define LIBM_FUNCTIONS(USE) USE(sqrt) USE(cbrt)

static struct {
	LIBM_FUNCTIONS(SHARED_LIBRARY_MEMBER)
} libm;

static const char *const names[] = {LIBM_FUNCTIONS(SHARED_LIBRARY_NAME)};

static void test_functions_are_found(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(shared_library_load("libm.so.6", "libc6", names, &libm, 2, &error), 0);
	assert_true(libm.sqrt(9) == 3 && libm.cbrt(8) == 2);
}

static void test_what_is_missing_is_named(void **state)
{
	static const char *const unknown[] = {"sqrt", "no_such_function"};
	struct error error = {0};

	(void)state;
	assert_int_equal(shared_library_load("libnone.so.0", "libnone0", names, &libm, 2, &error),
			 -ENOENT);
	assert_int_equal(error.status, STATUS_UNREACHABLE);
	assert_non_null(strstr(error.text, "install the package libnone0: libnone.so.0"));
	assert_int_equal(shared_library_load("libm.so.6", "libc6", unknown, &libm, 2, &error),
			 -ENOENT);
	assert_non_null(strstr(error.text, "no_such_function"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions_are_found),
		cmocka_unit_test(test_what_is_missing_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
