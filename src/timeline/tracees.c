/*
 * The threads that are traced: a hash table by thread number.
 */
#include "timeline/tracees.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
	char path[64], line[256];

	*status = (struct process_status){0};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Tgid: %d", &status->process) == 1 ||
		    sscanf(line, "PPid: %d", &status->parent) == 1 ||
		    sscanf(line, "TracerPid: %d", &status->tracer) == 1 ||
		    sscanf(line, "SigIgn: %" SCNx64, &status->ignored) == 1)
			continue;
		if (sscanf(line, "SigCgt: %" SCNx64, &status->caught) == 1)
			break;
	}
	fclose(file);
	return status->process > 0;
}
