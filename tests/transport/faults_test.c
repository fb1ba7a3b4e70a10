/*
 * Calls that fail: interrupted, cut short, out of descriptors, out of memory, aborted. Each model
 * but uring runs in a child whose calls go through the functions below; nothing may be lost, and
 * nothing may turn in circles.
 */
/* link: --wrap=send,--wrap=sendmsg,--wrap=recv,--wrap=accept4,--wrap=calloc,--wrap=realloc */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
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

/* What goes wrong: every so many calls; 0: never. Shared by the test and its children. */
struct faults {
	atomic_int interrupted;    /* any call: EINTR */
	atomic_int short_sends;    /* the first part alone is taken */
	atomic_int refused_sends;  /* EAGAIN although there is room; only if not blocking */
	atomic_int accept_code;    /* accepting fails with this errno while it is not 0 */
	atomic_int no_memory;      /* calloc and realloc */
	atomic_int calls, accepts; /* counted */
};

static struct faults *faults;
static bool injecting;

static bool is_due(const atomic_int *every)
{
	static _Thread_local unsigned calls;
	int n = *every;

	return injecting && n > 0 && ++calls % (unsigned)n == 0;
}

static bool is_interrupted(void)
{
	if (injecting)
		faults->calls++;
	if (!injecting || !is_due(&faults->interrupted))
		return false;
	errno = EINTR;
	return true;
}

ssize_t __real_send(int socket, const void *bytes, size_t n, int flags);
ssize_t __wrap_send(int socket, const void *bytes, size_t n, int flags);
ssize_t __wrap_send(int socket, const void *bytes, size_t n, int flags)
{
	if (is_interrupted())
		return -1;
	if (injecting && (flags & MSG_DONTWAIT) && is_due(&faults->refused_sends)) {
		errno = EAGAIN;
		return -1;
	}
	if (injecting && n > 1 && is_due(&faults->short_sends))
		n = n / 3 + 1;
	return __real_send(socket, bytes, n, flags);
}

ssize_t __real_sendmsg(int socket, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int socket, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int socket, const struct msghdr *message, int flags)
{
	if (is_interrupted())
		return -1;
	/* A short send ends in the first of the runs. */
	if (injecting && message->msg_iovlen > 1 && message->msg_iov[0].iov_len > 1 &&
	    is_due(&faults->short_sends))
		return __real_send(socket, message->msg_iov[0].iov_base,
				   message->msg_iov[0].iov_len - 1, flags);
	return __real_sendmsg(socket, message, flags);
}

ssize_t __real_recv(int socket, void *bytes, size_t n, int flags);
ssize_t __wrap_recv(int socket, void *bytes, size_t n, int flags);
ssize_t __wrap_recv(int socket, void *bytes, size_t n, int flags)
{
	return is_interrupted() ? -1 : __real_recv(socket, bytes, n, flags);
}

int __real_accept4(int socket, struct sockaddr *peer, socklen_t *length, int flags);
int __wrap_accept4(int socket, struct sockaddr *peer, socklen_t *length, int flags);
int __wrap_accept4(int socket, struct sockaddr *peer, socklen_t *length, int flags)
{
	static _Thread_local int code;

	if (injecting)
		faults->accepts++;
	if (is_interrupted())
		return -1;
	/* Whoever accepts in order to turn away, and asks for no address, fares as the accept
	 * before: the fault must not end between the two. */
	if (peer)
		code = faults->accept_code;
	if (injecting && code) {
		errno = code;
		return -1;
	}
	return __real_accept4(socket, peer, length, flags);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return injecting && is_due(&faults->no_memory) ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
	return injecting && is_due(&faults->no_memory) ? NULL : __real_realloc(memory, size);
}

/* --- A server in a child. --- */

static struct server *running;
static pid_t child;
static bool stopped_early; /* the wish to stop comes before the model runs */
static int64_t grace = NANOSECONDS_PER_SECOND;
static struct net_place place;

static void ask_to_stop(int signal)
{
	uint64_t one = 1;

	(void)signal;
	running->stopping = 1;
	(void)!write(running->stop, &one, sizeof(one));
	if (running->model->interrupt)
		running->model->interrupt(running);
}

/* The child's whole life. Its status: 0 when all went well. */
static _Noreturn void live(struct server *server)
{
	static const int crashes[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS};
	struct sigaction stop = {.sa_handler = ask_to_stop};
	struct error error = {0};

	/* cmocka's handlers would go on with the tests, here, too. */
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		signal(crashes[i], SIG_DFL);
	running = server;
	sigaction(SIGTERM, &stop, NULL);
	log_configure(LOG_ERROR, LOG_TEXT);
	if (stopped_early)
		raise(SIGTERM);
	injecting = true;
	int status = server->model->run(server, &error);
	injecting = false;
	for (size_t i = 0; i < server->listeners_per_worker; i++)
		listener_close(&server->listeners[i]);
	bool all_closed = service_active(server->listeners[0].service) == 0;
	_exit(status || !all_closed);
}

