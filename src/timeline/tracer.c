/*
 * Following programs by ptrace: what to do at each stop.
 */
#include "timeline/tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "timeline/call_filter.h"
#include "timeline/source.h"
#include "timeline/tracer_calls.h"
#include "timeline/tracer_internal.h"

enum { CALL_STOP = SIGTRAP | 0x80 }; /* what PTRACE_O_TRACESYSGOOD makes of it */

const int trace_options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

/* The real time when the recording began stands in it; the capture may have begun it before. */
static int64_t begin_recording(struct recording *recording)
{
	struct timespec now;
	int64_t real;

	clock_gettime(CLOCK_REALTIME, &now);
	real = now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
	if (!recording->started)
		recording->started = real;
	return clock_monotonic() - (real - recording->started);
}

bool tracer_init(struct tracer *tracer, struct recording *recording,
		 struct traced_program *programs, size_t count, size_t bytes)
{
	*tracer = (struct tracer){.programs = programs};
	if (!decoder_init(&tracer->decoder, recording, count, bytes))
		return false;
	tracer->origin = begin_recording(recording);
	return true;
}

void tracer_free(struct tracer *tracer)
{
	decoder_free(&tracer->decoder);
	tracees_free(&tracer->tracees);
	sources_free(tracer->sources);
}

static struct traced_program *program_of(struct tracer *tracer, const struct tracee *tracee)
{
	return &tracer->programs[tracee->owner.program];
}

static int64_t time_now(const struct tracer *tracer)
{
	return clock_monotonic() - tracer->origin;
}

/* --- Threads come and go. --- */

/* The program that a new thread belongs to: its process's, its parent's, or its group's. */
static int find_program(const struct tracer *tracer, pid_t thread,
			const struct process_status *status)
{
	const struct tracee *relative = tracees_find(&tracer->tracees, status->process);
	pid_t group = getpgid(thread);

	if (!relative)
		relative = tracees_find(&tracer->tracees, status->parent);
	if (relative)
		return relative->owner.program;
	for (size_t i = 0; i < tracer->decoder.recording->program_count; i++) {
		if (tracer->programs[i].root == group)
			return (int)i;
	}
	return 0;
}

struct tracee *tracer_adopt(struct tracer *tracer, pid_t thread, int program)
{
	struct process_status status;
	struct owner owner = {.thread = thread, .process = thread};

	if (process_status_read(&status, thread))
		owner.process = status.process;
	owner.program = program >= 0 ? program : find_program(tracer, thread, &status);
	struct tracee *tracee = tracees_add(&tracer->tracees, &owner);
	if (tracee && owner.process == thread)
		tracer->programs[owner.program].processes++;
	return tracee;
}

/* A thread says that it has made another, which may have been reported before, or even have ended
 * since. */
static void expect_child(struct tracer *tracer, const struct tracee *parent)
{
	struct process_status status;
	unsigned long child = 0;

	if (ptrace(PTRACE_GETEVENTMSG, parent->owner.thread, 0, &child) ||
	    tracees_find(&tracer->tracees, (pid_t)child))
		return;
	if (process_status_read(&status, (pid_t)child) && status.tracer == getpid())
		tracer_adopt(tracer, (pid_t)child, parent->owner.program);
}

/* After exec there is one thread left, which has its process's number; the others end. */
static void take_exec(struct tracer *tracer, struct tracee *tracee)
{
	unsigned long former = 0;

	if (!program_of(tracer, tracee)->begun)
		decode_note_streams(&tracer->decoder, &tracee->owner);
	program_of(tracer, tracee)->begun = true;
	tracee->line = 0;
	if (tracer->sources)
		sources_forget(tracer->sources, tracee->owner.process);
	if (ptrace(PTRACE_GETEVENTMSG, tracee->owner.thread, 0, &former) ||
	    (pid_t)former == tracee->owner.thread)
		return;
	struct tracee *caller = tracees_find(&tracer->tracees, (pid_t)former);
	if (!caller)
		return;
	memcpy(tracee->calls, caller->calls, sizeof(tracee->calls));
	tracee->depth = caller->depth;
	tracee->returning = false;
	for (int i = 0; i < tracee->depth; i++)
		tracee->calls[i].activity.owner = tracee->owner;
	tracer->attaching -= caller->attaching;
	tracees_remove(&tracer->tracees, (pid_t)former);
}

