/*
 * Processor time of other processes, from proc(5).
 */
#include "bench/processor_time.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* In a process' stat, from its group to the time of its children. */
enum { FIELDS_BETWEEN = 10 };

/* Nanoseconds a process has used, all its threads together. */
static int64_t own_time(pid_t process)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(process, &clock) || clock_gettime(clock, &time))
		return 0;
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The group of a process, and the ticks of its children that it has waited for. */
static pid_t read_stat(pid_t process, int64_t *ticks)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	/* The name in parentheses may hold anything; after it come the state and the parent. */
	char *at = strrchr(text, ')');
	if (!at || strlen(at) < strlen(") S "))
		return -1;
	at += strlen(") S ");
	(void)strtol(at, &at, 10);
	long group = strtol(at, &at, 10);
	for (int i = 0; i < FIELDS_BETWEEN; i++)
		(void)strtoull(at, &at, 10);
	*ticks = strtoll(at, &at, 10);
	*ticks += strtoll(at, &at, 10);
	return (pid_t)group;
}

int64_t processor_time_of_group(pid_t group)
{
	DIR *folder = opendir("/proc");
	int64_t total = 0, ticks = 0, tick = INT64_C(1000000000) / sysconf(_SC_CLK_TCK);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
		if (process <= 0 || read_stat(process, &ticks) != group)
			continue;
		total += own_time(process) + ticks * tick;
	}
	if (folder)
		closedir(folder);
	return total;
}
