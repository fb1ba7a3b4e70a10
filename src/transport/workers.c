/* Workers: event loops in threads of their own. */
#include "transport/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"

struct worker {
	pthread_t thread;
	struct server *server;
	worker_function *function;
	const void *context;
	int number, status;
	struct error error;
};

static void stop_all(struct server *server)
{
	uint64_t one = 1;

	server->stopping = 2;
	(void)!write(server->stop, &one, sizeof(one));
	(void)!write(server->stop_now, &one, sizeof(one));
}

static void *run(void *argument)
{
	struct worker *worker = argument;

	worker->status =
		worker->function(worker->server, worker->number, worker->context, &worker->error);
	if (worker->status)
		stop_all(worker->server);
	return NULL;
}

int workers_run(struct server *server, worker_function *function, const void *context,
		struct error *error)
{
	struct worker *workers = calloc((size_t)server->workers, sizeof(*workers));
	int started = 1, status = 0;

	if (!workers)
		return error_system(error, ENOMEM, "start the workers");
	for (int i = 0; i == 0 || i < server->workers; i++)
		workers[i] = (struct worker){
			.server = server, .function = function, .context = context, .number = i};
	while (started < server->workers && (status = pthread_create(&workers[started].thread, NULL,
								     run, &workers[started])) == 0)
		started++;
	if (status) {
		workers[0].status =
			error_system(&workers[0].error, status, "start worker %d", started);
		stop_all(server);
	} else {
		run(&workers[0]);
	}
	for (int i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	status = 0;
	for (int i = 0; i < started && status == 0; i++) {
		status = workers[i].status;
		if (status)
			*error = workers[i].error;
	}
	free(workers);
	return status;
}
