/*
 * The threads that are traced: a hash table by thread number.
 */
#include "timeline/tracees.h"

#include <stdlib.h>
#include <string.h>

#include "timeline/kernel_text.h"

enum { STATUS_TEXT = 16384 };

static size_t bucket_of(pid_t thread)
{
	return (unsigned)thread % TRACEE_BUCKETS;
}

struct tracee *tracees_find(const struct tracees *tracees, pid_t thread)
{
	struct tracee *tracee = tracees->buckets[bucket_of(thread)];

	while (tracee && tracee->owner.thread != thread)
		tracee = tracee->next;
	return tracee;
}

struct tracee *tracees_add(struct tracees *tracees, const struct owner *owner)
{
	struct tracee **bucket = &tracees->buckets[bucket_of(owner->thread)];
	struct tracee *tracee = calloc(1, sizeof(*tracee));

	if (!tracee)
		return NULL;
	tracee->owner = *owner;
	tracee->next = *bucket;
	*bucket = tracee;
	tracees->count++;
	return tracee;
}

void tracees_remove(struct tracees *tracees, pid_t thread)
{
	struct tracee **at = &tracees->buckets[bucket_of(thread)];

	while (*at && (*at)->owner.thread != thread)
		at = &(*at)->next;
	struct tracee *tracee = *at;
	if (!tracee)
		return;
	*at = tracee->next;
	free(tracee);
	tracees->count--;
}

struct tracee *tracees_next(const struct tracees *tracees, const struct tracee *tracee)
{
	size_t bucket = 0;

	if (tracee && tracee->next)
		return tracee->next;
	if (tracee)
		bucket = bucket_of(tracee->owner.thread) + 1;
	while (bucket < TRACEE_BUCKETS && !tracees->buckets[bucket])
		bucket++;
	return bucket < TRACEE_BUCKETS ? tracees->buckets[bucket] : NULL;
}

void tracees_free(struct tracees *tracees)
{
	struct tracee *tracee;

	while ((tracee = tracees_next(tracees, NULL)))
		tracees_remove(tracees, tracee->owner.thread);
}

bool process_status_read(struct process_status *status, pid_t thread)
{
	char text[STATUS_TEXT];
	const char *line = text;

	*status = (struct process_status){0};
	kernel_text_read(text, sizeof(text), "/proc/%d/status", (int)thread);
	while (line && *line) {
		const char *at = line;
		if (kernel_text_label(&at, "Tgid:"))
			kernel_text_int(&at, &status->process);
		else if (kernel_text_label(&at, "State:"))
			status->ended = kernel_text_label(&at, "Z") || kernel_text_label(&at, "X");
		else if (kernel_text_label(&at, "PPid:"))
			kernel_text_int(&at, &status->parent);
		else if (kernel_text_label(&at, "TracerPid:"))
			kernel_text_int(&at, &status->tracer);
		else if (kernel_text_label(&at, "SigIgn:"))
			kernel_text_number(&at, 16, &status->ignored);
		else if (kernel_text_label(&at, "SigCgt:"))
			kernel_text_number(&at, 16, &status->caught);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return status->process > 0;
}
