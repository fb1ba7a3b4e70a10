/*
 * The serving end: makes the services, binds their listeners, says so, and runs the model until a
 * signal asks it to stop.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "endpoint/listeners.h"
#include "endpoint/person.h"
#include "sockettool/model.h"

/* --- Signals. --- */

static struct server *running;

static void ask_to_stop(int signal)
{
	int saved = errno;
	uint64_t one = 1;

	(void)signal;
	/* Two signals may be handled by two threads at once: only one of them is the first. */
	int none = 0;
	bool first = atomic_compare_exchange_strong(&running->stopping, &none, 1);
	if (!first)
		running->stopping = 2;
	(void)!write(first ? running->stop : running->stop_now, &one, sizeof(one));
	if (running->model->interrupt)
		running->model->interrupt(running);
	errno = saved;
}

/* A session asks the server to stop; under the fork model it runs in a child. */
static pid_t server_process;

static void stop_server(void)
{
	kill(server_process, SIGTERM);
}

static const struct audience audience = {
	.show = person_show, .keyboard = person_keyboard, .stop = stop_server};

/* Blocking calls are to be interrupted, so there is no SA_RESTART. */
static void handle_signals(struct server *server)
{
	struct sigaction stop = {.sa_handler = ask_to_stop};

	running = server;
	server_process = getpid();
	sigaddset(&stop.sa_mask, SIGINT);
	sigaddset(&stop.sa_mask, SIGTERM);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* --- What a server needs around its listeners. --- */

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static struct service *make_service(const struct server *server,
				    const struct serve_options *options,
				    const struct serving *serving)
{
	struct service_settings settings = {
		.raw = options->framing.framing == FRAMING_CHOICE_RAW,
		.crlf = options->framing.crlf,
		.max_line = (size_t)options->framing.max_line,
		.send_queue = (size_t)options->send_queue,
		.idle_timeout = options->idle_timeout,
	};
	struct service *service =
		service_new(serving->protocol, serving->options, &settings, &audience);
	bool one_thread = (server->model->abilities & MODEL_WORKERS) && server->workers == 1;

	/* The server's keyboard is read in a thread of its own. */
	if (service && (!one_thread || serving->protocol->server.user))
		service_use_lock(service);
	return service;
}

static void free_services(struct service **services, size_t count)
{
	for (size_t i = 0; services && i < count; i++)
		service_free(services[i]);
	free(services);
}

static struct service **make_services(const struct server *server,
				      const struct serve_options *options,
				      const struct serving *servings, size_t count)
{
	struct service **services = calloc(count, sizeof(struct service *));

	for (size_t i = 0; services && i < count; i++) {
		services[i] = make_service(server, options, &servings[i]);
		if (!services[i]) {
			free_services(services, count);
			return NULL;
		}
	}
	return services;
}

/* The ports that datagrams to this process come to: none of them is answered. */
static uint16_t *own_ports(const struct server *server, size_t *count)
{
	uint16_t *ports = calloc(server->listeners_per_worker, sizeof(*ports));

	*count = 0;
	for (size_t i = 0; ports && i < server->listeners_per_worker; i++) {
		if (server->listeners[i].transport == TRANSPORT_UDP)
			ports[(*count)++] = server->listeners[i].address.port;
	}
	return ports;
}

/* --- Telling that it serves. --- */

static int print_listeners(const struct server *server, const struct serve_options *options,
			   struct error *error)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < server->listeners_per_worker; i++) {
		const struct listener *listener = &server->listeners[i];
		const char *name = service_protocol(listener->service)->name;
		if (listener->transport == TRANSPORT_UNIX)
			printf("listening on unix %s (%s, %s)\n", options->unix_path, name,
			       server->model->name);
		else
			printf("listening on %s %s (%s, %s)\n",
			       listener->transport == TRANSPORT_TCP ? "tcp" : "udp",
			       address_text(text, &listener->address), name, server->model->name);
	}
	if (fflush(stdout) == 0)
		return 0;
	return error_set(error, STATUS_PROTOCOL, errno,
			 "the listening lines cannot be written to standard output: %s",
			 error_reason(errno));
}

static void tell_ready(int64_t descriptor)
{
	if (descriptor < 0)
		return;
	if (write((int)descriptor, "ready\n", 6) < 0)
		log_write(LOG_WARNING, NULL, NULL, "--ready-fd %d cannot be written to: %s",
			  (int)descriptor, error_reason(errno));
	/* The standard descriptors stay taken, so that no socket becomes one of them. */
	int null = descriptor <= STDERR_FILENO ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
	if (null >= 0) {
		(void)dup2(null, (int)descriptor);
		close(null);
	} else {
		close((int)descriptor);
	}
}

/* --- Serving. --- */

static int open_server(struct server *server, const struct serve_options *options,
		       const struct serving *servings, struct service *const *services,
		       size_t count, struct error *error)
{
	int status = listeners_open(server, options, servings, services, count, error);

	if (status)
		return status;
	server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->stop_now = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->admission = admission_new(&server->limits);
	server->datagrams.own_ports = own_ports(server, &server->datagrams.own_port_count);
	server->datagrams.allow_amplification = options->allow_amplification;
	if (server->stop < 0 || server->stop_now < 0 || !server->admission ||
	    !server->datagrams.own_ports)
		return error_system(error, ENOMEM, "serve");
	return 0;
}

static void close_server(struct server *server)
{
	listeners_close(server);
	if (server->stop >= 0)
		close(server->stop);
	if (server->stop_now >= 0)
		close(server->stop_now);
	admission_free(server->admission);
	free((void *)server->datagrams.own_ports);
}

static void configure_log(const struct log_options *options)
{
	enum log_level level = options->verbose ? LOG_DETAIL : LOG_INFO;

	log_configure(options->quiet ? LOG_WARNING : level, (enum log_format)options->format);
}

int serve(const struct serve_options *options, const struct serving *servings, size_t count,
	  struct error *error)
{
	struct server server = {
		.model = models[options->model],
		.clock = &system_clock,
		.workers = (int)options->workers,
		.limits = {options->max_connections, options->max_connections_per_host,
			   options->idle_timeout},
		.grace = options->grace,
		.stop = -1,
		.stop_now = -1,
	};

	configure_log(&options->log);
	raise_descriptor_limit();
	struct service **services = make_services(&server, options, servings, count);
	if (!services)
		return error_system(error, ENOMEM, "serve");
	int status = 0;
	for (size_t i = 0; i < count && status == 0; i++)
		status = service_start(services[i], error);
	if (status == 0)
		status = open_server(&server, options, servings, services, count, error);
	if (status == 0) {
		handle_signals(&server);
		person_attend(&server);
		status = print_listeners(&server, options, error);
	}
	if (status == 0) {
		tell_ready(options->ready_fd);
		log_flush();
		status = server.model->run(&server, error);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
	}
	person_dismiss();
	close_server(&server);
	free_services(services, count);
	log_flush();
	return status;
}
