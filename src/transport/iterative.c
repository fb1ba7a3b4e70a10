/*
 * The iterative model: one conversation after the other, with blocking calls, as in the first
 * program of every course. Whoever comes second waits.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "sockettool/model.h"
#include "transport/blocking.h"
#include "transport/conversation.h"
#include "transport/models.h"

/* The socket of the conversation, for the handler that ends it; -1 between conversations. */
static volatile sig_atomic_t current_socket = -1;
static struct server *served;

static void end_conversation(int signal)
{
	(void)signal;
	conversation_interrupt(served, current_socket);
}

/* Called in the signal's handler, maybe before the model runs: ends waiting, and the conversation
 * when the grace is over. */
static void interrupt(struct server *server)
{
	int64_t grace = server->stopping > 1 ? 0 : server->grace;
	struct itimerval timer = {.it_value = {grace / NANOSECONDS_PER_SECOND,
					       grace % NANOSECONDS_PER_SECOND / 1000}};
	struct sigaction action = {.sa_handler = end_conversation};

	entrance_interrupt(server);
	/* What is less than a microsecond would disarm the timer. */
	if (grace < 1000) {
		conversation_interrupt(server, current_socket);
		return;
	}
	served = server;
	sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void talk(struct server *server, struct conversation *conversation,
		 const struct listener *listener, const struct address *peer)
{
	struct service *service = listener->service;

	current_socket = conversation->socket;
	if (conversation_open(conversation, server, service) == 0)
		converse(conversation, server, service, peer);
	conversation_close(conversation);
	current_socket = -1;
	close(conversation->socket);
	admission_release(server->admission, peer);
}

static int run(struct server *server, struct error *error)
{
	struct conversation *conversation = malloc(sizeof(*conversation));
	const struct listener *listener;
	struct entrance entrance;
	struct address peer;
	int status = entrance_open(&entrance, server, true, error);

	if (status || !conversation) {
		free(conversation);
		return status ? status : error_system(error, ENOMEM, "serve");
	}
	conversation->patient = true;
	while ((conversation->socket = entrance_accept(&entrance, &listener, &peer)) != -1) {
		if (conversation->socket >= 0)
			talk(server, conversation, listener, &peer);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	entrance_close(&entrance);
	free(conversation);
	return 0;
}

const struct model iterative_model = {
	.name = "iterative",
	.summary = "one conversation after the other",
	.abilities = MODEL_SINGLE,
	.run = run,
	.interrupt = interrupt,
};
