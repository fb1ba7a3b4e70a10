/*
 * Attaching to processes that run, and letting them go.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "timeline/kernel_text.h"
#include "timeline/tracer_calls.h"
#include "timeline/tracer_internal.h"

enum { GENERATIONS_MAX = 32, YAMA_OFF = 0, CALL_TEXT = 256 };

/* The call that a thread waits in: "NUMBER ARGUMENTS STACK PROGRAM-COUNTER". Returns false if it is
 * in none. */
static bool read_call(struct call_entry *entry, pid_t thread)
{
	char text[CALL_TEXT];
	const char *at = text;
	int number = -1;

	kernel_text_read(text, sizeof(text), "/proc/%d/syscall", (int)thread);
	if (!kernel_text_int(&at, &number) || number < 0)
		return false;
	entry->number = number;
	for (int i = 0; i < CALL_ARGUMENTS; i++) {
		if (!kernel_text_number(&at, 16, &entry->arguments[i]))
			return false;
	}
	return kernel_text_number(&at, 16, &entry->stack);
}

/* Attaches to a thread. Returns 1; 0 if that is done already or the thread has gone; or a negative
 * errno. */
static int attach_thread(struct tracer *tracer, pid_t thread, int program)
{
	struct call_entry entry;
	struct process_status status;

	if (tracees_find(&tracer->tracees, thread) || !process_status_read(&status, thread) ||
	    status.tracer == getpid())
		return 0;
	bool in_call = read_call(&entry, thread);
	if (ptrace(PTRACE_SEIZE, thread, 0, trace_options))
		return errno == ESRCH ? 0 : -errno;
	struct tracee *tracee = tracer_adopt(tracer, thread, program);
	if (tracee && in_call)
		calls_note_earlier(tracee, &entry);
	if (tracee) {
		tracee->attaching = true;
		tracer->attaching++;
	}
	ptrace(PTRACE_INTERRUPT, thread, 0, 0);
	return tracee ? 1 : -ENOMEM;
}

/* Attaches to all threads there are at the moment. Returns how many were new, or a negative
 * errno if there was none and one could not be attached to. */
static int attach_threads(struct tracer *tracer, pid_t process, int program)
{
	char path[64];
	struct dirent *entry;
	int count = 0, failure = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
	DIR *threads = opendir(path);
	if (!threads)
		return -ESRCH;
	while ((entry = readdir(threads))) {
		pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
		int status = thread > 0 ? attach_thread(tracer, thread, program) : 0;

		if (status < 0)
			failure = status;
		else
			count += status;
	}
	closedir(threads);
	return count ? count : failure;
}

static int attach_family(struct tracer *tracer, pid_t process, int program, int generation);

/* Those children of a thread that are not followed already. */
static void attach_children(struct tracer *tracer, pid_t process, pid_t thread, int program,
			    int generation)
{
	char path[64], *number = NULL;
	struct process_status status;
	size_t room = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)process, (int)thread);
	FILE *children = fopen(path, "re");
	while (children && getdelim(&number, &room, ' ', children) > 0) {
		pid_t child = (pid_t)strtol(number, NULL, 10);

		/* One that has ended may have left its number to somebody else. */
		if (child > 0 && process_status_read(&status, child) && status.parent == process)
			attach_family(tracer, child, program, generation + 1);
	}
	free(number);
	if (children)
		fclose(children);
}

/* Attaches to a process and those that came from it. */
static int attach_family(struct tracer *tracer, pid_t process, int program, int generation)
{
	const struct tracee *tracee = NULL;
	int status = attach_threads(tracer, process, program);

	if (status < 0 || generation == GENERATIONS_MAX)
		return status;
	/* Threads that were made by others before these were followed. */
	while (attach_threads(tracer, process, program) > 0)
		;
	pid_t threads[TRACEE_BUCKETS];
	size_t count = 0;
	while ((tracee = tracees_next(&tracer->tracees, tracee)) && count < TRACEE_BUCKETS) {
		if (tracee->owner.process == process)
			threads[count++] = tracee->owner.thread;
	}
	for (size_t i = 0; i < count; i++)
		attach_children(tracer, process, threads[i], program, generation);
	return 0;
}

/* What Yama allows; on kernels without it, everything. */
static int read_scope(void)
{
	char text[16];
	const char *at = text;
	int scope = YAMA_OFF;

	kernel_text_read(text, sizeof(text), "/proc/sys/kernel/yama/ptrace_scope");
	kernel_text_int(&at, &scope);
	return scope;
}

static int refused(pid_t process, int code, struct error *error)
{
	struct process_status status;
	int scope = read_scope();

	if (code == ESRCH)
		return error_set(error, STATUS_UNREACHABLE, code, "there is no process %d",
				 (int)process);
	if (code == EPERM && process_status_read(&status, process) && status.ended)
		return error_set(error, STATUS_UNREACHABLE, code,
				 "process %d has ended already, and waits only for its parent, "
				 "process %d, to ask for its status",
				 (int)process, (int)status.parent);
	if (code == EPERM && process_status_read(&status, process) && status.tracer)
		return error_set(error, STATUS_UNREACHABLE, code,
				 "process %d is traced already, by process %d", (int)process,
				 (int)status.tracer);
	if (code == EPERM && scope != YAMA_OFF)
		return error_set(error, STATUS_UNREACHABLE, code,
				 "attaching to process %d takes the privilege CAP_SYS_PTRACE, or 0 "
				 "in /proc/sys/kernel/yama/ptrace_scope, where %d stands",
				 (int)process, scope);
	if (code == EPERM && geteuid() == 0)
		return error_set(error, STATUS_UNREACHABLE, code,
				 "the kernel lets nobody here attach to process %d: it has more "
				 "privileges than this one, or belongs outside of this container",
				 (int)process);
	if (code == EPERM)
		return error_set(error, STATUS_UNREACHABLE, code,
				 "attaching to process %d takes the privilege CAP_SYS_PTRACE: "
				 "it belongs to somebody else",
				 (int)process);
	return error_system(error, code, "attach to process %d", (int)process);
}

int tracer_attach(struct tracer *tracer, pid_t process, int program, struct error *error)
{
	struct traced_program *traced = &tracer->programs[program];

	traced->attached = traced->begun = true;
	traced->root = process;
	int status = attach_family(tracer, process, program, 0);
	if (status < 0)
		return refused(process, -status, error);
	if (!traced->processes)
		return refused(process, ESRCH, error);
	decode_note_streams(&tracer->decoder,
			    &(struct owner){.thread = process, .program = program});
	return 0;
}

void tracer_let_go(struct tracer *tracer, struct tracee *tracee, int status)
{
	pid_t thread = tracee->owner.thread;

	ptrace(PTRACE_DETACH, thread, 0, tracer_signal_of(status));
	if (thread == tracee->owner.process)
		tracer->programs[tracee->owner.program].processes--;
	tracees_remove(&tracer->tracees, thread);
}

void tracer_detach(struct tracer *tracer)
{
	const struct tracee *tracee = NULL;

	tracer->detaching = true;
	while ((tracee = tracees_next(&tracer->tracees, tracee))) {
		if (tracer->programs[tracee->owner.program].attached)
			ptrace(PTRACE_INTERRUPT, tracee->owner.thread, 0, 0);
	}
}
