/*
 * A model: a way to move bytes between sockets and connections (sockettool/connection.h).
 */
#ifndef SOCKETTOOL_MODEL_H
#define SOCKETTOOL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct server;

enum model_ability {
	MODEL_SHARED = 1,  /* sessions may speak to one another (chat) */
	MODEL_WORKERS = 2, /* several event loops (--workers) */
	MODEL_SINGLE = 4,  /* there is only one connection at a time */
};

struct model {
	const char *name;
	const char *summary;
	unsigned abilities; /* enum model_ability */
	/* Whether this machine can run it; if not, the error says what is missing. NULL: always. */
	bool (*available)(struct error *);
	/* Serves until the server is stopped. Returns 0, or a negative errno and an error. */
	int (*run)(struct server *, struct error *);
	/* Ends blocking calls after a stop was asked for. Called by a signal handler: only
	 * async-signal-safe calls. NULL: the stop descriptor is enough. */
	void (*interrupt)(struct server *);
};

/* All models, in the order that `list` shows; the array ends with NULL. A model that this build
 * was made without is in it too and says so in available. */
extern const struct model *const models[];

/* The model of that name, or NULL. */
const struct model *model_find(const char *name);

/* The default's name. */
#define MODEL_DEFAULT "epoll"

#endif
