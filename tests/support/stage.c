/* See stage.h. */
#include "support/stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/log.h"
#include "command/value.h"

/* --- Bytes that grow. --- */

void heap_text_add(struct heap_text *text, const void *bytes, size_t n)
{
	if (text->n + n + 1 > text->capacity) {
		text->capacity = 2 * (text->n + n + 1);
		text->bytes = realloc(text->bytes, text->capacity);
		assert_non_null(text->bytes);
	}
	if (n)
		memcpy(text->bytes + text->n, bytes, n);
	text->n += n;
	text->bytes[text->n] = '\0';
}

void heap_text_free(struct heap_text *text)
{
	free(text->bytes);
	*text = (struct heap_text){0};
}

/* --- The clock. --- */

static int64_t stage_monotonic(const struct clock *clock)
{
	return ((const struct stage *)clock)->now;
}

static time_t stage_wall(const struct clock *clock)
{
	return ((const struct stage *)clock)->wall;
}

uint64_t stage_random(struct stage *stage, uint64_t bound)
{
	stage->random =
		stage->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (stage->random >> 33) % bound;
}

/* --- The log. --- */

struct heap_text stage_log;

static void keep_log(enum log_level level, const char *text, size_t n)
{
	(void)level;
	heap_text_add(&stage_log, text, n);
	heap_text_add(&stage_log, "\n", 1);
}

size_t text_occurrences(const char *text, const char *part)
{
	const char *end = text + strlen(text);
	size_t count = 0, n = strlen(part);

	/* Not strstr: a sanitizer's measures the whole text in every call. */
	for (const char *at = text; (at = memchr(at, part[0], (size_t)(end - at)));) {
		bool found = (size_t)(end - at) >= n && memcmp(at, part, n) == 0;
		count += found;
		at += found ? n : 1;
	}
	return count;
}

/* --- The person at the stage's end. --- */

struct stage_person stage_person;

static struct actor *actor_of(struct connection *connection)
{
	return connection_carriage(connection)->data;
}

static void audience_show(struct connection *connection, const char *bytes, size_t n, bool is_line)
{
	heap_text_add(&actor_of(connection)->shown, bytes, n);
	if (is_line)
		heap_text_add(&actor_of(connection)->shown, "\n", 1);
}

static void audience_report(struct connection *connection, const char *text)
{
	heap_text_add(&actor_of(connection)->reported, text, strlen(text));
	heap_text_add(&actor_of(connection)->reported, "\n", 1);
}

static void audience_progress(struct connection *connection, const char *text)
{
	heap_text_add(&actor_of(connection)->progress, text, strlen(text));
	heap_text_add(&actor_of(connection)->progress, "\n", 1);
}

static void audience_keyboard(struct service *service, bool wanted)
{
	(void)service;
	stage_person.wanted = wanted;
}

static void audience_stop(void)
{
	stage_person.stops++;
}

static void audience_prompt(struct connection *connection, const char *prompt)
{
	actor_of(connection)->prompt = prompt;
}

static void audience_note(struct connection *connection, const char *text, bool detail)
{
	struct actor *actor = actor_of(connection);
	struct heap_text *notes = detail ? &actor->details : &actor->notes;

	heap_text_add(notes, text, strlen(text));
	heap_text_add(notes, "\n", 1);
}

static const struct audience client_audience = {.show = audience_show,
						.report = audience_report,
						.prompt = audience_prompt,
						.note = audience_note,
						.progress = audience_progress};
static const struct audience server_audience = {
	.show = audience_show, .keyboard = audience_keyboard, .stop = audience_stop};

/* --- Setting up. --- */

static const char *changed(const char *const *changes, const struct option *option)
{
	for (; changes && *changes; changes += 2) {
		if (strcmp(changes[0], option->name) == 0)
			return changes[1];
	}
	/* Random choices are the same in every run. */
	return strcmp(option->name, "seed") == 0 ? "1" : option->initial;
}

void *protocol_options(const struct protocol *protocol, const char *const *changes)
{
	char *options = protocol->options_size ? calloc(1, protocol->options_size) : NULL;
	struct error error = {0};

	for (const struct option *at = protocol->options; at && at->name; at++) {
		const char *value = changed(changes, at);
		if (value && value_store(at, value, options + at->offset, &error))
			fail_msg("%s", error.text);
	}
	return options;
}

struct address address_ipv4(const char *host, uint16_t port)
{
	struct address address = {.family = ADDRESS_IPV4, .port = port};

	assert_int_equal(inet_pton(AF_INET, host, address.bytes), 1);
	return address;
}

/* Every call leaves the stage at rest: nobody waits to be woken. */
static void wake_nobody(void *owner)
{
	(void)owner;
}

struct stage *stage_new(const struct protocol *protocol, const struct stage_settings *chosen)
{
	const struct service_settings settings = {
		.client = chosen->client,
		.raw = chosen->raw,
		.crlf = chosen->crlf,
		.max_line = chosen->max_line ? chosen->max_line : 4096,
		.send_queue = chosen->send_queue ? chosen->send_queue : (size_t)1 << 20,
		.idle_timeout = chosen->idle_timeout,
	};
	struct stage *stage = calloc(1, sizeof(*stage));
	struct error error = {0};