static void start(const struct model *model, const char *protocol)
{
	static const struct service_settings settings = {.max_line = 4096, .send_queue = 1 << 20};
	struct listener listener = {.socket = -1};
	struct server server = {.model = model,
				.clock = &system_clock,
				.workers = 1,
				.listeners = &listener,
				.listeners_per_worker = 1,
				.grace = grace};
	struct address address = {.family = ADDRESS_IPV4, .bytes = {127, 0, 0, 1}};
	struct error error;

	memset(faults, 0, sizeof(*faults));
	assert_int_equal(listener_open(&listener, TRANSPORT_TCP, &address,
				       &(struct listen_options){.backlog = 100}, &error),
			 0);
	listener.service = service_new(protocol_find(protocol), NULL, &settings, NULL);
	assert_non_null(listener.service);
	service_use_lock(listener.service);
	server.admission = admission_new(&server.limits);
	server.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server.stop_now = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(server.admission && server.stop_now >= 0);
	place = (struct net_place){.name = "tcp 127.0.0.1", .port = listener.address.port};
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		live(&server);
	listener_close(&listener);
	close(server.stop);
	close(server.stop_now);
	admission_free(server.admission);
	service_free(listener.service);
}

static int end_child(void **state)
{
	(void)state;
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = 0;
	return 0;
}

static void await_end(void)
{
	int64_t limit = net_limit();
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (net_now() > limit)
			fail_msg("in time the server did not end");
		poll(NULL, 0, 1);
	}
	child = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("the server ended with status %d, signal %d", WEXITSTATUS(status),
			 WTERMSIG(status));
}

static void stop(void)
{
	kill(child, SIGTERM);
	await_end();
}

static void each_model(void (*visit)(const struct model *))
{
	for (size_t i = 0; models[i]; i++) {
		if (strcmp(models[i]->name, "uring") != 0)
			visit(models[i]);
	}
}

/* --- Interrupted and cut short --- */

enum { ECHOED = 300000 };

static void echo(const char *bytes, char *received)
{
	int client = net_connect(&place);
	size_t out = 0, in = 0;

	while (in < ECHOED) {
		struct pollfd event = {.fd = client,
				       .events = (short)(POLLIN | (out < ECHOED ? POLLOUT : 0))};
		assert_int_equal(poll(&event, 1, (int)(program_patience / 1000000)), 1);
		ssize_t n = event.revents & POLLOUT ? send(client, bytes + out, ECHOED - out,
							   MSG_DONTWAIT | MSG_NOSIGNAL)
						    : 0;
		out += n > 0 ? (size_t)n : 0;
		n = event.revents & POLLIN ? recv(client, received + in, ECHOED - in, 0) : 1;
		assert_true(n > 0);
		in += event.revents & POLLIN ? (size_t)n : 0;
	}
	net_finish(client);
	peer_expect_end(client);
	close(client);
	assert_memory_equal(bytes, received, ECHOED);
}

static void echo_despite_faults(const struct model *model)
{
	static char bytes[ECHOED], received[ECHOED];

	for (size_t i = 0; i < ECHOED; i++)
		bytes[i] = (char)(i * 13 + i / 255);
	start(model, "echo");
	faults->interrupted = 3;
	faults->short_sends = 2;
	faults->refused_sends = 5;
	for (int i = 0; i < 3; i++)
		echo(bytes, received);
	/* A bound of what the work takes; a loop that turns in circles has no bound. */
	assert_in_range(faults->calls, 10, 20000);
	stop();
}

static void test_interrupted_and_short(void **state)
{
	(void)state;
	each_model(echo_despite_faults);
}

static void calculate_despite_faults(const struct model *model)
{
	char text[64];

	start(model, "calc");
	faults->interrupted = 2;
	faults->short_sends = 2;
	int client = net_connect(&place);
	peer_send(client, "Ada\n");
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d * 3\n", i);
		peer_send(client, text);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d.0\n", i * 3);
		peer_expect(client, text);
	}
	peer_send(client, "q\n");
	peer_expect_end(client);
	close(client);
	stop();
}

static void test_many_runs(void **state)
{
	(void)state;
	each_model(calculate_despite_faults);
}

static void gossip_despite_faults(const struct model *model)
{
	int members[5];
	char text[64];

	if (!(model->abilities & MODEL_SHARED))
		return;
	start(model, "chat");
	faults->interrupted = 3;
	faults->short_sends = 2;
	faults->refused_sends = 3;
	for (int i = 0; i < 5; i++) {
		members[i] = net_connect(&place);
		snprintf(text, sizeof(text), "m%d\n", i);
		peer_send(members[i], text);
		do
			assert_true(net_line(members[i], text, sizeof(text)));
		while (strncmp(text, i ? "Here: " : "Nobody", 6) != 0);
	}
	for (int i = 1; i < 5; i++) {
		snprintf(text, sizeof(text), "m%d has joined the chat.\n", i);
		peer_expect(members[0], text);
	}
	for (int line = 0; line < 100; line++) {
		snprintf(text, sizeof(text), "line %d\n", line);
		peer_send(members[4], text);
		snprintf(text, sizeof(text), "m4: line %d\n", line);
		peer_expect(members[0], text);
	}
	for (int i = 0; i < 5; i++)
		close(members[i]);
	stop();
}

