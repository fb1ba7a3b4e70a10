/*
 * Which processes were meant, and which only led to them.
 */
#include "timeline/rows_wrappers.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"

/* Where glibc asks for names before it looks for them itself. */
static const char name_cache[] = "/var/run/nscd/socket";

/* A process of a program. */
struct group {
	int program, process;
	int first;  /* its first call */
	int use;    /* its first call that is about a socket, or -1 */
	int begins; /* where it becomes the program that uses sockets, or -1 */
	int exit;   /* where it ends, or -1 */
	bool meant, offspring;
};

struct groups {
	const struct recording *recording;
	struct group *groups; /* by program and process */
	size_t count;
	int *of_call; /* -1: of no program */
};

/* --- Calls. --- */

bool looks_up_names(const struct recording *recording, const struct call *call)
{
	if (call->socket < 0)
		return false;
	const struct socket_record *socket = &recording->sockets[call->socket];
	return socket->family == AF_NETLINK ||
	       (socket->family == AF_UNIX && strcmp(socket->path, name_cache) == 0);
}

static bool uses_socket(const struct recording *recording, const struct call *call)
{
	switch (call->kind) {
	case CALL_SOCKET:
	case CALL_BIND:
	case CALL_LISTEN:
	case CALL_ACCEPT:
	case CALL_CONNECT:
	case CALL_SEND:
	case CALL_RECEIVE:
		return !looks_up_names(recording, call);
	default:
		return false;
	}
}

static bool executes(const struct call *call)
{
	return call->kind == CALL_PROCESS && call->left >= 0 && call->result == 0 &&
	       strncmp(call->name, "exec", strlen("exec")) == 0;
}

/* --- Processes. --- */

static int by_process(const void *a, const void *b)
{
	const struct group *left = a, *right = b;

	if (left->program != right->program)
		return left->program < right->program ? -1 : 1;
	if (left->process != right->process)
		return left->process < right->process ? -1 : 1;
	return (left->first > right->first) - (left->first < right->first);
}

static struct group *find(const struct groups *groups, int program, int process)
{
	size_t low = 0, high = groups->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct group *group = &groups->groups[middle];

		if (group->program < program ||
		    (group->program == program && group->process < process))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == groups->count || groups->groups[low].program != program ||
	    groups->groups[low].process != process)
		return NULL;
	return &groups->groups[low];
}

/* One group for each call, sorted, and then one for each process. */
static bool list(struct groups *groups)
{
	const struct recording *recording = groups->recording;
	size_t count = 0;

	groups->groups = malloc((recording->call_count + 1) * sizeof(*groups->groups));
	groups->of_call = malloc((recording->call_count + 1) * sizeof(*groups->of_call));
	if (!groups->groups || !groups->of_call)
		return false;
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];

		if (call->program >= 0)
			groups->groups[count++] = (struct group){.program = call->program,
								 .process = call->process,
								 .first = (int)i,
								 .use = -1,
								 .begins = -1,
								 .exit = -1};
	}
	qsort(groups->groups, count, sizeof(*groups->groups), by_process);
	for (size_t i = 0; i < count; i++) {
		const struct group *before = groups->count ? &groups->groups[groups->count - 1]
							   : NULL;

		if (!before || before->program != groups->groups[i].program ||
		    before->process != groups->groups[i].process)
			groups->groups[groups->count++] = groups->groups[i];
	}
	return true;
}

static void describe(const struct groups *groups)
{
	const struct recording *recording = groups->recording;

	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];
		struct group *group =
			call->program >= 0 ? find(groups, call->program, call->process) : NULL;

		groups->of_call[i] = group ? (int)(group - groups->groups) : -1;
		if (!group)
			continue;
		if (group->use < 0 && uses_socket(recording, call))
			group->use = (int)i;
		if (group->use < 0 && executes(call))
			group->begins = (int)i;
		if (call->kind == CALL_EXIT)
			group->exit = (int)i;
	}
}

/* --- What was meant. --- */

/* Chooses among the processes of one program. Returns the one that was meant first, or NULL if
 * nothing is to be left out: nobody saw how the program began. */
static struct group *choose(struct group *groups, size_t count)
{
	struct group *first = NULL, *latest = NULL;