	assert_non_null(stage);
	stage_person = (struct stage_person){0};
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	log_configure(LOG_DETAIL, LOG_TEXT);
	log_redirect(keep_log);
	heap_text_free(&stage_log);
	heap_text_add(&stage_log, "", 0);
	stage->clock = (struct clock){stage_monotonic, stage_wall};
	stage->now = STAGE_START;
	stage->wall = STAGE_WALL;
	stage->room = SIZE_MAX;
	stage->options = protocol_options(protocol, chosen->options);
	stage->service = service_new(protocol, stage->options, &settings,
				     chosen->client ? &client_audience : &server_audience);
	stage->loop = loop_new(&stage->clock, wake_nobody, NULL);
	assert_non_null(stage->service);
	assert_non_null(stage->loop);
	if (!chosen->client && service_start(stage->service, &error))
		fail_msg("%s", error.text);
	if (chosen->locked)
		service_use_lock(stage->service);
	return stage;
}

/* --- Doing what the engine wants. --- */

static void part(struct actor *actor)
{
	const char *failure = connection_failure(actor->connection);

	assert_true(connection_closed(actor->connection, &actor->reason));
	actor->failure = failure ? strdup(failure) : NULL;
	connection_free(actor->connection);
	actor->connection = NULL;
}

/* Takes as much as there is room for. False: the kernel is full. */
static bool take_outgoing(struct actor *actor)
{
	size_t offered = 0, taken = 0;
	struct iovec runs[8];
	int count = connection_outgoing(actor->connection, runs, 8);
	size_t most = actor->room < actor->largest ? actor->room : actor->largest;

	for (int i = 0; i < count; i++) {
		size_t left = most - taken;
		size_t n = runs[i].iov_len < left || actor->stage->datagrams ? runs[i].iov_len
									     : left;
		heap_text_add(&actor->got, runs[i].iov_base, n);
		offered += runs[i].iov_len;
		taken += n;
	}
	if (actor->room != SIZE_MAX)
		actor->room -= taken < actor->room ? taken : actor->room;
	actor->datagrams += actor->stage->datagrams && count > 0;
	if (count > 0)
		connection_sent(actor->connection, taken);
	return count == 0 || taken == offered || taken > 0;
}

static void attend(struct actor *actor)
{
	while (actor->connection) {
		unsigned wants = connection_wants(actor->connection);
		if (wants & WANT_CLOSE) {
			part(actor);
		} else if (wants & WANT_SHUTDOWN) {
			actor->shut = true;
			connection_shut(actor->connection);
		} else if (!(wants & WANT_SEND) || !take_outgoing(actor)) {
			return;
		}
	}
}

void stage_rest(struct stage *stage)
{
	struct connection *connection;

	/* A turn of its own. */
	loop_tick(stage->loop);
	for (struct actor *at = stage->actors; at; at = at->next)
		attend(at);
	while ((connection = loop_pending(stage->loop)))
		attend(actor_of(connection));
}

void stage_pass(struct stage *stage, int64_t nanoseconds)
{
	stage->now += nanoseconds;
	stage->wall = STAGE_WALL + (stage->now - STAGE_START) / NANOSECONDS_PER_SECOND;
	loop_tick(stage->loop);
	loop_expire(stage->loop);
	stage_rest(stage);
}

static void actor_free(struct actor *actor)
{
	free(actor->failure);
	heap_text_free(&actor->got);
	heap_text_free(&actor->shown);
	heap_text_free(&actor->reported);
	heap_text_free(&actor->progress);
	heap_text_free(&actor->notes);
	heap_text_free(&actor->details);
	free(actor);
}

void stage_free(struct stage *stage)
{
	for (struct actor *at = stage->actors; at; at = at->next) {
		if (at->connection) {
			connection_abort(at->connection, CLOSE_STOPPING);
			part(at);
		}
	}
	assert_null(loop_pending(stage->loop));
	assert_int_equal(loop_count(stage->loop), 0);
	assert_int_equal(service_active(stage->service), 0);
	loop_free(stage->loop);
	service_free(stage->service);
	free(stage->options);
	heap_text_free(&stage_log);
	for (struct actor *at = stage->actors, *next; at; at = next) {
		next = at->next;
		actor_free(at);
	}
	free(stage);
}

/* --- Actors. --- */

struct actor *actor_join(struct stage *stage)
{
	return actor_join_from(stage, "127.0.0.1");
}

struct actor *actor_join_from(struct stage *stage, const char *host)
{
	struct actor *actor = calloc(1, sizeof(*actor)), **at = &stage->actors;
	uint16_t port = 40000;

