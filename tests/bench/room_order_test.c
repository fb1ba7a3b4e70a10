/*
 * The one order of a chat room: agreement, and every way not to agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/room_order.h"

enum { SIZE = 20, IN_FLIGHT = 4 };

static const char names[2][ROOM_NAME] = {"Ada", "Grace"};

/* Prepares for speakers who may have said anything. */
static int make(struct order *order)
{
	if (order_make(order, 2, 3, SIZE, IN_FLIGHT))
		return -1;
	for (int i = 0; i < 2; i++) {
		strcpy(order->names[i], names[i]);
		order->said_by[i] = UINT64_MAX;
	}
	return 0;
}

static int begin(void **state)
{
	struct order *order = malloc(sizeof(*order));

	*state = order;
	return make(order);
}

static int end(void **state)
{
	order_free(*state);
	free(*state);
	return 0;
}

static size_t line(char *out, const char *name, unsigned long long number)
{
	return (size_t)sprintf(out, "%s: %016llxxxx\n", name, number);
}

/* Takes a line of a speaker at a place; the place after it, or 0 if it was refused. */
static uint64_t take(struct order *order, uint64_t place, const char *name,
		     unsigned long long number)
{
	char text[64];
	size_t length, n = line(text, name, number);

	return order_take(order, place, text, n, &length) ? 0 : place + n;
}

static void test_agreement(void **state)
{
	struct order *order = *state;
	uint64_t place = take(order, 0, "Ada", 0);

	assert_int_not_equal(place, 0);
	place = take(order, place, "Grace", 0);
	place = take(order, place, "Ada", 1);
	assert_int_equal(order->said_count, 3);
	assert_int_equal(order_said(order, 1)->speaker, 1);
	assert_int_equal(order_said(order, 2)->number, 1);
	/* Three listeners and the other speaker are to receive it. */
	assert_int_equal(order_said(order, 2)->missing, 4);
	assert_int_equal(order_said(order, 2)->end, place);
	/* Another one reads the same. */
	assert_int_not_equal(take(order, 0, "Ada", 0), 0);
	assert_int_equal(order->said_count, 3);
}

/* Pieces end anywhere, and whoever is ahead lengthens the order. */
static void test_pieces(void **state)
{
	struct order *order = *state;
	char text[128];
	size_t length, n = line(text, "Ada", 0);

	n += line(text + n, "Grace", 0);
	for (size_t i = 0; i < n; i++)
		assert_null(order_take(order, i, text + i, 1, &length));
	assert_int_equal(order->said_count, 2);
	assert_null(order_take(order, 0, text, n - 1, &length));
	assert_null(order_take(order, n - 1, text + n - 1, 1, &length));
	/* One that is behind and gets more than is known. */
	n += line(text + n, "Ada", 1);
	assert_null(order_take(order, 10, text + 10, n - 10, &length));
	assert_int_equal(order->said_count, 3);
}

/* Many more lines than the rings hold. */
static void test_rings(void **state)
{
	struct order *order = *state;
	uint64_t ahead = 0, behind = 0;

	for (unsigned long long i = 0; i < 10000; i++) {
		ahead = take(order, ahead, names[i % 2], i / 2);
		assert_int_not_equal(ahead, 0);
		behind = take(order, behind, names[i % 2], i / 2);
		assert_int_equal(behind, ahead);
	}
	assert_int_equal(order->said_count, 10000);
}

static void test_other_order(void **state)
{
	struct order *order = *state;
	char text[64];
	size_t length, n;
	uint64_t number;

	take(order, take(order, 0, "Ada", 0), "Grace", 0);
	n = line(text, "Grace", 0);
	const char *found = order_take(order, 0, text, n, &length);
	assert_ptr_equal(found, text);
	assert_int_equal(length, n - 1);
	/* It is a line of the load all the same. */
	assert_int_equal(order_read(order, found, length, &number), 1);
}

static void test_lost_and_repeated(void **state)
{
	struct order *order = *state;
	uint64_t place = take(order, 0, "Ada", 0);

	assert_int_equal(take(order, place, "Ada", 2), 0);
	order_free(order);
	assert_int_equal(make(order), 0);
	place = take(order, 0, "Ada", 0);
	assert_int_equal(take(order, place, "Ada", 0), 0);
}

/* Nobody but the speakers lengthens the order. */
static void test_not_said(void **state)
{
	struct order *order = *state;

	order->said_by[0] = 1;
	uint64_t place = take(order, 0, "Ada", 0);
	assert_int_not_equal(place, 0);
	char text[64];
	size_t length, n = line(text, "Ada", 1);
	assert_ptr_equal(order_take(order, place, text, n, &length), text);
	assert_int_equal(length, n - 1);
	assert_int_equal(order->said_count, 1);
}

static void assert_foreign(struct order *order, const char *text)
{
	size_t length;
	uint64_t number;
	const char *found = order_take(order, order->end, text, strlen(text), &length);

	assert_non_null(found);
	assert_true(order_read(order, found, length, &number) < 0);
}

static void test_foreign_lines(void **state)
{
	static const char *const lines[] = {
		"Mallory: 0000000000000000xxx\n",
		"Ada has left the chat.\n",
		"Ada: 0000000000000000xxy\n",
		"Ada: 000000000000000gxxx\n",
		"Ada: 0000000000000000xx\n",
		"\n",
		"a line that goes on and on and does not end where it should, and then some more",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_foreign(*state, lines[i]);
		end(state);
		begin(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_agreement, begin, end),
		cmocka_unit_test_setup_teardown(test_pieces, begin, end),
		cmocka_unit_test_setup_teardown(test_rings, begin, end),
		cmocka_unit_test_setup_teardown(test_other_order, begin, end),
		cmocka_unit_test_setup_teardown(test_lost_and_repeated, begin, end),
		cmocka_unit_test_setup_teardown(test_not_said, begin, end),
		cmocka_unit_test_setup_teardown(test_foreign_lines, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
