/*
 * Loads a server whose clients hear one another, and verifies every byte that arrives.
 *
 *     fanout DIALECT PORT [--members N] [--speakers K] [--in-flight W] [--size BYTES]
 *            [--seconds S] [--pid SERVER]
 *
 * DIALECT: line (sockettool's chat), redis, nats or irc. N members only listen; K speakers have W
 * messages each on their way at any time: a speaker says its next one when all members have heard
 * an earlier one. So every member must receive every message, each speaker's in the order they were
 * said, and all members must see all messages in one order.
 *
 * A fifth of the seconds goes by before the measuring begins. Prints one line of JSON. Exit status:
 * 0 all was well; 1 something was wrong or lost; 2 wrong usage; 3 cannot connect.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "fanout.h"

static struct plan plan = {.members = 100, .speakers = 1, .in_flight = 1, .size = 32};
static double seconds = 1;
static pid_t server;
static struct tally tally;

/* --- Time, and giving up. --- */

static int64_t read_clock(clockid_t clock)
{
	struct timespec time = {0, 0};

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

int64_t now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void fail(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("fanout: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs("\n", stderr);
	va_end(arguments);
	exit(status);
}

/* --- Measuring. --- */

/* What was done in the time measured. */
struct span {
	int64_t elapsed, own,
		its; /* processor time of this program, of the server; -1: not known */
	uint64_t deliveries;
};

/* Goes on until then, or until nothing has been heard for too long. */
static void listen_until(int64_t end)
{
	uint64_t before = tally.deliveries;
	int64_t last = now();

	while (now() < end) {
		room_turn();
		if (tally.deliveries != before)
			last = now();
		else if (now() - last > PATIENCE)
			return;
		before = tally.deliveries;
	}
}

/* Lets what is on its way arrive. Returns how many deliveries are missing. */
static uint64_t land(void)
{
	int64_t limit = now() + PATIENCE;

	room_speak(false);
	while (room_missing() > 0 && now() < limit)
		room_turn();
	return room_missing();
}

static int64_t server_time(void)
{
	clockid_t clock;

	return server && clock_getcpuclockid(server, &clock) == 0 ? read_clock(clock) : -1;
}

static struct span measure(void)
{
	int64_t begin = now(), own = read_clock(CLOCK_PROCESS_CPUTIME_ID), its = server_time();
	uint64_t before = tally.deliveries;

	listen_until(begin + (int64_t)(seconds * 1e9));
	return (struct span){
		.elapsed = now() - begin,
		.own = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own,
		.its = its >= 0 ? server_time() - its : -1,
		.deliveries = tally.deliveries - before,
	};
}

static void print(const struct span *span, int64_t joining, uint64_t lost)
{
	struct latency latency = histogram_latency(tally.latencies);
	double each = span->deliveries ? (double)span->deliveries * 1e3 : 1;

	printf("{\"protocol\":\"%s\",\"members\":%d,\"speakers\":%d,\"pipeline\":%d,"
	       "\"size\":%d,\"unit\":\"deliveries\",\"messages\":%llu,\"rate\":%.0f,",
	       plan.dialect->name, plan.members, plan.speakers, plan.in_flight, plan.size,
	       (unsigned long long)span->deliveries,
	       (double)span->deliveries / (double)span->elapsed * 1e9);
	printf("\"latency_us\":{\"p50\":%.1f,\"p99\":%.1f},\"join_seconds\":%.3f,"
	       "\"faults\":{\"wrong\":%llu,\"disordered\":%llu,\"lost\":%llu},",
	       (double)latency.p50 / 1e3, (double)latency.p99 / 1e3, (double)joining / 1e9,
	       (unsigned long long)tally.wrong, (unsigned long long)tally.disordered,
	       (unsigned long long)lost);
	printf("\"generator_us_per_message\":%.4f,\"server_us_per_message\":",
	       (double)span->own / each);
	if (span->its >= 0)
		printf("%.4f", (double)span->its / each);
	else
		printf("null");
	printf(",\"complaint\":\"%s\"}\n", tally.complaint);
}

static int run(void)
{
	int64_t joining = room_join(&plan, &tally);

	room_speak(true);
	listen_until(now() + (int64_t)(seconds * 1e9 / 5));
	tally.latencies = histogram_new();
	if (!tally.latencies)
		fail(3, "not enough memory");
	struct span span = measure();
	uint64_t lost = land();
	print(&span, joining, lost);
	return tally.wrong || tally.disordered || lost || span.deliveries == 0;
}

/* --- The command line. --- */

static void usage(void)
{
	fail(2, "usage: fanout line|redis|nats|irc PORT [--members N] [--speakers K] "
		"[--in-flight W] [--size BYTES] [--seconds S] [--pid SERVER]");
}

static int number(const char *text, int least, int most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < least || value > most)
		usage();
	return (int)value;
}

static void read_arguments(int argc, char **argv)
{
	static const struct option options[] = {
		{"members", 1, NULL, 'm'}, {"speakers", 1, NULL, 'k'}, {"in-flight", 1, NULL, 'w'},
		{"size", 1, NULL, 's'},    {"seconds", 1, NULL, 't'},  {"pid", 1, NULL, 'p'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm')
			plan.members = number(optarg, 1, 100000);
		else if (option == 'k')
			plan.speakers = number(optarg, 1, 1000);
		else if (option == 'w')
			plan.in_flight = number(optarg, 1, 4096);
		else if (option == 's')
			plan.size = number(optarg, 32, 1024);
		else if (option == 't')
			seconds = strtod(optarg, NULL);
		else if (option == 'p')
			server = number(optarg, 1, 1 << 30);
		else
			usage();
	}
	if (argc - optind != 2 || !(seconds > 0 && seconds < 3600))
		usage();
	plan.dialect = dialect_find(argv[optind]);
	plan.port = number(argv[optind + 1], 1, 65535);
	if (!plan.dialect)
		usage();
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	read_arguments(argc, argv);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return run();
}
