/*
 * What a stream load sends and expects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/tape.h"

static struct tape make(const char *protocol, size_t size)
{
	struct plan plan = {.protocol = protocol_find(protocol), .size = size, .pipeline = 4};
	struct tape tape;

	assert_int_equal(tape_make(&tape, &plan), 0);
	return tape;
}

/* A piece of the reel may begin anywhere and run over the end of the cycle. */
static void assert_closed(const struct reel *reel, size_t overlap)
{
	for (size_t i = 0; i < overlap; i++)
		assert_int_equal(reel->bytes[reel->cycle + i], reel->bytes[i]);
}

static void test_echo(void **state)
{
	static const size_t sizes[] = {1, 2, 64, 1000, 65536, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tape tape = make("echo", sizes[i]);
		assert_true(tape.count >= 2);
		assert_int_equal(tape.requests.cycle, tape.count * sizes[i]);
		assert_int_equal(tape.requests.marks[tape.count], tape.requests.cycle);
		assert_memory_equal(tape.requests.bytes, tape.answers.bytes, tape.requests.cycle);
		assert_closed(&tape.requests, TAPE_SEND_MAX);
		assert_closed(&tape.answers, TAPE_COMPARE_MAX);
		tape_free(&tape);
	}
}

/* For servers that echo lines, a message is one line. */
static void test_echo_of_lines(void **state)
{
	struct tape tape = make("echo", 64);

	(void)state;
	for (size_t i = 0; i < tape.count; i++) {
		const char *message = tape.requests.bytes + tape.requests.marks[i];
		assert_ptr_equal(memchr(message, '\n', 64), message + 63);
	}
	/* An answer to the message before it would be noticed. */
	assert_memory_not_equal(tape.requests.bytes, tape.requests.bytes + 64, 64);
	tape_free(&tape);
}

static void test_exchanges(void **state)
{
	struct tape tape = make("calc", 64);
	const struct exchange *exchanges = protocol_find("calc")->workload->exchanges;

	(void)state;
	for (size_t i = 0; i < tape.count; i++) {
		const char *request = tape.requests.bytes + tape.requests.marks[i];
		size_t n = strlen(exchanges[i].request);
		assert_memory_equal(request, exchanges[i].request, n);
		assert_int_equal(request[n], '\n');
		assert_int_equal(tape.requests.marks[i + 1], tape.requests.marks[i] + n + 1);
		n = strlen(exchanges[i].answer);
		assert_memory_equal(tape.answers.bytes + tape.answers.marks[i], exchanges[i].answer,
				    n);
	}
	assert_null(exchanges[tape.count].request);
	assert_closed(&tape.requests, TAPE_SEND_MAX);
	tape_free(&tape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_echo_of_lines),
		cmocka_unit_test(test_exchanges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
