/*
 * The uring model below what can be seen from outside: kernels that refuse a ring or lack a part of
 * it, submissions there is no room or no memory for, more receivers than buffers, and peers that do
 * not read. The server is a thread of the test.
 */
/* link: --wrap=io_uring_queue_init_params,--wrap=io_uring_register_buf_ring */
/* link: --wrap=io_uring_submit,--wrap=calloc,--wrap=malloc */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sockettool/model.h"
#include "sockettool/server.h"
#include "support/net.h"
#include "support/peer.h"
#include "support/program.h"

#ifdef HAVE_LIBURING

#include <liburing.h>

/* --- What goes wrong. --- */

static atomic_int init_code;       /* opening a ring fails with this errno */
static atomic_bool init_only_best; /* but only with flags that not all kernels have */
static atomic_int register_code;   /* registering buffers does */
static atomic_uint few;            /* places for submissions; 0: as many as asked for */
static atomic_int refused;         /* this many of any four submits between waits fail */
static atomic_int no_memory;       /* the next so many allocations of the server's thread fail */
static _Thread_local bool serving;

int __real_io_uring_queue_init_params(unsigned entries, struct io_uring *io,
				      struct io_uring_params *parameters);
int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *io,
				      struct io_uring_params *parameters);
int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *io,
				      struct io_uring_params *parameters)
{
	bool best = parameters->flags & IORING_SETUP_DEFER_TASKRUN;

	if (init_code && (best || !init_only_best))
		return -init_code;
	return __real_io_uring_queue_init_params(few ? few : entries, io, parameters);
}

int __real_io_uring_register_buf_ring(struct io_uring *io, struct io_uring_buf_reg *buffers,
				      unsigned flags);
int __wrap_io_uring_register_buf_ring(struct io_uring *io, struct io_uring_buf_reg *buffers,
				      unsigned flags);
int __wrap_io_uring_register_buf_ring(struct io_uring *io, struct io_uring_buf_reg *buffers,
				      unsigned flags)
{
	return register_code ? -register_code
			     : __real_io_uring_register_buf_ring(io, buffers, flags);
}

int __real_io_uring_submit(struct io_uring *io);
int __wrap_io_uring_submit(struct io_uring *io);
int __wrap_io_uring_submit(struct io_uring *io)
{
	static unsigned calls;

	return (int)(calls++ % 4) < refused ? -EAGAIN : __real_io_uring_submit(io);
}

