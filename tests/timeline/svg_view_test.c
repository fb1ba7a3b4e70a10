/*
 * Pictures: well-formed, harmless, and with the arrows of the join between the right places.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/drawn.h"
#include "support/recording.h"
#include "support/xml.h"
#include "timeline/picture.h"

static struct drawn draw(void (*make)(struct recording *))
{
	struct recording *recording = recording_new();
	struct drawn drawn;

	assert_non_null(recording);
	if (make)
		make(recording);
	drawn = drawn_make(view_svg, recording);
	xml_assert_well_formed(drawn.text);
	assert_null(strstr(drawn.text, "nan"));
	assert_null(strstr(drawn.text, "inf"));
	assert_null(strstr(drawn.text, "<script"));
	assert_null(strstr(drawn.text, "href="));
	return drawn;
}

static bool has_arrow(const char *text, const struct arrow *arrow, size_t index)
{
	char expected[160];

	snprintf(expected, sizeof(expected),
		 "data-arrow=\"%zu\" data-send=\"%d\" data-packet=\"%d\" data-receive=\"%d\">",
		 index, arrow->send, arrow->packet, arrow->receive);
	return strstr(text, expected) != NULL;
}

static void room_of_three(struct recording *recording)
{
	drawn_room(recording, 3, 4, true);
}

static void room_without_wire(struct recording *recording)
{
	drawn_room(recording, 3, 4, false);
}

static void each_arrow_of_the_join_is_drawn_once(void **state)
{
	static void (*const makes[])(struct recording *) = {
		drawn_echo,    drawn_hang,    drawn_datagrams,   drawn_hostile,
		drawn_capture, room_of_three, room_without_wire,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		struct drawn drawn = draw(makes[i]);

		assert_true(drawn.join->arrow_count > 0);
		assert_int_equal(xml_count(drawn.text, "<g class=\"arrow"),
				 drawn.join->arrow_count);
		for (size_t k = 0; k < drawn.join->arrow_count; k++)
			assert_true(has_arrow(drawn.text, &drawn.join->arrows[k], k));
		drawn_free(&drawn);
	}
}

/* The lifeline of a program and the middle of a row, in the picture's own layout. */
static struct picture *lay_out(const struct drawn *drawn)
{
	static const struct view_options options = {.bytes = 64};
	struct picture *picture = picture_make(drawn->recording, drawn->join, &options);

	assert_non_null(picture);
	return picture;
}

static void an_arrow_goes_from_the_send_to_the_receive(void **state)
{
	struct drawn drawn = draw(drawn_echo);
	struct picture *picture = lay_out(&drawn);
	size_t seen = 0;

	(void)state;
	assert_true(picture->columns[0].line < picture->columns[1].left);
	assert_true(picture->columns[2].left < picture->columns[2].line);
	for (size_t i = 0; i < picture->arrow_count; i++) {
		const struct picture_arrow *arrow = &picture->arrows[i];
		char way[64], head[64];

		snprintf(way, sizeof(way), "d=\"M%.1f %.1f", picture->columns[arrow->from].line,
			 picture->y[arrow->rows[0]]);
		snprintf(head, sizeof(head), "class=\"head\" transform=\"translate(%.1f %.1f)\"",
			 picture->columns[arrow->to].line, picture->y[arrow->rows[2]]);
		assert_non_null(strstr(drawn.text, way));
		assert_non_null(strstr(drawn.text, head));
		if (arrow->of.length == 0)
			continue;
		seen++;
		assert_int_equal(arrow->rows[0], picture->rows->row_of_entry[arrow->of.send]);
		assert_int_equal(arrow->rows[2], picture->rows->row_of_return[arrow->of.receive]);
		assert_true(arrow->rows[2] > arrow->rows[1]);
	}
	assert_int_equal(seen, 2);
	assert_non_null(strstr(drawn.text, ">PSH 12 &quot;Hello, world&quot;<"));
	assert_non_null(strstr(drawn.text, ">SYN ACK<"));
	assert_non_null(strstr(drawn.text, ">client.py:12 send(3, "));
	picture_free(picture);
	drawn_free(&drawn);
}

static void what_waits_for_ever_is_told_twice(void **state)
{
	struct drawn drawn = draw(drawn_hang);

	(void)state;
	assert_int_equal(xml_count(drawn.text, "class=\"bar waits stuck"), 2);
	assert_int_equal(xml_count(drawn.text, "<text class=\"stuck\""), 2);
	assert_non_null(
		strstr(drawn.text, ">server: still waiting in recv(3) from 127.0.0.1:51612"));
	assert_int_equal(xml_count(drawn.text, " unread c0\""), 1);
	drawn_free(&drawn);
}

