/* The end of an event loop. */
#include "transport/stopping.h"

#include "base/log.h"

void stopping_begin(struct stopping *stopping, const struct server *server, struct loop *loop)
{
	char grace[32];

	stopping->begun = true;
	stopping->deadline = loop_now(loop) + server->grace;
	if (loop_count(loop) > 0)
		log_write(LOG_INFO, NULL, NULL,
			  "stopping: %zu sessions have %s to finish; a second signal ends them now",
			  loop_count(loop), clock_text(grace, server->grace));
}

bool stopping_over(struct stopping *stopping, const struct server *server, struct loop *loop)
{
	if (!stopping->begun || stopping->deadline == NEVER)
		return false;
	if (server->stopping < 2 && loop_now(loop) < stopping->deadline)
		return false;
	stopping->deadline = NEVER;
	return true;
}
