/*
 * Pages: whole, harmless, in need of nothing else, and with all that the script and a reader
 * without one want to know.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/drawn.h"
#include "support/recording.h"
#include "support/xml.h"

static const char data_begins[] = "<script type=\"application/json\" id=\"data\">";

/* The page without what is in its script elements. */
static char *without_scripts(const char *page)
{
	char *text = strdup(page), *at = text;

	assert_non_null(text);
	while ((at = strstr(at, "<script")) != NULL) {
		char *begin = strchr(at, '>') + 1, *end = strstr(begin, "</script>");

		assert_non_null(end);
		memmove(begin, end, strlen(end) + 1);
		at = begin;
	}
	return text;
}

static void assert_page(const char *page)
{
	char *text = without_scripts(page);

	xml_assert_well_formed(text);
	assert_int_equal(xml_count(text, "<script"), 2);
	assert_null(strstr(text, "src="));
	assert_null(strstr(text, "<link"));
	assert_null(strstr(text, "url("));
	assert_null(strstr(text, "@import"));
	assert_null(strstr(text, "nan"));
	free(text);
}

static struct drawn draw(void (*make)(struct recording *))
{
	struct recording *recording = recording_new();
	struct drawn drawn;

	assert_non_null(recording);
	if (make)
		make(recording);
	drawn = drawn_make(view_html, recording);
	assert_page(drawn.text);
	return drawn;
}

/* What the script reads. */
static json_t *data_of(const char *page)
{
	const char *begin = strstr(page, data_begins) + strlen(data_begins);
	json_error_t error;
	json_t *data = json_loadb(begin, (size_t)(strstr(begin, "</script>") - begin), 0, &error);

	if (!data)
		fail_msg("%s in line %d", error.text, error.line);
	return data;
}

static void room(struct recording *recording)
{
	drawn_room(recording, 3, 9, true);
}

static void the_script_knows_all(void **state)
{
	struct drawn drawn = draw(room);
	json_t *data = data_of(drawn.text), *call;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(data, "arrows")), drawn.join->arrow_count);
	assert_int_equal(json_array_size(json_object_get(data, "calls")),
			 drawn.recording->call_count);
	assert_int_equal(json_array_size(json_object_get(data, "packets")),
			 drawn.recording->packet_count);
	assert_int_equal(json_array_size(json_object_get(data, "programs")), 4);
	assert_int_equal(json_array_size(json_object_get(data, "connections")), 3);
	for (size_t i = 0; i < drawn.join->arrow_count; i++) {
		json_t *arrow = json_array_get(json_object_get(data, "arrows"), i);

		assert_int_equal(json_integer_value(json_object_get(arrow, "send")),
				 drawn.join->arrows[i].send);
		assert_int_equal(json_integer_value(json_object_get(arrow, "receive")),
				 drawn.join->arrows[i].receive);
	}
	json_decref(data);
	drawn_free(&drawn);

	drawn = draw(drawn_echo);
	data = data_of(drawn.text);
	call = json_array_get(json_object_get(data, "calls"), 9);
	assert_string_equal(json_string_value(json_object_get(call, "name")), "send");
	assert_string_equal(json_string_value(json_object_get(call, "file")), "client.py");
	assert_int_equal(json_integer_value(json_object_get(call, "line")), 12);
	assert_int_equal(json_integer_value(json_object_get(call, "entered")), 33310000);
	assert_string_equal(json_string_value(json_object_get(call, "data")), "SGVsbG8sIHdvcmxk");
	json_decref(data);
	drawn_free(&drawn);
}

static void errors_have_names(void **state)
{
	struct drawn drawn = draw(drawn_trouble);
	json_t *data = data_of(drawn.text);
	json_t *calls = json_object_get(data, "calls");
	json_t *call = json_array_get(calls, json_array_size(calls) - 1);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(call, "error")),
			    "ECONNRESET, connection reset by peer");
	json_decref(data);
	drawn_free(&drawn);
}

static void arrows_are_in_every_band_that_they_cross(void **state)
{
	struct drawn drawn = draw(room);

	(void)state;
	assert_true(xml_count(drawn.text, "<div class=\"band\"") > 3);
	for (size_t i = 0; i < drawn.join->arrow_count; i++) {
		char expected[40];

		snprintf(expected, sizeof(expected), " data-arrow=\"%zu\"", i);
		assert_in_range(xml_count(drawn.text, expected), 1, 2);
	}
	drawn_free(&drawn);
}

