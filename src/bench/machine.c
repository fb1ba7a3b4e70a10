/*
 * What machine a measurement was made on.
 */
#include "bench/machine.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static void read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	snprintf(text, size, "?");
	if (!file)
		return;
	if (fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

/* x86 names the model; some other processors name only their parts. */
static void read_processor(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(text, size, "?");
	while (file && fgets(line, sizeof(line), file)) {
		const char *colon = strstr(line, ": ");
		if (strncmp(line, "model name", 10) != 0 || !colon)
			continue;
		snprintf(text, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		break;
	}
	if (file)
		fclose(file);
}

void machine_look(struct machine *machine)
{
	struct utsname name;
	cpu_set_t set;
	time_t now = time(NULL);
	struct tm utc;

	*machine = (struct machine){.processors = 1};
	snprintf(machine->program, sizeof(machine->program), "sockettool %s", SOCKETTOOL_VERSION);
	if (uname(&name) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel), "%.40s %.80s", name.sysname,
			 name.release);
	read_processor(machine->processor, sizeof(machine->processor));
	read_line("/proc/sys/net/ipv4/tcp_congestion_control", machine->congestion,
		  sizeof(machine->congestion));
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		machine->processors = CPU_COUNT(&set);
	snprintf(machine->placement, sizeof(machine->placement), "not pinned");
	gmtime_r(&now, &utc);
	strftime(machine->date, sizeof(machine->date), "%Y-%m-%dT%H:%M:%SZ", &utc);
}
