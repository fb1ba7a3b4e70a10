/*
 * From the options to a plan that makes sense.
 */
#include "bench/planning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/room_order.h"

enum {
	CONNECTIONS = 50, /* if nothing is said */
	MEMBERS = 100,
	CONNECTIONS_MAX = 60000,
	IN_FLIGHT_MAX = 1 << 24, /* messages in all, which the generator remembers */
	DATAGRAM_MAX = 65507,
	ROOM_SIZE_MIN = ROOM_NUMBER + 1,
	ROOM_SIZE_MAX = 1024,
};

static const int64_t single_duration = 3 * NANOSECONDS_PER_SECOND;
static const int64_t comparison_duration = NANOSECONDS_PER_SECOND;

static int read_levels(int levels[PLAN_LEVELS_MAX], size_t *count, const char *text,
		       struct error *error)
{
	const char *at = text;

	for (*count = 0; *count < PLAN_LEVELS_MAX;) {
		char *end;
		long value = strtol(at, &end, 10);
		if (end == at || (*end != ',' && *end != '\0') || *at < '0' || *at > '9' ||
		    value < 1 || value > CONNECTIONS_MAX)
			break;
		levels[(*count)++] = (int)value;
		if (*end == '\0')
			return 0;
		at = end + 1;
	}
	return error_usage(
		error,
		"--connections takes a number from 1 to %d, or for a comparison up to %d "
		"of them with commas between, not \"%s\"",
		CONNECTIONS_MAX, PLAN_LEVELS_MAX, text);
}

/* Chat has members in the place of connections. */
static int plan_room(struct plan *plan, int levels[PLAN_LEVELS_MAX], size_t *count,
		     const struct bench_options *options, struct error *error)
{
	int64_t members = options->members ? options->members : MEMBERS;

	plan->speakers = options->speakers ? (int)options->speakers : 1;
	if (options->threads > 1)
		return error_usage(error, "chat is measured by one thread, since all that is heard "
					  "is compared; leave --threads out");
	if (options->members && options->connections)
		return error_usage(error, "the connections of chat are its members and speakers; "
					  "leave --connections out");
	if (!options->connections) {
		levels[0] = (int)members + plan->speakers;
		*count = 1;
	}
	for (size_t i = 0; i < *count; i++) {
		if (levels[i] <= plan->speakers)
			return error_usage(error,
					   "the connections of chat are its speakers, %d, and "
					   "at least one member; %d are too few",
					   plan->speakers, levels[i]);
	}
	if (plan->size < ROOM_SIZE_MIN || plan->size > ROOM_SIZE_MAX)
		return error_usage(error,
				   "--size is from %d to %d for chat, whose messages are "
				   "numbered lines",
				   ROOM_SIZE_MIN, ROOM_SIZE_MAX);
	return 0;
}

static int check_protocol(const struct plan *plan, struct error *error)
{
	const struct protocol *protocol = plan->protocol;
	char names[200] = "";

	if (!protocol->workload) {
		for (size_t i = 0; protocols[i]; i++) {
			if (!protocols[i]->workload)
				continue;
			if (names[0])
				strncat(names, ", ", sizeof(names) - strlen(names) - 1);
			strncat(names, protocols[i]->name, sizeof(names) - strlen(names) - 1);
		}
		return error_usage(error, "bench knows no load for %s; it has one for: %s",
				   protocol->name, names);
	}
	return 0;
}

static int check_counts(const struct plan *plan, const int *levels, size_t level_count,
			struct error *error)
{
	for (size_t i = 0; i < level_count; i++) {
		if ((int64_t)levels[i] * plan->pipeline > IN_FLIGHT_MAX)
			return error_usage(error,
					   "%d connections with %d messages in flight each are "
					   "more than the %d that bench can watch",
					   levels[i], plan->pipeline, IN_FLIGHT_MAX);
		if (plan->threads > levels[i])
			return error_usage(error, "%d threads are more than %d connections",
					   plan->threads, levels[i]);
	}
	if (plan->count && plan->count < (uint64_t)plan->threads)
		return error_usage(error, "%d threads are more than %ju messages", plan->threads,
				   (uintmax_t)plan->count);
	if (plan->datagrams && plan->size > DATAGRAM_MAX)
		return error_usage(error, "a datagram has at most %d bytes, not %zu", DATAGRAM_MAX,
				   plan->size);
	return 0;
}

int plan_make(struct plan *plan, int levels[PLAN_LEVELS_MAX], size_t *level_count,
	      const struct protocol *protocol, const struct bench_options *options,
	      struct error *error)
{
	bool comparison = options->compare.count > 0;
	int64_t duration = comparison ? comparison_duration : single_duration;
	int status;

	*plan = (struct plan){
		.protocol = protocol,
		.datagrams = options->udp || !(protocol->transports & TRANSPORT_TCP),
		.size = (size_t)options->size,
		.pipeline = (int)options->pipeline,
		.threads = (int)options->threads,
		.rate = (double)options->rate,
		.warmup = options->warmup,
		.duration = options->duration ? options->duration : duration,
		.count = (uint64_t)options->count,
		.timeout = options->timeout,
	};
	status = check_protocol(plan, error);
	levels[0] = CONNECTIONS;
	*level_count = 1;
	if (status == 0 && options->connections)
		status = read_levels(levels, level_count, options->connections, error);
	if (status == 0 && protocol->workload->kind == WORKLOAD_ROOM)
		status = plan_room(plan, levels, level_count, options, error);
	else if (status == 0 && (options->members || options->speakers))
		status = error_usage(error, "--members and --speakers are for chat, not for %s",
				     protocol->name);
	if (status == 0 && options->count && options->duration)
		status = error_usage(error, "give --count or --duration, not both");
	return status ? status : check_counts(plan, levels, *level_count, error);
}
