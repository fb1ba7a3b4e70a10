/* The end of an event loop. */
#include "transport/stopping.h"

#include "base/log.h"

void stopping_log(size_t sessions, int64_t grace)
{
	char text[32];

	if (sessions > 0)
		log_write(LOG_INFO, NULL, NULL,
			  "stopping: %zu session%s %s to finish; a second signal ends %s now",
			  sessions, sessions == 1 ? " has" : "s have", clock_text(text, grace),
			  sessions == 1 ? "it" : "them");
}

void stopping_begin(struct stopping *stopping, const struct server *server, struct loop *loop)
{
	stopping->begun = true;
	stopping->deadline = time_after(loop_now(loop), server->grace);
	stopping_log(loop_count(loop), server->grace);
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
