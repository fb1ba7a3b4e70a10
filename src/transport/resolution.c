/*
 * The look-up of a host's name in a thread: see resolution.h.
 */
#include "transport/resolution.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

struct resolution {
	atomic_int holders; /* the asker and the thread */
	atomic_bool done;   /* count, addresses and error are there */
	int descriptor;
	int type;
	char *host, *port;
	int count;
	struct address addresses[RESOLUTION_ADDRESSES_MAX];
	struct error error;
};

static void release(struct resolution *resolution)
{
	if (atomic_fetch_sub(&resolution->holders, 1) > 1)
		return;
	if (resolution->descriptor >= 0)
		close(resolution->descriptor);
	free(resolution->host);
	free(resolution->port);
	free(resolution);
}

static void look_up(struct resolution *resolution)
{
	resolution->count = address_resolve(resolution->addresses, RESOLUTION_ADDRESSES_MAX,
					    resolution->host, resolution->port, resolution->type,
					    false, &resolution->error);
	if (resolution->count > RESOLUTION_ADDRESSES_MAX)
		resolution->count = RESOLUTION_ADDRESSES_MAX;
	atomic_store(&resolution->done, true);
	(void)eventfd_write(resolution->descriptor, 1);
}

static void *run(void *argument)
{
	struct resolution *resolution = argument;

	look_up(resolution);
	release(resolution);
	return NULL;
}

/* Starts the thread with every signal blocked: signals are for those who wait for them. */
static int start_thread(struct resolution *resolution)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int code;

	code = pthread_attr_init(&attributes);
	if (code)
		return code;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store(&resolution->holders, 2);
	code = pthread_create(&thread, &attributes, run, resolution);
	if (code)
		atomic_store(&resolution->holders, 1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return code;
}

static bool is_numeric(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

struct resolution *resolution_start(const char *host, const char *port, int type,
				    struct error *error)
{
	struct resolution *resolution = calloc(1, sizeof(*resolution));
	int code = ENOMEM;

	if (!resolution) {
		error_system(error, ENOMEM, "resolve %.200s", host);
		return NULL;
	}
	atomic_init(&resolution->holders, 1);
	resolution->type = type;
	resolution->host = strdup(host);
	resolution->port = strdup(port);
	resolution->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (resolution->descriptor < 0) {
		code = errno;
	} else if (resolution->host && resolution->port) {
		code = 0;
		if (is_numeric(host))
			look_up(resolution);
		else
			code = start_thread(resolution);
	}
	if (code == 0)
		return resolution;
	error_system(error, code, "resolve %.200s", host);
	release(resolution);
	return NULL;
}

int resolution_descriptor(const struct resolution *resolution)
{
	return resolution->descriptor;
}

int resolution_result(const struct resolution *resolution, struct address *out, struct error *error)
{
	if (!atomic_load(&resolution->done))
		return -EAGAIN;
	if (resolution->count < 0) {
		*error = resolution->error;
		/* The name server's silence is final; only the missing answer says "again". */
		return resolution->count == -EAGAIN ? -EHOSTUNREACH : resolution->count;
	}
	memcpy(out, resolution->addresses, resolution->count * sizeof(*out));
	return resolution->count;
}

void resolution_end(struct resolution *resolution)
{
	if (resolution)
		release(resolution);
}
