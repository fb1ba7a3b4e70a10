/*
 * The calls that make processes and threads, and those that turn a process into another program.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "timeline/decode_internal.h"

enum { ARGUMENTS_SHOWN = 8, PATH_SHOWN = 256 };

static bool begin_child(struct decoder *decoder, struct call *call, uint64_t flags,
			const char *name)
{
	call->kind = CALL_PROCESS;
	if (flags & CLONE_THREAD)
		wording_add(&decoder->words, "%s(thread)", name);
	else
		wording_add(&decoder->words, flags & CLONE_VFORK ? "vfork()" : "fork()");
	return true;
}

bool begin_fork(struct decoder *decoder, struct activity *activity, struct call *call)
{
	(void)activity;
	return begin_child(decoder, call, 0, "fork");
}

bool begin_vfork(struct decoder *decoder, struct activity *activity, struct call *call)
{
	(void)activity;
	return begin_child(decoder, call, CLONE_VFORK, "vfork");
}

bool begin_clone(struct decoder *decoder, struct activity *activity, struct call *call)
{
	return begin_child(decoder, call, activity->arguments[0], "clone");
}

bool begin_clone3(struct decoder *decoder, struct activity *activity, struct call *call)
{
	uint64_t flags = 0;

	/* The flags are the first member of what is pointed to. */
	tracee_get(activity->owner.thread, activity->arguments[0], &flags, sizeof(flags));
	return begin_child(decoder, call, flags, "clone");
}

/* Whether a program that is to be executed is not there. Shells look into one directory after the
 * other by trying, which nobody wants to read. */
static bool is_missing(pid_t thread, const char *path)
{
	char seen[PATH_SHOWN + 32];

	snprintf(seen, sizeof(seen), "/proc/%d/root%s", (int)thread, path);
	return path[0] == '/' && access(seen, F_OK) < 0 && errno == ENOENT;
}

static bool begin_program(struct decoder *decoder, struct activity *activity, struct call *call,
			  uint64_t path, uint64_t arguments)
{
	struct wording *words = &decoder->words;
	pid_t thread = activity->owner.thread;
	char text[PATH_SHOWN];
	uint64_t argument;

	call->kind = CALL_PROCESS;
	size_t n = tracee_text(thread, path, text, sizeof(text));
	if (n < sizeof(text) - 1 && is_missing(thread, text))
		return false;
	wording_add(words, "%s(", activity->what->name);
	wording_quote(words, text, n, n == sizeof(text) - 1);
	for (unsigned i = 0; i <= ARGUMENTS_SHOWN; i++) {
		if (!tracee_get(thread, arguments + i * sizeof(argument), &argument,
				sizeof(argument)) ||
		    !argument)
			break;
		/* The first is the program's name, said already. */
		if (i == 0)
			continue;
		wording_add(words, ", ");
		if (i == ARGUMENTS_SHOWN) {
			wording_add(words, "...");
			break;
		}
		n = tracee_text(thread, argument, text, sizeof(text));
		wording_quote(words, text, n, n == sizeof(text) - 1);
	}
	wording_add(words, ")");
	return true;
}

bool begin_execve(struct decoder *decoder, struct activity *activity, struct call *call)
{
	return begin_program(decoder, activity, call, activity->arguments[0],
			     activity->arguments[1]);
}

bool begin_execveat(struct decoder *decoder, struct activity *activity, struct call *call)
{
	return begin_program(decoder, activity, call, activity->arguments[1],
			     activity->arguments[2]);
}
