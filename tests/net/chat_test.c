/*
 * The chat room under every model with one event loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sockettool/model.h"
#include "support/net.h"
#include "support/net_chat.h"
#include "support/program.h"

static int end_servers(void **state)
{
	(void)state;
	program_free_all();
	return 0;
}

static void (*chosen)(const char *const options[]);

static void run(const struct model *model)
{
	if ((model->abilities & MODEL_SHARED) && (model->abilities & MODEL_WORKERS))
		chosen((const char *[]){"--model", model->name, NULL});
}

static void with_each(void (*test)(const char *const options[]))
{
	chosen = test;
	net_each_model(run);
}

static void test_order(void **state)
{
	(void)state;
	with_each(net_chat_order);
}

static void test_silent_reader(void **state)
{
	(void)state;
	with_each(net_chat_silent_reader);
}

static void test_slow_reader(void **state)
{
	(void)state;
	with_each(net_chat_slow_reader);
}

static void test_taken_name(void **state)
{
	(void)state;
	with_each(net_chat_taken_name);
}

static void test_freed_name(void **state)
{
	(void)state;
	with_each(net_chat_freed_name);
}

static void test_coming_and_going(void **state)
{
	(void)state;
	with_each(net_chat_coming_and_going);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_order, end_servers),
		cmocka_unit_test_teardown(test_silent_reader, end_servers),
		cmocka_unit_test_teardown(test_slow_reader, end_servers),
		cmocka_unit_test_teardown(test_taken_name, end_servers),
		cmocka_unit_test_teardown(test_freed_name, end_servers),
		cmocka_unit_test_teardown(test_coming_and_going, end_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