static bool lacks_memory(void)
{
	if (!serving || no_memory == 0)
		return false;
	no_memory--;
	return true;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return lacks_memory() ? NULL : __real_calloc(count, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return lacks_memory() ? NULL : __real_malloc(size);
}

/* --- A server in a thread. --- */

enum { BACKLOG = 512 };

static struct listener listener;
static struct server server;
static struct error failure;
static struct net_place place;
static pthread_t thread;
static bool running;
static atomic_int lines; /* of the log */
static char last_line[256];

static void note_line(enum log_level level, const char *text, size_t n)
{
	(void)level;
	if (n >= sizeof(last_line))
		n = sizeof(last_line) - 1;
	memcpy(last_line, text, n);
	last_line[n] = '\0';
	lines++;
}

static void *serve_in_thread(void *status)
{
	serving = true;
	*(int *)status = server.model->run(&server, &failure);
	serving = false;
	return status;
}

static int server_status;

static void start_protocol(const char *protocol)
{
	static const struct service_settings settings = {.max_line = 4096, .send_queue = 1 << 20};
	struct address address = {.family = ADDRESS_IPV4, .bytes = {127, 0, 0, 1}};
	struct error error;

	listener = (struct listener){.socket = -1};
	server = (struct server){.model = model_find("uring"),
				 .clock = &system_clock,
				 .workers = 1,
				 .listeners = &listener,
				 .listeners_per_worker = 1,
				 .grace = NANOSECONDS_PER_SECOND / 10};
	if (!server.model->available(&error)) {
		print_message("%s\n", error.text);
		skip();
	}
	log_redirect(note_line);
	log_configure(LOG_WARNING, LOG_TEXT);
	lines = 0;
	assert_int_equal(listener_open(&listener, TRANSPORT_TCP, &address,
				       &(struct listen_options){.backlog = BACKLOG}, &error),
			 0);
	listener.service = service_new(protocol_find(protocol), NULL, &settings, NULL);
	server.admission = admission_new(&server.limits);
	server.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server.stop_now = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(listener.service && server.admission && server.stop_now >= 0);
	place = (struct net_place){.name = "tcp 127.0.0.1", .port = listener.address.port};
	assert_int_equal(pthread_create(&thread, NULL, serve_in_thread, &server_status), 0);
	running = true;
}

static void start(void)
{
	start_protocol("echo");
}

/* Stops the server; a failed test's teardown does what is left of it. */
static int stop(void **state)
{
	uint64_t one = 1;

	(void)state;
	init_code = register_code = 0;
	init_only_best = false;
	few = 0;
	refused = no_memory = 0;
	if (!running)
		return 0;
	running = false;
	server.stopping = 1;
	(void)!write(server.stop, &one, sizeof(one));
	pthread_join(thread, NULL);
	long active = service_active(listener.service);
	listener_close(&listener);
	close(server.stop);
	close(server.stop_now);
	admission_free(server.admission);
	service_free(listener.service);
	log_redirect(NULL);
	return server_status || active;
}

static void stop_well(void)
{
	assert_int_equal(stop(NULL), 0);
}

/* --- Clients. --- */

/* What stands at a place of the stream that a client sends. */
static char byte_at(size_t at)
{
	return (char)(at * 31 + at / 251);
}

/* Sends the stream from a place to another, as far as it is taken at once. */
static size_t send_some(int client, size_t from, size_t to)
{
	char bytes[4096];

	while (from < to) {
		size_t n = to - from < sizeof(bytes) ? to - from : sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = byte_at(from + i);
		ssize_t taken = send(client, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (taken < 0) {
			assert_int_equal(errno, EAGAIN);
			break;
		}
		from += (size_t)taken;
	}
	return from;
}

/* Sends all of it. */
static void send_from(int client, size_t from, size_t to)
{
	struct pollfd event = {.fd = client, .events = POLLOUT};

	while ((from = send_some(client, from, to)) < to)
		assert_int_equal(poll(&event, 1, (int)(program_patience / 1000000)), 1);
}

enum { FLOOD = 64 << 20, FLOODS_MAX = 300 };

/* Each client sends, from its place on, until nothing is taken from any of them, or only what the
 * kernel's timers still move between full buffers. */
static void flood(const int *clients, size_t *places, int count)
{
	struct pollfd events[FLOODS_MAX];
	int64_t enough = net_now() + INT64_C(3000000000);

	for (int i = 0; i < count; i++)
		events[i] = (struct pollfd){clients[i], POLLOUT, POLLOUT};
	do {
		for (int i = 0; i < count; i++) {
			if (events[i].revents)
				places[i] = send_some(clients[i], places[i], FLOOD);
		}
	} while (poll(events, (nfds_t)count, 200) > 0 && net_now() < enough);
}

/* Receives the stream from a place to another. */
static void expect_from(int client, size_t from, size_t to)
{
	char bytes[65536];

	while (from < to) {
		size_t most = to - from < sizeof(bytes) ? to - from : sizeof(bytes);
		ssize_t n = net_receive(client, bytes, most);
		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++, from++) {
			if (bytes[i] != byte_at(from))
				fail_msg("byte %zu came back wrong", from);
		}
	}
}

static void finish(int client)
{
	net_finish(client);
	peer_expect_end(client);
	close(client);
}

enum { CLIENTS = 50, STREAM = 70000 };

/* All clients send, then all read, and again. */
static void echo_at_once(void)
{
	int clients[CLIENTS];

	for (int i = 0; i < CLIENTS; i++)
		clients[i] = net_connect(&place);
	for (size_t from = 0; from < 3 * STREAM; from += STREAM) {
		for (int i = 0; i < CLIENTS; i++)
			send_from(clients[i], from, from + STREAM);
		for (int i = 0; i < CLIENTS; i++)
			expect_from(clients[i], from, from + STREAM);
	}
	for (int i = 0; i < CLIENTS; i++)
		finish(clients[i]);
}

/* --- Kernels. --- */

static void expect_unavailable(const char *why)
{
	struct error error = {0};

	assert_false(model_find("uring")->available(&error));
	if (!strstr(error.text, why))
		fail_msg("\"%s\" does not say \"%s\"", error.text, why);
}

static void test_refusing_kernels(void **state)
{
	(void)state;
	init_code = ENOSYS;
	expect_unavailable("this kernel has no io_uring");
	init_code = EPERM;
	expect_unavailable("kernel.io_uring_disabled");
	init_code = EINVAL;
	expect_unavailable("Linux has from 6.0");
	init_code = ENOMEM;
	expect_unavailable("cannot allocate memory");
}

static void test_kernel_without_buffers(void **state)
{
	struct error error;

	(void)state;
	if (!model_find("uring")->available(&error))
		skip();
	register_code = EINVAL;
	expect_unavailable("Linux has from 6.0");
	register_code = 0;
	assert_true(model_find("uring")->available(&error));
}

static void test_kernel_without_optimisations(void **state)
{
	(void)state;
	init_code = EINVAL;
	init_only_best = true;
	start();
	echo_at_once();
	stop_well();
}

/* What was there when it was looked for may be gone when it is needed. */
static void test_ring_that_cannot_be_opened(void **state)
{
	struct error error = {0};

	(void)state;
	start();
	stop_well();
	init_code = ENOMEM;
	server.stopping = 0;
	server.listeners_per_worker = 0;
	assert_int_equal(server.model->run(&server, &error), -ENOMEM);
	assert_string_equal(error.text, "open an io_uring: cannot allocate memory");
}

/* --- Submissions. --- */

static void test_few_places(void **state)
{
	(void)state;
	few = 4;
	start();
	echo_at_once();
	stop_well();
}

static void test_no_place(void **state)
{
	(void)state;
	few = 2;
	start();
	refused = 3;
	echo_at_once();
	/* Closing needs places, too. */
	for (int i = 0; i < CLIENTS; i++) {
		int client = net_connect(&place);
		send_from(client, 0, 1000);
		peer_reset(client);
	}
	echo_at_once();
	stop_well();
}

/* --- Buffers. --- */

enum { MANY = 400, PIECE = 64 * 1024 };

static void test_more_receivers_than_buffers(void **state)
{
	static int clients[MANY];

	(void)state;
	start();
	for (int i = 0; i < MANY; i++)
		clients[i] = net_connect(&place);
	for (size_t from = 0; from < 2 * PIECE; from += PIECE) {
		for (int i = 0; i < MANY; i++)
			send_from(clients[i], from, from + PIECE);
		for (int i = 0; i < MANY; i++)
			expect_from(clients[i], from, from + PIECE);
	}
	for (int i = 0; i < MANY; i++)
		finish(clients[i]);
	stop_well();
}

enum { FLOODS = 12 };

/* Small messages first: a peer that seems to be a quiet one is received from in another way. */
static size_t begin_quietly(int client)
{
	size_t at = 0;

	for (int i = 0; i < 8; i++, at += 10) {
		send_from(client, at, at + 10);
		expect_from(client, at, at + 10);
	}
	return at;
}

static void test_peers_that_do_not_read(void **state)
{
	int clients[FLOODS];
	size_t begun[FLOODS], sent[FLOODS];

	(void)state;
	start();
	for (int i = 0; i < FLOODS; i++) {
		clients[i] = net_connect(&place);
		begun[i] = sent[i] = i % 2 ? begin_quietly(clients[i]) : 0;
	}
	flood(clients, sent, FLOODS);
	echo_at_once();
	/* One is gone for good, the others end their side, and nothing is lost for them. */
	peer_reset(clients[0]);
	for (int i = 1; i < FLOODS; i++) {
		/* What the server keeps for one is bounded. */
		assert_in_range(sent[i] - begun[i], 1, 40 << 20);
		net_finish(clients[i]);
		expect_from(clients[i], begun[i], sent[i]);
		peer_expect_end(clients[i]);
		close(clients[i]);
	}
	stop_well();
}

/* More of them than there are buffers hold up neither the others nor, when the grace is over, the
 * end. */
static void test_more_of_them_than_buffers(void **state)
{
	static int clients[FLOODS_MAX];
	static size_t sent[FLOODS_MAX];
	const int little = 4096;

	(void)state;
	memset(sent, 0, sizeof(sent));
	start();
	for (int i = 0; i < FLOODS_MAX; i++) {
		clients[i] = net_connect(&place);
		(void)setsockopt(clients[i], SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
		(void)setsockopt(clients[i], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	}
	flood(clients, sent, FLOODS_MAX);
	echo_at_once();
	stop_well();
	/* What the kernel still has for them comes as slowly as such small buffers make it. */
	for (int i = 0; i < FLOODS_MAX; i++)
		peer_reset(clients[i]);
}

/* A protocol that sends nothing from where it lies leaves no buffer behind. */
static void test_answers_of_their_own(void **state)
{
	(void)state;
	start_protocol("calc");
	int client = net_connect(&place);
	peer_send(client, "Ada\n");
	for (int i = 0; i < 600; i++) {
		peer_send(client, "1 + 2\n");
		peer_expect(client, "3.0\n");
	}
	finish(client);
	stop_well();
}

/* --- Memory. --- */

static void await_line(int count)
{
	int64_t limit = net_limit();

	while (lines < count) {
		if (net_now() > limit)
			fail_msg("in time the log did not get its line %d", count);
		poll(NULL, 0, 1);
	}
	assert_int_equal(lines, count);
}

static void test_no_memory_for_a_connection(void **state)
{
	int first;

	(void)state;
	start();
	first = net_connect(&place);
	(void)begin_quietly(first);
	for (int i = 0; i < 4; i++) {
		no_memory = 1;
		int client = net_connect(&place);
		net_await_gone(client);
		close(client);
		assert_int_equal(no_memory, 0);
		await_line(i + 1);
	}
	assert_non_null(strstr(last_line, "turned away: no memory is left"));
	echo_at_once();
	finish(first);
	stop_well();
}

/* A flood that there is no memory for ends its connection, and no other. */
static void test_no_memory_for_a_flood(void **state)
{
	(void)state;
	start();
	int quiet = net_connect(&place), loud = net_connect(&place);
	size_t at = begin_quietly(quiet);
	size_t from = begin_quietly(loud);
	no_memory = 1000000;
	struct pollfd event = {.fd = loud, .events = POLLOUT};
	char bytes[16384] = {0};
	int64_t limit = net_limit();
	while (poll(&event, 1, 1000) == 1 && !(event.revents & (POLLERR | POLLHUP))) {
		from += sizeof(bytes);
		if (send(loud, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			assert_true(errno == EAGAIN || errno == ECONNRESET || errno == EPIPE);
		assert_true(net_now() < limit && from < FLOOD);
	}
	no_memory = 0;
	close(loud);
	send_from(quiet, at, at + 10);
	expect_from(quiet, at, at + 10);
	finish(quiet);
	stop_well();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_refusing_kernels, stop),
		cmocka_unit_test_teardown(test_kernel_without_buffers, stop),
		cmocka_unit_test_teardown(test_kernel_without_optimisations, stop),
		cmocka_unit_test_teardown(test_ring_that_cannot_be_opened, stop),
		cmocka_unit_test_teardown(test_few_places, stop),
		cmocka_unit_test_teardown(test_no_place, stop),
		cmocka_unit_test_teardown(test_more_receivers_than_buffers, stop),
		cmocka_unit_test_teardown(test_peers_that_do_not_read, stop),
		cmocka_unit_test_teardown(test_more_of_them_than_buffers, stop),
		cmocka_unit_test_teardown(test_answers_of_their_own, stop),
		cmocka_unit_test_teardown(test_no_memory_for_a_connection, stop),
		cmocka_unit_test_teardown(test_no_memory_for_a_flood, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_left_out(void **state)
{
	struct error error = {0};

	(void)state;
	assert_false(model_find("uring")->available(&error));
	assert_non_null(strstr(error.text, "liburing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_left_out)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
