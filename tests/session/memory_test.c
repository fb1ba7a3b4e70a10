/*
 * Without memory: whichever allocation fails, one session is closed and the others go on.
 */
/* link: --wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "support/stage.h"

/* --- The allocation that fails. --- */

static bool armed;
static int allocations, failing; /* how many since it was armed, and which one fails */

static bool fails(void)
{
	return armed && ++allocations == failing;
}

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_reallocarray(void *, size_t, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void *__wrap_reallocarray(void *, size_t, size_t);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(memory, count, size);
}

/* --- Sessions in which it fails. --- */

static struct stage *stage;

static void drop_log(enum log_level level, const char *text, size_t n)
{
	(void)level;
	(void)text;
	(void)n;
}

static void open_stage(const char *protocol, const struct stage_settings *settings)
{
	stage = stage_new(protocol_find(protocol), settings);
	log_redirect(drop_log);
}

/* The bytes arrive while the allocation may fail; what the test itself needs may not. */
static void send_armed(struct actor *actor, const char *bytes, size_t n)
{
	char *memory = malloc(n);

	assert_non_null(memory);
	memcpy(memory, bytes, n);
	if (actor->connection) {
		armed = true;
		connection_received(actor->connection, memory, n);
		connection_settle(actor->connection);
		armed = false;
	}
	free(memory);
	stage_rest(stage);
}

static void say_armed(struct actor *actor, const char *text)
{
	send_armed(actor, text, strlen(text));
}

static int closed_sessions(void)
{
	int count = 0;

	for (struct actor *at = stage->actors; at; at = at->next)
		count += !at->connection;
	return count;
}

static void talk(struct actor *ada, struct actor *bob, struct actor *eve)
{
	char line[3000];

	eve->room = 0;
	say_armed(bob, "bo");
	say_armed(bob, "b\n");
	say_armed(bob, "hello\nhello ag");
	say_armed(bob, "ain\n/who\n/msg eve you\n/msg ada you\n");
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 50; i++) {
		line[sizeof(line) - 1] = '\n';
		send_armed(i % 2 ? ada : bob, line, sizeof(line));
	}
	say_armed(bob, "quit\n");
	actor_read(eve, SIZE_MAX);
}

static void one_member_goes_and_the_room_goes_on(void **state)
{
	(void)state;
	for (failing = 1;; failing++) {
		open_stage("chat", &(struct stage_settings){0});
		struct actor *ada = actor_join(stage), *eve = actor_join(stage);
		actor_say(ada, "ada\n");
		actor_say(eve, "eve\n");
		struct actor *bob = actor_join(stage);
		allocations = 0;
		talk(ada, bob, eve);
		bool failed = allocations >= failing;
		/* Bob has left in any case. */
		assert_in_range(closed_sessions() + (bob->connection != NULL), 0, 2);
		actor_break(bob);
		actor_forget(ada);
		actor_forget(eve);
		struct actor *zoe = actor_join(stage);
		actor_say(zoe, "zoe\n");
		actor_expect(zoe, "Welcome, zoe.\n");
		for (struct actor *at = stage->actors; at != zoe; at = at->next) {
			if (at->connection)
				actor_expect(at, "zoe has joined the chat.\n");
		}
		assert_true(ada->connection || eve->connection);
		assert_int_equal(text_occurrences(eve->got.bytes, "bob has left the chat."),
				 eve->connection ? text_occurrences(eve->got.bytes,
								    "bob has joined the chat.")
						 : 0);
		stage_free(stage);
		if (!failed)
			break;
	}
	assert_true(failing > 3);
}

/* A broadcast that there is no memory for costs the speaker, not the audience. */
static void a_broadcast_costs_the_speaker(void **state)
{
	(void)state;
	open_stage("chat", &(struct stage_settings){.max_line = 100000});
	struct actor *ada = actor_join(stage), *eve = actor_join(stage), *bob = actor_join(stage);
	char line[60000];
	actor_say(ada, "ada\n");
	actor_say(eve, "eve\n");
	actor_say(bob, "bob\n");
	eve->room = 0;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	actor_send(bob, line, sizeof(line));
	failing = 1;
	allocations = 0;
	send_armed(bob, line, sizeof(line));
	assert_null(bob->connection);
	assert_int_equal(bob->reason, CLOSE_MEMORY);
	assert_int_equal(closed_sessions(), 1);
	actor_read(eve, SIZE_MAX);
	assert_non_null(strstr(eve->got.bytes, "bob has left the chat.\n"));
	assert_non_null(strstr(ada->got.bytes, "bob has left the chat.\n"));
	stage_free(stage);
}

static void held_and_lent_bytes_need_memory(void **state)
{
	static const char *const names[] = {"calc", "echo"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		for (failing = 1; failing < 12; failing++) {
			open_stage(names[i], &(struct stage_settings){0});
			struct actor *bystander = actor_join(stage), *actor = actor_join(stage);
			actor->room = 0;
			allocations = 0;
			say_armed(actor, "me\n");
			for (int j = 0; j < 12000; j++)
				say_armed(actor, "1 + 1\n2 + 2\n3");
			if (allocations >= failing && !actor->connection)
				assert_int_equal(actor->reason, CLOSE_MEMORY);
			actor_say(bystander, i ? "still here\n" : "me\n1 + 1\n");
			actor_expect(bystander, i ? "still here\n" : "2.0\n");
			stage_free(stage);
		}
	}
}

static void nothing_can_be_made(void **state)
{
	const struct clock *clock = &system_clock;
	const struct service_settings settings = {.max_line = 100, .send_queue = 100000};
	const struct protocol *chat = protocol_find("chat");
	const struct address peer = address_ipv4("127.0.0.1", 1);

	(void)state;
	armed = true;
	for (failing = 1; failing <= 2; failing++) {
		allocations = 0;
		assert_null(service_new(chat, NULL, &settings, NULL));
	}
	failing = 1;
	allocations = 0;
	assert_null(loop_new(clock, NULL, NULL));
	armed = false;
	open_stage("chat", &(struct stage_settings){0});
	armed = true;
	allocations = 0;
	assert_null(connection_new(stage->service, stage->loop, &peer, -1, false));
	for (failing = 1; failing <= 2; failing++) {
		allocations = 0;
		assert_null(datagram_desk_new(stage->service, stage->loop, 4,
					      &(struct datagram_policy){NULL, 0, false}));
	}
	armed = false;
	assert_int_equal(loop_count(stage->loop), 0);
	stage_free(stage);
}

static void a_datagram_goes_unanswered(void **state)
{
	const struct address peer = address_ipv4("127.0.0.1", 50000);
	struct iovec runs[2];

	(void)state;
	open_stage("udp-date", &(struct stage_settings){0});
	struct datagram_desk *desk = datagram_desk_new(stage->service, stage->loop, 1,
						       &(struct datagram_policy){NULL, 0, false});
	assert_non_null(desk);
	armed = true;
	failing = 1;
	allocations = 0;
	assert_int_equal(datagram_answer(desk, 0, &peer, "SEND_DATE", 9, runs, 2), 0);
	assert_int_equal(datagram_answer(desk, 0, &peer, "SEND_DATE", 9, runs, 2), 1);
	armed = false;
	datagram_done(desk, 0);
	datagram_desk_free(desk);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_member_goes_and_the_room_goes_on),
		cmocka_unit_test(a_broadcast_costs_the_speaker),
		cmocka_unit_test(held_and_lent_bytes_need_memory),
		cmocka_unit_test(nothing_can_be_made),
		cmocka_unit_test(a_datagram_goes_unanswered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
