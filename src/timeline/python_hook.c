/*
 * A private folder for sitecustomize.py, while programs run.
 */
#include "timeline/python_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

extern const char sitecustomize_py[];

static const char module[] = "sitecustomize.py";
static const char variable[] = "PYTHONPATH=";

/* Where Python would write what it has compiled a file lies in its way, so that the folder holds
 * these two and nothing else. */
static const char cache[] = "__pycache__";

/* The variable's value for the programs, without this hook; "" if they have none. */
static const char *usual_path(const char *const *environment)
{
	const char *own = getenv("PYTHONPATH");

	for (size_t i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], variable, strlen(variable)) == 0)
			return environment[i] + strlen(variable);
	return own ? own : "";
}

static bool make_environment(struct python_hook *hook, const char *const *given)
{
	const char *usual = usual_path(given);
	size_t count = 0, n = 0;

	while (given && given[count])
		count++;
	hook->environment = calloc(count + 2, sizeof(*hook->environment));
	if (!hook->environment)
		return false;
	if (asprintf(&hook->path, "%s%s%s%s", variable, hook->folder, usual[0] ? ":" : "", usual) <
	    0) {
		hook->path = NULL;
		return false;
	}
	hook->environment[n++] = hook->path;
	for (size_t i = 0; i < count; i++)
		if (strncmp(given[i], variable, strlen(variable)) != 0)
			hook->environment[n++] = given[i];
	return true;
}

static char *path_in(const struct python_hook *hook, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", hook->folder, name) < 0 ? NULL : path;
}

static bool write_file(const struct python_hook *hook, const char *name, const char *text)
{
	char *path = path_in(hook, name);
	int file = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	size_t length = strlen(text);

	free(path);
	if (file < 0)
		return false;
	errno = ENOSPC;
	bool done = write(file, text, length) == (ssize_t)length;
	return close(file) == 0 && done;
}

static void remove_file(const struct python_hook *hook, const char *name)
{
	char *path = path_in(hook, name);

	if (path)
		unlink(path);
	free(path);
}

int python_hook_make(struct python_hook *hook, const char *const *environment, struct error *error)
{
	const char *folder = getenv("TMPDIR");

	/* A colon would end it in the variable. */
	if (!folder || folder[0] != '/' || strchr(folder, ':'))
		folder = "/tmp";
	*hook = (struct python_hook){0};
	if (asprintf(&hook->folder, "%s/sockettool-XXXXXX", folder) < 0)
		hook->folder = NULL;
	if (hook->folder && !mkdtemp(hook->folder)) {
		free(hook->folder);
		hook->folder = NULL;
		return error_system(error, errno, "make a folder in %.200s", folder);
	}
	if (!hook->folder || !make_environment(hook, environment))
		return error_system(error, ENOMEM, "prepare Python programs");
	if (!write_file(hook, module, sitecustomize_py) || !write_file(hook, cache, ""))
		return error_system(error, errno, "write into %.200s", hook->folder);
	return 0;
}

void python_hook_remove(struct python_hook *hook)
{
	if (hook->folder) {
		remove_file(hook, module);
		remove_file(hook, cache);
		/* Python 2 writes beside the file. */
		remove_file(hook, "sitecustomize.pyc");
		remove_file(hook, "sitecustomize.pyo");
		rmdir(hook->folder);
	}
	free(hook->folder);
	free(hook->path);
	free(hook->environment);
	*hook = (struct python_hook){0};
}
