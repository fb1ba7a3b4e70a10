/*
 * The threads model: a thread for each connection, and one for each UDP socket. The main thread
 * accepts.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sockettool/model.h"
#include "transport/conversation.h"
#include "transport/models.h"
#include "transport/stopping.h"
#include "transport/udp.h"

enum { STACK_SIZE = 128 * 1024, UDP_BATCH = 64, ACCEPT_MAX = 64 };

/* How long accepting pauses when descriptors are used up. */
#define ACCEPT_PAUSE_MILLISECONDS 100

/* How long threads may take to end their sessions when the server's grace is over. */
#define END_PATIENCE NANOSECONDS_PER_SECOND

struct crowd {
	struct server *server;
	pthread_attr_t attributes;
	pthread_mutex_t lock;
	struct talker *first; /* all threads that talk, under the lock */
	size_t count;
	int gone; /* an eventfd: a thread has ended */
};

struct talker {
	struct conversation conversation;
	struct crowd *crowd;
	struct service *service;
	struct address peer;
	struct talker *next, *previous;
};

static void add(struct crowd *crowd, struct talker *talker)
{
	pthread_mutex_lock(&crowd->lock);
	talker->next = crowd->first;
	if (crowd->first)
		crowd->first->previous = talker;
	crowd->first = talker;
	crowd->count++;
	pthread_mutex_unlock(&crowd->lock);
}

static void free_talker(struct talker *talker)
{
	conversation_close(&talker->conversation);
	free(talker);
}

/* The end of a talker. The socket is closed under the lock, as end_all may be shutting it down, and
 * the talker is counted out when nothing is left of it. */
static void take_out(struct talker *talker)
{
	struct crowd *crowd = talker->crowd;
	uint64_t one = 1;

	pthread_mutex_lock(&crowd->lock);
	if (talker->previous)
		talker->previous->next = talker->next;
	else
		crowd->first = talker->next;
	if (talker->next)
		talker->next->previous = talker->previous;
	close(talker->conversation.socket);
	pthread_mutex_unlock(&crowd->lock);
	admission_release(crowd->server->admission, &talker->peer);
	free_talker(talker);
	pthread_mutex_lock(&crowd->lock);
	crowd->count--;
	(void)!write(crowd->gone, &one, sizeof(one));
	pthread_mutex_unlock(&crowd->lock);
}

static struct talker *new_talker(struct crowd *crowd, const struct listener *listener, int socket,
				 const struct address *peer)
{
	struct talker *talker = calloc(1, sizeof(*talker));

	if (!talker)
		return NULL;
	talker->crowd = crowd;
	talker->service = listener->service;
	talker->peer = *peer;
	talker->conversation.socket = socket;
	if (conversation_open(&talker->conversation, crowd->server, listener->service) == 0)
		return talker;
	free_talker(talker);
	return NULL;
}

static void *talk(void *argument)
{
	struct talker *talker = argument;

	converse(&talker->conversation, talker->crowd->server, talker->service, &talker->peer);
	take_out(talker);
	return NULL;
}

static void begin(struct crowd *crowd, const struct listener *listener, int socket,
		  const struct address *peer)
{
	struct talker *talker = new_talker(crowd, listener, socket, peer);
	pthread_t thread;
	int status = ENOMEM;

	if (talker) {
		add(crowd, talker);
		status = pthread_create(&thread, &crowd->attributes, talk, talker);
	}
	if (status == 0)
		return;
	log_write(LOG_WARNING, NULL, NULL, "a connection was turned away: no thread for it: %s",
		  error_reason(status));
	if (talker) {
		take_out(talker);
	} else {
		close(socket);
		admission_release(crowd->server->admission, peer);
	}
}

/* --- Datagrams. --- */

struct mail {
	pthread_t thread;
	struct server *server;
	struct loop *loop;
	struct udp *udp;
	int socket;
	bool started;
};

static void *serve_datagrams(void *argument)
{
	struct mail *mail = argument;
	struct pollfd list[] = {
		{.fd = mail->socket, .events = POLLIN},
		{.fd = mail->server->stop, .events = POLLIN},
	};

	while (!list[1].revents) {
		(void)poll(list, 2, -1);
		(void)udp_serve(mail->udp, MSG_DONTWAIT);
		log_flush();
	}
	udp_drain(mail->udp);
	return NULL;
}

static void stop_mail(struct mail *mail, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (mail[i].started)
			pthread_join(mail[i].thread, NULL);
		udp_free(mail[i].udp);
		loop_free(mail[i].loop);
	}
	free(mail);
}

static bool start_one(struct mail *mail, struct server *server, const struct listener *listener)
{
	mail->server = server;
	mail->socket = listener->socket;
	mail->loop = loop_new(server->clock, NULL, NULL);
	if (mail->loop)
		mail->udp = udp_new(listener, mail->loop, &server->datagrams, UDP_BATCH);
	mail->started = mail->udp &&
			pthread_create(&mail->thread, NULL, serve_datagrams, mail) == 0;
	return mail->started;
}

/* Returns NULL if not every UDP socket has got its thread. */
static struct mail *start_mail(struct server *server)
{
	struct mail *mail = calloc(server->listeners_per_worker, sizeof(*mail));
	uint64_t one = 1;

