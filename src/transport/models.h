/* All models, for their registry. */
#ifndef TRANSPORT_MODELS_H
#define TRANSPORT_MODELS_H

#include "sockettool/model.h"

extern const struct model iterative_model, fork_model, threads_model, select_model, poll_model,
	epoll_model, uring_model;

#endif