	for (size_t i = 0; i < count; i++) {
		struct group *group = &groups[i];

		group->meant = group->use >= 0;
		if (group->meant && (!first || group->use < first->use))
			first = group;
		if (group->begins >= 0 && (!latest || group->begins > latest->begins))
			latest = group;
	}
	if (!first && latest)
		latest->meant = true;
	first = first ? first : latest;
	return first && first->begins >= 0 ? first : NULL;
}

static void choose_all(const struct groups *groups, struct group **meant)
{
	for (size_t i = 0, next; i < groups->count; i = next) {
		int program = groups->groups[i].program;

		for (next = i; next < groups->count && groups->groups[next].program == program;)
			next++;
		meant[program] = choose(&groups->groups[i], next - i);
	}
}

static void find_offspring(const struct groups *groups)
{
	for (size_t i = 0; i < groups->recording->call_count; i++) {
		const struct call *call = &groups->recording->calls[i];
		const struct group *group =
			groups->of_call[i] >= 0 ? &groups->groups[groups->of_call[i]] : NULL;
		struct group *child;

		if (!group || call->kind != CALL_PROCESS || call->result <= 0 ||
		    !(group->offspring || (group->meant && (int)i > group->begins)))
			continue;
		child = find(groups, call->program, (int)call->result);
		if (child)
			child->offspring = true;
	}
}

/* Whether a call is part of the way to what was meant. */
static bool leads(const struct group *group, const struct call *call, int index)
{
	bool tells = call->kind == CALL_PROCESS || call->kind == CALL_EXIT ||
		     call->kind == CALL_SIGNAL || call->kind == CALL_LINE;

	if (!tells || group->offspring)
		return false;
	return !group->meant || index < group->begins;
}

/* A script may end with another status than the program that it ran. */
static bool ends_otherwise(const struct groups *groups, const struct group *group,
			   const struct group *meant, int index)
{
	const struct recording *recording = groups->recording;

	/* That is how timeline ends shells, too. */
	if (recording->calls[index].result == STATUS_SIGNAL + SIGTERM)
		return false;
	return index == group->exit && meant->exit >= 0 &&
	       group->process == recording->programs[group->program].pid &&
	       recording->calls[index].result != recording->calls[meant->exit].result;
}

static void tell_programs(struct wrappers *wrappers, const struct groups *groups,
			  struct group *const *meant)
{
	for (size_t i = 0; i < groups->recording->program_count; i++)
		wrappers->first[i] = meant[i] ? meant[i]->begins : -1;
	for (size_t i = 0; i < groups->count; i++) {
		const struct group *group = &groups->groups[i];
		int begins = wrappers->first[group->program];

		if (begins >= 0 && !group->meant && !group->offspring && group->first < begins)
			wrappers->wrapped[begins]++;
	}
}

static bool mark(struct wrappers *wrappers, const struct groups *groups)
{
	const struct recording *recording = groups->recording;
	struct group **meant = calloc(recording->program_count + 1, sizeof(struct group *));

	if (!meant)
		return false;
	choose_all(groups, meant);
	find_offspring(groups);
	tell_programs(wrappers, groups, meant);
	for (size_t i = 0; i < recording->call_count; i++) {
		const struct call *call = &recording->calls[i];
		const struct group *group =
			groups->of_call[i] >= 0 ? &groups->groups[groups->of_call[i]] : NULL;

		wrappers->hidden[i] =
			looks_up_names(recording, call) ||
			(group && meant[group->program] && leads(group, call, (int)i) &&
			 !ends_otherwise(groups, group, meant[group->program], (int)i));
	}
	free(meant);
	return true;
}

bool wrappers_find(struct wrappers *wrappers, const struct recording *recording)
{
	struct groups groups = {.recording = recording};
	bool done;

	*wrappers = (struct wrappers){
		.hidden = calloc(recording->call_count + 1, sizeof(*wrappers->hidden)),
		.first = calloc(recording->program_count + 1, sizeof(*wrappers->first)),
		.wrapped = calloc(recording->call_count + 1, sizeof(*wrappers->wrapped))};
	done = wrappers->hidden && wrappers->first && wrappers->wrapped && list(&groups);
	if (done) {
		describe(&groups);
		done = mark(wrappers, &groups);
	}
	free(groups.groups);
	free(groups.of_call);
	return done;
}

void wrappers_free(struct wrappers *wrappers)
{
	free(wrappers->hidden);
	free(wrappers->first);
	free(wrappers->wrapped);
}
