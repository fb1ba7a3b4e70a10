/*
 * Where a report goes, and what is told if it does not get there.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "bench/outputs.h"

static int answer(void *what, enum output output, FILE *file)
{
	(void)file;
	/* What the failing file left behind, or some earlier call. */
	errno = ENOSPC;
	return output == OUTPUT_SVG ? *(int *)what : 0;
}

static void check_failure(int status, const char *expected)
{
	struct bench_options options = {.svg = "/dev/null"};
	struct outputs outputs;
	struct error error;

	assert_int_equal(outputs_choose(&outputs, &options, &error), 0);
	assert_true(outputs_write(&outputs, answer, &status, &error) < 0);
	assert_string_equal(error.text, expected);
}

static void test_failures(void **state)
{
	(void)state;
	check_failure(-ENOMEM, "write /dev/null: cannot allocate memory");
	check_failure(-EIO, "write /dev/null: no space left on device");
}

static void test_unwritable(void **state)
{
	struct bench_options options = {.svg = "/dev/null", .html = "/no/such/place"};
	struct outputs outputs;
	struct error error;

	(void)state;
	assert_int_equal(outputs_choose(&outputs, &options, &error), -ENOENT);
	assert_string_equal(error.text, "open /no/such/place: no such file or directory");
	options.html = "/tmp";
	assert_int_equal(outputs_choose(&outputs, &options, &error), -EISDIR);
	assert_string_equal(error.text, "open /tmp: is a directory");
}

/* A measurement that comes to nothing does not cost the report of an earlier one. */
static void test_earlier_report(void **state)
{
	char path[] = "/tmp/outputs-test.XXXXXX", text[8] = "";
	struct bench_options options = {.svg = path};
	struct outputs outputs;
	struct error error;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "earlier", 7), 7);
	assert_int_equal(outputs_choose(&outputs, &options, &error), 0);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 7);
	assert_string_equal(text, "earlier");
	close(fd);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_earlier_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
