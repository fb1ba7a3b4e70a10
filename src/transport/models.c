/* The list of all models. A new one is a file in this folder and two lines here and in models.h. */
#include "transport/models.h"

#include <string.h>

const struct model *const models[] = {
	&iterative_model, &fork_model,  &threads_model, &select_model,
	&poll_model,      &epoll_model, &uring_model,   NULL,
};

const struct model *model_find(const char *name)
{
	for (size_t i = 0; models[i]; i++) {
		if (strcmp(models[i]->name, name) == 0)
			return models[i];
	}
	return NULL;
}
