/*
 * The beginning of a run: its memory, its signals and its programs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "sockettool/text.h"
#include "timeline/kernel_text.h"
#include "timeline/launch.h"
#include "timeline/programs_internal.h"
#include "timeline/source.h"

enum { COMMAND_SHOWN = 1024 };

/* --- Programs. --- */

/* The command of a process that runs already. Its program stands without its folders: the heading
 * of a column has little room, and the arguments tell more. What a process calls itself is one word
 * ("nginx: master process /usr/sbin/nginx"), in which no path goes beyond a blank; before other
 * words there is a path, which may have blanks. */
static void read_command(char *out, size_t size, pid_t process)
{
	char bytes[COMMAND_SHOWN];
	size_t n = kernel_text_read(bytes, sizeof(bytes), "/proc/%d/cmdline", (int)process);
	while (n > 0 && bytes[n - 1] == '\0')
		n--;
	size_t first = strnlen(bytes, n);
	const char *slash = memrchr(bytes, '/', first < n ? first : strcspn(bytes, " "));
	const char *command = slash ? slash + 1 : bytes;

	n -= (size_t)(command - bytes);
	memmove(bytes, command, n);
	for (size_t i = 0; i < n; i++)
		bytes[i] = bytes[i] ? bytes[i] : ' ';
	text_escape(out, size, bytes, n);
}

static bool add_program(struct run *run, size_t index)
{
	const struct run_program *program = run->members[index].program;
	bool is_server = index < run->first_client;
	size_t number = index - run->first_client + 1;
	const char *shown = program->title ? program->title : program->command;
	char name[32], command[COMMAND_SHOWN] = "";

	if (recording_add_program(run->recording) != (int)index)
		return false;
	if (number > 1 && !is_server)
		snprintf(name, sizeof(name), "client %zu", number);
	else
		snprintf(name, sizeof(name), "%s", is_server ? "server" : "client");
	if (!shown)
		read_command(command, sizeof(command), program->pid);
	struct program *entry = &run->recording->programs[index];
	entry->is_server = is_server;
	return recording_set(&entry->name, name) &&
	       recording_set(&entry->command, shown ? shown : command);
}

/* Whether the program gets this program's own keyboard. */
static bool has_keyboard(const struct run *run, size_t index)
{
	size_t whose = run->first_client < run->count ? run->first_client : 0;

	return index == whose && !run->members[index].program->input;
}

static int not_followed(const char *command, int code, struct error *error)
{
	/* A program's own children may be traced, unless nobody may trace anything. */
	if (code == EPERM)
		return error_set(
			error, STATUS_UNREACHABLE, code,
			"trace \"%.200s\": this system permits no tracing (a container's "
			"seccomp filter, or 3 in /proc/sys/kernel/yama/ptrace_scope); in a "
			"container allow it with --cap-add SYS_PTRACE",
			command);
	return error_system(error, code, "trace \"%.200s\"", command);
}

static int start_command(struct run *run, size_t index, int64_t now, struct error *error)
{
	struct run_member *member = &run->members[index];
	struct launch launch = {.command = member->program->command,
				.environment = run->plan->source ? run->hook.environment
								 : run->plan->environment,
				.streams = {STDIN_FILENO, run->plan->output, run->plan->errors},
				.own_group = !has_keyboard(run, index),
				.mask = run->mask};
	int keyboard[2] = {-1, -1}, gate;

	if (!has_keyboard(run, index)) {
		if (pipe2(keyboard, O_CLOEXEC))
			return error_system(error, errno, "make a keyboard");
		fcntl(keyboard[1], F_SETFL, O_NONBLOCK);
		launch.streams[0] = keyboard[0];
	}
	pid_t child = launch_prepare(&launch, &gate, error);
	if (keyboard[0] >= 0)
		close(keyboard[0]);
	typing_begin(&member->typing, keyboard[1], now);
	if (child < 0)
		return child;
	run->recording->programs[index].pid = child;
	int status = tracer_follow(&run->tracer, child, (int)index);
	launch_open(gate, status == 0);
	if (status) {
		waitpid(child, NULL, 0);
		return not_followed(launch.command, -status, error);
	}
	return 0;
}

int run_start(struct run *run, size_t index, int64_t now, struct error *error)
{
	const struct run_program *program = run->members[index].program;
	struct program *entry = &run->recording->programs[index];
	int status;

	entry->started = now - run->tracer.origin;
	run->traced[index].stirred = now;
	if (program->command) {
		status = start_command(run, index, now, error);
	} else {
		entry->pid = program->pid;
		status = tracer_attach(&run->tracer, program->pid, (int)index, error);
	}
	run->members[index].started = status == 0;
	return status;
}

/* --- The run. --- */

static void note_service(void *context, int program)
{
	struct run *run = context;

	if (program == 0 && run->first_client == 1)
		run->served = true;
}

static void pass_port(void *context, bool udp, const struct address *address)
{
	const struct run *run = context;

	run->plan->hooks.port(run->plan->hooks.context, udp, address);
}

