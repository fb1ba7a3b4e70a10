/*
 * One thread's share of the load: phases, faults, and when to look again.
 */
#include "bench/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "sockettool/text.h"

enum {
	STEP_WAIT = 1000000,    /* while the other shares connect */
	DRAIN_PATIENCE_MAX = 2, /* seconds to wait for the last answers */
	QUOTE_MAX = 40,         /* bytes */
	WAKE_UP = 100000,       /* nanoseconds a processor may take to wake up */
};

static int64_t processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * NANOSECONDS_PER_SECOND + time.tv_nsec;
}

static void __attribute__((format(printf, 4, 0)))
count_faults(struct load *load, enum fault fault, uint64_t times, const char *format,
	     va_list arguments)
{
	load->faults[fault] += times;
	if (load->complaint[0] == '\0')
		vsnprintf(load->complaint, sizeof(load->complaint), format, arguments);
}

void load_fault(struct load *load, enum fault fault, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	count_faults(load, fault, 1, format, arguments);
	va_end(arguments);
}

void load_faults(struct load *load, enum fault fault, uint64_t times, const char *format, ...)
{
	va_list arguments;

	if (times == 0)
		return;
	va_start(arguments, format);
	count_faults(load, fault, times, format, arguments);
	va_end(arguments);
}

const char *load_quote(const char *bytes, size_t n)
{
	static _Thread_local char text[QUOTE_MAX * 4 + 1];

	text_escape(text, sizeof(text), bytes, n < QUOTE_MAX ? n : QUOTE_MAX);
	return text;
}

/* An open loop would measure how late its own thread wakes up: by 50 microseconds if the kernel
 * may, and as long as the processor takes. Where there is another processor for the server, it
 * stays awake for that time instead. */
static void keep_time(struct load *load)
{
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		load->early = WAKE_UP;
}

void load_begin(struct load *load)
{
	struct conductor *conductor = load->conductor;
	const struct timespec step = {.tv_nsec = STEP_WAIT};

	if (load->interval > 0)
		keep_time(load);

	/* The last one to be ready sets the time for all. */
	if (atomic_fetch_sub(&conductor->connecting, 1) == 1) {
		conductor->start = clock_monotonic();
		atomic_store(&conductor->begun, true);
	}
	while (!atomic_load(&conductor->begun) && !atomic_load(conductor->stop))
		nanosleep(&step, NULL);
	load->now = clock_monotonic();
	load->start = atomic_load(&conductor->begun) ? conductor->start : load->now;
	load->begin = time_after(load->start, load->plan->warmup);
	load->end = load->quota ? NEVER : time_after(load->begin, load->plan->duration);
	load->phase = PHASE_WARMUP;
}

static void begin_measuring(struct load *load)
{
	/* Asking takes milliseconds where there are many processes: they are not measured. */
	if (load->first == 0 && load->target->processor_time) {
		load->conductor->server_before = load->target->processor_time(load->target->whom);
		load->now = clock_monotonic();
	}
	load->phase = PHASE_MEASURE;
	load->messages = load->failed = load->bytes = load->sent = 0;
	if (load->interval == 0)
		load->begin = load->now;
	load->processor_before = processor_time();
}

static void end_measuring(struct load *load)
{
	int64_t patience = DRAIN_PATIENCE_MAX * NANOSECONDS_PER_SECOND;

	if (load->first == 0 && load->target->processor_time)
		load->conductor->server_after = load->target->processor_time(load->target->whom);
	load->processor_time = processor_time() - load->processor_before;
	load->phase = PHASE_DRAIN;
	load->end = load->now;
	load->drained = load->now + time_earlier(patience, load->plan->timeout);
}

static bool is_measured(const struct load *load)
{
	return load->now >= load->end || (load->quota && load_left(load) == 0);
}

/* An open loop of so many messages is done with the last of them: what else was due belongs to no
 * plan. */
static bool is_complete(const struct load *load)
{
	return load->interval > 0 && load->quota && load_left(load) == 0;
}

static bool is_drained(const struct load *load)
{
	return load->outstanding == load->unsent || load->now >= load->drained || is_complete(load);
}

enum phase load_turn(struct load *load)
{
	bool stop = atomic_load_explicit(load->conductor->stop, memory_order_relaxed);

	load->now = clock_monotonic();
	if (load->phase == PHASE_WARMUP && (stop || load->now >= load->begin))
		begin_measuring(load);
	if (load->phase == PHASE_MEASURE) {
		atomic_fetch_add_explicit(&load->conductor->done, load->messages - load->reported,
					  memory_order_relaxed);
		load->reported = load->messages;
		if (stop || is_measured(load))
			end_measuring(load);
	}
	if (load->phase == PHASE_DRAIN && (stop || is_drained(load)))
		load->phase = PHASE_OVER;
	return load->phase;
}

void load_finish(struct load *load)
{
	if (load->phase == PHASE_WARMUP)
		begin_measuring(load);
	if (load->phase == PHASE_MEASURE)
		end_measuring(load);
	load->phase = PHASE_OVER;
	if (!is_complete(load) && !atomic_load(load->conductor->stop))
		load_faults(load, FAULT_TIMEOUT, load->outstanding - load->unsent,
			    "%s had not answered when waiting for it was over", load->target->name);
}

int64_t load_deadline(const struct load *load, uint64_t n)
{
	int64_t deadline = load->now + LOAD_LOOK_AGAIN;

	if (load->interval > 0 && n != LOAD_NOTHING && load->phase < PHASE_DRAIN)
		deadline = time_earlier(deadline, load_due(load, n) - load->early);
	if (load->phase == PHASE_WARMUP)
		return time_earlier(deadline, load->begin);
	return time_earlier(deadline, load->phase == PHASE_MEASURE ? load->end : load->drained);
}