static void name_signal(char *out, size_t size, int number)
{
	const char *name = sigabbrev_np(number);

	if (name)
		snprintf(out, size, "SIG%s", name);
	else
		snprintf(out, size, "signal %d", number);
}

static void end_process(struct tracer *tracer, const struct owner *owner, int status)
{
	struct program *program = &tracer->decoder.recording->programs[owner->program];
	struct traced_program *traced = &tracer->programs[owner->program];
	int result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	char name[32], text[64];

	if (WIFSIGNALED(status)) {
		name_signal(name, sizeof(name), WTERMSIG(status));
		snprintf(text, sizeof(text), "ended by %s", name);
	} else {
		snprintf(text, sizeof(text), "ends with status %d", result);
	}
	int64_t now = time_now(tracer);

	if (owner->process == traced->root) {
		program->status = result;
		traced->root_ended = true;
	}
	if (--traced->processes == 0)
		program->ended = now;
	if (tracer->sources)
		sources_forget(tracer->sources, owner->process);
	decode_event(&tracer->decoder, CALL_EXIT, owner, "exit", text, result, now);
}

static void note_stop(struct tracer *tracer, struct tracee *tracee)
{
	program_of(tracer, tracee)->stirred = clock_monotonic();
	if (tracee->attaching)
		tracer->attaching--;
	tracee->attaching = false;
}

static void end_thread(struct tracer *tracer, pid_t thread, int status)
{
	struct tracee *tracee = tracees_find(&tracer->tracees, thread);

	if (!tracee)
		return;
	note_stop(tracer, tracee);
	if (tracee->owner.process == thread)
		end_process(tracer, &tracee->owner, status);
	tracees_remove(&tracer->tracees, thread);
}

/* --- Stops. --- */

static void go_on(struct tracer *tracer, const struct tracee *tracee, int number)
{
	bool every = program_of(tracer, tracee)->attached || calls_await_return(tracee);

	/* A thread that was killed meanwhile is reported as ended. */
	ptrace(every ? PTRACE_SYSCALL : PTRACE_CONT, tracee->owner.thread, 0, number);
}

static struct call_entry entry_of(const struct __ptrace_syscall_info *info)
{
	struct call_entry entry = {.number = (long)info->entry.nr, .stack = info->stack_pointer};

	/* The members of a filter's stop lie where those of an entry do. */
	for (int i = 0; i < CALL_ARGUMENTS; i++)
		entry.arguments[i] = info->entry.args[i];
	return entry;
}

static void enter_call(struct tracer *tracer, struct tracee *tracee, const struct call_entry *entry,
		       int64_t when)
{
	struct recording *recording = tracer->decoder.recording;
	size_t count = recording->call_count;

	if (tracer->sources && sources_hear(tracer->sources, &tracer->decoder, tracee, entry, when))
		return;
	calls_enter(&tracer->decoder, tracee, entry, when);
	if (tracer->sources && recording->call_count > count)
		sources_place(tracer->sources, tracee, &recording->calls[count]);
}

static void stop_in_call(struct tracer *tracer, struct tracee *tracee)
{
	int64_t when = time_now(tracer);
	struct __ptrace_syscall_info info = {0};

	if (!program_of(tracer, tracee)->begun ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, tracee->owner.thread, sizeof(info), &info) <= 0)
		return;
	/* The calls of another machine, as of 32-bit programs, have other numbers. */
	if (info.arch != CALL_FILTER_MACHINE)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		calls_leave(&tracer->decoder, tracee, info.exit.rval, when);
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY || info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		struct call_entry entry = entry_of(&info);
		enter_call(tracer, tracee, &entry, when);
	}
}

/* Whether a signal does anything to the process. */
static bool has_effect(const struct process_status *status, int number)
{
	uint64_t bit = UINT64_C(1) << (number - 1);

	if (status->caught & bit)
		return true;
	return !(status->ignored & bit) && number != SIGCHLD && number != SIGURG &&
	       number != SIGWINCH;
}