static void pass_call(void *context, pid_t thread, int call)
{
	const struct run *run = context;

	run->plan->hooks.call(run->plan->hooks.context, thread, call);
}

static bool allocate(struct run *run)
{
	struct decode_events events = {.context = run,
				       .serves = note_service,
				       .port = run->plan->hooks.port ? pass_port : NULL,
				       .call = run->plan->hooks.call ? pass_call : NULL};

	run->members = calloc(run->count + 1, sizeof(*run->members));
	run->traced = calloc(run->count + 1, sizeof(*run->traced));
	run->polls = calloc(run->count + 2, sizeof(*run->polls));
	if (!run->members || !run->traced || !run->polls ||
	    !tracer_init(&run->tracer, run->recording, run->traced, run->count, run->plan->bytes))
		return false;
	run->tracer.decoder.events = events;
	return true;
}

static void release(struct run *run)
{
	for (size_t i = 0; run->members && i < run->count; i++)
		typing_free(&run->members[i].typing);
	if (run->tracer.programs)
		tracer_free(&run->tracer);
	free(run->members);
	free(run->traced);
	free(run->polls);
}

/* Fills the members and reads what is to be typed, before anything is started. */
static int read_plan(struct run *run)
{
	int status = 0;

	for (size_t i = 0; i < run->count; i++) {
		struct run_member *member = &run->members[i];
		member->typing.descriptor = -1;
		member->program = i < run->first_client
					  ? run->plan->server
					  : &run->plan->clients[i - run->first_client];
	}
	for (size_t i = 0; i < run->count && !status; i++) {
		const struct run_program *program = run->members[i].program;
		if (program->input && !program->command)
			return error_usage(run->error,
					   "nothing can be typed for process %d, "
					   "whose keyboard is somebody else's",
					   (int)program->pid);
		if (program->input)
			status = typing_read(&run->members[i].typing, program->input, run->error);
		if (!status && !add_program(run, i))
			status = error_system(run->error, ENOMEM, "record the programs");
	}
	return status;
}

/* --- This process. --- */

/* What a run changes of this process, and puts back. */
struct habits {
	sigset_t mask;
	struct sigaction child;
	int adopts;
};

static int change_habits(struct run *run, struct habits *before)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t heard, blocked;

	sigemptyset(&heard);
	sigaddset(&heard, SIGCHLD);
	sigaddset(&heard, SIGINT);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGHUP);
	sigaddset(&heard, SIGQUIT);
	run->signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signals < 0)
		return error_system(run->error, errno, "wait for signals");
	/* A keyboard that nobody reads is no reason to die. */
	blocked = heard;
	sigaddset(&blocked, SIGPIPE);
	sigprocmask(SIG_BLOCK, &blocked, &before->mask);
	/* Children of a process that ignores this signal vanish without a report. */
	sigaction(SIGCHLD, &usual, &before->child);
	/* Orphans are to be collected here, because not every system's first process does that. */
	prctl(PR_GET_CHILD_SUBREAPER, &before->adopts);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	run->mask = before->mask;
	return 0;
}

static void resume_habits(struct run *run, const struct habits *before)
{
	struct timespec at_once = {0};
	sigset_t spent;

	/* Those that ended before their parents did. */
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
	prctl(PR_SET_CHILD_SUBREAPER, before->adopts);
	sigemptyset(&spent);
	sigaddset(&spent, SIGCHLD);
	if (!sigismember(&before->mask, SIGPIPE))
		sigaddset(&spent, SIGPIPE);
	while (sigtimedwait(&spent, NULL, &at_once) > 0)
		;
	sigaction(SIGCHLD, &before->child, NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	close(run->signals);
}

/* --- The whole. --- */

static int run_programs(struct run *run)
{
	int64_t now = clock_monotonic();
	struct habits before;
	int status = change_habits(run, &before);

	if (status)
		return status;
	/* From here on no signal ends this process before the hook is removed. */
	if (run->plan->source)
		run->status = python_hook_make(&run->hook, run->plan->environment, run->error);
	run->began = now;
	run->deadline = run->plan->timeout ? time_after(now, run->plan->timeout) : NEVER;
	if (run->first_client && !run->status) {
		run->status = run_start(run, 0, now, run->error);
		run->served = !run->status && !run->plan->server->command;
	}
	if (run->status)
		run_end(run, now);
	run_loop(run);
	python_hook_remove(&run->hook);
	resume_habits(run, &before);
	return run->status;
}

int record_programs(struct recording *recording, const struct run_plan *plan, struct error *error)
{
	struct run run = {.plan = plan,
			  .recording = recording,
			  .count = (plan->server != NULL) + plan->client_count,
			  .first_client = plan->server != NULL,
			  .signals = -1,
			  .error = error};
	int status;

	if (!run.count)
		return error_usage(error, "there is no program to run");
	if (!allocate(&run))
		status = error_system(error, ENOMEM, "record programs");
	else
		status = read_plan(&run);
	if (!status && plan->source) {
		run.tracer.sources = sources_new(error);
		status = run.tracer.sources ? 0 : -ENOENT;
	}
	if (!status)
		status = run_programs(&run);
	release(&run);
	return status;
}