static void test_broadcast(void **state)
{
	(void)state;
	each_model(gossip_despite_faults);
}

/* --- Accepting --- */

static void converse(void)
{
	int client = net_connect(&place);

	peer_send(client, "here");
	peer_expect(client, "here");
	net_finish(client);
	peer_expect_end(client);
	close(client);
}

static bool is_accepted_now(int client)
{
	char byte;

	return recv(client, &byte, 1, MSG_DONTWAIT) == 1;
}

/* Has accepting fail from now on. A blocking call that waits already takes one in. */
static void fail_accepts(int code)
{
	faults->accept_code = code;
	close(net_connect(&place));
}

/* Waits until accepting has failed that often, and returns how long it took. */
static int64_t await_accepts(int count)
{
	int64_t begin = net_now(), limit = net_limit();

	while (faults->accepts < count) {
		if (net_now() > limit)
			fail_msg("only %d of %d accepts", faults->accepts, count);
		poll(NULL, 0, 1);
	}
	return net_now() - begin;
}

/* Descriptors, or memory, are used up for a while; whoever waits is served after it. The wrapped
 * call never takes the caller in, as when the spare descriptor is taken by somebody else. */
static void accept_after(const struct model *model, int code)
{
	start(model, "echo");
	converse();
	fail_accepts(code);
	int before = faults->accepts, client = net_connect(&place);
	peer_send(client, "x");
	/* Two accepts, one with the spare descriptor, ten times a second; the end of the child
	 * that fork made for the one before may cut a pause short. */
	assert_true(await_accepts(before + 9) > INT64_C(200000000));
	assert_false(is_accepted_now(client));
	faults->accept_code = 0;
	peer_expect(client, "x");
	close(client);
	converse();
	stop();
}

static void accept_after_emfile(const struct model *model)
{
	accept_after(model, EMFILE);
}

static void accept_after_enomem(const struct model *model)
{
	accept_after(model, ENOMEM);
}

static void test_accept_without_descriptors(void **state)
{
	(void)state;
	each_model(accept_after_emfile);
}

static void test_accept_without_memory(void **state)
{
	(void)state;
	each_model(accept_after_enomem);
}

/* A connection that was aborted while it waited is somebody else's loss alone. */
static void accept_after_abort(const struct model *model)
{
	start(model, "echo");
	converse();
	fail_accepts(ECONNABORTED);
	int before = faults->accepts, client = net_connect(&place);
	peer_send(client, "x");
	await_accepts(before + 3);
	faults->accept_code = 0;
	peer_expect(client, "x");
	close(client);
	converse();
	stop();
}

static void test_accept_aborted(void **state)
{
	(void)state;
	each_model(accept_after_abort);
}

/* --- Memory --- */

static void calculate(void)
{
	int client = net_connect(&place);

	peer_send(client, "Ada\n1 + 1\nq\n");
	peer_expect(client, "2.0\n");
	peer_expect_end(client);
	close(client);
}

/* While memory fails now and then a client is served or dropped, never served wrongly. */
static void survive_without_memory(const struct model *model)
{
	char received[4096];

	start(model, "calc");
	calculate();
	faults->no_memory = 3;
	for (int i = 0; i < 50; i++) {
		int client = net_connect(&place);
		size_t n = 0;
		ssize_t got;
		(void)send(client, "Ada\n1 + 1\n2 + 2\nq\n", 18, MSG_NOSIGNAL);
		while ((got = net_receive(client, received + n, sizeof(received) - n)) > 0)
			n += (size_t)got;
		assert_true(n <= 8 && memcmp(received, "2.0\n4.0\n", n) == 0);
		close(client);
	}
	faults->no_memory = 0;
	for (int i = 0; i < 5; i++)
		calculate();
	stop();
}

static void test_no_memory(void **state)
{
	(void)state;
	each_model(survive_without_memory);
}

/* --- Stopped before it runs --- */

static void stop_before_the_run(const struct model *model)
{
	static const int64_t graces[] = {0, NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND};

	for (size_t i = 0; i < sizeof(graces) / sizeof(graces[0]); i++) {
		grace = graces[i];
		start(model, "echo");
		await_end();
	}
}

/* The handler of signals is there before the model is. */
static void test_stopped_before_the_run(void **state)
{
	(void)state;
	stopped_early = true;
	each_model(stop_before_the_run);
	stopped_early = false;
	grace = NANOSECONDS_PER_SECOND;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_interrupted_and_short, end_child),
		cmocka_unit_test_teardown(test_stopped_before_the_run, end_child),
		cmocka_unit_test_teardown(test_many_runs, end_child),
		cmocka_unit_test_teardown(test_broadcast, end_child),
		cmocka_unit_test_teardown(test_accept_without_descriptors, end_child),
		cmocka_unit_test_teardown(test_accept_without_memory, end_child),
		cmocka_unit_test_teardown(test_accept_aborted, end_child),
		cmocka_unit_test_teardown(test_no_memory, end_child),
	};

	faults = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (faults == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
