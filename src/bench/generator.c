/*
 * The load generator: shares the plan out among threads, waits for them, and adds up.
 */
#include "bench/generator.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

enum {
	LOOK_EVERY = 500000000, /* nanoseconds */
	DESCRIPTORS_KEPT = 64,  /* for all but the connections and one for each thread */
};

static atomic_bool stopped;
static atomic_int caught;

static void stop(int signal)
{
	atomic_store(&caught, signal);
	atomic_store(&stopped, true);
}

void generate_on_signal(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART}, before;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

int generate_stopped(void)
{
	return atomic_load(&caught);
}

struct worker {
	pthread_t thread;
	sem_t ended;
	struct load load;
	int status;
};

static int (*load_function(const struct plan *plan))(struct load *)
{
	if (plan->datagrams)
		return datagram_load;
	switch (plan->protocol->workload->kind) {
	case WORKLOAD_VISIT:
		return visit_load;
	case WORKLOAD_ROOM:
		return room_load;
	default:
		return stream_load;
	}
}

static void *work(void *opaque)
{
	struct worker *worker = opaque;

	worker->status = load_function(worker->load.plan)(&worker->load);
	/* The others must not wait for a share that could not begin. */
	if (worker->status)
		atomic_store(worker->load.conductor->stop, true);
	sem_post(&worker->ended);
	return NULL;
}

/* The part of `whole` that one of `threads` shares gets. */
static uint64_t part(uint64_t whole, int threads, int i)
{
	uint64_t n = (uint64_t)threads;

	return whole / n + ((uint64_t)i < whole % n);
}

static int prepare(struct worker *workers, const struct plan *plan, struct conductor *conductor)
{
	int first = 0;

	for (int i = 0; i < plan->threads; i++) {
		struct load *load = &workers[i].load;
		*load = (struct load){
			.conductor = conductor,
			.plan = plan,
			.target = conductor->target,
			.first = first,
			.connections = (int)part((uint64_t)plan->connections, plan->threads, i),
			.quota = part(plan->count, plan->threads, i),
			.interval = plan->rate > 0 ? 1e9 * plan->threads / plan->rate : 0,
		};
		load->latency = histogram_new();
		load->uncorrected = plan->rate > 0 ? histogram_new() : NULL;
		first += load->connections;
		if (!load->latency || (plan->rate > 0 && !load->uncorrected))
			return -ENOMEM;
	}
	return 0;
}

/* Waits until a thread has ended; looks meanwhile. */
static void await(struct worker *worker, const struct watcher *watcher)
{
	const struct conductor *conductor = worker->load.conductor;
	struct timespec until;
	int64_t wake;

	for (;;) {
		wake = clock_monotonic() + LOOK_EVERY;
		until = (struct timespec){.tv_sec = wake / NANOSECONDS_PER_SECOND,
					  .tv_nsec = wake % NANOSECONDS_PER_SECOND};
		if (sem_clockwait(&worker->ended, CLOCK_MONOTONIC, &until) == 0)
			break;
		if (errno == EINTR)
			continue;
		if (watcher && watcher->look)
			watcher->look(conductor->plan, atomic_load(&conductor->connected),
				      atomic_load(&conductor->done));
	}
	/* Joining with a deadline would need no semaphore, but sanitizers do not know it. */
	pthread_join(worker->thread, NULL);
}

/* Starts the shares and waits for all. Returns 0 or a negative errno. */
static int run(struct worker *workers, const struct plan *plan, const struct watcher *watcher)
{
	int started = 0, status = 0;

	while (started < plan->threads && status == 0) {
		sem_init(&workers[started].ended, 0, 0);
		status = -pthread_create(&workers[started].thread, NULL, work, &workers[started]);
		started += status == 0;
	}
	if (status)
		atomic_store(workers[0].load.conductor->stop, true);
	for (int i = 0; i < started; i++) {
		await(&workers[i], watcher);
		if (status == 0)
			status = workers[i].status;
	}
	return status;
}

static void add(struct result *result, const struct load *load)
{
	double seconds = (double)(load->end - load->begin) / 1e9;

	result->connected += load->connected;
	result->messages += load->messages;
	result->bytes += load->bytes;
	result->generator_time += load->processor_time;
	if (load->end - load->begin > result->elapsed)
		result->elapsed = load->end - load->begin;
	if (seconds > 0) {
		result->achieved += (double)load->messages / seconds;
		result->sent += (double)load->sent / seconds;
	}
	for (int i = 0; i < FAULTS; i++)
		result->faults[i] += load->faults[i];
	if (result->complaint[0] == '\0')
		memcpy(result->complaint, load->complaint, sizeof(result->complaint));
}

static void conclude(struct result *result, const struct plan *plan, const struct worker *workers,
		     const struct conductor *conductor, struct histogram *latency,
		     struct histogram *uncorrected)
{
	*result = (struct result){.server_time = -1};
	for (int i = 0; i < plan->threads; i++) {
		add(result, &workers[i].load);
		histogram_add(latency, workers[i].load.latency);
		if (uncorrected && workers[i].load.uncorrected)
			histogram_add(uncorrected, workers[i].load.uncorrected);
	}
	result->latency = histogram_latency(latency);
	if (uncorrected)
		result->uncorrected = histogram_latency(uncorrected);
	if (conductor->target->processor_time)
		result->server_time = conductor->server_after - conductor->server_before;
}

/* A process may have few descriptors at first and many if it asks. */
static int check_descriptors(const struct plan *plan, struct error *error)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)plan->connections + (rlim_t)plan->threads + DESCRIPTORS_KEPT;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= wanted)
		return 0;
	return error_set(
		error, STATUS_USAGE, EMFILE,
		"%d connections need %ju descriptors, but this process may have %ju; raise "
		"ulimit -n",
		plan->connections, (uintmax_t)wanted, (uintmax_t)limit.rlim_cur);
}

int generate(const struct plan *plan, const struct target *target, const struct watcher *watcher,
	     struct result *result, struct histogram *latency, struct histogram *uncorrected,
	     struct error *error)
{
	struct conductor conductor = {
		.plan = plan, .target = target, .connecting = plan->threads, .stop = &stopped};
	struct worker *workers = calloc((size_t)plan->threads, sizeof(*workers));
	int status = check_descriptors(plan, error);

	if (status) {
		free(workers);
		return status;
	}
	histogram_clear(latency);
	if (uncorrected)
		histogram_clear(uncorrected);
	status = workers ? prepare(workers, plan, &conductor) : -ENOMEM;
	if (status == 0)
		status = run(workers, plan, watcher);
	if (status == 0)
		conclude(result, plan, workers, &conductor, latency, uncorrected);
	for (int i = 0; workers && i < plan->threads; i++) {
		histogram_free(workers[i].load.latency);
		histogram_free(workers[i].load.uncorrected);
	}
	free(workers);
	if (status)
		return error_system(error, -status, "run the load of %d connections",
				    plan->connections);
	return 0;
}