	assert_non_null(actor);
	for (; *at; at = &(*at)->next)
		port++;
	*at = actor;
	actor->stage = stage;
	actor->room = stage->room;
	actor->largest = SIZE_MAX;
	heap_text_add(&actor->got, "", 0);
	heap_text_add(&actor->shown, "", 0);
	heap_text_add(&actor->reported, "", 0);
	heap_text_add(&actor->progress, "", 0);
	heap_text_add(&actor->notes, "", 0);
	heap_text_add(&actor->details, "", 0);
	struct address peer = address_ipv4(host, port);
	actor->connection =
		connection_new(stage->service, stage->loop, &peer, -1, stage->datagrams);
	assert_non_null(actor->connection);
	connection_carriage(actor->connection)->data = actor;
	connection_open(actor->connection);
	stage_rest(stage);
	return actor;
}

void actor_send(struct actor *actor, const void *bytes, size_t n)
{
	char *memory = malloc(n ? n : 1);

	if (actor->connection) {
		assert_non_null(memory);
		if (n)
			memcpy(memory, bytes, n);
		connection_received(actor->connection, memory, n);
		attend(actor);
	}
	if (actor->connection)
		connection_settle(actor->connection);
	free(memory);
	stage_rest(actor->stage);
}

void actor_say(struct actor *actor, const char *text)
{
	actor_send(actor, text, strlen(text));
}

void actor_send_pieces(struct actor *actor, const void *bytes, size_t n, size_t piece)
{
	const char *at = bytes;

	for (; n > 0; n -= piece, at += piece) {
		if (piece > n)
			piece = n;
		actor_send(actor, at, piece);
	}
}

void actor_send_split(struct actor *actor, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		size_t piece = 1 + (size_t)stage_random(actor->stage, n < 40 ? n : 40);
		actor_send(actor, at, piece);
		at += piece;
		n -= piece;
	}
}

void actor_end(struct actor *actor)
{
	actor->ended = true;
	if (actor->connection)
		connection_ended(actor->connection);
	stage_rest(actor->stage);
}

void actor_break(struct actor *actor)
{
	if (actor->connection)
		connection_failed(actor->connection, ECONNRESET);
	stage_rest(actor->stage);
}

void actor_read(struct actor *actor, size_t room)
{
	actor->room = room;
	stage_rest(actor->stage);
}

void actor_type(struct actor *actor, const char *line)
{
	if (actor->connection)
		connection_user(actor->connection, line, strlen(line));
	stage_rest(actor->stage);
}

void actor_leave(struct actor *actor)
{
	if (actor->connection)
		connection_leave(actor->connection);
	stage_rest(actor->stage);
}

bool stage_type(struct stage *stage, const char *line)
{
	bool taken = service_type(stage->service, line, line ? strlen(line) : 0);

	stage_rest(stage);
	return taken;
}

/* --- What has come. --- */

void actor_expect_bytes(struct actor *actor, const void *bytes, size_t n)
{
	size_t left = actor->got.n - actor->seen;
	const char *at = actor->got.bytes + actor->seen;

	if (left < n || memcmp(at, bytes, n) != 0)
		fail_msg("expected \"%.*s\" but %zu bytes came: \"%s\"", (int)n,
			 (const char *)bytes, left, at);
	actor->seen += n;
}

void actor_expect(struct actor *actor, const char *text)
{
	actor_expect_bytes(actor, text, strlen(text));
}

void actor_expect_silence(const struct actor *actor)
{
	if (actor->got.n > actor->seen)
		fail_msg("nobody expected \"%s\"", actor->got.bytes + actor->seen);
}

void actor_expect_closed(const struct actor *actor, enum close_reason reason)
{
	actor_expect_silence(actor);
	if (actor->connection && connection_wants(actor->connection) & WANT_SHUTDOWN)
		fail_msg("the sending side was not shut");
	if (actor->connection && !actor->shut)
		fail_msg("the session is still open");
	enum close_reason found = actor->reason;
	if (actor->connection)
		assert_true(connection_closed(actor->connection, &found));
	assert_int_equal(found, reason);
}

void actor_forget(struct actor *actor)
{
	actor->seen = actor->got.n;
}

/* --- Datagrams. --- */

struct datagram_desk *stage_desk(struct stage *stage)
{
	struct datagram_desk *desk = datagram_desk_new(stage->service, stage->loop, 1,
						       &(struct datagram_policy){NULL, 0, false});

	assert_non_null(desk);
	return desk;
}

int desk_ask(struct datagram_desk *desk, const void *bytes, size_t n, struct heap_text *answer,
	     size_t sizes[], int max)
{
	const struct address peer = address_ipv4("127.0.0.1", 40000);
	struct iovec runs[4];
	int runs_used = datagram_answer(desk, 0, &peer, bytes, n, runs, 4), count = 0;

	heap_text_add(answer, "", 0);
	if (runs_used == 0)
		return 0;
	for (; runs_used > 0; runs_used = datagram_next(desk, 0, runs, 4)) {
		size_t size = 0;
		for (int i = 0; i < runs_used; i++) {
			heap_text_add(answer, runs[i].iov_base, runs[i].iov_len);
			size += runs[i].iov_len;
		}
		if (count < max)
			sizes[count] = size;
		count++;
	}
	datagram_done(desk, 0);
	return count;
}
