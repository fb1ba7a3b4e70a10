/*
 * Strangers' bytes inside of markup.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/markup.h"

static void assert_markup(const char *text, const char *expected)
{
	char *out;
	size_t n;
	FILE *file = open_memstream(&out, &n);

	assert_non_null(file);
	markup_text(file, text);
	fclose(file);
	assert_string_equal(out, expected);
	free(out);
}

static void nothing_ends_the_element(void **state)
{
	(void)state;
	assert_markup("a < b & \"c\" > 'd'", "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
	assert_markup("&amp;", "&amp;amp;");
	assert_markup("µ 日本", "µ 日本");
}

static void what_xml_cannot_hold_is_replaced(void **state)
{
	(void)state;
	assert_markup("\x1b[0m\n\x7f", "\\x1b[0m\\x0a\\x7f");
	assert_markup("\xff\xc2", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_markup("\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_ends_the_element),
		cmocka_unit_test(what_xml_cannot_hold_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