static bool stops_group(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* What a signal did: "SIGINT", or "stopped by SIGSTOP". */
static void note_signal(struct tracer *tracer, const struct tracee *tracee, int number, bool stops)
{
	char name[32], text[64];

	name_signal(name, sizeof(name), number);
	snprintf(text, sizeof(text), "%s%s", stops ? SIGNAL_STOPS : "", name);
	decode_event(&tracer->decoder, CALL_SIGNAL, &tracee->owner, name, text, number,
		     time_now(tracer));
}

static void deliver(struct tracer *tracer, struct tracee *tracee, int number)
{
	struct process_status status;

	if (program_of(tracer, tracee)->begun &&
	    process_status_read(&status, tracee->owner.thread)) {
		bool caught = status.caught >> (number - 1) & 1;

		if (caught)
			calls_handle_signal(tracee);
		if (has_effect(&status, number))
			note_signal(tracer, tracee, number, stops_group(number) && !caught);
	}
	go_on(tracer, tracee, number);
}

static void stop(struct tracer *tracer, struct tracee *tracee, int status, bool first)
{
	int number = WSTOPSIG(status);

	switch (status >> 16) {
	case 0:
		if (number != CALL_STOP) {
			deliver(tracer, tracee, number);
			return;
		}
		stop_in_call(tracer, tracee);
		break;
	case PTRACE_EVENT_SECCOMP:
		stop_in_call(tracer, tracee);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		expect_child(tracer, tracee);
		break;
	case PTRACE_EVENT_EXEC:
		take_exec(tracer, tracee);
		break;
	case PTRACE_EVENT_STOP:
		if (stops_group(number)) {
			/* It stays stopped, until SIGCONT. One that was so before it was attached
			 * to got its signal then. */
			if (first && program_of(tracer, tracee)->attached &&
			    tracee->owner.thread == tracee->owner.process)
				note_signal(tracer, tracee, number, true);
			ptrace(PTRACE_LISTEN, tracee->owner.thread, 0, 0);
			return;
		}
		break;
	default:
		break;
	}
	go_on(tracer, tracee, 0);
}

int tracer_signal_of(int status)
{
	bool signal = status >> 16 == 0 && WSTOPSIG(status) != CALL_STOP;

	return signal ? WSTOPSIG(status) : 0;
}

void tracer_report(struct tracer *tracer, pid_t thread, int status)
{
	if (!WIFSTOPPED(status)) {
		end_thread(tracer, thread, status);
		return;
	}
	struct tracee *tracee = tracees_find(&tracer->tracees, thread);
	if (!tracee)
		tracee = tracer_adopt(tracer, thread, -1);
	if (!tracee) {
		/* For want of memory it goes on unseen. It could not without a tracer: the filter
		 * needs one. */
		ptrace(PTRACE_CONT, thread, 0, tracer_signal_of(status));
		return;
	}
	bool first = tracee->attaching;
	note_stop(tracer, tracee);
	if (tracer->detaching && program_of(tracer, tracee)->attached)
		tracer_let_go(tracer, tracee, status);
	else
		stop(tracer, tracee, status, first);
}

/* --- All of them. --- */

int tracer_follow(struct tracer *tracer, pid_t child, int program)
{
	int options = trace_options | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;

	if (ptrace(PTRACE_SEIZE, child, 0, options))
		return -errno;
	tracer->programs[program].root = child;
	return tracer_adopt(tracer, child, program) ? 0 : -ENOMEM;
}

void tracer_kill(struct tracer *tracer, int program, int number)
{
	const struct tracee *tracee = NULL;

	while ((tracee = tracees_next(&tracer->tracees, tracee))) {
		if (tracee->owner.program == program && !tracer->programs[program].attached &&
		    tracee->owner.thread == tracee->owner.process)
			kill(tracee->owner.process, number);
	}
}

size_t tracer_count(const struct tracer *tracer, bool attached)
{
	const struct tracee *tracee = NULL;
	size_t count = 0;

	while ((tracee = tracees_next(&tracer->tracees, tracee)))
		count += tracer->programs[tracee->owner.program].attached == attached;
	return count;
}