static void crowd(struct recording *recording)
{
	made_program(recording, "server", "./server", true);
	made_socket(recording, 0, SOCK_STREAM, "127.0.0.1:5000", NULL);
	for (int i = 0; i < 200; i++)
		made_call(recording, CALL_ACCEPT, 0, 0, i, NEVER_LEFT, "accept(3)", "")->thread = i;
}

static void many_that_wait_find_room(void **state)
{
	struct drawn drawn = draw(crowd);

	(void)state;
	assert_int_equal(xml_count(drawn.text, "class=\"bar waits stuck"), 200);
	assert_null(strstr(drawn.text, "width=\"-"));
	assert_null(strstr(drawn.text, "width=\"0.0"));
	assert_non_null(strstr(drawn.text, ">... and others<"));
	drawn_free(&drawn);
}

static void lost_datagrams_end_in_a_cross(void **state)
{
	struct drawn drawn = draw(drawn_datagrams);

	(void)state;
	assert_non_null(strstr(drawn.text, " lost c0\""));
	assert_int_equal(xml_count(drawn.text, "class=\"cross\""),
			 xml_count(drawn.text, "<g class=\"arrow lost"));
	assert_int_equal(xml_count(drawn.text, ">192.0.2.53:53<"), 2);
	drawn_free(&drawn);
}

static void what_is_sent_again_is_dashed(void **state)
{
	struct drawn drawn = draw(drawn_trouble);

	(void)state;
	assert_int_equal(xml_count(drawn.text, "<g class=\"arrow again"), 2);
	assert_non_null(strstr(drawn.text, ">retransmitted SYN<"));
	assert_non_null(strstr(drawn.text, ">RST ACK<"));
	/* The command line does not fit: all of it is in a title. */
	assert_non_null(strstr(drawn.text, "<title>./server --with a --very long --command line"));
	drawn_free(&drawn);
}

static void connections_differ_in_colour_and_mark(void **state)
{
	(void)state;
	for (int i = 0; i < 64; i++)
		for (int k = 0; k < i; k++)
			assert_true(i % PICTURE_COLOURS != k % PICTURE_COLOURS ||
				    strcmp(picture_mark(i), picture_mark(k)) != 0);
}

static void nothing_is_drawn_of_nothing(void **state)
{
	struct drawn drawn = draw(NULL);

	(void)state;
	assert_non_null(strstr(drawn.text, "0 calls, 0 packets, 0 connections"));
	drawn_free(&drawn);
}

static void assert_text(const char *text, size_t columns, const char *expected)
{
	char *out;
	size_t n;
	FILE *file = open_memstream(&out, &n);
	bool cut;

	assert_non_null(file);
	cut = picture_put_text(text, columns, file);
	fclose(file);
	assert_string_equal(out, expected);
	assert_int_equal(cut, strcmp(text, expected) != 0);
	free(out);
}

static void long_texts_lose_their_middle(void **state)
{
	(void)state;
	assert_text("send(3) = 12", 12, "send(3) = 12");
	assert_text("abcdefghijklmnopqrstuvwxyz", 20, "abcdefg…opqrstuvwxyz");
	assert_text("日本日本日本日本日本日本", 20, "日本日…日本日本日本");
	assert_text("abcdefgh", 5, "abcd…");
	assert_text("", 0, "");
}

static void packets_are_opened_where_that_is_asked_for(void **state)
{
	struct drawn drawn = drawn_opened(view_svg);

	(void)state;
	xml_assert_well_formed(drawn.text);
	assert_non_null(strstr(drawn.text, "┌─ Ethernet, link layer: 14 bytes of header"));
	assert_non_null(strstr(drawn.text, "│ ┌─ IPv4, network layer: 20 bytes of header"));
	assert_non_null(strstr(drawn.text, "│ │ ┌─ TCP, transport layer: 20 bytes of header"));
	assert_non_null(strstr(drawn.text, "│ │ │ ┌─ data: 12 bytes"));
	drawn_free(&drawn);
}

static void a_full_disk_is_noticed(void **state)
{
	static const struct view_options options = {.bytes = 64};
	struct drawn drawn = draw(drawn_echo);
	FILE *file = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(file);
	assert_int_equal(view_svg(drawn.recording, drawn.join, &options, file), -EIO);
	fclose(file);
	drawn_free(&drawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_arrow_of_the_join_is_drawn_once),
		cmocka_unit_test(an_arrow_goes_from_the_send_to_the_receive),
		cmocka_unit_test(what_waits_for_ever_is_told_twice),
		cmocka_unit_test(many_that_wait_find_room),
		cmocka_unit_test(lost_datagrams_end_in_a_cross),
		cmocka_unit_test(what_is_sent_again_is_dashed),
		cmocka_unit_test(connections_differ_in_colour_and_mark),
		cmocka_unit_test(nothing_is_drawn_of_nothing),
		cmocka_unit_test(long_texts_lose_their_middle),
		cmocka_unit_test(packets_are_opened_where_that_is_asked_for),
		cmocka_unit_test(a_full_disk_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