static void programs_and_connections_can_be_chosen(void **state)
{
	struct drawn drawn = draw(room);

	(void)state;
	assert_int_equal(xml_count(drawn.text, "name=\"program\" value="), 4);
	assert_int_equal(xml_count(drawn.text, "name=\"connection\" value="), 3);
	assert_non_null(strstr(drawn.text, "<form id=\"controls\" class=\"controls\" hidden="));
	drawn_free(&drawn);
}

static void totals_and_stuck_calls_need_no_script(void **state)
{
	struct drawn drawn = draw(drawn_hang);

	(void)state;
	assert_non_null(strstr(drawn.text, "<h2>Still waiting at the end</h2>"));
	assert_int_equal(xml_count(drawn.text, "<li><a href=\"#waits-"), 2);
	assert_int_equal(xml_count(drawn.text, "id=\"waits-"), 2);
	assert_non_null(
		strstr(drawn.text, "<th scope=\"row\">client 127.0.0.1:51612</th><td>11</td>"));
	drawn_free(&drawn);
}

/* It has listened and never accepts: no call of it waits. */
static void stopped(struct recording *recording)
{
	made_program(recording, "server", "./server", true);
	made_program(recording, "client", "./client", false);
	made_socket(recording, 0, SOCK_STREAM, "127.0.0.1:5000", NULL);
	made_socket(recording, 1, SOCK_STREAM, "127.0.0.1:40000", "127.0.0.1:5000");
	recording->sockets[0].listens = true;
	made_call(recording, CALL_LISTEN, 0, 0, 10, 20, "listen(3, 128)", "= 0");
	made_call(recording, CALL_CONNECT, 1, 1, 30, 35, "connect(3)", "= 0");
	made_receive(recording, 1, 40, NEVER_LEFT, "", NULL);
	recording->programs[0].ended = recording->programs[1].ended = -1;
	recording->stopped = 2000000;
}

static void who_was_stopped_outside_of_a_call_is_listed_too(void **state)
{
	struct drawn drawn = draw(stopped);

	(void)state;
	assert_int_equal(xml_count(drawn.text, "<li><a href=\"#waits-"), 1);
	assert_non_null(strstr(drawn.text,
			       "\">client: still waiting in recv(3) from "
			       "127.0.0.1:5000, for 2.0 ms</a></li>\n<li>server: busy "
			       "or asleep since listen(3, 128), for 2.0 ms</li>\n</ul>"));
	drawn_free(&drawn);
}

static void hostile_texts_stay_texts(void **state)
{
	struct drawn drawn = draw(drawn_hostile);
	json_t *data = data_of(drawn.text);

	(void)state;
	assert_null(strstr(drawn.text, "<script>alert"));
	assert_int_equal(xml_count(drawn.text, "</script>"), 2);
	assert_int_equal(xml_count(drawn.text, "<!--"), 0);
	assert_non_null(strstr(drawn.text, "&lt;/script&gt;"));
	json_decref(data);
	drawn_free(&drawn);
}

static void other_recordings_are_drawn(void **state)
{
	static void (*const makes[])(struct recording *) = {drawn_datagrams, drawn_capture, NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		struct drawn drawn = draw(makes[i]);

		json_decref(data_of(drawn.text));
		drawn_free(&drawn);
	}
}

static void the_page_itself_is_small(void **state)
{
	struct drawn drawn = draw(NULL);

	(void)state;
	assert_in_range(strlen(drawn.text), 1, 60000);
	drawn_free(&drawn);
}

static void packets_are_opened_where_that_is_asked_for(void **state)
{
	struct drawn drawn = drawn_opened(view_html);

	(void)state;
	assert_page(drawn.text);
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
	assert_int_equal(view_html(drawn.recording, drawn.join, &options, file), -EIO);
	fclose(file);
	drawn_free(&drawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_script_knows_all),
		cmocka_unit_test(errors_have_names),
		cmocka_unit_test(arrows_are_in_every_band_that_they_cross),
		cmocka_unit_test(programs_and_connections_can_be_chosen),
		cmocka_unit_test(totals_and_stuck_calls_need_no_script),
		cmocka_unit_test(who_was_stopped_outside_of_a_call_is_listed_too),
		cmocka_unit_test(hostile_texts_stay_texts),
		cmocka_unit_test(other_recordings_are_drawn),
		cmocka_unit_test(the_page_itself_is_small),
		cmocka_unit_test(packets_are_opened_where_that_is_asked_for),
		cmocka_unit_test(a_full_disk_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