	for (size_t i = 0; mail && i < server->listeners_per_worker; i++) {
		const struct listener *listener = &server->listeners[i];
		if (listener->transport != TRANSPORT_UDP)
			continue;
		if (start_one(&mail[i], server, listener))
			continue;
		(void)!write(server->stop, &one, sizeof(one));
		stop_mail(mail, server->listeners_per_worker);
		return NULL;
	}
	return mail;
}

/* --- Accepting, and the end. --- */

/* Accepts all who wait at a listener. Returns how long to pause before the next wait. */
static int accept_all(struct crowd *crowd, const struct listener *listener)
{
	struct address peer;
	int socket;

	for (int i = 0; i < (crowd->server->stopping ? LAST_INTAKE_MAX : ACCEPT_MAX); i++) {
		socket = admission_accept(crowd->server->admission, listener, 0, &peer);
		if (socket >= 0)
			begin(crowd, listener, socket, &peer);
		else if (socket == -EMFILE)
			return ACCEPT_PAUSE_MILLISECONDS;
		else if (socket != -EINTR && socket != -ECONNABORTED && socket != -EBUSY)
			return 0;
	}
	return 0;
}

static void accept_until_stop(struct crowd *crowd, struct pollfd *list)
{
	struct server *server = crowd->server;
	size_t count = server->listeners_per_worker;
	bool stopping = false;
	int pause = 0;

	for (size_t i = 0; i < count; i++) {
		bool stream = server->listeners[i].transport != TRANSPORT_UDP;
		list[i] = (struct pollfd){.fd = stream ? server->listeners[i].socket : -1,
					  .events = POLLIN};
		if (stream)
			(void)fcntl(list[i].fd, F_SETFL, O_RDWR | O_NONBLOCK);
	}
	list[count] = (struct pollfd){.fd = server->stop, .events = POLLIN};
	while (!stopping) {
		log_flush();
		if (pause > 0)
			(void)poll(&list[count], 1, pause);
		else
			(void)poll(list, count + 1, CLOCK_POLL_FOREVER);
		pause = 0;
		/* After a stop those who wait already are taken in a last time. */
		stopping = server->stopping;
		for (size_t i = 0; i < count; i++) {
			if (list[i].fd >= 0)
				pause += accept_all(crowd, &server->listeners[i]);
		}
	}
}

static size_t count_talkers(struct crowd *crowd)
{
	pthread_mutex_lock(&crowd->lock);
	size_t count = crowd->count;
	pthread_mutex_unlock(&crowd->lock);
	return count;
}

/* Waits until every thread has ended, or the time or the user's patience has. */
static bool await_end(struct crowd *crowd, int64_t deadline, bool urgent)
{
	struct pollfd list[] = {
		{.fd = crowd->gone, .events = POLLIN},
		{.fd = urgent ? -1 : crowd->server->stop_now, .events = POLLIN},
	};
	uint64_t ended;

	for (;;) {
		size_t count = count_talkers(crowd);
		int64_t now = clock_monotonic();
		if (count == 0 || now >= deadline || list[1].revents)
			return count == 0;
		log_flush();
		if (poll(list, 2, clock_poll_timeout(now, deadline)) > 0 && list[0].revents)
			(void)!read(crowd->gone, &ended, sizeof(ended));
	}
}

static void end_all(struct crowd *crowd, int how)
{
	crowd->server->stopping = 2;
	pthread_mutex_lock(&crowd->lock);
	for (struct talker *at = crowd->first; at; at = at->next)
		(void)shutdown(at->conversation.socket, how);
	pthread_mutex_unlock(&crowd->lock);
}

static void stop(struct crowd *crowd)
{
	struct server *server = crowd->server;

	for (size_t i = 0; i < server->listeners_per_worker; i++) {
		if (server->listeners[i].transport != TRANSPORT_UDP)
			listener_close(&server->listeners[i]);
	}
	stopping_log(count_talkers(crowd), server->grace);
	if (await_end(crowd, time_after(clock_monotonic(), server->grace), false))
		return;
	/* Whoever can be sent to is told; whoever cannot is cut off. */
	end_all(crowd, SHUT_RD);
	if (await_end(crowd, clock_monotonic() + END_PATIENCE, true))
		return;
	end_all(crowd, SHUT_RDWR);
	(void)await_end(crowd, NEVER, true);
}

static int run(struct server *server, struct error *error)
{
	struct crowd crowd = {.server = server, .gone = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	struct pollfd *list = calloc(server->listeners_per_worker + 1, sizeof(*list));
	struct mail *mail = list && crowd.gone >= 0 ? start_mail(server) : NULL;

	if (!mail) {
		free(list);
		if (crowd.gone >= 0)
			close(crowd.gone);
		return error_system(error, ENOMEM, "serve");
	}
	pthread_mutex_init(&crowd.lock, NULL);
	pthread_attr_init(&crowd.attributes);
	pthread_attr_setstacksize(&crowd.attributes, STACK_SIZE);
	pthread_attr_setdetachstate(&crowd.attributes, PTHREAD_CREATE_DETACHED);
	accept_until_stop(&crowd, list);
	stop(&crowd);
	stop_mail(mail, server->listeners_per_worker);
	pthread_attr_destroy(&crowd.attributes);
	pthread_mutex_destroy(&crowd.lock);
	close(crowd.gone);
	free(list);
	return 0;
}

const struct model threads_model = {
	.name = "threads",
	.summary = "a thread for each connection",
	.abilities = MODEL_SHARED,
	.run = run,
};
