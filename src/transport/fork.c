/*
 * The fork model: a process for each connection. The parent accepts and serves datagrams; a child
 * talks, with blocking calls, and ends.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "sockettool/model.h"
#include "transport/blocking.h"
#include "transport/conversation.h"
#include "transport/models.h"
#include "transport/stopping.h"

/* The signal with which the parent ends a child's conversation. */
#define END_SIGNAL SIGUSR1
/* How long a child may take after that. */
#define END_PATIENCE NANOSECONDS_PER_SECOND

struct child {
	pid_t process;
	struct address peer;
	struct service *service;
};

struct nursery {
	struct server *server;
	struct child *children;
	size_t count, capacity;
};

static volatile sig_atomic_t child_socket = -1;

static struct server *child_server;

static void end_conversation(int signal)
{
	(void)signal;
	conversation_interrupt(child_server, child_socket);
}

/* A signal that does nothing but interrupt a blocking call. */
static void wake_up(int signal)
{
	(void)signal;
}

static void handle(int signal, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(signal, &action, NULL);
}

/* The child's whole life. A terminal's interrupt reaches all processes, and it is the parent that
 * decides how long conversations may last. */
_Noreturn static void live(struct server *server, struct conversation *conversation,
			   struct service *service, const struct address *peer, pid_t parent)
{
	sigset_t none;

	child_socket = conversation->socket;
	child_server = server;
	conversation->patient = true;
	handle(END_SIGNAL, end_conversation);
	handle(SIGINT, SIG_IGN);
	handle(SIGTERM, SIG_IGN);
	if (!process_ends_with_parent(parent, END_SIGNAL))
		raise(END_SIGNAL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < server->listeners_per_worker; i++)
		close(server->listeners[i].socket);
	if (conversation_open(conversation, server, service) == 0)
		converse(conversation, server, service, peer);
	close(conversation->socket);
	log_flush();
	_exit(STATUS_DONE);
}

static struct child *add_child(struct nursery *nursery)
{
	if (nursery->count == nursery->capacity) {
		size_t capacity = nursery->capacity ? nursery->capacity * 2 : 64;
		struct child *children = realloc(nursery->children, capacity * sizeof(*children));
		if (!children)
			return NULL;
		nursery->children = children;
		nursery->capacity = capacity;
	}
	return &nursery->children[nursery->count];
}

static void forget(struct nursery *nursery, pid_t process)
{
	for (size_t i = 0; i < nursery->count; i++) {
		struct child *child = &nursery->children[i];
		if (child->process != process)
			continue;
		service_adjust(child->service, -1);
		admission_release(nursery->server->admission, &child->peer);
		*child = nursery->children[--nursery->count];
		return;
	}
}

static void reap(void *context)
{
	struct nursery *nursery = context;
	pid_t process;

	while ((process = waitpid(-1, NULL, WNOHANG)) > 0)
		forget(nursery, process);
}

/* Forks with signals blocked: the child unblocks them when its handlers are its own. */
static pid_t fork_undisturbed(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t process = fork();
	if (process != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return process;
}

static void begin(struct nursery *nursery, struct conversation *conversation,
		  const struct listener *listener, const struct address *peer)
{
	struct child *child = add_child(nursery);

	/* What the buffer holds would otherwise be written by both. */
	log_flush();
	pid_t parent = getpid();
	pid_t process = child ? fork_undisturbed() : -1;
	int code = child ? errno : ENOMEM;
	if (process == 0)
		live(nursery->server, conversation, listener->service, peer, parent);
	close(conversation->socket);
	if (process > 0) {
		*child = (struct child){process, *peer, listener->service};
		nursery->count++;
		service_adjust(listener->service, 1);
		return;
	}
	admission_release(nursery->server->admission, peer);
	log_write(LOG_WARNING, NULL, NULL, "a connection was turned away: no process for it: %s",
		  error_reason(code));
}

/* Waits, up to a time, until all children have ended or, unless it is urgent already, the user's
 * patience has. Their SIGCHLD is blocked but in ppoll, so that none comes unnoticed between looking
 * and waiting. */
static void await_children(struct nursery *nursery, int64_t patience, bool urgent)
{
	int64_t deadline = time_after(clock_monotonic(), patience);
	struct pollfd urged = {.fd = urgent ? -1 : nursery->server->stop_now, .events = POLLIN};
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, SIGCHLD);
	for (reap(nursery); nursery->count > 0; reap(nursery)) {
		int64_t left = deadline - clock_monotonic();
		if (left <= 0 || (!urgent && nursery->server->stopping > 1))
			return;
		struct timespec timeout = {left / NANOSECONDS_PER_SECOND,
					   left % NANOSECONDS_PER_SECOND};
		(void)ppoll(&urged, 1, &timeout, &mask);
	}
}

static void signal_children(const struct nursery *nursery, int signal)
{
	for (size_t i = 0; i < nursery->count; i++)
		(void)kill(nursery->children[i].process, signal);
}

static void stop(struct nursery *nursery)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < nursery->server->listeners_per_worker; i++)
		listener_close(&nursery->server->listeners[i]);
	reap(nursery);
	stopping_log(nursery->count, nursery->server->grace);
	log_flush();
	await_children(nursery, nursery->server->grace, false);
	signal_children(nursery, END_SIGNAL);
	await_children(nursery, END_PATIENCE, true);
	signal_children(nursery, SIGKILL);
	await_children(nursery, END_PATIENCE, true);
}

static int run(struct server *server, struct error *error)
{
	struct conversation *conversation = malloc(sizeof(*conversation));
	struct nursery nursery = {.server = server};
	const struct listener *listener;
	struct entrance entrance;
	struct address peer;
	int status = entrance_open(&entrance, server, true, error);

	if (status || !conversation) {
		free(conversation);
		return status ? status : error_system(error, ENOMEM, "serve");
	}
	handle(SIGCHLD, wake_up);
	admission_settle(server->admission, reap, &nursery);
	while ((conversation->socket = entrance_accept(&entrance, &listener, &peer)) != -1) {
		reap(&nursery);
		if (conversation->socket >= 0)
			begin(&nursery, conversation, listener, &peer);
	}
	stop(&nursery);
	entrance_close(&entrance);
	free(nursery.children);
	free(conversation);
	return 0;
}

const struct model fork_model = {
	.name = "fork",
	.summary = "a process for each connection",
	.run = run,
	.interrupt = entrance_interrupt,
};
