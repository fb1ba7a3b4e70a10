/*
 * The folder with the module by which Python programs tell their lines (sitecustomize.py), and the
 * environment in which they import it.
 */
#ifndef TIMELINE_PYTHON_HOOK_H
#define TIMELINE_PYTHON_HOOK_H

struct error;

/* Zeroed there is none. */
struct python_hook {
	char *folder;
	char *path;               /* "PYTHONPATH=…" */
	const char **environment; /* for the programs: what was given, and the path */
};

/* Makes it, for programs that get the environment given ("NAME=value" up to NULL; or NULL). Returns
 * 0, or a negative errno with the error filled; python_hook_remove is due in any case. */
int python_hook_make(struct python_hook *, const char *const *environment, struct error *);

/* Removes the folder. No program may need it any more. */
void python_hook_remove(struct python_hook *);

#endif
